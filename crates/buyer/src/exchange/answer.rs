//! Reads one answer: its status, when to come back, and a body that is bounded whatever its length or
//! compression.

use std::{
    io::{self, Write},
    time::Duration,
};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::{
    HeaderMap, Response,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, RETRY_AFTER, TRANSFER_ENCODING},
};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Failure, HttpResponse, failure, wire::Traffic};

/// A `retry-after` beyond this is cut to it.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The most pieces that one body may come in: a body of the largest size in chunks of 16 bytes. Each piece costs a turn of
/// two tasks, so that chunks of one byte would buy a buyer a lot of our time.
const FRAMES_MAX: usize = 4_096;

/// Reads frame by frame and stops at the limit, compressed or not. What is not read to its end is dropped, and
/// the connection with it.
pub(super) async fn read(answer: Response<Incoming>, body_max: usize) -> Result<HttpResponse, Failure> {
    let (head, mut body) = answer.into_parts();
    let status = head.status.as_u16();
    if matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Err(Failure::RedirectNotAllowed(status));
    }
    is_framed_once(&head.headers)?;
    let mut bounded = BoundedBody::new(&head.headers, body_max)?;
    if usize::try_from(body.size_hint().lower()).is_ok_and(|announced| announced > body_max) {
        return Err(Failure::TooLarge);
    }
    let mut frames = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure::of(&error))?;
        frames += 1;
        if frames > FRAMES_MAX {
            return Err(Failure::TooLarge);
        }
        if let Ok(bytes) = frame.into_data() {
            bounded.push(&bytes)?;
        }
    }
    if let Some(traffic) = head.extensions.get::<Traffic>() {
        traffic.answer_ended();
    }
    let retry_after = retry_after(&head.headers);
    Ok(HttpResponse { status, retry_after, body: bounded.finish()?, resent: false })
}

/// Collects a body, decompressed, up to a limit on both sides of the decompression.
struct BoundedBody {
    received: usize,
    body_max: usize,
    content: Content,
}

enum Content {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl BoundedBody {
    fn new(headers: &HeaderMap, body_max: usize) -> Result<Self, Failure> {
        let capped = Capped { body: Vec::new(), body_max, is_full: false };
        let content = match encoding(headers)? {
            Encoding::Identity => Content::Plain(capped),
            Encoding::Gzip => Content::Gzip(Box::new(MultiGzDecoder::new(capped))),
        };
        Ok(Self { received: 0, body_max, content })
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.received = self.received.saturating_add(bytes.len());
        if self.received > self.body_max {
            return Err(Failure::TooLarge);
        }
        match &mut self.content {
            Content::Plain(capped) => capped.write_all(bytes).map_err(|_| Failure::TooLarge),
            Content::Gzip(decoder) => {
                decoder.write_all(bytes).map_err(|_| too_large_or_damaged(decoder.get_ref()))
            }
        }
    }

    fn finish(self) -> Result<Bytes, Failure> {
        match self.content {
            Content::Plain(capped) => Ok(capped.body.into()),
            Content::Gzip(_) if self.received == 0 => Ok(Bytes::new()),
            Content::Gzip(mut decoder) => {
                decoder.try_finish().map_err(|_| too_large_or_damaged(decoder.get_ref()))?;
                Ok(std::mem::take(&mut decoder.get_mut().body).into())
            }
        }
    }
}

fn too_large_or_damaged(capped: &Capped) -> Failure {
    if capped.is_full { Failure::TooLarge } else { Failure::BadEncoding }
}

/// Takes bytes up to its limit and refuses the first beyond it, which stops the decompression there.
struct Capped {
    body: Vec<u8>,
    body_max: usize,
    is_full: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.body.len() + bytes.len() > self.body_max {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An answer with two lengths could be read as two answers and is an error (RFC 9112, 6.3); a transfer coding other than
/// `chunked` was not asked for.
fn is_framed_once(headers: &HeaderMap) -> Result<(), Failure> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(_), _) if headers.contains_key(CONTENT_LENGTH) => Err(Failure::NotHttp),
        (Some(coding), None) if coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Failure::BadEncoding),
    }
}

enum Encoding {
    Identity,
    Gzip,
}

