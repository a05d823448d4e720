//! `World`: the example world round the binary, an emulated carrier and six buyers.

use std::{
    net::{SocketAddr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use carrier::twilio::Hook;
use lead::JourneyId;
use sandbox::{
    Answer, Caller, CarrierConfig, InboundCall, Medicare,
    medicare::{AGE, ZIP},
};

use crate::place::{ACCOUNT, EXAMPLE, Place, Server, TOKEN, WAIT_MAX};

/// What a caller answers who is asked for a first name.
pub const NAME: &str = "Dolores";

/// A question whose answer bidders never see.
const NAME_ASKED: &str = "[[campaign.script.question]]\nfield = \"first_name\"\naudience = \"winner\"\n\
    ask = \"What is your first name?\"\ncheck = \"name\"\n\n\n# --- Who sent the caller";

/// The example world round the binary.
pub struct World {
    /// Where the binary runs.
    pub place: Place,
    /// The binary.
    pub server: Server,
    /// Carrier and buyers.
    pub medicare: Medicare,
}

impl World {
    /// The world of the example.
    pub async fn start() -> Self {
        Self::with(|place| place).await
    }

    /// A world whose binary runs in a changed place.
    pub async fn with(change: impl FnOnce(Place) -> Place) -> Self {
        Self::at_speed(60, change).await
    }

    /// As [`World::with`], with so many of the carrier's seconds in one of ours.
    pub async fn at_speed(speed: u32, change: impl FnOnce(Place) -> Place) -> Self {
        Self::built(speed, change, |text| text).await
    }

    /// As [`World::at_speed`], with changed settings.
    pub async fn built(
        speed: u32,
        change: impl FnOnce(Place) -> Place,
        settings: impl FnOnce(String) -> String,
    ) -> Self {
        Self::of(|carrier| CarrierConfig { speed, ..carrier }, change, settings).await
    }

    /// A world whose carrier, place and settings are changed.
    pub async fn of(
        carrier: impl FnOnce(CarrierConfig) -> CarrierConfig,
        change: impl FnOnce(Place) -> Place,
        settings: impl FnOnce(String) -> String,
    ) -> Self {
        let address = free_address();
        let base = format!("http://{address}");
        let medicare = Medicare::start(
            carrier(CarrierConfig {
                voice_fallback_url: Some(Hook::Fallback.url(&base)),
                status_callback_url: Some(Hook::Call.url(&base)),
                account_sid: ACCOUNT.to_owned(),
                auth_token: TOKEN.to_owned(),
                ..CarrierConfig::new(Hook::Voice.url(&base))
            }),
            Duration::from_millis(20),
        )
        .await;
        let place = Place::new()
            .with("HTTP__LISTEN", &address.to_string())
            .with("HTTP__PUBLIC_BASE_URL", &base)
            .with("LOG__LEVEL", "trace")
            .with("TWILIO__BASE_URL", &medicare.carrier.rest_base());
        let place = change(place);
        place.write("settings.toml", &settings(written(&medicare)));
        let server = place.serve();
        Self { place, server, medicare }
    }

    /// The same world without any settings, and with a console.
    pub async fn empty() -> Self {
        let world =
            Self::with(|place| place.with("CONSOLE__LISTEN", "127.0.0.1:0").with("STORE__PATH", "other.db"))
                .await;
        let Self { place, server, medicare } = world;
        server.signal("TERM");
        assert_eq!(server.ended(), 0);
        let place = place.with("STORE__PATH", "pingpost.db");
        let server = place.serving(place.start(&["serve"]));
        Self { place, server, medicare }
    }

    /// Plays a call to its end.
    pub async fn play(&self, call: InboundCall) -> JourneyId {
        let handle = self.medicare.carrier.place(call);
        let journey = JourneyId::of_call(ACCOUNT, handle.sid());
        handle.ended().await;
        self.server.logged_all(&["a call ended", &journey.to_string()]);
        journey
    }

    /// As the example's call, of another caller.
    pub fn call_from(&self, from: &str) -> InboundCall {
        InboundCall { from: Some(from.to_owned()), ..self.call() }
    }

    /// Waits until a figure is at least so high.
    pub async fn figure_is(&self, name: &str, least: u64) {
        until(name, || self.server.figure(name) >= least).await;
    }

    /// The call of the example, with an answer to the further question.
    pub fn call(&self) -> InboundCall {
        call_to(&self.medicare)
    }
}

/// The example's settings with these buyers, and one question more.
pub fn written(medicare: &Medicare) -> String {
    let text = EXAMPLE.replacen("# --- Who sent the caller", NAME_ASKED, 1);
    let buyers = medicare.buyers.iter().enumerate();
    buyers.fold(text, |text, (n, buyer)| {
        text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin())
    })
}

/// The call of the example, with an answer to the further question.
pub fn call_to(medicare: &Medicare) -> InboundCall {
    let caller = Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(AGE)),
        ("first name", Answer::speak(NAME, "0.97")),
    ]);
    InboundCall { caller, ..medicare.call() }
}

/// A port that nobody listens on now. It is none of those that the system gives to whoever asks for any: one of them could
/// be another test's before the process listens on it.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 97).unwrap_or(0) * 100;
    loop {
        let port = 18_000 + (process + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Waits for what only looking can tell.
pub async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let looking = async {
        while !is() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, looking).await.unwrap_or_else(|_| panic!("this did not come: {what}"));
}
