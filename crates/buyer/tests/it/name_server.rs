//! A name server with a script: what it answers to the first, second and every later question about a name.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::net::UdpSocket;

/// One answer, with a time to live of 0 s.
#[derive(Clone)]
pub enum Says {
    V4(Vec<Ipv4Addr>),
    V6(Ipv6Addr),
    NoSuchName,
    Failure,
    Nothing,
}

pub struct NameServer {
    pub address: SocketAddr,
    questions: Arc<AtomicUsize>,
}

impl NameServer {
    /// Answers questions for addresses with `answers` in turn; the last one repeats.
    pub async fn start(answers: Vec<Says>) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = socket.local_addr().expect("a bound socket");
        let questions = Arc::new(AtomicUsize::new(0));
        let asked = Arc::clone(&questions);
        tokio::spawn(async move {
            let mut packet = [0; 1_500];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                let number = asked.fetch_add(1, Ordering::SeqCst);
                let says = &answers[number.min(answers.len() - 1)];
                if let Some(answer) = answer(&packet[..length], says) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Self { address, questions }
    }

    pub fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

const A: u16 = 1;
const AAAA: u16 = 28;

/// RFC 1035, 4.1: the question is given back, each answer points at its name.
fn answer(question: &[u8], says: &Says) -> Option<Vec<u8>> {
    let name_ends = 12 + question[12..].iter().position(|byte| *byte == 0)? + 1;
    let kind = u16::from_be_bytes([question[name_ends], question[name_ends + 1]]);
    let (code, data): (u8, Vec<Vec<u8>>) = match says {
        Says::V4(all) if kind == A => (0, all.iter().map(|it| it.octets().to_vec()).collect()),
        Says::V6(one) if kind == AAAA => (0, vec![one.octets().to_vec()]),
        Says::V4(_) | Says::V6(_) => (0, Vec::new()),
        Says::NoSuchName => (3, Vec::new()),
        Says::Failure => (2, Vec::new()),
        Says::Nothing => return None,
    };
    let mut packet = question[..2].to_vec();
    packet.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(data.len()).ok()?, 0, 0, 0, 0]);
    packet.extend(&question[12..name_ends + 4]);
    for it in data {
        packet.extend([0xc0, 12]);
        packet.extend(kind.to_be_bytes());
        packet.extend([0, 1, 0, 0, 0, 0, 0, u8::try_from(it.len()).ok()?]);
        packet.extend(it);
    }
    Some(packet)
}
