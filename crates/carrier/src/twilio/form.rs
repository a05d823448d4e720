//! `Form`: the parameters of a webhook, as names and values.

use std::fmt;

/// The parameters of one webhook, in the order sent. `Debug` shows only their names: values are about a person.
///
/// Twilio adds parameters without notice (twilio.com/docs/voice/twiml), so all are kept and unknown ones are ignored.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`: the body of a POST, or the query of a GET. Total: what is not UTF-8
    /// is replaced, and then fits no signature.
    pub fn parse(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value of that name; an empty one counts.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// Every pair, as sent.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Form {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_and_shows_no_value() {
        let form = Form::parse(b"From=%2B13055550142&Said=a+b%20c&FromZip=&From=second");
        assert_eq!(form.value("From"), Some("+13055550142"));
        assert_eq!(form.value("Said"), Some("a b c"));
        assert_eq!(
            (form.value("FromZip"), form.filled("FromZip"), form.value("Zip")),
            (Some(""), None, None)
        );
        assert_eq!(format!("{form:?}"), r#"["From", "Said", "FromZip", "From"]"#);
    }
}
