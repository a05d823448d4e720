//! Callers who must know a password: a challenge with a nonce of its own for each, and its answer (RFC 8760).

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rsipstack::{
    dialog::authenticate::compute_digest,
    sip::{
        Header, Method, Request,
        headers::auth::{Algorithm, AuthQop},
        prelude::HeadersExt,
    },
};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::wording::header;
use crate::{digest::part, leg::Credential, limits::NONCES_MAX, screen::Net};

/// How long a challenge may be answered.
const ANSWER_WITHIN: Duration = Duration::from_secs(32);
/// What we call the place that the password is of.
const REALM: &str = "pingpost";

/// Who calls from where must know this.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Where it calls from.
    pub sources: Vec<Net>,
    /// What it must know.
    pub credential: Credential,
    /// How it may prove that.
    pub digests: Digests,
}

/// How a password may be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// By SHA-256, or by MD5 where a switch knows no other: it is challenged twice in one answer (RFC 8760).
    Both,
    /// By MD5 alone: switches that know no other and look at the first challenge only give up at the sight of another.
    Md5,
}

/// The guard of whoever calls from there.
pub(super) fn of(guards: &[Guard], from: Option<IpAddr>) -> Option<&Guard> {
    let from = from?;
    guards.iter().find(|guard| guard.sources.iter().any(|net| net.holds(from)))
}

/// Challenges that are not answered yet, each good for one answer of one call.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<VecDeque<Nonce>>);

#[derive(Debug)]
struct Nonce {
    text: String,
    call: String,
    at: Instant,
}

impl Nonces {
    /// Whether a request holds an answer to one of its challenges. Else what it is challenged with.
    pub(super) fn pass(&self, guard: &Guard, request: &Request) -> Result<(), Vec<Header>> {
        let call = request.header_value("Call-ID").unwrap_or_default();
        let answers = request.headers.iter().filter_map(|header| match header {
            Header::Authorization(it) => Some(it.value()),
            _ => None,
        });
        for answer in answers {
            let nonce = part(answer, "nonce").unwrap_or_default();
            if self.take(&nonce, &call) && knows(guard, answer) {
                return Ok(());
            }
        }
        Err(self.challenge(call, guard.digests))
    }

    /// Takes a challenge. Whether it is of this call, and still to be answered.
    fn take(&self, nonce: &str, call: &str) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = waiting.iter().position(|it| it.text == nonce && it.call == call) else {
            return false;
        };
        waiting.remove(at).is_some_and(|it| it.at.elapsed() <= ANSWER_WITHIN)
    }

    fn challenge(&self, call: String, digests: Digests) -> Vec<Header> {
        let mut chance = [0; 16];
        // Without chance nobody is let in: an empty nonce is never taken.
        let drawn = getrandom::fill(&mut chance).is_ok();
        let text: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
        if drawn {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= NONCES_MAX {
                waiting.pop_front();
            }
            waiting.push_back(Nonce { text: text.clone(), call, at: Instant::now() });
        }
        let challenge = |algorithm| {
            let value =
                format!(r#"Digest realm="{REALM}", nonce="{text}", algorithm={algorithm}, qop="auth""#);
            header("WWW-Authenticate", value)
        };
        match digests {
            Digests::Both => ["SHA-256", "MD5"].map(challenge).into(),
            Digests::Md5 => vec![challenge("MD5")],
        }
    }
}

