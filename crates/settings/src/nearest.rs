//! The nearest of the known names, for "did you mean".

/// The known name that a wrong one is nearest to, if any is near enough to be meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let wrong = plain(wrong);
    let far = (wrong.chars().count() / 3).clamp(1, 4);
    let near = known.into_iter().map(|name| (strsim::damerau_levenshtein(&wrong, &plain(name)), name));
    near.filter(|(distance, _)| *distance <= far).min().map(|(_, name)| name)
}

/// A name that somebody wrote, as an error may repeat it. One that could be a number's digits or is not short is
/// not repeated.
pub fn shown(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if digits < 7 && name.len() <= 64 && plain { format!("`{name}`") } else { "this name".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let known = ["timeout", "ping_url", "post_url", "active"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("Ping-URL", known), Some("ping_url"));
        assert_eq!(nearest("concurrency", known), None);
        assert_eq!(nearest("x", known), None);
    }

    #[test]
    fn a_number_is_never_repeated() {
        assert_eq!(shown("timout"), "`timout`");
        assert_eq!(shown("+13055550142"), "this name");
        assert_eq!(shown("a\nb"), "this name");
    }
}
