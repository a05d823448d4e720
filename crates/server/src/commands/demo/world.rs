//! The demonstration's world: an emulated carrier, six buyers and a server of ours, each on its own loopback socket.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use sandbox::{Medicare, canary::Canary, medicare};
use tokio::net::TcpListener;

use super::{
    lines::Telephones,
    story::{Seen, Story},
};
use crate::{
    app::{App, open_store},
    chance,
    commands::settings,
    config::{self, Config, Key32},
    simulator,
};

/// The example settings, whose URLs are replaced by those of the buyers that run here.
const SETTINGS: &str = include_str!("../../../../../config/demo-settings.toml");
/// Simulated seconds in a real one.
pub(super) const SPEED: u32 = 40;
/// How long a quick buyer thinks.
pub(super) const THOUGHT: Duration = Duration::from_millis(120);

/// The world.
pub(super) struct Demo {
    pub(super) app: App,
    pub(super) medicare: Medicare,
}

impl Demo {
    /// Starts everything, perhaps with a console; with telephones, where calls come by SIP.
    pub(super) async fn start(has_console: bool, telephones: Option<&Telephones>) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.context("binding a socket")?;
        let base = format!("http://{}", listener.local_addr().context("reading the socket's address")?);
        let medicare = Medicare::start(simulator::emulated(&base, SPEED), THOUGHT).await;
        let twilio = simulator::account(&medicare.carrier);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = Config::demo(config::Demo {
            listen: loopback,
            console: has_console.then_some(loopback),
            public_base_url: base,
            twilio,
            master_key: Key32::new(chance::key()),
        });
        // It stands in front of the server itself, and says which address each visitor has.
        config.http.proxies = vec![loopback.ip()];
        config.sip = telephones.map(Telephones::trunk);
        let store = open_store(&config.store).await?;
        let mut text = settings_text(&medicare);
        if telephones.is_some() {
            text = text.replace(
                "payable_after = \"60s\"",
                &format!("payable_after = \"{}\"", super::lines::PAID_FOR),
            );
        }
        let settings =
            settings::parse(&config, &text, "the demonstration's settings").map_err(|failure| {
                anyhow::anyhow!("the demonstration's settings are wrong: {}", failure.text())
            })?;
        let version = settings::publish(&store, &settings, "demo").await?;
        let app = App::start_on(&config, store, settings.with_version(version), listener).await?;
        Ok(Self { app, medicare })
    }

    /// What the buyers and the store really saw of a call.
    pub(super) fn seen(&self, story: &Story) -> Seen {
        let canary = Canary::new([medicare::CALLER]);
        let buyers = &self.medicare.buyers;
        let pings: Vec<_> = buyers.iter().flat_map(|buyer| buyer.pings()).collect();
        let hits = pings.iter().filter(|ping| !canary.found_in(&ping.bytes()).is_empty()).count();
        let posts = buyers.iter().map(|buyer| buyer.posts().len()).sum();
        story.seen(pings.len(), posts, hits)
    }

    /// Ends everything.
    pub(super) async fn stop(self) {
        let Self { app, medicare } = self;
        app.stop().await;
        let Medicare { carrier, buyers } = medicare;
        drop(buyers);
        carrier.stop().await;
    }

    pub(super) fn world(&self) -> &Arc<crate::world::World> {
        &self.app.world
    }
}

/// The example with the URLs of the buyers that run here.
fn settings_text(medicare: &Medicare) -> String {
    let mut text = SETTINGS.to_owned();
    for (n, buyer) in medicare.buyers.iter().enumerate() {
        text = text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin());
    }
    text
}
