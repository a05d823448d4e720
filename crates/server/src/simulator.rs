//! The built-in simulator: an emulated carrier inside this process, with callers and buyers' telephones. It signs real
//! webhooks and sends them through real sockets, so that a simulated call is no other to the rest than a real one.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use carrier::twilio::Hook;
use console::{Phones, Said, SimulatedCall, TextMessage};
use lead::JourneyId;
use sandbox::{Answer, Caller, Carrier, CarrierConfig, InboundCall, Line};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::{
    chance,
    config::{self, TwilioConfig},
};

/// The most simulated calls that go on at once.
pub const SIMULATED_CALLS_MAX: usize = 50;
/// The most calls that the simulator remembers; of those that are over, the earliest are forgotten first.
pub const SIMULATED_CALLS_KEPT_MAX: usize = 500;

/// Simulated seconds in a real one: a talk of three minutes is over in nine seconds. Buyers think in real time.
pub const SIMULATED_SPEED: u32 = 20;

/// How long the talk of somebody who was called back is, in simulated time.
const TALK: Duration = Duration::from_secs(180);

/// How sure the recogniser is of what a simulated caller says.
const CONFIDENCE: &str = "0.95";

/// A carrier inside this process.
pub struct Simulator {
    carrier: Carrier,
    account: TwilioConfig,
}

impl Simulator {
    /// Starts it for a server that listens here.
    ///
    /// # Errors
    /// When its own address cannot be listened on.
    pub async fn start(config: &config::CarrierConfig, server: SocketAddr) -> anyhow::Result<Arc<Self>> {
        let at = config.simulator_listen;
        let listener = TcpListener::bind(at)
            .await
            .with_context(|| format!("listening on {at}, which carrier.simulator_listen says"))?;
        let emulated = CarrierConfig {
            // Whoever reaches its socket must not be able to sign as it does.
            auth_token: chance::key().iter().map(|byte| format!("{byte:02x}")).collect(),
            // Whoever asks to be called in the simulator presses 1 and answers; buyers pick up.
            rung: Line::person(willing()),
            dialled: Line::answers(TALK),
            ..emulated(&base(server), SIMULATED_SPEED)
        };
        let carrier = Carrier::start_on(emulated, listener);
        let account = account(&carrier);
        Ok(Arc::new(Self { carrier, account }))
    }

    /// Its account, as a configuration would say it.
    pub fn account(&self) -> &TwilioConfig {
        &self.account
    }

    /// Places a call, and says which journey it makes.
    ///
    /// # Errors
    /// When too many go on already; the text says so.
    pub fn place(&self, call: SimulatedCall) -> Result<JourneyId, String> {
        if self.carrier.live_calls() >= SIMULATED_CALLS_MAX {
            return Err(format!(
                "{SIMULATED_CALLS_MAX} simulated calls go on already. Wait until one of them is over."
            ));
        }
        self.carrier.forget_ended(SIMULATED_CALLS_KEPT_MAX);
        let line = match call.phones {
            Phones::Answer => Line::answers(call.talk),
            Phones::Busy => Line::busy(),
            Phones::NoAnswer => Line::no_answer(),
        };
        let inbound = InboundCall {
            from: call.from.map(|number| number.as_str().to_owned()),
            to: call.to.as_str().to_owned(),
            caller: Caller::in_order(call.answers.into_iter().map(answer)),
            extra_params: vec![],
        };
        let handle = self.carrier.place_towards(inbound, Some(line));
        Ok(JourneyId::of_call(&self.account.account_sid, handle.sid()))
    }

    /// The text messages that it took, the newest first.
    pub fn texts(&self) -> Vec<TextMessage> {
        let shown = |it: sandbox::carrier::Message| {
            let shown_from = it.to.len().saturating_sub(4);
            let masked = |(at, digit): (usize, char)| if at < shown_from { '•' } else { digit };
            TextMessage { to: it.to.char_indices().map(masked).collect(), text: it.text }
        };
        self.carrier.messages().into_iter().rev().map(shown).collect()
    }

    /// Hangs up every call, while its last webhooks are still answered.
    pub async fn hang_up(&self) {
        self.carrier.hang_up_all().await;
    }
}

/// An emulated carrier in good health whose webhooks go to this server.
pub fn emulated(server: &str, speed: u32) -> CarrierConfig {
    CarrierConfig {
        voice_fallback_url: Some(Hook::Fallback.url(server)),
        status_callback_url: Some(Hook::Call.url(server)),
        speed,
        seed: chance::seed().0,
        ..CarrierConfig::new(Hook::Voice.url(server))
    }
}

/// The account of an emulated carrier, as a configuration would say it.
pub fn account(carrier: &Carrier) -> TwilioConfig {
    let CarrierConfig { account_sid, auth_token, .. } = carrier.config();
    TwilioConfig {
        account_sid: account_sid.clone(),
        auth_token: SecretString::from(auth_token.clone()),
        auth_token_next: None,
        shared_key: None,
        base_url: carrier.rest_base(),
        request_timeout: Duration::from_secs(2),
        cps: 1,
        census_every: Duration::from_secs(30),
    }
}

/// Where a process of this machine reaches a server that listens here.
pub fn base(server: SocketAddr) -> String {
    let port = server.port();
    match server {
        SocketAddr::V4(at) if at.ip().is_unspecified() => format!("http://127.0.0.1:{port}"),
        SocketAddr::V6(at) if at.ip().is_unspecified() => format!("http://[::1]:{port}"),
        at => format!("http://{at}"),
    }
}

/// Somebody who answers whatever is usually asked, and presses 1 at anything else.
fn willing() -> Caller {
    Caller::by_prompt([
        ("press 1", Answer::press("1")),
        ("zip", Answer::press("33109")),
        ("old", Answer::press("65")),
        ("age", Answer::press("65")),
        ("", Answer::press("1")),
    ])
}

fn answer(said: Said) -> Answer {
    match said {
        Said::Keys(keys) => Answer::press(&keys),
        Said::Words(words) => Answer::speak(&words, CONFIDENCE),
        Said::Silence => Answer::silence(),
    }
}
