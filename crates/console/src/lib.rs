//! What people and their programs see: pages and the REST API, both thin over `store`.
//!
//! Start at [`router`]; `routes.rs` says how a page or an API route is added, and `access/permission.rs` who may use it. A
//! route without a named need cannot be written. This crate decides nothing about a call, knows no carrier and no buyer's
//! dialect, reads no clock and no environment: both are handed in by [`Console`].

mod access;
pub mod actor;
pub mod answer;
pub mod api;
mod assets;
mod business;
mod buyers;
mod callbacks;
mod carrier;
mod console;
mod csv;
mod edits;
mod form;
mod gauges;
mod guard;
mod health;
mod intake;
mod live;
mod matching;
mod origin;
pub mod pages;
mod path;
pub mod problem;
mod publisher_keys;
mod query;
pub mod routes;
mod sampled;
mod simulated;
mod test_calls;
mod vitals;
mod webhooks;

pub use access::{
    passwords::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Passwords, WeakPassword},
    people::{email, name},
    permission::Permission,
};
pub use business::Business;
pub use buyers::{Buyers, Leaf, Reading, Sample, Tried, Trying};
pub use callbacks::{CancelCallback, Cancelled, Cancelling};
pub use carrier::{
    AskNumbers, Asking, Carrier, Phones, PlaceCall, Premises, ReadTexts, Said, Simulated, SimulatedCall,
    TextMessage,
};
pub use console::{Clock, Console, ConsoleParts, InUse, ReadSettings};
pub use edits::{PROBLEMS_SHOWN_MAX, PUBLISH_TRIES_MAX};
pub use health::{Throttled, Throttling};
pub use intake::{
    ADDRESS_ASKINGS_MAX, ADDRESS_LOOKS_MAX, ALL_ASKINGS_MAX, ALL_LEADS_MAX, Desk, Entry, Intake, IntakeParts,
    Look, Looking, NUMBER_ASKINGS_MAX, Progress, Prove, Proved, Proving, SettingsInUse, Stands, Take, Taken,
    Taking, TakingResult, WAIT_MAX, intake_router,
};
pub use live::{
    Answer, LIVE_CALLS_MAX, OfferNow, RoundNow, Rounds, STREAM_CHECK_EVERY, STREAM_LIFE_MAX, STREAMS_MAX,
    STREAMS_OF_ONE_MAX,
};
pub use matching::PREVIEW_FOR_MAX;
pub use origin::{Origin, OriginError};
pub use publisher_keys::{ORIGINS_MAX, PER_MINUTE_MAX, Written as WrittenKey};
pub use routes::{Entrance, Needs, Surface};
pub use simulated::{SIMULATED_ANSWER_CHARS_MAX, SIMULATED_TALK_SECS_MAX};
pub use vitals::{Ask, Finding, LookAfter, SeenVitals, Sign, State, Trunk, Vitals};

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};

/// The largest body that a page or the API takes, in bytes: a whole settings document.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Everything that people can open, on a listener of its own.
pub fn router(console: &Arc<Console>) -> Router {
    let (router, _) = every_route(console);
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(console), answer::finish))
        .with_state(Arc::clone(console))
}

/// Every route with what it needs, for the tests that try each of them in each role.
pub fn entrances(console: &Arc<Console>) -> Vec<Entrance> {
    every_route(console).1
}

fn every_route(console: &Arc<Console>) -> (Router<Arc<Console>>, Vec<Entrance>) {
    let routes = routes::Routes::new(console);
    let routes = assets::routes(routes);
    let routes = pages::routes(routes);
    api::routes(routes).finish()
}
