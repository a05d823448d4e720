//! Trunks: who brings calls by SIP and takes them, and how each is read.

use std::net::SocketAddr;

use secrecy::SecretString;
use sip::{agent::Digests, leg::Credential, screen::Net};

use super::{
    layers::{Layers, Raw, TrunkGiven},
    problem::Place,
};

/// Trunks of one configuration.
pub const TRUNKS_MAX: usize = 32;
/// The keys of a trunk.
const KEYS: [&str; 11] = [
    "sources",
    "proxy",
    "transport",
    "user",
    "password",
    "caller_user",
    "caller_password",
    "caller_digest",
    "identity",
    "probe",
    "calls_max",
];

/// Who brings calls and takes them.
#[derive(Debug, Clone)]
pub struct Trunk {
    /// Its name.
    pub name: String,
    /// Where its calls come from.
    pub sources: Vec<Net>,
    /// Where calls to numbers go. `None`: it takes none.
    pub proxy: Option<SocketAddr>,
    /// Whether by TCP.
    pub tcp: bool,
    /// What its challenge is answered with.
    pub credential: Option<Credential>,
    /// What its own calls must answer our challenge with. `None`: they are not challenged.
    pub digest_in: Option<Credential>,
    /// How they may prove that they know it.
    pub digests: Digests,
    /// How it is told whose number is shown.
    pub identity: Identity,
    /// Whether it is asked by OPTIONS whether it is there.
    pub probe: bool,
    /// The most calls that it brings at a time.
    pub calls_max: usize,
}

/// How a trunk is told whose number is shown. Which number that is, the offer says (`caller_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// In `From` alone.
    From,
    /// Asserted as well (P-Asserted-Identity, RFC 3325), as trunks want it that believe us.
    Asserted,
}

/// All trunks of the file.
pub(super) fn trunks(layers: &mut Layers, named: impl Fn(&str) -> Option<String>) -> Vec<Trunk> {
    let given = std::mem::take(&mut layers.trunks);
    if let Some(given) = given.values().nth(TRUNKS_MAX) {
        let mend = format!("keep {TRUNKS_MAX}");
        layers.problem(given.place.clone(), "sip.trunk", "there are too many trunks", mend);
    }
    given.into_iter().filter_map(|(name, given)| Reading { layers, name, given }.trunk(&named)).collect()
}

struct Reading<'a> {
    layers: &'a mut Layers,
    name: String,
    given: TrunkGiven,
}

impl Reading<'_> {
    fn trunk(mut self, named: &impl Fn(&str) -> Option<String>) -> Option<Trunk> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > 32 || !self.name.chars().all(plain) {
            self.wrong(
                "",
                "this is no name of a trunk",
                "write at most 32 small letters, digits and hyphens",
            );
        }
        let unknown: Vec<_> =
            self.given.keys.keys().filter(|key| !KEYS.contains(&&***key)).cloned().collect();
        for key in unknown {
            let mend = format!("a trunk has {}", KEYS.join(", "));
            self.wrong(&key, "there is no such key", &mend);
        }
        let sources = self.sources();
        let proxy = self.text("proxy").and_then(|text| {
            let proxy = text.parse::<SocketAddr>().ok();
            if proxy.is_none() {
                self.wrong("proxy", "this is no address with a port", "write ex: \"192.0.2.1:5060\"");
            }
            proxy
        });
        let tcp = self.choice("transport", ["udp", "tcp"]);
        let identity =
            if self.choice("identity", ["from", "asserted"]) { Identity::Asserted } else { Identity::From };
        let probe = !self.choice("probe", ["on", "off"]);
        let credential = self.credential(["user", "password"], named);
        let digest_in = self.credential(["caller_user", "caller_password"], named);
        let digests = match self.choice("caller_digest", ["sha-256", "md5"]) {
            true => Digests::Md5,
            false => Digests::Both,
        };
        let calls_max = self.calls_max();
        if sources.is_empty() && proxy.is_none() {
            let mend = "set sources for calls that come, or proxy for calls that go";
            self.wrong("", "it brings no calls and takes none", mend);
        }
        Some(Trunk {
            name: self.name,
            sources,
            proxy,
            tcp,
            credential,
            digest_in,
            digests,
            identity,
            probe,
            calls_max,
        })
    }

    fn sources(&mut self) -> Vec<Net> {
        let mend = "write IP addresses or networks, ex: [\"192.0.2.0/24\"]";
        let texts = match self.given.keys.get("sources").map(|given| &given.value) {
            None => return vec![],
            Some(Raw::List(texts)) => texts.clone(),
            Some(_) => {
                self.wrong("sources", "this is no list of strings", mend);
                return vec![];
            }
        };
        let nets: Vec<Net> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        if nets.len() != texts.len() {
            self.wrong("sources", "one of these is no address", mend);
        }
        nets
    }

    /// The password is named, as every credential is, and never written down.
    fn credential(
        &mut self,
        [user_key, password_key]: [&str; 2],
        named: &impl Fn(&str) -> Option<String>,
    ) -> Option<Credential> {
        let (user, password) = (self.text(user_key), self.text(password_key));
        match (user, password) {
            (Some(user), Some(password)) => {
                let Some(variable) = password.strip_prefix("env:") else {
                    let mend = "write \"env:NAME\", and set the variable NAME to it";
                    self.wrong(password_key, "a secret does not belong in this file", mend);
                    return None;
                };
                let Some(password) = named(variable) else {
                    self.wrong(password_key, "the variable that it names is not set", "set it");
                    return None;
                };
                Some(Credential { user, password: SecretString::from(password) })
            }
            (None, None) => None,
            (Some(_), None) => {
                self.wrong(user_key, "it has no password", "set one, as \"env:NAME\"");
                None
            }
            (None, Some(_)) => {
                self.wrong(password_key, "it has no user", "set one");
                None
            }
        }
    }

    fn calls_max(&mut self) -> usize {
        let number = match self.given.keys.get("calls_max").map(|given| &given.value) {
            None => return usize::MAX,
            Some(Raw::Number(number)) => usize::try_from(*number).ok().filter(|it| (1..=20_000).contains(it)),
            Some(_) => None,
        };
        if number.is_none() {
            self.wrong("calls_max", "this is no number of calls", "write a whole number from 1 to 20000");
        }
        number.unwrap_or(1)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.given.keys.get(key).map(|given| &given.value) {
            None => None,
            Some(Raw::Text(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.wrong(key, "this is no string", "write it in quotes");
                None
            }
        }
    }

    /// Whether the second of two words is written; the first is the default.
    fn choice(&mut self, key: &str, words: [&str; 2]) -> bool {
        let text = self.text(key);
        if text.as_deref().is_some_and(|text| !words.contains(&text)) {
            self.wrong(key, "there is no such word", &format!("write {:?} or {:?}", words[0], words[1]));
        }
        text.as_deref() == Some(words[1])
    }

    fn wrong(&mut self, key: &str, what: &str, mend: &str) {
        let place: Place =
            self.given.keys.get(key).map_or_else(|| self.given.place.clone(), |given| given.place.clone());
        let full = format!("sip.trunk.{}.{key}", self.name);
        self.layers.problem(place, full.trim_end_matches('.'), what, mend.to_owned());
    }
}
