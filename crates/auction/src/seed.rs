//! `Seed`: what ties are drawn by.

use lead::OfferId;
use serde::{Deserialize, Serialize};

/// What ties are drawn by: drawn by the shell and committed before the pings leave, so that a replay gives the same
/// winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// This offer's place among equals: the lower goes first.
    pub(crate) fn draw(self, offer: &OfferId) -> u64 {
        // FNV-1a over the offer's id, then the finalizer of SplitMix64: small, fixed for good, and not guessable
        // without the seed, which no buyer sees.
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        let mut x = offer.as_str().bytes().fold(0xcbf2_9ce4_8422_2325 ^ self.0, hash);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}
