//! The one place where this process draws chance.

use auction::Seed;

/// A seed for an auction's ties.
///
/// # Panics
/// When the operating system has no randomness, which no process of ours survives.
pub fn seed() -> Seed {
    Seed(getrandom::u64().expect("the operating system gives randomness"))
}

/// A key of 32 bytes, for a store that goes with its process.
///
/// # Panics
/// When the operating system has no randomness.
pub fn key() -> [u8; 32] {
    let mut key = [0; 32];
    getrandom::fill(&mut key).expect("the operating system gives randomness");
    key
}

/// So many decimal digits, at most nine: each as likely as any other.
///
/// # Panics
/// When the operating system has no randomness.
pub fn digits(count: usize) -> String {
    let drawn = getrandom::u64().expect("the operating system gives randomness");
    let under = 10_u64.pow(u32::try_from(count.min(9)).unwrap_or(9));
    format!("{:0count$}", drawn % under)
}

/// A fraction in thousandths, for the jitter of retries.
pub fn jitter_thousandths() -> u32 {
    getrandom::u32().map_or(500, |drawn| drawn % 1_000)
}
