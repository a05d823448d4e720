//! Reading what a recogniser heard: numbers, yes and no, declared phrases, states. It sees plain text and keeps none.

mod numbers;
mod phrases;
mod stop;
mod yes_no;

pub(crate) use numbers::{digits, number};
pub(crate) use phrases::{choice, state};
pub(crate) use stop::stops;
pub(crate) use yes_no::{Agreed, agreed, consented};

/// The words of a text in lower case, without punctuation: `Don't, Sixty-Five!` is `dont sixty five`.
fn tokens(said: &str) -> Vec<String> {
    let plain: String =
        said.chars().filter(|c| !matches!(c, '\'' | '’')).flat_map(char::to_lowercase).collect();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
