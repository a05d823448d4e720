//! What the configuration alone tells.

use super::{Code, Finding};
use crate::{
    app::NO_CARRIER,
    config::{CarrierKind, Config, Database, Key32},
};

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    [carrier(config), public_url(config), listening(config), store(config)].into_iter().flatten().collect()
}

fn carrier(config: &Config) -> Vec<Finding> {
    match (config.carrier.kind, &config.twilio) {
        (CarrierKind::Simulator, _) => {
            let what = "the built-in simulator carries the calls, and takes no real one";
            let mend =
                "set carrier.kind = \"twilio\" before real callers come, and begin with a store of its own";
            vec![Code::CarrierSimulated.says("carrier.kind", what, mend)]
        }
        (CarrierKind::Twilio, None) if config.has_carrier() => vec![],
        (CarrierKind::Twilio, None) => {
            vec![Code::CarrierMissing.says(
                "twilio",
                "no carrier is configured, so nothing is served",
                NO_CARRIER,
            )]
        }
        (CarrierKind::Twilio, Some(_)) => vec![],
    }
}

fn public_url(config: &Config) -> Vec<Finding> {
    let at = "http.public_base_url";
    match config.http.public_base_url.as_deref() {
        // A carrier that is configured demands one.
        None if config.carrier.kind == CarrierKind::Twilio && config.sip.is_none() => {
            let mend = "set it to the https URL that the carrier requests";
            vec![Code::PublicUrlMissing.says(at, "it is not set, so no carrier can reach this server", mend)]
        }
        Some(url) if !url.starts_with("https://") => {
            let what = "it is not https: what callers answer travels in the clear";
            vec![Code::PublicUrlInsecure.says(
                at,
                what,
                "put a proxy with TLS before this server, and name its URL",
            )]
        }
        _ => vec![],
    }
}

fn listening(config: &Config) -> Vec<Finding> {
    let mut found = vec![];
    let is_open = !config.http.listen.ip().is_loopback();
    if is_open {
        let what = "it is reached from other machines, and speaks no TLS itself";
        let mend =
            "listen on 127.0.0.1 behind a proxy with TLS, or let nothing but that proxy reach the port";
        found.push(Code::ListensOpenly.says("http.listen", what, mend));
    }
    if is_open && config.admin.metrics_token.is_none() {
        let mend = "set PINGPOST_ADMIN__METRICS_TOKEN, or keep /metrics from outside at the proxy";
        found.push(Code::MetricsOpen.says(
            "admin.metrics_token",
            "whoever reaches the port reads the metrics",
            mend,
        ));
    }
    if config.exchange.allow_private_targets {
        let what = "a buyer's URL may lead into your own network, or be http";
        let mend = "set it to false, as everywhere but in development";
        found.push(Code::PrivateTargets.says("exchange.allow_private_targets", what, mend));
    }
    found
}

fn store(config: &Config) -> Vec<Finding> {
    let mut found = vec![];
    if config.store.database == Database::Temporary {
        let mend = "name a file, or a database by PINGPOST_STORE__URL";
        found.push(Code::StoreForgets.says("store.path", "everything is gone when the process ends", mend));
    }
    if matches!(config.store.database, Database::Postgres(_)) && config.store.spool.is_none() {
        let what = "what the carrier tells while the database is away is refused";
        let mend = "name a folder on a disk of this node that outlives the process";
        found.push(Code::SpoolMissing.says("store.spool", what, mend));
    }
    if config.store.master_key.as_ref().is_some_and(is_weak) {
        let what = "it is no random key: one could be guessed, and everything personal be read";
        let mend = "make one with `pingpost key new`, and keep this one in store.previous_master_keys";
        found.push(Code::MasterKeyWeak.says("store.master_key", what, mend));
    }
    found
}

/// Whether a key is one that people make: few different bytes, text, or a row of numbers. A random one of 32 bytes is none of
/// it but once in more tries than there are.
fn is_weak(key: &Key32) -> bool {
    let bytes = key.expose();
    let different: std::collections::BTreeSet<_> = bytes.iter().collect();
    let step = bytes[1].wrapping_sub(bytes[0]);
    let is_row = bytes.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    different.len() < 12 || is_row || is_text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_make_is_weak_and_what_is_drawn_is_not() {
        let row: Vec<u8> = (0..32).collect();
        for weak in
            [&row[..], &[7; 32], b"correct horse battery staple 123", b"01230123012301230123012301230123"]
        {
            assert!(is_weak(&Key32::new(weak.try_into().expect("32 bytes"))), "{weak:?}");
        }
        for _ in 0..1_000 {
            assert!(!is_weak(&Key32::new(crate::chance::key())));
        }
    }
}
