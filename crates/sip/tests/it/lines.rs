//! Lines on real sockets, with parties that are sockets too.

use std::{sync::Arc, time::Duration};

use sip::{
    dtmf::{Key, Sending},
    g711::{FRAME_SAMPLES, Law},
    media::{Heard, Line, NoPort, Playlist, Ports},
    rtp::Packet,
    sdp::{Agreed, Direction},
};
use tokio::{
    net::UdpSocket,
    sync::mpsc,
    time::{Instant, interval, timeout},
};

const LONG: Duration = Duration::from_secs(10);

/// Somebody at the other end of a line.
struct Party {
    socket: UdpSocket,
    /// Where it hears reports.
    reports: UdpSocket,
    line: Line,
    heard: mpsc::Receiver<Heard>,
}

impl Party {
    async fn new(ports: &Ports, law: Law) -> Self {
        Self::bearing(ports, law, LONG).await
    }

    async fn bearing(ports: &Ports, law: Law, silence_max: Duration) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (line, heard) = Line::open(ports, silence_max).await.unwrap();
        socket.connect(("127.0.0.1", line.port())).await.unwrap();
        let reports = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        line.agree(&Agreed {
            rtp: socket.local_addr().unwrap(),
            rtcp: reports.local_addr().unwrap(),
            law,
            speech: law.payload(),
            dtmf: Some(101),
            direction: Direction::SendRecv,
        });
        Self { socket, reports, line, heard }
    }

    async fn send(&self, payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) {
        let packet = Packet { marker: false, payload_type, sequence, timestamp, ssrc: 99, payload };
        self.socket.send(&packet.write()).await.unwrap();
    }

    /// The next packet: its payload type, number, time and payload.
    async fn next(&self) -> (u8, u16, u32, Vec<u8>) {
        let mut bytes = [0; 1_500];
        let length = timeout(LONG, self.socket.recv(&mut bytes)).await.expect("a packet").unwrap();
        let packet = Packet::read(&bytes[..length]).unwrap();
        (packet.payload_type, packet.sequence, packet.timestamp, packet.payload.to_vec())
    }

    async fn hears(&mut self) -> Heard {
        timeout(LONG, self.heard.recv()).await.expect("something is told").expect("the line lives")
    }
}

fn ports() -> Ports {
    // Each test process has its own part of the range, so that none takes another's.
    let first = 30_000 + u16::try_from(std::process::id() % 100).unwrap() * 200;
    Ports::new([127, 0, 0, 1].into(), &(first..=first + 199))
}

fn tone(frames: usize) -> Arc<[i16]> {
    let period = [0, 5_000, 7_000, 5_000, 0, -5_000, -7_000, -5_000];
    period.iter().copied().cycle().take(FRAME_SAMPLES * frames).collect()
}

#[tokio::test]
async fn a_prompt_is_paced_exactly_and_tells_its_end() {
    let mut party = Party::new(&ports(), Law::Mu).await;
    party.line.play(Playlist { prompts: vec![tone(100)], ..Playlist::default() });
    let mut first = None;
    let (mut speech, mut before) = (0, None);
    while speech < 100 {
        let (payload_type, sequence, timestamp, payload) = party.next().await;
        assert_eq!((payload_type, payload.len()), (0, FRAME_SAMPLES));
        if let Some((number, time)) = before {
            assert_eq!((sequence, timestamp), (u16::wrapping_add(number, 1), u32::wrapping_add(time, 160)));
        }
        before = Some((sequence, timestamp));
        let loud = payload.iter().any(|it| Law::Mu.decode(*it).abs() > 1_000);
        if loud {
            first.get_or_insert_with(Instant::now);
            speech += 1;
        }
    }
    let took = first.unwrap().elapsed();
    let (least, most) = (Duration::from_millis(1_900), Duration::from_millis(2_250));
    assert!(took > least && took < most, "99 frames of 20 ms took {took:?}");
    assert_eq!(party.hears().await, Heard::Said);
    let (.., payload) = party.next().await;
    assert!(payload.iter().all(|it| *it == Law::Mu.silence()), "after it there is silence, and no gap");
}

#[tokio::test]
async fn a_key_ends_what_may_be_interrupted_and_is_told_once() {
    let mut party = Party::new(&ports(), Law::A).await;
    party.line.play(Playlist { prompts: vec![tone(10)], repeats: true, barge_in: true });
    party.next().await;
    for (at, piece) in (1..).zip(Sending::new(Key::of_char('7').unwrap(), 100)) {
        party.send(101, at, 8_000, &piece.payload).await;
    }
    assert_eq!(party.hears().await, Heard::Interrupted);
    assert_eq!(party.hears().await, Heard::Key(Key::of_char('7').unwrap()));
    party.line.press(&[Key::of_char('1').unwrap()]);
    let mut pieces = 0;
    while pieces < 7 {
        pieces += usize::from(party.next().await.0 == 101);
    }
    assert!(party.heard.try_recv().is_err(), "nothing else is told");
}

