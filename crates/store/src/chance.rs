//! The one file of this crate that draws chance: nonces, data keys, and how long is waited.

use std::time::Duration;

/// The system gave no random bytes. Nothing is sealed then.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoChance(#[from] getrandom::Error);

/// Fresh random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoChance> {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn)?;
    Ok(drawn)
}

/// Half as long to one and a half times: many nodes that lost something together do not come back together.
pub(crate) fn spread(wait: Duration) -> Duration {
    let drawn = bytes::<1>().map_or(128, |[byte]| u32::from(byte));
    wait * (128 + drawn) / 256
}
