//! `FieldProblem`: one thing to mend in what was sent.

use std::fmt;

/// One thing to mend. It never repeats a value, since values are about a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldProblem {
    /// The field, by its name. Empty: the body as a whole, or a name that must not be repeated.
    pub field: String,
    /// A word for programs, ex: `unknown_field`.
    pub code: &'static str,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub mend: String,
}

impl FieldProblem {
    pub(crate) fn new(
        field: &str,
        code: &'static str,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { field: shown(field).to_owned(), code, what: what.into(), mend: mend.into() }
    }

    pub(crate) fn of_the_body(code: &'static str, what: &str, mend: impl Into<String>) -> Self {
        Self::new("", code, what, mend)
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{}; {}", self.what, self.mend)
    }
}

/// A name that was sent, as a problem may repeat it: what could be a number, an address or a person's words is not.
fn shown(name: &str) -> &str {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if plain && digits < 7 && name.len() <= 64 { name } else { "" }
}

/// The known name that a wrong one is nearest to, if any is near enough to be meant.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > 64 {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let wrong = plain(wrong);
    let far = (wrong.chars().count() / 3).clamp(1, 4);
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&wrong, &plain(name)), name));
    near.filter(|(distance, _)| *distance <= far).min().map(|(_, name)| name)
}

/// `a, b or c`.
pub(crate) fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.into_iter().collect();
    match words.pop() {
        Some(last) if words.is_empty() => last.to_owned(),
        Some(last) => format!("{} or {last}", words.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_person_is_not_repeated() {
        assert_eq!(FieldProblem::new("first_nme", "unknown_field", "a", "b").field, "first_nme");
        for name in
            ["+13055550142", "13055550142", "ada@example.com", "Ada Lovelace", "a\nb", &"a".repeat(65)]
        {
            assert_eq!(FieldProblem::new(name, "unknown_field", "a", "b").field, "", "{name}");
        }
    }

    #[test]
    fn a_slip_is_found() {
        assert_eq!(nearest("First-Nmae", ["first_name", "zip"]), Some("first_name"));
        assert_eq!(nearest("colour", ["first_name", "zip"]), None);
        assert_eq!(either(["a", "b", "c"]), "a, b or c");
    }
}
