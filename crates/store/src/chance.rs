//! The one file of this crate that draws chance: nonces and data keys.

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
