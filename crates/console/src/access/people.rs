//! What is taken as a name and as an e-mail address of a user.

/// The most characters of a user's name.
pub const NAME_CHARS_MAX: usize = 100;
/// The most characters of an e-mail address (RFC 5321).
pub const EMAIL_CHARS_MAX: usize = 254;

/// Why a text is no name or no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It is no name.
    #[error("write 1 to {NAME_CHARS_MAX} characters in one line")]
    Name,
    /// It is no address.
    #[error("write a whole address, ex: ada@example.com")]
    Email,
}

/// A user's name.
pub(crate) fn name(text: &str) -> Result<String, NotTaken> {
    let text = text.trim();
    // Characters that turn the direction of a line, or have no width, make one name look like another.
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let fits = !text.is_empty() && text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(odd);
    if fits { Ok(text.to_owned()) } else { Err(NotTaken::Name) }
}

/// An e-mail address in lower case: whether mail comes through, only mail can tell.
pub(crate) fn email(text: &str) -> Result<String, NotTaken> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@').ok_or(NotTaken::Email)?;
    let plain = text.chars().count() <= EMAIL_CHARS_MAX
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
    let whole = !local.is_empty() && domain.contains('.') && domain.split('.').all(|part| !part.is_empty());
    if plain && whole && !local.contains('@') { Ok(text) } else { Err(NotTaken::Email) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_what_people_write() {
        assert_eq!(name("  Ada Lovelace "), Ok("Ada Lovelace".to_owned()));
        for odd in ["", " ", "a\nb", "a\u{202e}b", "\0", &"x".repeat(101)] {
            assert_eq!(name(odd), Err(NotTaken::Name), "{odd:?}");
        }
        assert_eq!(email(" Ada@Example.COM "), Ok("ada@example.com".to_owned()));
        for odd in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "a@b@example.com",
            "a b@example.com",
            "ada@example..com",
        ] {
            assert_eq!(email(odd), Err(NotTaken::Email), "{odd:?}");
        }
    }
}
