//! Asking: `<Gather>` for the caller's answer and for the buyer's acceptance (twilio.com/docs/voice/twiml/gather).

use auction::Screening;
use ivr::{Ask, Finish, Speech};

use super::{Links, speech, twiml::Twiml};
use crate::twilio::Hook;

/// How long a caller may think, and pause between two keys.
const ANSWER_WAIT: &str = "6";
/// How long a buyer's agent may look for the key.
const ACCEPT_WAIT: &str = "6";
/// How long an unscreened whisper waits once it is over: the least that a `<Gather>` can.
const WHISPERED_WAIT: &str = "1";
/// A `<Gather>` takes so many hints, and so many characters of each.
const HINTS_MAX: usize = 500;
const HINT_CHARS_MAX: usize = 100;
/// So many bytes of all hints together keep a document below its limit, escaped.
const HINTS_BYTES_MAX: usize = 16_000;
/// What a buyer hears who must press a key and would hear nothing else.
const PRESS_ONE: &str = "You have a call. Press 1 to take it.";

/// The caller's question. A key or a word stops what is being said, and silence is an answer too: without
/// `actionOnEmptyResult` the call would fall through to its end.
pub(super) fn question(twiml: &mut Twiml, links: &Links<'_>, step: u16, ask: &Ask) {
    let action = links.url(&Hook::Heard { journey: links.journey, step, hash: links.hash.clone() });
    let (keys, voice) = (ask.expect.keys(), ask.expect.voice());
    let input = match (keys, voice) {
        (Some(_), Some(_)) => "dtmf speech",
        (None, Some(_)) => "speech",
        _ => "dtmf",
    };
    let most = keys.map(|keys| keys.max.to_string());
    let hints = voice.map(|voice| hints(&voice.hints)).unwrap_or_default();
    let mut attributes = vec![("input", input), ("timeout", ANSWER_WAIT)];
    if let Some((keys, most)) = keys.zip(most.as_deref()) {
        attributes.push(("numDigits", most));
        attributes.push(("finishOnKey", if keys.finish == Finish::Pound { "#" } else { "" }));
    }
    if voice.is_some() {
        attributes.push(("speechTimeout", "auto"));
    }
    if !hints.is_empty() {
        attributes.push(("hints", &hints));
    }
    gather(twiml, links, &attributes, &action, &ask.say);
}

/// What the buyer hears before the bridge. A screened leg that presses nothing is asked to hang up; an unscreened one
/// reports the end of the whisper by the empty `<Gather>`, because a plain `<Say>` has no end that is told.
pub(super) fn whisper(twiml: &mut Twiml, links: &Links<'_>, n: u32, say: &[Speech], screening: Screening) {
    let action = links.url(&Hook::Accept { journey: links.journey, n, screening });
    let wait = if screening == Screening::PressOne { ACCEPT_WAIT } else { WHISPERED_WAIT };
    let attributes = [("input", "dtmf"), ("timeout", wait), ("numDigits", "1"), ("finishOnKey", "")];
    match screening {
        Screening::PressOne if say.is_empty() => {
            gather(twiml, links, &attributes, &action, &[Speech::Say(PRESS_ONE.to_owned())]);
        }
        _ => gather(twiml, links, &attributes, &action, say),
    }
    if screening == Screening::PressOne {
        twiml.empty("Hangup", &[]);
    }
}

fn gather(twiml: &mut Twiml, links: &Links<'_>, attributes: &[(&str, &str)], action: &str, say: &[Speech]) {
    let always = [("actionOnEmptyResult", "true"), ("action", action), ("method", "POST")];
    let attributes = [attributes, &always].concat();
    twiml.open("Gather", &attributes);
    speech::write(twiml, links, say);
    twiml.close("Gather");
}

/// Separated by commas, so none may hold one.
fn hints(hints: &[String]) -> String {
    let (mut text, mut bytes) = (String::new(), 0);
    for hint in hints.iter().take(HINTS_MAX) {
        let hint: String =
            hint.chars().take(HINT_CHARS_MAX).map(|c| if c == ',' { ' ' } else { c }).collect();
        bytes += quick_xml::escape::escape(hint.trim()).len() + 1;
        if bytes > HINTS_BYTES_MAX {
            break;
        }
        if !text.is_empty() && !hint.trim().is_empty() {
            text.push(',');
        }
        text.push_str(hint.trim());
    }
    text
}
