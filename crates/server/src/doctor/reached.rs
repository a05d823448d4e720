//! What only others can tell: whether the carrier's numbers lead here, and whether buyers can be reached.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, stream};
use settings::Settings;
use tokio::net::TcpStream;
use url::Url;

use super::{Code, Finding};
use crate::{
    app, chain_of,
    config::{CarrierKind, Config},
    numbers,
};

/// How long a connection to a buyer may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Connections that are tried at once.
const AT_ONCE: usize = 8;

pub(super) async fn findings(config: &Config, settings: &Settings) -> Vec<Finding> {
    let mut found = carrier(config, settings).await;
    found.extend(buyers(settings).await);
    found
}

async fn carrier(config: &Config, settings: &Settings) -> Vec<Finding> {
    let Some(twilio) = config.twilio.as_ref().filter(|_| config.carrier.kind == CarrierKind::Twilio) else {
        return vec![];
    };
    let public_base = config.http.public_base_url.as_deref().unwrap_or_default();
    let asked = async { numbers::astray(&app::client(twilio)?, settings, public_base).await };
    match asked.await {
        Ok(lines) => {
            let mend = "set it in the carrier's console; docs/guides/carrier-integrator.md shows what";
            lines.into_iter().map(|line| Code::NumbersAstray.says("twilio", line, mend)).collect()
        }
        Err(error) => {
            let mend = "see that this machine reaches the carrier, and that the account's token is right";
            vec![Code::CarrierSilent.says("twilio", chain_of(error.as_ref()), mend)]
        }
    }
}

/// Opens a connection to each host that an active offer names, and says nothing on it.
async fn buyers(settings: &Settings) -> Vec<Finding> {
    let mut hosts: BTreeMap<(String, u16), String> = BTreeMap::new();
    for offer in settings.offers().filter(|it| it.active) {
        let urls = [offer.endpoints.ping_url.as_deref(), Some(&*offer.endpoints.post_url)];
        for url in urls.into_iter().flatten().filter_map(|text| Url::parse(text).ok()) {
            if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) {
                hosts.entry((host.to_owned(), port)).or_insert_with(|| format!("offer.{}", offer.id));
            }
        }
    }
    let tried = stream::iter(hosts).map(|((host, port), offer)| async move {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let connected = tokio::time::timeout(CONNECT_MAX, TcpStream::connect((bare, port))).await;
        let why = match connected {
            Ok(Ok(_)) => return None,
            Ok(Err(error)) => error.kind().to_string(),
            Err(_) => format!("no answer within {} s", CONNECT_MAX.as_secs()),
        };
        let what = format!("{host} cannot be reached: {why}");
        let mend = "correct the URL, or ask the buyer; until then it is not asked, and its leads wait";
        Some(Code::EndpointUnreachable.says(offer, what, mend))
    });
    tried.buffer_unordered(AT_ONCE).filter_map(|found| async { found }).collect().await
}
