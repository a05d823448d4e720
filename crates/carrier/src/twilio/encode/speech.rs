//! What is heard: `<Say>` and `<Play>` (twilio.com/docs/voice/twiml/say, …/play).

use ivr::Speech;

use super::{
    Links,
    twiml::{Twiml, legal},
};

/// One `<Say>` takes so many characters with every voice, and so many once they are written for a URL
/// (twilio.com/docs/voice/twiml/say#limits, error 13521).
const SAY_CHARS_MAX: usize = 3000;
const SAY_URL_CHARS_MAX: usize = 4500;

/// Says and plays one after the other. A long text is said in several parts.
pub(super) fn write(twiml: &mut Twiml, links: &Links<'_>, speech: &[Speech]) {
    for part in speech {
        match part {
            Speech::Say(text) => {
                for part in parts(&legal(text)) {
                    twiml.heard("Say", part);
                }
            }
            Speech::Play(audio) => twiml.heard("Play", &source(links, audio)),
        }
    }
}

/// The URL of a shipped recording.
pub(super) fn asset(links: &Links<'_>, name: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("{}/audio/{}", links.public_base.trim_end_matches('/'), name.replace('+', "%20"))
}

fn source(links: &Links<'_>, audio: &str) -> String {
    if audio.starts_with("https://") { audio.to_owned() } else { asset(links, audio) }
}

/// Cuts at blanks where there are any.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let fits = &rest[..fitting(rest)];
        let cut = if fits.len() == rest.len() {
            None
        } else {
            fits.rfind(char::is_whitespace).filter(|at| *at > 0)
        };
        let (part, more) = rest.split_at(cut.unwrap_or(fits.len()));
        parts.push(part.trim_end());
        rest = more.trim_start();
    }
    parts
}

/// How many bytes of a text one `<Say>` takes.
fn fitting(text: &str) -> usize {
    let (mut chars, mut url_chars) = (0, 0);
    for (at, c) in text.char_indices() {
        chars += 1;
        url_chars += if c.is_ascii_alphanumeric() { 1 } else { 3 * c.len_utf8() };
        if chars > SAY_CHARS_MAX || url_chars > SAY_URL_CHARS_MAX {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_said_in_parts_that_lose_no_word() {
        let text = "some words ".repeat(2000);
        let said = parts(&text);
        assert!(said.len() > 1 && said.iter().all(|part| part.chars().count() <= SAY_CHARS_MAX));
        assert_eq!(said.join(" "), text.trim());
        assert_eq!(parts("  \n "), Vec::<&str>::new());
        assert_eq!(parts(&"é".repeat(1000)).concat(), "é".repeat(1000));
        assert_eq!(parts(&"x".repeat(7000)).iter().map(|p| p.len()).collect::<Vec<_>>(), [3000, 3000, 1000]);
    }
}
