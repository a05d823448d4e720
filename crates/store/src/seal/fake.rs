//! Stable fakes for personal values: what a bug report shows instead of a person.

use std::sync::Arc;

use lead::{JourneyId, Pii};
use serde::Serialize;

use super::{Keys, values::ERASED};

/// Makes the fakes of one journey. Equal values give equal fakes within it, and other ones in every other journey.
///
/// They are drawn under the master key: without it, nobody can try names until one gives the fake.
#[derive(Debug)]
pub struct Fakes {
    keys: Arc<Keys>,
    journey: JourneyId,
}

/// A value that may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

impl Fakes {
    pub(crate) const fn of(keys: Arc<Keys>, journey: JourneyId) -> Self {
        Self { keys, journey }
    }

    /// A fake of the same shape: letters become letters, digits digits; a North American number keeps its area code and
    /// gets an exchange that belongs to nobody (555-01xx).
    pub fn fake(&self, value: &Pii<String>) -> Shown {
        let text = value.reveal();
        if text == ERASED {
            return Shown(text.clone());
        }
        let drawn = self.draw(text);
        if let Some(national) = text
            .strip_prefix("+1")
            .filter(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()))
        {
            return Shown(format!("+1{}55501{:02}", &national[..3], drawn[0] % 100));
        }
        let faked = text.chars().zip(drawn.iter().cycle()).map(|(c, byte)| match c {
            '0'..='9' => char::from(b'0' + byte % 10),
            'A'..='Z' => char::from(b'A' + byte % 26),
            c if c.is_alphabetic() => char::from(b'a' + byte % 26),
            c => c,
        });
        Shown(faked.collect())
    }

    /// An answer to a question whose audience is the bidders: no fake, since all of them were shown what it says.
    pub fn known_to_bidders(&self, value: &Pii<String>) -> Shown {
        Shown(value.reveal().clone())
    }

    fn draw(&self, text: &str) -> [u8; 32] {
        let text = [self.journey.uuid().as_bytes(), text.as_bytes()].concat();
        self.keys.hashes("pingpost/fakes", &text).first().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fake_has_the_shape_and_nothing_else_of_the_value() {
        let key = secrecy::SecretString::from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let fakes = Fakes::of(Arc::new(Keys::parse(&key).expect("a key")), JourneyId::of_call("AC", "CA"));
        let fake = |text: &str| fakes.fake(&Pii::new(text.to_owned())).0;
        assert!(fake("+13055550142").starts_with("+130555501"));
        assert_eq!(fake("Ada Lovelace").chars().filter(|c| *c == ' ').count(), 1);
        assert_ne!(fake("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(fake("Ada"), fake("Ada"));
        assert_eq!(fake("+1ééééé").chars().count(), 7);
    }
}
