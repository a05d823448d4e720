//! Anything at all, and good messages with something changed: read or refused, and nothing panics.

use proptest::{collection::vec, prelude::*, sample::Index};

use crate::readers;

/// A description as a carrier's gateway writes it.
pub const OFFER: &str = "v=0\r\no=- 20518 0 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
m=audio 54400 RTP/AVP 0 8 18 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:18 G729/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
/// A request as a carrier's gateway writes it.
pub const INVITE: &str = "INVITE sip:+18005550100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK7;rport\r\n\
Max-Forwards: 70\r\nFrom: <sip:+13055550142@127.0.0.1>;tag=1\r\nTo: <sip:+18005550100@192.0.2.1>\r\n\
Call-ID: 1@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n";

/// A good text with pieces cut out, doubled and changed.
fn changed(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    vec((any::<Index>(), any::<Index>(), any::<u8>(), 0..4_u8), 1..6).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, to, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
            let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 40));
            match how {
                0 => drop(bytes.drain(from..to)),
                1 => bytes.extend_from_within(from..to),
                2 => bytes.insert(at, byte),
                _ => bytes[at] = byte,
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..600)) {
        readers::datagram(&bytes);
        readers::description(&bytes);
        readers::packet(&bytes);
        readers::keys(&bytes);
        readers::info(&bytes);
        readers::wav(&bytes);
    }

    #[test]
    fn any_changed_request_is_read(bytes in changed(INVITE)) {
        readers::datagram(&bytes);
    }

    #[test]
    fn any_changed_description_is_read(bytes in changed(OFFER)) {
        readers::description(&bytes);
    }

    #[test]
    fn any_packet_is_read(mut bytes in vec(any::<u8>(), 12..400)) {
        bytes[0] = 0x80 | bytes[0] & 0x3f;
        readers::packet(&bytes);
    }

    #[test]
    fn any_line_of_an_info_is_read(text in "(Signal=)?[0-9#*]{0,3}(\r\n)?|[0-9]{1,5}(;refresher=(uac|uas))?|Digest algorithm=SHA-?256.{0,9}") {
        readers::info(text.as_bytes());
    }
}
