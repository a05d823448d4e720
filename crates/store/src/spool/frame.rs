//! `frame`: how a record lies in a segment, so that one that was half written, or has rotted, is recognised.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::limits::SPOOL_RECORD_MAX;

/// What each record begins with.
const MAGIC: &[u8; 4] = b"pps1";
/// The magic, the length of the body, and the first bytes of the hash of both.
const HEAD: usize = 4 + 4 + 8;

/// What a segment holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// The whole records, heads and all.
    pub(super) records: Vec<Range<usize>>,
    /// What lies between them and is none.
    pub(super) broken: Vec<Range<usize>>,
    /// Where the last whole record ends. What follows was never acknowledged: a batch is written in one piece, and synced
    /// before anybody hears of it.
    pub(super) end: usize,
}

/// A record with its head. `None`: the body is too long.
pub(super) fn framed(body: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(body.len()).ok().filter(|len| *len <= SPOOL_RECORD_MAX)?;
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.extend_from_slice(MAGIC);
    frame.extend_from_slice(&len.to_le_bytes());
    frame.extend_from_slice(&checksum(len, body));
    frame.extend_from_slice(body);
    Some(frame)
}

/// The body of a whole record.
pub(super) fn body(frame: &[u8]) -> Option<&[u8]> {
    (record_at(frame, 0)? == frame.len()).then(|| &frame[HEAD..])
}

/// Finds the whole records of a segment.
pub(super) fn scan(bytes: &[u8]) -> Scanned {
    let mut scanned = Scanned::default();
    let mut at = 0;
    while at < bytes.len() {
        // Whatever does not begin here may begin further on: only its own length says where a record ends.
        let found = (at..bytes.len()).find_map(|start| record_at(bytes, start).map(|end| start..end));
        let Some(record) = found else { break };
        if record.start > at {
            scanned.broken.push(at..record.start);
        }
        at = record.end;
        scanned.end = at;
        scanned.records.push(record);
    }
    scanned
}

/// Where the record ends that begins here, if a whole one does.
fn record_at(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?.strip_prefix(MAGIC)?;
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let len = u32::from_le_bytes(*len);
    if len > SPOOL_RECORD_MAX {
        return None;
    }
    let body = rest.get(..len as usize)?;
    (checksum(len, body) == *sum).then_some(start + HEAD + body.len())
}

fn checksum(len: u32, body: &[u8]) -> [u8; 8] {
    let mut hasher = Sha256::new();
    hasher.update(len.to_le_bytes());
    hasher.update(body);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize()[..8]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (vec![], vec![0]);
        for body in [&b"one"[..], b"the second pps1", b""] {
            bytes.extend(framed(body).unwrap());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn a_segment_that_was_cut_anywhere_keeps_every_whole_record_before_the_cut() {
        let (bytes, ends) = three();
        for cut in 0..=bytes.len() {
            let scanned = scan(&bytes[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!((scanned.records.len(), scanned.end), (whole, ends[whole]), "cut at {cut}");
            assert!(scanned.broken.is_empty(), "cut at {cut}: {:?}", scanned.broken);
            // Some file systems give the length before the bytes.
            let mut zeros = bytes[..cut].to_vec();
            zeros.resize(bytes.len() + 64, 0);
            assert_eq!(scan(&zeros).records.len(), whole, "cut at {cut}, and noughts behind it");
        }
    }

    #[test]
    fn a_byte_that_rots_costs_its_own_record_and_no_other() {
        let (bytes, ends) = three();
        for at in 0..bytes.len() {
            let mut rotten = bytes.clone();
            rotten[at] ^= 0x40;
            let scanned = scan(&rotten);
            let hit = ends.iter().filter(|end| **end <= at).count() - 1;
            let kept: Vec<_> = (0..3).filter(|n| *n != hit).map(|n| ends[n]..ends[n + 1]).collect();
            assert_eq!(scanned.records, kept, "byte {at}");
            let lies_between = hit < 2;
            assert_eq!(scanned.broken.len(), usize::from(lies_between), "byte {at}");
        }
    }

    #[test]
    fn a_record_has_a_length() {
        assert!(framed(&vec![0; SPOOL_RECORD_MAX as usize + 1]).is_none());
        let frame = framed(b"body").unwrap();
        assert_eq!(body(&frame), Some(&b"body"[..]));
        assert_eq!((body(&frame[1..]), body(&[&frame[..], b"x"].concat())), (None, None));
    }
}