/// We ask for gzip alone; anything else was not asked for.
fn encoding(headers: &HeaderMap) -> Result<Encoding, Failure> {
    let mut named = headers.get_all(CONTENT_ENCODING).iter();
    let first = named.next().map(|it| it.as_bytes().trim_ascii().to_ascii_lowercase());
    match (first.as_deref(), named.next()) {
        (None | Some(b"" | b"identity"), None) => Ok(Encoding::Identity),
        (Some(b"gzip" | b"x-gzip"), None) => Ok(Encoding::Gzip),
        _ => Err(Failure::BadEncoding),
    }
}

/// Seconds, or a date that is measured against the answer's own date (RFC 9110, 10.2.3). Unreadable is absent.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let parser = DateTimeParser::new();
    let at = parser.parse_timestamp(text).ok()?;
    let sent = parser.parse_timestamp(headers.get(DATE)?.to_str().ok()?).ok()?;
    let seconds = u64::try_from(at.as_second().saturating_sub(sent.as_second())).unwrap_or(0);
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn body(encoding: &'static str, frames: &[&[u8]], body_max: usize) -> Result<Bytes, Failure> {
        let mut bounded = BoundedBody::new(&headers(&[("content-encoding", encoding)]), body_max)?;
        for frame in frames {
            bounded.push(frame)?;
        }
        bounded.finish()
    }

    #[test]
    fn gzip_is_read_in_any_frames() {
        let packed = gzip(b"{\"bidAmount\":91}");
        for cut in 0..=packed.len() {
            let (first, second) = packed.split_at(cut);
            assert_eq!(body("gzip", &[first, second], 1_000).unwrap(), "{\"bidAmount\":91}", "{cut}");
        }
        assert_eq!(body(" X-GZip ", &[&packed], 1_000).unwrap(), "{\"bidAmount\":91}");
        assert_eq!(body("gzip", &[&packed, &packed], 1_000).unwrap().len(), 32);
        assert_eq!(body("gzip", &[], 1_000).unwrap(), "");
    }

    #[test]
    fn a_limit_holds_on_both_sides_of_the_decompression() {
        assert_eq!(body("identity", &[&[0; 64], &[0; 36]], 100).unwrap().len(), 100);
        assert_eq!(body("", &[&[0; 64], &[0; 37]], 100), Err(Failure::TooLarge));
        assert_eq!(body("gzip", &[&gzip(&[b' '; 10_000])], 10_000).unwrap().len(), 10_000);
        assert_eq!(body("gzip", &[&gzip(&[b' '; 10_001])], 10_000), Err(Failure::TooLarge));
        assert_eq!(body("gzip", &[&gzip(&vec![b' '; 60_000_000])], 65_536), Err(Failure::TooLarge));
    }

    #[test]
    fn damaged_or_unasked_encodings_are_named() {
        let packed = gzip(b"{\"bidAmount\":91}");
        let mut flipped = packed.clone();
        flipped[12] ^= 0xff;
        let checksum = packed.len() - 6;
        let mut wrong_sum = packed.clone();
        wrong_sum[checksum] ^= 1;
        let damaged = [&packed[..packed.len() - 1], &packed[..5], b"plain", &flipped, &wrong_sum];
        for frame in damaged {
            assert_eq!(body("gzip", &[frame], 1_000), Err(Failure::BadEncoding));
        }
        assert_eq!(body("gzip", &[&packed, b"junk"], 1_000), Err(Failure::BadEncoding));
        for encoding in ["br", "deflate", "gzip, gzip", "zstd"] {
            assert_eq!(body(encoding, &[&packed], 1_000), Err(Failure::BadEncoding), "{encoding}");
        }
    }

    #[test]
    fn an_answer_has_one_length_and_no_coding_but_chunked() {
        let chunked = ("transfer-encoding", "chunked");
        for (pairs, framed) in [
            (&[][..], Ok(())),
            (&[("content-length", "2")], Ok(())),
            (&[chunked], Ok(())),
            (&[("transfer-encoding", "Chunked")], Ok(())),
            (&[chunked, ("content-length", "2")], Err(Failure::NotHttp)),
            (&[chunked, chunked], Err(Failure::BadEncoding)),
            (&[("transfer-encoding", "gzip, chunked")], Err(Failure::BadEncoding)),
            (&[("transfer-encoding", "identity")], Err(Failure::BadEncoding)),
            (&[("transfer-encoding", "")], Err(Failure::BadEncoding)),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(is_framed_once(&map), framed, "{pairs:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (text, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:40:37 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let found = retry_after(&headers(&[("retry-after", text), date]));
            assert_eq!(found, seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&headers(&[date])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")])), None);
    }
}
