//! RTCP (RFC 3550, 6): what we report of what we send and hear, and what we read of theirs.

use std::time::Duration;

use super::Quality;

const VERSION: u8 = 2 << 6;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const BLOCK_BYTES: usize = 24;
/// The name of a source is the only item of its description.
const CNAME: u8 = 1;
/// A name that says nothing of anybody.
const NAME: &[u8] = b"line";

/// What was sent to a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Whose stream.
    pub ssrc: u32,
    /// The time of the stream at the moment of the report, in samples.
    pub timestamp: u32,
    /// Packets so far.
    pub packets: u32,
    /// Bytes of payload so far.
    pub bytes: u32,
}

/// The last report of the other side: its time's middle bits, and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theirs {
    middle: u32,
    at: Duration,
}

/// Writes a report, with what was heard where anything was. `at`: since any moment that stays the same; we know of no other
/// clock here, and RFC 3550 (6.4.1) asks for none.
pub fn write(at: Duration, sent: &Sent, heard: &mut Quality, theirs: Option<Theirs>) -> Vec<u8> {
    let block = heard.block();
    let mut bytes = vec![VERSION | u8::from(block.is_some()), SENDER_REPORT];
    let words: u16 = if block.is_some() { 12 } else { 6 };
    bytes.extend(words.to_be_bytes());
    bytes.extend(sent.ssrc.to_be_bytes());
    bytes.extend(ntp(at).to_be_bytes());
    for word in [sent.timestamp, sent.packets, sent.bytes] {
        bytes.extend(word.to_be_bytes());
    }
    if let Some(block) = block {
        let (last, since) = theirs.map_or((0, 0), |it| (it.middle, since(at.saturating_sub(it.at))));
        let lost = u32::from(block.fraction) << 24 | block.lost.min(0x7f_ffff);
        for word in [block.ssrc, lost, block.highest, block.jitter, last, since] {
            bytes.extend(word.to_be_bytes());
        }
    }
    bytes.extend([VERSION | 1, DESCRIPTION]);
    // The source, its name, and an end that fills up a word.
    let length = 4 + 2 + NAME.len() + 1;
    let words = length.div_ceil(4);
    bytes.extend(u16::try_from(words).unwrap_or_default().to_be_bytes());
    bytes.extend(sent.ssrc.to_be_bytes());
    bytes.extend([CNAME, u8::try_from(NAME.len()).unwrap_or_default()]);
    bytes.extend(NAME);
    bytes.resize(bytes.len() + words * 4 - (length - 1), 0);
    bytes
}

/// Reads a report of theirs that came at this time. `None`: it is none of a sender, or of another stream.
pub fn read(at: Duration, bytes: &[u8], ssrc: u32) -> Option<Theirs> {
    let word = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    let is_report = bytes.first()? & 0xc0 == VERSION && *bytes.get(1)? == SENDER_REPORT;
    (is_report && word(4)? == ssrc).then_some(())?;
    Some(Theirs { middle: word(8)? << 16 | word(12)? >> 16, at })
}

/// What a party reports of what it heard of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reported {
    /// Packets that never came there.
    pub lost: u32,
    /// How uneven they came, in samples of 8,000 a second.
    pub jitter: u32,
}

/// Reads what a report of theirs, of a sender or of one who only listens, says of our stream. `None`: nothing.
pub fn reported(bytes: &[u8], ours: u32) -> Option<Reported> {
    let word = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    let first = *bytes.first()?;
    let before = match *bytes.get(1)? {
        SENDER_REPORT => 28,
        RECEIVER_REPORT => 8,
        _ => return None,
    };
    (first & 0xc0 == VERSION).then_some(())?;
    let blocks = (0..usize::from(first & 0x1f)).map(|n| before + n * BLOCK_BYTES);
    let block = blocks.into_iter().find(|at| word(*at) == Some(ours))?;
    let lost = word(block + 4)? & 0x00ff_ffff;
    // The count is signed: packets that came twice make it less than none.
    let lost = if lost & 0x0080_0000 == 0 { lost } else { 0 };
    Some(Reported { lost, jitter: word(block + 12)? })
}

