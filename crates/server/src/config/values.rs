//! Values of the layers as the types that their keys say. What is wrong is noted, and a stand-in is given back, so that
//! one reading finds everything.

use std::{ops::RangeInclusive, time::Duration};

use secrecy::{ExposeSecret, SecretBox, SecretString};
use settings::wait;

use super::{
    keys::key,
    layers::{Layers, Raw},
    problem::Place,
};

impl Layers {
    /// A text, if it is set.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match &self.given.get(name)?.value {
            Raw::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Raw::Variable(text) => Some(text.trim().to_owned()),
            other => {
                let what = format!("this is {}, and the key is a string", other.kind());
                self.wrong(name, &what, "write it in quotes".to_owned());
                None
            }
        }
    }

    /// A text that `read` understands. Its error is the mend.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(mend) => {
                self.wrong(name, what, mend.to_string());
                None
            }
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let value = match self.given.get(name).map(|given| &given.value) {
            Some(Raw::Flag(flag)) => Some(*flag),
            Some(Raw::Variable(text)) => text.trim().parse().ok(),
            _ => None,
        };
        if value.is_none() {
            self.wrong(
                name,
                "this is neither true nor false",
                "write true or false, without quotes".to_owned(),
            );
        }
        value.unwrap_or_default()
    }

    /// A whole number in its range.
    pub(super) fn count(&mut self, name: &'static str, range: RangeInclusive<u32>) -> u32 {
        let value = match self.given.get(name).map(|given| &given.value) {
            Some(Raw::Number(number)) => u32::try_from(*number).ok(),
            Some(Raw::Variable(text)) => text.trim().parse().ok(),
            _ => None,
        };
        let mend = format!("write a whole number from {} to {}, without quotes", range.start(), range.end());
        match value {
            Some(value) if range.contains(&value) => value,
            Some(_) => self.stand_in(name, "the number is out of its range", mend, *range.start()),
            None => self.stand_in(name, "this is no whole number", mend, *range.start()),
        }
    }

    /// A length of time in its range.
    pub(super) fn wait(&mut self, name: &'static str, range: RangeInclusive<Duration>) -> Duration {
        let Some(value) = self.parsed(name, "this is no length of time", wait::wait) else {
            return *range.start();
        };
        if range.contains(&value) {
            return value;
        }
        let mend = format!("write {} to {}", wait::written(*range.start()), wait::written(*range.end()));
        self.stand_in(name, "the length of time is out of its range", mend, *range.start())
    }

    /// A list of texts.
    pub(super) fn list(&mut self, name: &'static str) -> Vec<String> {
        match self.given.get(name).map(|given| &given.value) {
            Some(Raw::List(items)) => items.iter().map(|item| item.trim().to_owned()).collect(),
            Some(Raw::Variable(text)) => items(text),
            Some(_) => {
                let mend = "write it in brackets, ex: [\"a\", \"b\"]".to_owned();
                self.stand_in(name, "this is no list of strings", mend, Vec::new())
            }
            None => Vec::new(),
        }
    }

    /// A secret: the variable, or what is in the file that the variable with `_FILE` names.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        let direct = self.given.get(name).and_then(|given| match &given.value {
            Raw::Variable(text) => Some(SecretString::from(text.trim().to_owned())),
            _ => None,
        });
        let Some((variable, path)) = self.secret_files.get(name).cloned() else { return direct };
        let place = Place::Environment { name: variable.clone() };
        if direct.is_some() {
            let other = variable.trim_end_matches("_FILE");
            let mend = format!("unset {other} or {variable}");
            self.problem(place, name, &format!("both {other} and {variable} are set"), mend);
            return direct;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => Some(SecretString::from(text.trim().to_owned())),
            Ok(_) => {
                self.problem(place, name, "the file is empty", "write the secret into it".to_owned());
                None
            }
            Err(error) => {
                let what = format!("the file cannot be read ({})", error.kind());
                self.problem(place, name, &what, "check the path and who may read it".to_owned());
                None
            }
        }
    }

    /// Secrets, with commas or line by line.
    pub(super) fn secrets(&mut self, name: &'static str) -> Vec<SecretString> {
        let all = self.secret(name);
        all.iter().flat_map(|all| items(all.expose_secret())).map(SecretString::from).collect()
    }

    /// A key of 32 bytes in base64.
    pub(super) fn key_of_32(&mut self, name: &'static str, text: &SecretString) -> Option<Key32> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = STANDARD.decode(text.expose_secret()).ok();
        let key: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        if key.is_none() {
            let mend = "write 32 bytes in base64, ex: as `openssl rand -base64 32` prints them".to_owned();
            self.wrong(name, "this is no key of 32 bytes", mend);
        }
        key.map(Key32::new)
    }

    /// Notes what is wrong with the value of a key, where it was set.
    pub(super) fn wrong(&mut self, name: &'static str, what: &str, mend: String) {
        let given = self.given.get(name).map(|given| given.place.clone());
        let file = || self.secret_files.get(name).map(|(name, _)| Place::Environment { name: name.clone() });
        let place = given.or_else(file).unwrap_or(Place::Nowhere);
        self.problem(place, name, what, mend);
    }

    /// Notes that a key is missing.
    pub(super) fn missing(&mut self, name: &'static str, why: &str) {
        let variable = key(name).map(super::keys::Key::variable).unwrap_or_default();
        self.problem(Place::Nowhere, name, &format!("it is not set, {why}"), format!("set {variable}"));
    }

    fn stand_in<T>(&mut self, name: &'static str, what: &str, mend: String, value: T) -> T {
        self.wrong(name, what, mend);
        value
    }
}

/// A key that personal data is sealed under. `Debug` shows nothing of it.
#[derive(Debug)]
pub struct Key32(SecretBox<[u8; 32]>);

impl Key32 {
    /// Takes a key.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The key, for the sealing.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl Clone for Key32 {
    fn clone(&self) -> Self {
        Self::new(*self.expose())
    }
}

fn items(text: &str) -> Vec<String> {
    let items = text.split([',', '\n']).map(|item| item.trim().to_owned());
    items.filter(|item| !item.is_empty()).collect()
}
