//! Whether a buyer that was told a caller's number says it back, in whatever disguise. What it says is kept in the open,
//! since the money hangs on it; so a bid that repeats the number is none.

use auction::{Bid, Destination, Malformed, NoBid, Whereto};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use lead::{E164, Pii};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A number in the disguises in which others write it; a personal value itself.
#[derive(Debug, Clone)]
pub struct Echo(Pii<Disguises>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Disguises {
    /// Its last ten digits, forwards and backwards.
    digits: [String; 2],
    /// Hexadecimal, of its writings and of their digests.
    hex: Vec<String>,
    /// The same in base64, which also may begin in the middle of another text.
    base64: Vec<String>,
}

impl Echo {
    /// What a number would be recognised by.
    pub fn of(number: &Pii<E164>) -> Self {
        Self(number.map(|number| Disguises::of(number.as_str())))
    }

    /// Whether a text repeats it.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.and_then(|disguises| disguises.are_in(text).then_some(())).is_some()
    }

    /// A reading of an answer, as much of it as may be kept.
    ///
    /// # Errors
    /// Says why there is no bid: a refusal without its words, or a bid that repeats the number.
    pub fn silenced(&self, read: Result<Bid, NoBid>) -> Result<Bid, NoBid> {
        match read {
            Ok(bid) if bid.id.as_ref().is_some_and(|id| self.is_in(id)) => {
                Err(NoBid::Malformed(Malformed::BidId))
            }
            Ok(mut bid) => {
                if let Whereto::Named(named) = &mut bid.whereto {
                    named.retain(|to| !self.is_where(to));
                }
                Ok(bid)
            }
            Err(NoBid::Rejected { about, .. }) => Err(NoBid::Rejected { code: None, text: None, about }),
            Err(no_bid) => Err(no_bid),
        }
    }

    /// Whether a destination is the caller.
    pub fn is_where(&self, to: &Destination) -> bool {
        match to {
            Destination::Phone(number) => self.is_in(number.as_str()),
            Destination::Sip(uri) => self.is_in(uri.as_str()),
        }
    }
}

impl Disguises {
    fn of(e164: &str) -> Self {
        let digits = e164.trim_start_matches('+');
        let last = &digits[digits.len().saturating_sub(10)..];
        let writings = [e164, digits, last];
        let digests = writings.iter().flat_map(|text| {
            [Md5::digest(text).to_vec(), Sha1::digest(text).to_vec(), Sha256::digest(text).to_vec()]
        });
        let digests: Vec<_> = digests.collect();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        // What a longer text holds is found by the shortest writing, and hexadecimal by its bytes alone.
        let written = std::iter::once(hex(last.as_bytes()));
        let middles = (0..3).map(|before| middle(last.as_bytes(), before));
        Self {
            digits: [last.to_owned(), last.chars().rev().collect()],
            hex: written.chain(digests.iter().map(|digest| hex(digest))).collect(),
            base64: middles
                .chain(digests.iter().map(|digest| BASE64_STANDARD_NO_PAD.encode(digest)))
                .collect(),
        }
    }

    fn are_in(&self, text: &str) -> bool {
        let only = |keep: fn(char) -> bool| text.chars().filter(|c| keep(*c)).collect::<String>();
        let digits = only(|c| c.is_ascii_digit());
        let hex = only(|c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
        let base64 = text.replace('-', "+").replace('_', "/");
        self.digits.iter().any(|it| digits.contains(it.as_str()))
            || self.hex.iter().any(|it| hex.contains(it.as_str()))
            || self.base64.iter().any(|it| base64.contains(it.as_str()))
    }
}

/// The characters of a base64 text that these bytes alone decide, behind so many others.
fn middle(bytes: &[u8], before: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let encoded = BASE64_STANDARD.encode(&padded);
    encoded[(before * 8).div_ceil(6)..padded.len() * 8 / 6].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo() -> Echo {
        Echo::of(&Pii::new(E164::parse("+13055550142").expect("a number")))
    }

    #[test]
    fn every_disguise_is_seen_through_and_an_id_is_an_id() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        for text in [
            "+13055550142",
            "id-3055550142-x",
            "(305) 555.0142",
            "3,0,5,5,5,5,0,1,4,2,",
            "2410555503",
            &hex(b"+13055550142"),
            "%33%30%35%35%35%35%30%31%34%32",
            &BASE64_STANDARD.encode("+13055550142"),
            &BASE64_STANDARD.encode("x3055550142"),
            &BASE64_STANDARD.encode("xy3055550142?"),
            &hex(&Md5::digest("3055550142")),
            &hex(&Sha1::digest("+13055550142")),
            &BASE64_STANDARD.encode(Sha256::digest("13055550142")),
        ] {
            assert!(echo().is_in(text), "{text}");
        }
        for text in
            ["", "bid-1", "RTB959b0c3e8a1f4d2b9c", "305-555-0143", "018f2c6d-1305-7555-8014-2a0b1c2d3e4f"]
        {
            assert!(!echo().is_in(text), "{text}");
        }
        assert_eq!(format!("{:?}", echo()), "Echo([pii])");
    }
}
