//! Where a number and a zip are: state, time zone, and which kind of number it is.
//!
//! Start at [`AreaCode`], [`Zip`] and [`State`]; [`class_of_nanp`] says what a number may be dialled as.
//! The tables are committed text, made by `scripts/make_geo.py`, and are read once.

mod area;
mod state;
mod zip;

pub use area::{AreaCode, NumberClass, class_of_nanp, is_premium_exchange};
pub use state::State;
pub use zip::{Zip, ZipError};

/// What a fixed-width ASCII newtype shows: its text, in `Display`, `Debug` and serde alike.
///
/// Reading back goes through `$read`, and an error says `$expected`, never the input.
macro_rules! fixed_text {
    ($name:ident, $read:path, $expected:literal) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII is ever stored")
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&format_args!("{self}")).finish()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).ok_or_else(|| serde::de::Error::custom(concat!("expected ", $expected)))
            }
        }
    };
}
use fixed_text;

/// The lines of a committed table without its heading.
fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

/// The digits of a text of exactly `N` of them.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

/// The area code of a person's number, where it says anything of where the person lives (domain.md 24).
///
/// Toll-free, premium and non-geographic codes say nothing, and neither does a number of another plan.
pub fn area_code_of(caller: &crate::Pii<crate::E164>) -> Option<AreaCode> {
    let code = AreaCode::parse(caller.reveal().area_code()?)?;
    match code.class() {
        NumberClass::TollFree | NumberClass::Premium | NumberClass::NonGeographic => None,
        NumberClass::Geographic | NumberClass::Canada | NumberClass::Caribbean | NumberClass::Unknown => {
            Some(code)
        }
    }
}

/// What kind of number a person's number is. `None`: it is of another numbering plan than ours.
pub fn class_of(person: &crate::Pii<crate::E164>) -> Option<NumberClass> {
    person.reveal().nanp().map(class_of_nanp)
}

/// Whether a person's number reaches a service and not a person: its area code or its exchange ends in 11, ex: 911.
/// No telephone of a person has such a number.
pub fn is_service(person: &crate::Pii<crate::E164>) -> bool {
    let is_code = |three: &str| !three.starts_with(['0', '1']) && three.ends_with("11");
    person.reveal().nanp().is_some_and(|digits| is_code(&digits[..3]) || is_code(&digits[3..6]))
}

/// How a type is written and read, for the tests: through serde's own text formats.
#[cfg(test)]
mod text {
    use std::fmt;

    use serde::{Deserialize, Serialize, de::IntoDeserializer, de::value::Error};

    pub(super) fn written(value: &impl Serialize) -> String {
        struct Shown<'a, T>(&'a T);
        impl<T: Serialize> fmt::Display for Shown<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.serialize(f)
            }
        }
        Shown(value).to_string()
    }

    pub(super) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
        T::deserialize(text.into_deserializer())
    }
}
