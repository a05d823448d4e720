//! A name server with a script: what it answers to the first, second and every later question about a name.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
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
    /// The name is an alias of the first, and so on; the last has these addresses.
    Chain(Vec<&'static str>, Vec<IpAddr>),
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
const CNAME: u16 = 5;

/// RFC 1035, 4.1: the question is given back, the first answer points at its name.
fn answer(question: &[u8], says: &Says) -> Option<Vec<u8>> {
    let name_ends = 12 + question[12..].iter().position(|byte| *byte == 0)? + 1;
    let kind = u16::from_be_bytes([question[name_ends], question[name_ends + 1]]);
    let (code, hops, addresses): (u8, &[&str], Vec<IpAddr>) = match says {
        Says::V4(all) => (0, &[], all.iter().map(|it| IpAddr::V4(*it)).collect()),
        Says::V6(one) => (0, &[], vec![IpAddr::V6(*one)]),
        Says::Chain(hops, addresses) => (0, hops, addresses.clone()),
        Says::NoSuchName => (3, &[], Vec::new()),
        Says::Failure => (2, &[], Vec::new()),
        Says::Nothing => return None,
    };
    let data = addresses.iter().filter_map(|address| match address {
        IpAddr::V4(v4) if kind == A => Some(v4.octets().to_vec()),
        IpAddr::V6(v6) if kind == AAAA => Some(v6.octets().to_vec()),
        _ => None,
    });
    let data: Vec<_> = data.collect();
    let mut packet = question[..2].to_vec();
    packet.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(hops.len() + data.len()).ok()?, 0, 0, 0, 0]);
    packet.extend(&question[12..name_ends + 4]);
    let mut owner = 12;
    for hop in hops {
        owner = put_record(&mut packet, owner, CNAME, &encoded(hop))?;
    }
    for data in data {
        put_record(&mut packet, owner, kind, &data)?;
    }
    Some(packet)
}

/// Puts a record behind the others, with a pointer to its owner's name; gives back where its data are.
fn put_record(packet: &mut Vec<u8>, owner: usize, kind: u16, data: &[u8]) -> Option<usize> {
    packet.extend((0xc000 | u16::try_from(owner).ok()?).to_be_bytes());
    packet.extend(kind.to_be_bytes());
    packet.extend([0, 1, 0, 0, 0, 0, 0, u8::try_from(data.len()).ok()?]);
    packet.extend(data);
    Some(packet.len() - data.len())
}

fn encoded(name: &str) -> Vec<u8> {
    let labels = name.split('.').flat_map(|label| {
        let length = u8::try_from(label.len()).expect("a short label");
        std::iter::once(length).chain(label.bytes())
    });
    labels.chain([0]).collect()
}
