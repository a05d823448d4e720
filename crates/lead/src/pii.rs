//! `Pii<T>`: a value about a person, which shows itself to nobody.

use std::fmt;

/// A personal value. It has no `Display`, no `Serialize` and no `Deref`; its `Debug` prints `[pii]`.
///
/// The one way to the value is [`Pii::reveal`], and the tidy test lists the few files that may call it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Takes a value into custody.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Only the files that `tests/it/tidy.rs` lists may call this.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// Another personal value made of this one; the result stays in custody.
    pub fn map<U>(&self, f: impl FnOnce(&T) -> U) -> Pii<U> {
        Pii(f(&self.0))
    }

    /// As [`Pii::map`], for a making that can fail. Nothing but whether it failed leaves custody.
    pub fn and_then<U>(&self, f: impl FnOnce(&T) -> Option<U>) -> Option<Pii<U>> {
        f(&self.0).map(Pii)
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pii]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let name = Pii::new("Ada".to_owned());
        assert_eq!(format!("{name:?} {:?}", Some(&name)), "[pii] Some([pii])");
    }
}
