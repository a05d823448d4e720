//! The inside of the carrier: lines, numbers, legs and faults, shared by all calls.

use super::{
    call::Call,
    config::{CarrierConfig, Number},
    faults::{CallbackFault, Faults, Kind, RestFault, RestKind},
    leg::{Direction, Leg, LegPlan, Order},
    line::Line,
    media::Library,
    office::Office,
    record::RestRequest,
};
use crate::{chance::Chance, clock::Pace, lock::lock};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use url::Url;

/// All that the calls share.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) config: CarrierConfig,
    pub(crate) pace: Pace,
    pub(crate) http: reqwest::Client,
    pub(crate) tasks: TaskTracker,
    pub(crate) library: Library,
    pub(crate) calls: Mutex<Vec<Arc<Call>>>,
    pub(crate) rest_log: Mutex<Vec<RestRequest>>,
    rest_base: String,
    chance: Mutex<Chance>,
    faults: Mutex<Faults>,
    lines: Mutex<BTreeMap<String, Line>>,
    numbers: Mutex<BTreeMap<String, Number>>,
    legs: Mutex<Legs>,
    recorded: Mutex<BTreeMap<String, String>>,
    pub(crate) messages: Mutex<Vec<super::record::Message>>,
}

/// All legs in the order in which they began, and by their sids: every request names one, and thousands are known.
#[derive(Debug, Default)]
struct Legs {
    all: Vec<Arc<Leg>>,
    by_sid: BTreeMap<String, Arc<Leg>>,
}

impl Exchange {
    pub(crate) fn new(config: CarrierConfig, rest_base: String) -> Self {
        Self {
            pace: Pace::new(config.speed),
            http: http_client(),
            tasks: TaskTracker::new(),
            library: Library::default(),
            calls: Mutex::default(),
            rest_log: Mutex::default(),
            rest_base,
            chance: Mutex::new(Chance::new(config.seed)),
            faults: Mutex::new(config.faults.clone()),
            lines: Mutex::default(),
            numbers: Mutex::default(),
            legs: Mutex::default(),
            recorded: Mutex::default(),
            messages: Mutex::default(),
            config,
        }
    }

    pub(crate) fn sid(&self, prefix: &str) -> String {
        lock(&self.chance).sid(prefix)
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }

    pub(crate) fn faults_of(&self, kind: Kind) -> Vec<CallbackFault> {
        lock(&self.faults).of_webhook(kind, &mut lock(&self.chance))
    }

    pub(crate) fn reorders(&self, kind: Kind) -> bool {
        lock(&self.faults).reorders(kind, &mut lock(&self.chance))
    }

    pub(crate) fn rest_fault(&self, kind: RestKind) -> Option<RestFault> {
        lock(&self.faults).of_rest(kind)
    }

    pub(crate) fn set_line(&self, at: &str, line: Line) {
        lock(&self.lines).insert(at.to_owned(), line);
    }

    /// The line at a number or SIP URI that a `<Dial>` rings.
    pub(crate) fn dialled(&self, at: &str) -> Line {
        lock(&self.lines).get(at).unwrap_or(&self.config.dialled).clone()
    }

    /// The line at a number that the server itself rings.
    pub(crate) fn rung(&self, at: &str) -> Line {
        lock(&self.lines).get(at).unwrap_or(&self.config.rung).clone()
    }

    pub(crate) fn set_number(&self, number: Number) {
        lock(&self.numbers).insert(number.number.clone(), number);
    }

    pub(crate) fn number(&self, number: &str) -> Number {
        lock(&self.numbers).get(number).cloned().unwrap_or_else(|| self.config.number(number))
    }

    pub(crate) fn numbers(&self) -> Vec<Number> {
        lock(&self.numbers).values().cloned().collect()
    }

    /// A new leg, which takes orders from now on.
    pub(crate) fn open(
        self: &Arc<Self>,
        plan: LegPlan,
        call: &Arc<Call>,
    ) -> (Arc<Leg>, mpsc::UnboundedReceiver<Order>) {
        let (leg, orders) = Leg::new(plan, call.clone());
        let leg = Arc::new(leg);
        Office::open(self, &leg);
        let mut legs = lock(&self.legs);
        legs.by_sid.insert(leg.sid.clone(), leg.clone());
        legs.all.push(leg.clone());
        drop(legs);
        (leg, orders)
    }

