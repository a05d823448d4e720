//! `<Dial>` and the parties it names.

use super::{Method, attribute, method, seconds, truth};
use crate::carrier::twiml::xml::Element;
use std::time::Duration;

/// A `<Dial>`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dial {
    pub(crate) action: Option<String>,
    pub(crate) method: Method,
    /// How long it really rings: what was asked and the five seconds that Twilio adds.
    pub(crate) rings_for: Duration,
    pub(crate) time_limit: Duration,
    pub(crate) caller_id: Option<String>,
    pub(crate) answer_on_bridge: bool,
    pub(crate) sequential: bool,
    pub(crate) record: bool,
    pub(crate) dual: bool,
    pub(crate) recording_callback: Option<String>,
    pub(crate) nouns: Vec<Noun>,
}

/// One party.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Noun {
    pub(crate) kind: NounKind,
    /// The number, or the SIP URI without its headers.
    pub(crate) to: String,
    pub(crate) sip_headers: Vec<(String, String)>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) send_digits: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) method: Method,
    pub(crate) status_callback: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) machine_callback: Option<String>,
}

/// What sort of party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NounKind {
    Number,
    Sip,
}

const ALLOWED_HEADERS: [&str; 4] =
    ["User-to-User", "Remote-Party-ID", "P-Preferred-Identity", "P-Called-Party-ID"];

pub(super) fn read(element: &Element) -> Dial {
    let record = element.attribute("record").unwrap_or("do-not-record");
    let mut nouns: Vec<Noun> = element.children.iter().filter_map(noun).collect();
    if nouns.is_empty() && !element.text.trim().is_empty() {
        nouns.push(number(element.text.trim(), &Element::default()));
    }
    Dial {
        action: element.attribute("action").map(str::to_owned),
        method: method(element, "method"),
        rings_for: seconds(element, "timeout", 30).clamp(Duration::from_secs(5), Duration::from_secs(600))
            + Duration::from_secs(5),
        time_limit: seconds(element, "timeLimit", 14_400),
        caller_id: element.attribute("callerId").map(str::to_owned),
        answer_on_bridge: truth(element, "answerOnBridge"),
        sequential: truth(element, "sequential"),
        record: !matches!(record, "do-not-record" | "false"),
        dual: record.ends_with("-dual"),
        recording_callback: element.attribute("recordingStatusCallback").map(str::to_owned),
        nouns,
    }
}

fn noun(element: &Element) -> Option<Noun> {
    let text = element.text.trim();
    match element.name.as_str() {
        "Number" => Some(number(text, element)),
        "Sip" => Some(sip(text, element)),
        _ => None,
    }
}

fn number(to: &str, element: &Element) -> Noun {
    Noun {
        kind: NounKind::Number,
        to: to.to_owned(),
        sip_headers: vec![],
        user: element.attribute("username").map(str::to_owned),
        password: element.attribute("password").map(str::to_owned),
        send_digits: element.attribute("sendDigits").map(str::to_owned),
        url: element.attribute("url").filter(|url| !url.is_empty()).map(str::to_owned),
        method: method(element, "method"),
        status_callback: element.attribute("statusCallback").filter(|url| !url.is_empty()).map(str::to_owned),
        events: attribute(element, "statusCallbackEvent").split_whitespace().map(str::to_owned).collect(),
        machine_callback: element
            .attribute("machineDetection")
            .and(element.attribute("amdStatusCallback"))
            .map(str::to_owned),
    }
}

/// Headers that Twilio does not let through are left out.
fn sip(text: &str, element: &Element) -> Noun {
    let (uri, query) = text.split_once('?').unwrap_or((text, ""));
    let headers = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    let allowed = |(name, _): &(String, String)| {
        name.to_ascii_uppercase().starts_with("X-")
            || ALLOWED_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    Noun { kind: NounKind::Sip, sip_headers: headers.filter(allowed).collect(), ..number(uri, element) }
}

impl Noun {
    /// Whether a status callback is wanted for this event; the default is `completed` alone.
    pub(crate) fn wants(&self, event: &str) -> bool {
        match self.events.is_empty() {
            true => event == "completed",
            false => self.events.iter().any(|wanted| wanted == event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Verb, read};
    use super::*;

    fn dial(text: &str) -> Dial {
        let document = read(&format!("<Response>{text}</Response>")).unwrap();
        let [Verb::Dial(dial)] = document.verbs.as_slice() else { panic!("{document:?}") };
        dial.clone()
    }

    #[test]
    fn it_rings_five_seconds_longer_and_reports_only_the_end() {
        let read =
            dial("<Dial timeout='18' action='/d'><Number statusCallback='/s'>+13055550100</Number></Dial>");
        assert_eq!(read.rings_for.as_secs(), 23);
        assert!(read.nouns[0].wants("completed") && !read.nouns[0].wants("answered"));
    }

    #[test]
    fn only_allowed_sip_headers_pass() {
        let read = dial("<Dial><Sip username='u'>sip:a@b.example?X-Lead=1&amp;Evil=2</Sip></Dial>");
        assert_eq!(read.nouns[0].to, "sip:a@b.example");
        assert_eq!(read.nouns[0].sip_headers, [("X-Lead".to_owned(), "1".to_owned())]);
    }
}
