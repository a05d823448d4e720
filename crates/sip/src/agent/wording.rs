//! Headers as we write them, and what we read of theirs.

use rsipstack::sip::{Header, Request, Response, Uri, headers::make_header, prelude::HeadersExt};

use super::World;
use crate::{
    limits::{SESSION_MIN_SECS, SESSION_SECS},
    screen::ALLOWED,
    sdp::Local,
    timer::Expires,
};

/// A header of any name.
pub(super) fn header(name: &str, value: impl Into<String>) -> Header {
    make_header(name, value.into())
}

/// What goes with a session description.
pub(super) fn sdp() -> Header {
    Header::ContentType("application/sdp".into())
}

/// What goes with every answer to a session's request.
pub(super) fn able() -> Vec<Header> {
    vec![header("Allow", ALLOWED), header("Supported", "timer")]
}

/// What asks for a session timer of so many seconds. What is longer than we would ask for by ourselves is also the least.
pub(super) fn asks_timer(secs: u64) -> Vec<Header> {
    let least = if secs > SESSION_SECS { secs } else { SESSION_MIN_SECS };
    vec![header("Session-Expires", secs.to_string()), header("Min-SE", least.to_string())]
}

/// The least session that somebody takes who refused ours as too brief.
pub(super) fn least_session(response: &Response) -> Option<u64> {
    response.header_value("Min-SE")?.split(';').next()?.trim().parse().ok()
}

/// Whether a message carries a session description.
pub(super) fn has_sdp(content_type: Option<String>, body: &[u8]) -> bool {
    let kind = content_type.unwrap_or_default();
    !body.is_empty()
        && kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/sdp")
}

/// The session description of a request.
pub(super) fn sdp_of(request: &Request) -> Option<&[u8]> {
    has_sdp(request.header_value("Content-Type"), &request.body).then_some(&request.body[..])
}

/// The session description of a response.
pub(super) fn sdp_in(response: &Response) -> Option<&[u8]> {
    has_sdp(response.header_value("Content-Type"), &response.body).then_some(&response.body[..])
}

/// A request's session timer: what it asks for, the least it takes, and whether it can refresh.
pub(super) fn timer_of(request: &Request) -> (Option<Expires>, Option<u64>, bool) {
    let asked = value(request, &["Session-Expires", "x"]).and_then(|it| Expires::read(&it));
    let min = value(request, &["Min-SE"]).and_then(|it| it.split(';').next()?.trim().parse().ok());
    (asked, min, tokens(request, &["Supported", "k"]).any(|it| it.eq_ignore_ascii_case("timer")))
}

/// A response's session timer.
pub(super) fn timer_in(response: &Response) -> Option<Expires> {
    response
        .header_value("Session-Expires")
        .or_else(|| response.header_value("x"))
        .and_then(|it| Expires::read(&it))
}

/// The extensions that a request requires and that we do not have.
pub(super) fn unsupported(request: &Request) -> Vec<String> {
    tokens(request, &["Require"]).filter(|it| !it.eq_ignore_ascii_case("timer")).collect()
}

fn value(request: &Request, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| request.header_value(name))
}

fn tokens(request: &Request, names: &[&str]) -> impl Iterator<Item = String> {
    let values =
        request.headers.iter().filter(|it| names.iter().any(|name| it.name().eq_ignore_ascii_case(name)));
    let tokens: Vec<_> = values
        .flat_map(|it| it.value().split(',').map(|it| it.trim().to_owned()).collect::<Vec<_>>())
        .filter(|it| !it.is_empty())
        .collect();
    tokens.into_iter()
}

/// Who calls: as the network asserts it, else as the caller says it. `None`: it is withheld.
pub(super) fn caller(request: &Request) -> Option<String> {
    let withheld = tokens(request, &["Privacy"])
        .any(|it| it.to_ascii_lowercase().split(';').any(|it| it.trim() == "id"));
    if withheld {
        return None;
    }
    let asserted = request.header_value("P-Asserted-Identity").and_then(|it| user(&it));
    let said = || user(&request.header_value("From").or_else(|| request.header_value("f"))?);
    asserted.or_else(said).filter(|it| !it.eq_ignore_ascii_case("anonymous"))
}

/// The user part of an address in a header, ex: `"A" <sip:+13055550142@host>;tag=1`.
fn user(value: &str) -> Option<String> {
    let from = ["sip:", "sips:", "tel:"].iter().filter_map(|it| Some(value.find(it)? + it.len())).min()?;
    let rest = &value[from..];
    let end = rest.find(['@', '>', ';', ',', ' ']).unwrap_or(rest.len());
    let user = &rest[..end];
    (!user.is_empty()).then(|| user.to_owned())
}

/// Our address as others reach it.
pub(super) fn contact(world: &World, tcp: bool) -> Option<Uri> {
    let uri = match world.contact_tcp.filter(|_| tcp) {
        Some(at) => format!("sip:{at};transport=tcp"),
        None => format!("sip:{}", world.contact),
    };
    Uri::try_from(uri).ok()
}

/// Our side of a stream at this port.
pub(super) fn local(world: &World, port: u16, version: u64) -> Local {
    Local { ip: world.config.advertised, port, session: u64::from(port), version }
}
