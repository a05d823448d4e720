//! `Print`: what states and journeys are told apart by.

use std::hash::Hasher;

/// Two lanes of mixing: states are told apart by their prints alone, and two different ones have the same print about
/// once in 2^100 searches.
#[derive(Default)]
pub struct Print(u64, u64);

impl Hasher for Print {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.1 = (self.1 ^ value).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(23);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.unsigned_abs() as u64);
    }
}

impl Print {
    /// Both lanes.
    pub fn whole(&self) -> u128 {
        let mix = |lane: u64| (lane ^ (lane >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (u128::from(mix(self.0)) << 64) | u128::from(mix(self.1))
    }
}
