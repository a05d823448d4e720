//! What happens on the line: destination, whisper, confirm.

use std::{collections::BTreeSet, time::Duration};

use auction::{Allowed, Confirm, Destination, SipUri};
use lead::E164;

use super::super::{field::Field, keys::Section};

/// The most that a confirm may take while hold audio plays (domain.md 16).
const CONFIRM_MAX: Duration = Duration::from_secs(3);
/// The most characters of a whisper: about 15 s of speech.
const WHISPER_CHARS_MAX: usize = 300;

/// Where calls go.
pub(super) fn destination(field: &Field<'_>) -> Option<Destination> {
    let text = field.text()?;
    if text.starts_with('+') {
        return field.parsed("this is no number in E.164 form", E164::parse).map(Destination::Phone);
    }
    if text.contains('@') {
        return field.parsed("this is no SIP address", SipUri::parse).map(Destination::Sip);
    }
    field
        .wrong("this is neither a number nor a SIP address", "write \"+\" and a number, or \"sip:user@host\"")
}

/// Where bids may send calls.
pub(super) fn allowed(field: &Field<'_>) -> Option<Allowed> {
    let table = field.table(Section::Allowed)?;
    let defaults = Allowed::default();
    let flag =
        |key: &str, otherwise: bool| table.field(key).and_then(|field| field.flag()).unwrap_or(otherwise);
    let items = |key: &str| table.field(key).map(|field| field.list()).unwrap_or_default();
    let number = |item: &Field<'_>| item.parsed("this is no number in E.164 form", E164::parse);
    Some(Allowed {
        us: flag("us", defaults.us),
        toll_free: flag("toll_free", defaults.toll_free),
        sip_domains: items("sip_domains").iter().filter_map(domain).collect::<BTreeSet<_>>(),
        numbers: items("numbers").iter().filter_map(number).collect(),
        prefixes: items("prefixes").iter().filter_map(prefix).collect(),
    })
}

/// Whether the winner is asked once more.
pub(super) fn confirm(field: &Field<'_>) -> Option<Confirm> {
    let table = field.table(Section::Confirm)?;
    let timeout =
        table.field("timeout").and_then(|field| field.wait(Duration::from_millis(200)..=CONFIRM_MAX));
    Some(Confirm {
        timeout: timeout.unwrap_or(Duration::from_secs(2)),
        phone: table.field("phone").and_then(|field| field.flag()).unwrap_or(false),
    })
}

/// What the buyer hears. Which fields it may name is checked when the scripts are known.
pub(super) fn whisper(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    if text.is_empty() || text.chars().count() > WHISPER_CHARS_MAX || text.chars().any(char::is_control) {
        return field
            .wrong("this is no whisper", format!("write 1 to {WHISPER_CHARS_MAX} characters in one line"));
    }
    match names_in(text) {
        Some(_) => Some(text.to_owned()),
        None => field.wrong(
            "the braces do not match",
            "write each field as {name}, ex: \"Medicare call from {state}\"",
        ),
    }
}

/// The names in braces. `None`: the braces do not match.
pub(in super::super) fn names_in(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        names.push(name);
        rest = behind;
    }
    if rest.contains('}') { None } else { Some(names) }
}

fn domain(item: &Field<'_>) -> Option<String> {
    let text = item.text()?.to_ascii_lowercase();
    let name = text.strip_prefix("*.").unwrap_or(&text);
    // What can follow the @ of an address, without a port, is a domain.
    let sound = !name.contains(':') && !name.contains(';') && SipUri::parse(&format!("a@{name}")).is_ok();
    if sound {
        Some(text)
    } else {
        item.wrong("this is no SIP domain", "write a host, ex: \"pbx.example\" or \"*.pbx.example\"")
    }
}

fn prefix(item: &Field<'_>) -> Option<String> {
    let text = item.text()?;
    let digits = text.strip_prefix('+').is_some_and(|rest| {
        (1..=14).contains(&rest.len()) && !rest.starts_with('0') && rest.bytes().all(|b| b.is_ascii_digit())
    });
    if digits {
        Some(text.to_owned())
    } else {
        item.wrong("this is no beginning of a number", "write + and digits, ex: \"+4420\"")
    }
}