/// Whether an answer proves the password.
fn knows(guard: &Guard, answer: &str) -> bool {
    let credential = &guard.credential;
    let said = |name| part(answer, name).unwrap_or_default();
    let algorithm = match said("algorithm").to_ascii_uppercase().as_str() {
        "SHA-256" if guard.digests == Digests::Both => Algorithm::Sha256,
        "MD5" | "" => Algorithm::Md5,
        _ => return false,
    };
    let qop = match said("qop").as_str() {
        "" => None,
        // A nonce is answered once, so this is its first answer.
        "auth" if said("nc") == "00000001" => Some(AuthQop::Auth { cnonce: said("cnonce"), nc: 1 }),
        _ => return false,
    };
    let (user, password) = (&*credential.user, credential.password.expose_secret());
    let (nonce, uri) = (said("nonce"), said("uri"));
    let proof = compute_digest(user, password, REALM, &nonce, &Method::Invite, &uri, algorithm, qop.as_ref());
    said("username") == user && said("realm") == REALM && said("response") == proof
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(call: &str, answer: Option<&str>) -> Request {
        let answer = answer.map(|it| format!("Authorization: {it}\r\n")).unwrap_or_default();
        let text = format!(
            "INVITE sip:+18005550100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK7\r\n\
             From: <sip:1@192.0.2.7>;tag=1\r\nTo: <sip:2@192.0.2.1>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\
             {answer}Content-Length: 0\r\n\r\n"
        );
        Request::try_from(text.as_bytes()).unwrap()
    }

    fn guard() -> Guard {
        let credential = Credential { user: "acme".to_owned(), password: "secret".to_owned().into() };
        Guard { sources: vec!["192.0.2.0/24".parse().unwrap()], credential, digests: Digests::Both }
    }

    fn nonce(challenged: &[Header]) -> String {
        assert_eq!(challenged.len(), 2);
        part(challenged[0].value(), "nonce").unwrap()
    }

    fn answer(nonce: &str, password: &str, algorithm: (&str, Algorithm)) -> String {
        let qop = AuthQop::Auth { cnonce: "abc".to_owned(), nc: 1 };
        let uri = "sip:x";
        let proof =
            compute_digest("acme", password, REALM, nonce, &Method::Invite, uri, algorithm.1, Some(&qop));
        format!(
            r#"Digest username="acme", realm="{REALM}", nonce="{nonce}", uri="{uri}", response="{proof}", algorithm={}, qop=auth, nc=00000001, cnonce="abc""#,
            algorithm.0
        )
    }

    #[test]
    fn who_knows_the_password_passes_once_and_with_its_own_challenge() {
        let (nonces, guard) = (Nonces::default(), guard());
        for algorithm in [("SHA-256", Algorithm::Sha256), ("MD5", Algorithm::Md5)] {
            let drawn = nonce(&nonces.pass(&guard, &request("one", None)).unwrap_err());
            let good = answer(&drawn, "secret", algorithm);
            assert!(nonces.pass(&guard, &request("two", Some(&good))).is_err(), "of another call");
            assert!(nonces.pass(&guard, &request("one", Some(&good))).is_ok());
            assert!(nonces.pass(&guard, &request("one", Some(&good))).is_err(), "a second time");
            let drawn = nonce(&nonces.pass(&guard, &request("one", None)).unwrap_err());
            let wrong = answer(&drawn, "guess", algorithm);
            let again = nonce(&nonces.pass(&guard, &request("one", Some(&wrong))).unwrap_err());
            assert_ne!(again, drawn);
        }
        let made_up = answer("0123", "secret", ("MD5", Algorithm::Md5));
        assert!(nonces.pass(&guard, &request("one", Some(&made_up))).is_err(), "of nobody");
    }

    #[test]
    fn challenges_that_wait_are_bounded() {
        let (nonces, guard) = (Nonces::default(), guard());
        let first = nonce(&nonces.pass(&guard, &request("first", None)).unwrap_err());
        for _ in 0..NONCES_MAX {
            let _ = nonces.pass(&guard, &request("flood", None));
        }
        assert_eq!(nonces.0.lock().unwrap().len(), NONCES_MAX);
        assert!(!nonces.take(&first, "first"), "the oldest went first");
    }

    #[test]
    fn whoever_calls_from_elsewhere_has_no_guard() {
        let guards = [guard()];
        assert!(of(&guards, Some([192, 0, 2, 9].into())).is_some());
        assert!(of(&guards, Some([198, 51, 100, 9].into())).is_none() && of(&guards, None).is_none());
    }
}
