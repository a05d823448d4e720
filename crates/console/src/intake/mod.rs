//! Where leads come in: publishers' programs hand in forms, and the widget on a page asks for a call. It is served where the
//! carriers come in, apart from the console, and knows no session and no cookie.
//!
//! [`intake_router`] is the whole of it; [`Desk`] is the border to the engine, which the server hands in. Without one every
//! lead is refused as not offered here.

mod callbacks;
mod cors;
mod desk;
mod finish;
mod keys;
mod leads;
mod paces;
mod token;
mod widget;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use http::StatusCode;
use lead::{JourneyId, Timestamp};
use publisher::Paces;
use settings::Settings;
use store::Store;
use utoipa_axum::routes;

pub(crate) use self::widget::preview_words;
pub use self::{
    desk::{Desk, Look, Looking, Progress, Stands, Take, Taken, Taking, TakingResult},
    leads::WAIT_MAX,
    paces::{ADDRESS_ASKINGS_MAX, ADDRESS_LOOKS_MAX, ALL_ASKINGS_MAX, ALL_LEADS_MAX, NUMBER_ASKINGS_MAX},
};
use crate::{Clock, problem::Problem, routes::Routes};

/// What the settings in use are.
pub type SettingsInUse = Arc<dyn Fn() -> Arc<Settings> + Send + Sync>;

/// What an intake is made from.
pub struct IntakeParts {
    /// What is kept.
    pub store: Store,
    /// What the time is.
    pub clock: Clock,
    /// The settings in use.
    pub settings: SettingsInUse,
    /// The engine. `None`: no lead is taken here.
    pub desk: Option<Desk>,
    /// The addresses of our own proxies, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
}

/// What its routes are handed.
pub struct Intake {
    store: Store,
    clock: Clock,
    settings: SettingsInUse,
    desk: Option<Desk>,
    proxies: Vec<IpAddr>,
    paces: Mutex<Paces>,
    status_key: [u8; 32],
}

impl Intake {
    /// An intake over a store.
    pub fn new(parts: IntakeParts) -> Arc<Self> {
        let IntakeParts { store, clock, settings, desk, proxies } = parts;
        let status_key = store.key_for("pingpost/callback-status");
        Arc::new(Self { store, clock, settings, desk, proxies, paces: Mutex::default(), status_key })
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn settings(&self) -> Arc<Settings> {
        (self.settings)()
    }

    fn paces(&self) -> std::sync::MutexGuard<'_, Paces> {
        self.paces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> Result<&Desk, Problem> {
        let detail = "This server takes no leads by form or callback.";
        self.desk.as_ref().ok_or_else(|| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_offered", "Not offered here", detail)
        })
    }

    fn status_token(&self, lead: JourneyId) -> String {
        token::made(&self.status_key, lead)
    }
}

/// Everything that publishers and widgets ask for.
pub fn intake_router(intake: &Arc<Intake>) -> Router {
    Router::new()
        .route("/v1/leads", post(leads::hand_in))
        .route("/v1/leads/{id}", get(leads::look))
        .route("/v1/callbacks", post(callbacks::ask).options(cors::preflight))
        .route("/v1/callbacks/{token}", get(callbacks::look).options(cors::preflight))
        .route("/v1/widget", get(widget::words).options(cors::preflight))
        .route("/widget.js", get(widget::newest))
        .route("/widget/{mark}/widget.js", get(widget::marked))
        .layer(DefaultBodyLimit::max(publisher::BODY_BYTES_MAX))
        .layer(middleware::from_fn(finish::finish))
        .with_state(Arc::clone(intake))
}

/// Describes its routes in the one document of the API.
pub(crate) fn described(routes: Routes) -> Routes {
    routes
        .elsewhere(routes!(leads::hand_in))
        .elsewhere(routes!(leads::look))
        .elsewhere(routes!(callbacks::ask))
        .elsewhere(routes!(callbacks::look))
        .elsewhere(routes!(widget::words))
}