/// A time as seconds and their fraction, each in 32 bits.
fn ntp(at: Duration) -> u64 {
    (at.as_secs() << 32) | ((u64::from(at.subsec_micros()) << 32) / 1_000_000)
}

/// A span in 65,536ths of a second.
fn since(span: Duration) -> u32 {
    u32::try_from(span.as_micros() * 65_536 / 1_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Sent = Sent { ssrc: 7, timestamp: 1_600, packets: 10, bytes: 1_600 };

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at * 4..at * 4 + 4].try_into().unwrap())
    }

    #[test]
    fn who_heard_nothing_reports_what_it_sent() {
        let report = write(Duration::from_millis(2_500), &SENT, &mut Quality::default(), None);
        assert_eq!(report.len() % 4, 0);
        assert_eq!((report[0], report[1], word(&report, 0) & 0xffff), (0x80, 200, 6));
        let words: Vec<_> = (1..7).map(|at| word(&report, at)).collect();
        assert_eq!(words, [7, 2, 1 << 31, 1_600, 10, 1_600]);
        assert_eq!((report[28], report[29], word(&report, 7) & 0xffff), (0x81, 202, 3));
        assert_eq!((word(&report, 8), &report[36..42]), (7, &b"\x01\x04line"[..]));
        assert_eq!(report.len(), 28 + 16);
    }

    #[test]
    fn what_was_lost_is_reported_since_the_last_time_and_in_all() {
        let mut heard = Quality::default();
        let mut packet = |number: u16| {
            heard.on_packet(
                Duration::from_millis(20 * u64::from(number)),
                9,
                number,
                u32::from(number) * 160,
            );
        };
        [1, 2, 4].into_iter().for_each(&mut packet);
        let first = write(Duration::from_secs(5), &SENT, &mut heard, None);
        assert_eq!((word(&first, 7), word(&first, 8)), (9, 64 << 24 | 1), "one of four");
        assert_eq!(word(&first, 9) & 0xffff, 4);
        for number in 5..9 {
            heard.on_packet(Duration::from_millis(20 * number), 9, u16::try_from(number).unwrap(), 0);
        }
        let second = write(Duration::from_secs(10), &SENT, &mut heard, None);
        assert_eq!(word(&second, 8), 1, "none since, one in all");
    }

    #[test]
    fn what_they_heard_of_us_is_read_from_either_kind_of_report() {
        let mut heard = Quality::default();
        for number in [1_u16, 2, 4] {
            heard.on_packet(Duration::from_millis(20 * u64::from(number)), 9, number, 0);
        }
        let theirs = write(Duration::from_secs(5), &SENT, &mut heard, None);
        let read = reported(&theirs, 9).unwrap();
        assert_eq!((read.lost, read.jitter), (1, word(&theirs, 10)));
        assert_eq!(reported(&theirs, 8), None, "of another stream");
        let mut listens = vec![VERSION | 1, 201, 0, 7];
        listens.extend(7_u32.to_be_bytes());
        listens.extend(&theirs[28..52]);
        assert_eq!(reported(&listens, 9), Some(read));
        for cut in 0..listens.len() {
            assert!(reported(&listens[..cut], 9).is_none_or(|it| it == read));
        }
        listens[13] = 0xff;
        assert_eq!(reported(&listens, 9).map(|it| it.lost), Some(0), "less than none");
    }

    #[test]
    fn the_last_report_of_the_other_side_is_named_with_its_age() {
        let theirs = write(Duration::from_secs(3), &Sent { ssrc: 9, ..SENT }, &mut Quality::default(), None);
        assert_eq!(read(Duration::ZERO, &theirs, 8), None, "of another stream");
        assert_eq!(read(Duration::ZERO, &theirs[..14], 9), None, "cut off");
        let read = read(Duration::from_secs(8), &theirs, 9);
        let mut heard = Quality::default();
        heard.on_packet(Duration::ZERO, 9, 1, 0);
        let ours = write(Duration::from_secs(10), &SENT, &mut heard, read);
        assert_eq!((word(&ours, 11), word(&ours, 12)), (3 << 16, 2 << 16));
    }
}