#[tokio::test]
async fn two_lines_pass_speech_on_without_loss() {
    const FRAMES: u16 = 500;
    let ports = ports();
    let (one, other) = (Party::new(&ports, Law::Mu).await, Party::new(&ports, Law::A).await);
    one.line.join(&other.line);
    let mut each = interval(Duration::from_millis(20));
    let (mut to_one, mut to_other) = (0, 0);
    let (law_of_one, law_of_other) = (Law::Mu, Law::A);
    for at in 0..FRAMES {
        each.tick().await;
        let time = u32::from(at) * 160;
        one.send(law_of_one.payload(), at, time, &[law_of_one.encode(4_000); FRAME_SAMPLES]).await;
        other.send(law_of_other.payload(), at, time, &[law_of_other.encode(-4_000); FRAME_SAMPLES]).await;
        to_one += count(&one.socket, law_of_one, -4_000);
        to_other += count(&other.socket, law_of_other, 4_000);
    }
    while to_one < FRAMES || to_other < FRAMES {
        let before = (to_one, to_other);
        let _ = timeout(Duration::from_secs(1), one.socket.readable()).await;
        to_one += count(&one.socket, law_of_one, -4_000);
        to_other += count(&other.socket, law_of_other, 4_000);
        if before == (to_one, to_other) {
            break;
        }
    }
    let least = FRAMES - FRAMES / 200;
    assert!(to_one >= least && to_other >= least, "{to_one} and {to_other} of {FRAMES}");
    let counted = one.line.counters();
    assert_eq!((counted.packets, counted.lost, counted.strange), (u64::from(FRAMES), 0, 0));
}

/// The packets that have come with this tone, in this law.
fn count(socket: &UdpSocket, law: Law, sample: i16) -> u16 {
    let (mut bytes, mut found) = ([0; 1_500], 0);
    while let Ok(length) = socket.try_recv(&mut bytes) {
        let packet = Packet::read(&bytes[..length]).unwrap();
        let near = |it: &u8| (i32::from(law.decode(*it)) - i32::from(sample)).abs() < 300;
        found += u16::from(packet.payload_type == law.payload() && packet.payload.iter().all(near));
    }
    found
}

#[tokio::test]
async fn a_party_that_is_silent_too_long_is_told_and_a_stranger_does_not_count() {
    let silence = Duration::from_millis(700);
    let mut party = Party::bearing(&ports(), Law::Mu, silence).await;
    party.send(0, 1, 160, &[0xff; 160]).await;
    let spoke = Instant::now();
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packet =
        Packet { marker: false, payload_type: 0, sequence: 2, timestamp: 320, ssrc: 5, payload: &[0; 160] };
    for _ in 0..5 {
        stranger.send_to(&packet.write(), ("127.0.0.1", party.line.port())).await.unwrap();
    }
    assert_eq!(party.hears().await, Heard::Silence);
    assert!(spoke.elapsed() >= silence - Duration::from_millis(50), "{:?}", spoke.elapsed());
    let counted = party.line.counters();
    assert_eq!((counted.packets, counted.strange), (1, 5));
}

/// Each five seconds the party is told what was sent to it and what was heard of it (RFC 3550).
#[tokio::test]
async fn what_was_sent_and_heard_is_reported() {
    let party = Party::new(&ports(), Law::Mu).await;
    for (number, time) in [(1, 160), (2, 320), (4, 640)] {
        party.send(0, number, time, &[0xff; 160]).await;
    }
    let (_, _, _, payload) = party.next().await;
    assert_eq!(payload.len(), FRAME_SAMPLES);
    let mut report = [0; 200];
    let length = timeout(LONG, party.reports.recv(&mut report)).await.expect("a report").unwrap();
    let word = |at: usize| u32::from_be_bytes(report[at * 4..at * 4 + 4].try_into().unwrap());
    assert_eq!((report[0], report[1], length), (0x81, 200, 68), "a sender's, with one block, and a name");
    let (packets, bytes) = (word(5), word(6));
    assert!((200..=260).contains(&packets) && bytes == packets * 160, "{packets} packets of {bytes} bytes");
    assert_eq!((word(7), word(8) & 0xff_ffff), (99, 1), "one of its own was lost");
}

#[tokio::test]
async fn the_pool_gives_each_pair_once_and_takes_it_back() {
    let first = 29_000 + u16::try_from(std::process::id() % 100).unwrap() * 4;
    let ports = Ports::new([127, 0, 0, 1].into(), &(first..=first + 3));
    assert_eq!(ports.pairs(), 2);
    let (one, _) = Line::open(&ports, LONG).await.unwrap();
    let two = Line::open(&ports, LONG).await.unwrap();
    assert_eq!(Line::open(&ports, LONG).await.err(), Some(NoPort));
    let port = one.port();
    drop(one);
    // Its tasks let the sockets go when they are next looked at.
    let again = timeout(LONG, async {
        loop {
            match Line::open(&ports, LONG).await {
                Ok((line, _)) => break line.port(),
                Err(NoPort) => tokio::task::yield_now().await,
            }
        }
    });
    assert_eq!(again.await.unwrap(), port);
    drop(two);
}
