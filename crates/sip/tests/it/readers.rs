//! One function for each reader of outside bytes: it takes anything, and panics if what must hold of anything does not.

use std::net::SocketAddr;

use sip::{
    dtmf::{self, Receiver},
    g711::{self, Law},
    rtp::{Latch, Outbound, Packet, Quality},
    screen::{Sources, Verdict, screen},
    sdp::{self, Direction, Local, Offered},
    timer,
};

fn somewhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 5_060))
}

/// A datagram, before and in the library's parser. What is answered has an answer that is shorter than what it repeats.
pub fn datagram(bytes: &[u8]) {
    let sources = Sources(vec![somewhere().ip().into()]);
    match screen(bytes, somewhere(), &sources, "@mark", sip::agent::can_read) {
        Verdict::Pass => assert!(sip::agent::can_read(bytes)),
        Verdict::Answer { reply, why } => {
            assert!(reply.starts_with(format!("SIP/2.0 {} ", why.status().0).as_bytes()));
            assert!(reply.len() <= bytes.len() + 400, "an answer is no lever");
            assert!(reply.ends_with(b"\r\n\r\n"));
        }
        Verdict::Drop(_) => {}
    }
    let nobody = Sources::default();
    assert!(matches!(screen(bytes, somewhere(), &nobody, "", sip::agent::can_read), Verdict::Drop(_)));
}

/// A session description, as an offer and as an answer. What we answer can be read, and agrees.
pub fn description(bytes: &[u8]) {
    let local = Local { ip: somewhere().ip(), port: 4_000, session: 1, version: 1 };
    if let Ok(agreed) = sdp::accept(bytes, &Law::ALL) {
        assert!(agreed.rtp.port() != 0 && !agreed.rtp.ip().is_multicast());
    }
    if let Ok(offered) = Offered::read(bytes, &Law::ALL) {
        let answer = offered.answer(&local, Direction::SendRecv);
        let text = String::from_utf8_lossy(&answer).into_owned();
        assert!(text.contains("\r\nm=audio 4000 RTP/AVP "), "{text}");
        assert!(text.lines().filter(|line| line.starts_with("m=")).count() <= sip::limits::SDP_MEDIA_MAX);
        if text.lines().filter(|line| line.starts_with("m=")).count() == 1 {
            let ours = sdp::accept(&answer, &Law::ALL).expect("our answer can be read");
            assert_eq!((ours.law, ours.speech), (offered.agreed().law, offered.agreed().speech));
        }
    }
}

/// An RTP packet, with all that hears it.
pub fn packet(bytes: &[u8]) {
    let Some(packet) = Packet::read(bytes) else { return };
    assert!(packet.payload.len() <= bytes.len() - sip::rtp::HEAD_BYTES);
    let written = packet.write();
    assert_eq!(Packet::read(&written), Some(packet), "what is written is what was read");
    let (mut latch, mut out, mut quality) =
        (Latch::new(somewhere()), Outbound::new(1, 1, 1), Quality::default());
    for at in 0..3 {
        let at = std::time::Duration::from_millis(at);
        latch.on_packet(at, somewhere(), packet.ssrc);
        quality.on_packet(at, packet.ssrc, packet.sequence, packet.timestamp);
    }
    let first = out.relay(packet.ssrc, packet.sequence, packet.timestamp, 160);
    assert_eq!(first.sequence, 1);
    keys(packet.payload);
}

/// The payload of telephone events, one packet after another.
pub fn keys(bytes: &[u8]) {
    let mut receiver = Receiver::default();
    let (mut told, mut packets) = (0, 0);
    for (at, payload) in bytes.chunks(5).enumerate() {
        let Some((first, payload)) = payload.split_first() else { continue };
        packets += 1;
        let timestamp = u32::try_from(at).unwrap_or_default() * 80 * u32::from(*first);
        told += usize::from(receiver.on_packet(7, timestamp, first & 1 == 1, payload).is_some());
        // The very packet again is never another key.
        assert_eq!(receiver.on_packet(7, timestamp, first & 1 == 1, payload), None);
    }
    assert!(told <= packets);
}

/// The body of an INFO, a session timer's header and an algorithm's name.
pub fn info(bytes: &[u8]) {
    for kind in ["application/dtmf", "application/dtmf-relay", "text/plain"] {
        if let Some(key) = dtmf::from_info(kind, bytes) {
            assert_eq!(dtmf::Key::of_char(key.char()), Some(key));
        }
    }
    let text = String::from_utf8_lossy(bytes);
    if let Some(expires) = timer::Expires::read(&text) {
        assert_eq!(timer::Expires::read(&expires.write()), Some(expires));
        timer::grant(Some(expires), None, true);
        assert!(timer::granted(Some(expires)).is_some());
    }
    if let Some(changed) = sip::digest::to_library(&text) {
        assert!(sip::digest::from_library(&changed).is_some());
    }
}

/// A WAV file.
pub fn wav(bytes: &[u8]) {
    if let Ok(samples) = g711::read_wav(bytes) {
        assert!(samples.len() <= sip::limits::PROMPT_SAMPLES_MAX);
    }
}
