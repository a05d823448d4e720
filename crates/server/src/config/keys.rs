//! Every key of the configuration, and the name of its variable.

/// One key of one section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its full name, ex: `http.listen`.
    pub name: &'static str,
    /// Where it may be set.
    pub kind: Kind,
}

/// Where a key may be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the file and by the environment.
    Plain,
    /// By the environment alone, itself or as the name of a file that holds it.
    Secret,
}

/// All of them, in the order of `config/default.toml`.
pub const KEYS: [Key; 74] = [
    plain("http.listen"),
    plain("http.public_base_url"),
    plain("http.header_timeout"),
    plain("http.body_timeout"),
    plain("http.write_timeout"),
    plain("http.idle_timeout"),
    plain("http.connections_max"),
    plain("http.body_max"),
    plain("http.drain_max"),
    plain("http.proxies"),
    plain("console.listen"),
    plain("console.public_url"),
    plain("console.proxies"),
    plain("carrier.kind"),
    plain("carrier.simulator_listen"),
    plain("twilio.account_sid"),
    secret("twilio.auth_token"),
    secret("twilio.auth_token_next"),
    plain("twilio.shared_key_id"),
    secret("twilio.shared_key"),
    plain("twilio.base_url"),
    plain("twilio.request_timeout"),
    plain("twilio.cps"),
    plain("twilio.census_every"),
    plain("sip.udp"),
    plain("sip.tcp"),
    plain("sip.advertised"),
    plain("sip.node"),
    plain("sip.ports"),
    plain("sip.calls_max"),
    plain("sip.silence_max"),
    plain("sip.call_max"),
    plain("sip.peers"),
    plain("sip.prompts"),
    plain("sip.say"),
    plain("sip.say_timeout"),
    plain("sip.recordings"),
    plain("sip.recording_max"),
    plain("sip.recordings_mib"),
    plain("store.path"),
    secret("store.url"),
    plain("store.free_min"),
    plain("store.spool"),
    plain("store.spool_max"),
    secret("store.master_key"),
    secret("store.previous_master_keys"),
    plain("in_flight.redis"),
    plain("in_flight.timeout"),
    secret("in_flight.redis_password"),
    plain("exchange.allow_private_targets"),
    plain("exchange.own_addresses"),
    plain("exchange.connect_timeout"),
    plain("exchange.idle_per_origin"),
    plain("exchange.idle_timeout"),
    plain("exchange.body_max"),
    plain("exchange.drain_for"),
    plain("exchange.draining_max"),
    plain("exchange.throttle"),
    plain("posts.request_timeout"),
    plain("posts.lease"),
    plain("posts.concurrency"),
    plain("posts.per_buyer"),
    plain("lists.national_url"),
    plain("lists.litigators_url"),
    secret("lists.token"),
    plain("lists.timeout"),
    plain("lists.age_max"),
    plain("retention.recordings_years"),
    plain("retention.consents_years"),
    plain("log.format"),
    plain("log.level"),
    plain("traces.endpoint"),
    secret("traces.authorization"),
    secret("admin.metrics_token"),
];

const fn plain(name: &'static str) -> Key {
    Key { name, kind: Kind::Plain }
}

const fn secret(name: &'static str) -> Key {
    Key { name, kind: Kind::Secret }
}

/// The key of this name.
pub(super) fn key(name: &str) -> Option<Key> {
    KEYS.into_iter().find(|key| key.name == name)
}

/// The keys of a section, without it.
pub(super) fn of_section(section: &str) -> impl Iterator<Item = &'static str> {
    KEYS.into_iter()
        .filter_map(move |key| key.name.split_once('.').filter(|(s, _)| *s == section).map(|(_, k)| k))
}

impl Key {
    /// The variable that sets it: `http.listen` is `PINGPOST_HTTP__LISTEN`.
    pub fn variable(self) -> String {
        format!("PINGPOST_{}", self.name.replace('.', "__").to_uppercase())
    }
}
