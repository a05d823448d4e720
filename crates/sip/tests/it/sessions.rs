//! Offers and answers as carriers and buyers send them.

use sip::{
    g711::Law,
    sdp::{self, Direction, Local, Offered, Refused},
};

use crate::any_bytes::OFFER;

fn local() -> Local {
    Local { ip: [192, 0, 2, 1].into(), port: 20_000, session: 7, version: 2 }
}

fn read(text: &str) -> Result<Offered, Refused> {
    Offered::read(text.as_bytes(), &Law::ALL)
}

fn answer(text: &str, direction: Direction) -> String {
    String::from_utf8(read(text).unwrap().answer(&local(), direction)).unwrap()
}

#[test]
fn an_offer_is_answered_with_its_first_codec_that_we_have() {
    let offered = read(OFFER).unwrap();
    let agreed = offered.agreed();
    assert_eq!((agreed.law, agreed.speech, agreed.dtmf), (Law::Mu, 0, Some(101)));
    assert_eq!(agreed.rtp, "203.0.113.1:54400".parse().unwrap());
    assert_eq!(agreed.rtcp, "203.0.113.1:54401".parse().unwrap());
    assert_eq!(
        answer(OFFER, Direction::SendRecv),
        "v=0\r\no=- 7 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn the_offerers_order_and_its_payload_types_count() {
    let a_law = OFFER.replace("RTP/AVP 0 8 18 101", "RTP/AVP 18 8 0 96").replace(":101 ", ":96 ");
    let offered = read(&a_law).unwrap();
    assert_eq!((offered.agreed().law, offered.agreed().dtmf), (Law::A, Some(96)));
    let mapped = OFFER.replace("RTP/AVP 0 8 18 101", "RTP/AVP 98").replace("rtpmap:0 ", "rtpmap:98 ");
    let offered = read(&mapped).unwrap();
    assert_eq!((offered.agreed().law, offered.agreed().speech, offered.agreed().dtmf), (Law::Mu, 98, None));
    assert!(
        answer(&mapped, Direction::SendRecv).contains("m=audio 20000 RTP/AVP 98\r\na=rtpmap:98 PCMU/8000")
    );
    // A static type that is mapped to something else is that.
    let other = "v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 L16/8000\r\n";
    assert_eq!(read(other), Err(Refused::NoCodec));
    assert_eq!(read(&other.replace("a=rtpmap:0 L16/8000\r\n", "")).unwrap().agreed().law, Law::Mu);
}

#[test]
fn hold_is_understood_in_both_forms_and_ends() {
    let held = OFFER.replace("a=sendrecv", "a=sendonly");
    assert_eq!(read(&held).unwrap().agreed().direction, Direction::SendOnly);
    assert!(answer(&held, Direction::SendRecv).ends_with("a=recvonly\r\n"));
    let old = OFFER.replace("c=IN IP4 203.0.113.1", "c=IN IP4 0.0.0.0");
    assert_eq!(read(&old).unwrap().agreed().direction, Direction::SendOnly);
    assert!(answer(&OFFER.replace("sendrecv", "inactive"), Direction::SendRecv).ends_with("a=inactive\r\n"));
    assert!(answer(&held, Direction::SendOnly).ends_with("a=inactive\r\n"));
    assert!(answer(OFFER, Direction::RecvOnly).ends_with("a=recvonly\r\n"));
    // The direction of the whole session counts where the stream has none.
    let session = OFFER.replace("a=sendrecv\r\n", "").replace("t=0 0\r\n", "t=0 0\r\na=recvonly\r\n");
    assert_eq!(read(&session).unwrap().agreed().direction, Direction::RecvOnly);
}

#[test]
fn other_streams_are_turned_down_in_their_place() {
    let video = OFFER.replace("m=audio", "m=video 5000 RTP/AVP 31\r\nm=audio");
    let text = answer(&video, Direction::SendRecv);
    let medias: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(medias, ["m=video 0 RTP/AVP 31", "m=audio 20000 RTP/AVP 0 101"]);
    // A secure stream first and a plain one after it.
    let both = OFFER.replace("m=audio", "m=audio 5000 RTP/SAVP 0\r\nm=audio");
    let text = answer(&both, Direction::SendRecv);
    assert!(text.contains("m=audio 0 RTP/SAVP 0\r\nm=audio 20000 RTP/AVP 0 101"), "{text}");
}

#[test]
fn what_cannot_be_answered_is_refused_by_name() {
    for (text, why) in [
        (String::new(), Refused::Malformed),
        ("hello".to_owned(), Refused::Malformed),
        (OFFER.replace("RTP/AVP 0 8 18 101", "RTP/AVP 18"), Refused::NoCodec),
        (OFFER.replace("RTP/AVP", "RTP/SAVP"), Refused::NotPlain),
        (OFFER.replace("audio 54400", "audio 0"), Refused::NoAudio),
        (OFFER.replace("m=audio", "m=image"), Refused::NoAudio),
        (OFFER.replace("c=IN IP4 203.0.113.1\r\n", ""), Refused::BadAddress),
        (OFFER.replace("c=IN IP4 203.0.113.1", "c=IN IP4 224.2.1.1/127"), Refused::BadAddress),
        (OFFER.replace("c=IN IP4 203.0.113.1", "c=IN IP4 media.example.com"), Refused::BadAddress),
        (OFFER.replace("audio 54400", "audio 65535"), Refused::BadAddress),
        (format!("{OFFER}{}", "a=x\r\n".repeat(2_000)), Refused::Malformed),
        (format!("{OFFER}{}", "m=video 9 RTP/AVP 31\r\n".repeat(9)), Refused::Malformed),
    ] {
        assert_eq!(read(&text), Err(why), "{text}");
    }
}

#[test]
fn our_offer_is_answered_and_the_answer_is_read() {
    let offer = sdp::offer(&local(), &Law::ALL, Direction::SendRecv);
    let theirs = Local { ip: [203, 0, 113, 1].into(), port: 6_000, session: 1, version: 1 };
    let answer = Offered::read(&offer, &[Law::A]).unwrap().answer(&theirs, Direction::SendRecv);
    let agreed = sdp::accept(&answer, &Law::ALL).unwrap();
    assert_eq!((agreed.law, agreed.speech, agreed.dtmf), (Law::A, 8, Some(sdp::DTMF_PAYLOAD)));
    assert_eq!(agreed.rtp, "203.0.113.1:6000".parse().unwrap());
    let turned_down = String::from_utf8(answer.clone()).unwrap().replace("audio 6000", "audio 0");
    assert_eq!(sdp::accept(turned_down.as_bytes(), &Law::ALL), Err(Refused::NoAudio));
    let more = [&answer[..], b"m=video 9 RTP/AVP 31\r\n"].concat();
    assert_eq!(sdp::accept(&more, &Law::ALL), Err(Refused::Unfit));
}

#[test]
fn rtcp_goes_where_it_is_said_to() {
    let said = OFFER.replace("a=ptime:20", "a=rtcp:53020 IN IP4 203.0.113.9");
    assert_eq!(read(&said).unwrap().agreed().rtcp, "203.0.113.9:53020".parse().unwrap());
    let port = OFFER.replace("a=ptime:20", "a=rtcp:53020");
    assert_eq!(read(&port).unwrap().agreed().rtcp, "203.0.113.1:53020".parse().unwrap());
    let six = OFFER.replace("IN IP4 203.0.113.1", "IN IP6 2001:db8::1");
    assert_eq!(read(&six).unwrap().agreed().rtp, "[2001:db8::1]:54400".parse().unwrap());
}
