//! TwiML: what a document asks the carrier to do.

mod check;
mod dial;
mod xml;

pub(crate) use dial::{Dial, Noun, NounKind};
use std::time::Duration;
use xml::Element;

/// One verb of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verb {
    Say { text: String, loops: u32 },
    Play { url: String, loops: u32 },
    Pause(Duration),
    Gather(Gather),
    Record(Record),
    Dial(Dial),
    Redirect { url: String, method: Method },
    Hangup,
    Reject { busy: bool },
    Unknown(String),
}

/// How a document is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gather {
    pub(crate) digits: bool,
    pub(crate) speech: bool,
    pub(crate) num_digits: Option<usize>,
    pub(crate) finish_on: Option<char>,
    pub(crate) timeout: Duration,
    pub(crate) action_on_empty: bool,
    pub(crate) action: String,
    pub(crate) method: Method,
    pub(crate) prompts: Vec<Verb>,
}

/// A message to take down.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) action: String,
    pub(crate) method: Method,
    pub(crate) max_length: Duration,
    pub(crate) callback: Option<String>,
}

/// A document, and what Twilio's Debugger would say about it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) verbs: Vec<Verb>,
    pub(crate) warnings: Vec<String>,
}

impl Document {
    /// A hold document: it plays and then asks again.
    pub(crate) fn is_hold(&self) -> bool {
        let has = |wanted: fn(&Verb) -> bool| self.verbs.iter().any(wanted);
        has(|verb| matches!(verb, Verb::Redirect { .. }))
            && has(|verb| matches!(verb, Verb::Play { .. } | Verb::Pause(_)))
            && !has(|verb| matches!(verb, Verb::Gather(_)))
    }
}

/// Reads a document; the error is in words.
pub(crate) fn read(text: &str) -> Result<Document, String> {
    let root = xml::read(text)?;
    if root.name != "Response" {
        return Err(format!("the root element is <{}>, not <Response>", root.name));
    }
    let mut warnings = vec![];
    check::check(&root, &mut warnings);
    Ok(Document { verbs: root.children.iter().map(verb).collect(), warnings })
}

fn verb(element: &Element) -> Verb {
    match element.name.as_str() {
        "Say" => Verb::Say { text: spoken(element), loops: loops(element) },
        "Play" => Verb::Play { url: element.text.trim().to_owned(), loops: loops(element) },
        "Pause" => Verb::Pause(seconds(element, "length", 1)),
        "Gather" => Verb::Gather(gather(element)),
        "Record" => Verb::Record(Record {
            action: attribute(element, "action"),
            method: method(element, "method"),
            max_length: seconds(element, "maxLength", 3600),
            callback: element.attribute("recordingStatusCallback").map(str::to_owned),
        }),
        "Dial" => Verb::Dial(dial::read(element)),
        "Redirect" => {
            Verb::Redirect { url: element.text.trim().to_owned(), method: method(element, "method") }
        }
        "Hangup" => Verb::Hangup,
        "Reject" => Verb::Reject { busy: element.attribute("reason") == Some("busy") },
        other => Verb::Unknown(other.to_owned()),
    }
}

fn gather(element: &Element) -> Gather {
    let input = element.attribute("input").unwrap_or("dtmf");
    Gather {
        digits: input.split(' ').any(|word| word == "dtmf"),
        speech: input.split(' ').any(|word| word == "speech"),
        num_digits: element.attribute("numDigits").and_then(|count| count.parse().ok()),
        finish_on: element.attribute("finishOnKey").unwrap_or("#").chars().next(),
        timeout: seconds(element, "timeout", 5),
        action_on_empty: truth(element, "actionOnEmptyResult"),
        action: attribute(element, "action"),
        method: method(element, "method"),
        prompts: element.children.iter().map(verb).collect(),
    }
}

/// The words of a Say, those inside SSML elements as well.
fn spoken(element: &Element) -> String {
    let inner = element.children.iter().map(spoken);
    let all: Vec<String> = std::iter::once(element.text.clone()).chain(inner).collect();
    all.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `loop="0"` is for ever; a thousand times comes to the same.
fn loops(element: &Element) -> u32 {
    match element.attribute("loop").and_then(|count| count.parse().ok()) {
        Some(0) => 1000,
        Some(count) => count,
        None => 1,
    }
}

fn attribute(element: &Element, name: &str) -> String {
    element.attribute(name).unwrap_or_default().to_owned()
}

fn method(element: &Element, name: &str) -> Method {
    match element.attribute(name) {
        Some(get) if get.eq_ignore_ascii_case("get") => Method::Get,
        _ => Method::Post,
    }
}

fn seconds(element: &Element, name: &str, default: u64) -> Duration {
    Duration::from_secs(element.attribute(name).and_then(|value| value.parse().ok()).unwrap_or(default))
}

fn truth(element: &Element, name: &str) -> bool {
    element.attribute(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_with_its_defaults() {
        let read = read(
            "<Response><Gather numDigits='5' action='/a?b=1&amp;c=2'><Say>Zip?</Say></Gather></Response>",
        );
        let document = read.unwrap();
        let [Verb::Gather(gather)] = document.verbs.as_slice() else { panic!("{document:?}") };
        assert_eq!(gather.action, "/a?b=1&c=2");
        assert_eq!((gather.num_digits, gather.finish_on, gather.timeout.as_secs()), (Some(5), Some('#'), 5));
        assert!(gather.digits && !gather.speech && !gather.action_on_empty);
        assert!(document.warnings.is_empty(), "{:?}", document.warnings);
    }

    #[test]
    fn what_twilio_does_not_know_is_named() {
        let document = read("<Response><Shout/><Say volum='9'>x</Say></Response>").unwrap();
        assert_eq!(document.verbs[0], Verb::Unknown("Shout".to_owned()));
        assert_eq!(document.warnings.len(), 2, "{:?}", document.warnings);
    }

    #[test]
    fn a_hold_plays_and_asks_again() {
        assert!(read("<Response><Play>/r.wav</Play><Redirect>/h</Redirect></Response>").unwrap().is_hold());
        assert!(!read("<Response><Say>Hi</Say><Redirect>/h</Redirect></Response>").unwrap().is_hold());
    }
}