    pub(crate) fn leg(&self, sid: &str) -> Option<Arc<Leg>> {
        lock(&self.legs).by_sid.get(sid).cloned()
    }

    pub(crate) fn legs(&self) -> Vec<Arc<Leg>> {
        lock(&self.legs).all.clone()
    }

    pub(crate) fn forget_legs(&self, which: impl Fn(&Leg) -> bool) {
        let mut legs = lock(&self.legs);
        legs.all.retain(|leg| !which(leg));
        legs.by_sid.retain(|_, leg| !which(leg));
    }

    pub(crate) fn account_path(&self) -> String {
        format!("/2010-04-01/Accounts/{}", self.config.account_sid)
    }

    /// A recording of a leg that can be fetched from now on.
    pub(crate) fn keep_sound(&self, sid: &str, leg: &str) {
        lock(&self.recorded).insert(sid.to_owned(), leg.to_owned());
    }

    pub(crate) fn has_recorded(&self, sid: &str) -> bool {
        lock(&self.recorded).contains_key(sid)
    }

    /// Deletes a recording; false: there was none.
    pub(crate) fn drop_sound(&self, sid: &str) -> bool {
        lock(&self.recorded).remove(sid).is_some()
    }

    pub(crate) fn recordings(&self) -> Vec<String> {
        lock(&self.recorded).keys().cloned().collect()
    }

    pub(crate) fn recordings_of(&self, leg: &str) -> Vec<String> {
        let recorded = lock(&self.recorded);
        recorded.iter().filter(|(_, of)| *of == leg).map(|(sid, _)| sid.clone()).collect()
    }

    pub(crate) fn recording_url(&self, sid: &str) -> String {
        format!("{}{}/Recordings/{sid}", self.rest_base, self.account_path())
    }

    /// The parameters of every request about a leg.
    pub(crate) fn standard_params(&self, leg: &Leg) -> Vec<(String, String)> {
        let mut params = vec![
            ("AccountSid".to_owned(), self.config.account_sid.clone()),
            ("ApiVersion".to_owned(), "2010-04-01".to_owned()),
            ("CallSid".to_owned(), leg.sid.clone()),
            ("CallStatus".to_owned(), leg.status().word().to_owned()),
            ("Direction".to_owned(), leg.direction.word().to_owned()),
        ];
        for (role, number) in
            [("From", &leg.from), ("To", &leg.to), ("Caller", &leg.from), ("Called", &leg.to)]
        {
            params.push((role.to_owned(), number.clone()));
            for (part, value) in place(number) {
                params.push((format!("{role}{part}"), value.to_owned()));
            }
        }
        if let Some(parent) = &leg.parent {
            params.push(("ParentCallSid".to_owned(), parent.clone()));
        }
        if leg.direction == Direction::Inbound {
            params.push((
                "CallToken".to_owned(),
                format!("%7B%22parentCallInfoToken%22%3A%22{}%22%7D", leg.sid),
            ));
            params.push(("StirVerstat".to_owned(), "TN-Validation-Passed-A".to_owned()));
        }
        for (name, value) in &leg.extra {
            params.retain(|(known, _)| known != name);
            params.push((name.clone(), value.clone()));
        }
        params
    }
}

/// What a carrier knows of a number's place: a hint from the area code, often nothing.
fn place(number: &str) -> [(&'static str, &'static str); 4] {
    let (city, state, zip) = match number.get(..5) {
        Some("+1305") => ("MIAMI", "FL", "33109"),
        Some("+1212") => ("NEW YORK", "NY", "10001"),
        Some("+1415") => ("SAN FRANCISCO", "CA", "94105"),
        Some(_) | None => ("", "", ""),
    };
    let country = if number.starts_with("+1") { "US" } else { "" };
    [("City", city), ("State", state), ("Zip", zip), ("Country", country)]
}

/// Plain HTTP to servers of this machine. The TLS side trusts nobody.
fn http_client() -> reqwest::Client {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .expect("ring knows the default protocol versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .build()
        .expect("a client without options that can fail")
}

/// A URL in a document, against the document's own; an empty one is the document's own.
pub(crate) fn resolve(base: &Url, text: &str) -> Result<Url, String> {
    match text.trim() {
        "" => Ok(base.clone()),
        text => base.join(text).map_err(|error| format!("{text}: {error}")),
    }
}
