//! The console's listener: where people and their programs come in, apart from the carrier's webhooks.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use console::pages::suppressions::FILE_PATH;
use console::{
    BODY_BYTES_MAX, Business, CancelCallback, Cancelled, Carrier, Console, ConsoleParts, InUse, Origin,
    Premises, ReadSettings, Rounds, Simulated, Throttled, Throttling, problem::Problem,
};
use jiff::tz::TimeZone;
use settings::{Settings, Surroundings};
use store::Names;
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    config::{Config, Database, credential},
    health, intake, numbers,
    serve::{Bounds, serve, whole_body_of},
    simulator::Simulator,
    tries::Tries,
    vitals,
    world::World,
};

/// A console that serves.
pub struct People {
    /// Where it listens.
    pub address: SocketAddr,
    /// How browsers reach it.
    pub origin: Origin,
    /// What it serves.
    pub console: Arc<Console>,
    pub(crate) serving: JoinHandle<()>,
}

/// Begins to serve the console where the configuration says.
///
/// # Errors
/// When its address cannot be listened on.
pub async fn begin(
    config: &Config,
    world: &Arc<World>,
    simulator: Option<&Arc<Simulator>>,
    bounds: Bounds,
) -> anyhow::Result<Option<People>> {
    let Some(listen) = config.console.listen else { return Ok(None) };
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("listening on {listen}, which console.listen says (\"off\": without the console)")
    })?;
    let address = listener.local_addr().context("reading the console's address")?;
    let origin = match &config.console.public_url {
        Some(origin) => origin.clone(),
        None => Origin::parse(&format!("http://{address}")).context("naming the console's address")?,
    };
    let clock = Arc::clone(world);
    let console = Console::new(ConsoleParts {
        store: world.store.clone(),
        clock: Arc::new(move || clock.clock.now()),
        business: in_use(world),
        read_settings: reading(world),
        buyers: Arc::new(Tries::new(Arc::clone(world))),
        premises: Premises {
            carrier: carrier(world, simulator),
            public_base_url: config.http.public_base_url.clone(),
            private_targets: config.exchange.allow_private_targets,
            forgets: config.store.database == Database::Temporary,
        },
        origin: origin.clone(),
        proxies: config.console.proxies.clone(),
        rounds: rounds(world),
        throttling: throttling(world),
        cancel_callback: cancelling(world),
        look_after: vitals::look_after(config, world),
        closing: world.stopping.clone(),
    });
    let router = console::router(&console)
        .layer(middleware::from_fn_with_state(config.http.body_timeout, whole_body_but_files))
        .layer(CatchPanicLayer::custom(health::panicked));
    let serving = tokio::spawn(serve(listener, router, bounds, world.stop.clone()));
    tracing::info!(%address, "the console listens");
    Ok(Some(People { address, origin, console, serving }))
}

/// As [`whole_body_of`], but for a file, whose handler reads it as it comes and bounds it itself.
async fn whole_body_but_files(
    State(body_timeout): State<std::time::Duration>,
    request: Request,
    next: Next,
) -> Response {
    match request.uri().path() == FILE_PATH {
        true => next.run(request).await,
        false => whole_body_of(State((body_timeout, BODY_BYTES_MAX)), request, next).await,
    }
}

/// What carries the calls, for pages that speak of it.
fn carrier(world: &Arc<World>, simulator: Option<&Arc<Simulator>>) -> Carrier {
    if let Some(simulator) = simulator {
        let (placing, reading) = (Arc::clone(simulator), Arc::clone(simulator));
        return Carrier::Simulated(Simulated {
            place: Arc::new(move |call| placing.place(call)),
            texts: Arc::new(move || reading.texts()),
        });
    }
    let world = Arc::clone(world);
    Carrier::Real(Arc::new(move || {
        let world = Arc::clone(&world);
        Box::pin(async move {
            let latest = world.book.latest();
            // Trunks are told nowhere what they bring where.
            let Some(twilio) = &world.twilio else { return Ok(vec![]) };
            let asked = numbers::astray(twilio, &latest.settings, &world.public_base).await;
            asked.map_err(|error| crate::chain_of(error.as_ref()))
        })
    }))
}

/// The rounds that run in this process, for whoever looks on.
fn rounds(world: &Arc<World>) -> Rounds {
    let world = Arc::clone(world);
    Arc::new(move |journey| world.asking.of(journey))
}

/// Who is asked less often, by what this process remembers.
fn throttling(world: &Arc<World>) -> Throttling {
    let world = Arc::clone(world);
    Arc::new(move |offer| {
        let offer = world.book.latest().settings.offer(offer)?;
        let why = world.throttle.why(world.clock.now(), &offer)?;
        Some(Throttled { one_in: why.share.one_in(), why: why.to_string() })
    })
}

/// Cancels a callback that waits: an event of its journey, which ends it.
fn cancelling(world: &Arc<World>) -> CancelCallback {
    let world = Arc::clone(world);
    Arc::new(move |journey| {
        let world = Arc::clone(&world);
        Box::pin(async move {
            let cancelled = intake::cancel(&world, journey).await;
            let cancelled = cancelled.map_err(|error| Problem::unavailable(&error))?;
            Ok(if cancelled { Cancelled::Done } else { Cancelled::NotWaiting })
        })
    })
}

/// Settings as this process would use them.
fn reading(world: &Arc<World>) -> ReadSettings {
    let policy = world.exchange.policy().clone();
    Arc::new(move |text| {
        let surroundings = Surroundings { policy: policy.clone(), credential: &credential };
        Settings::parse(text, "the settings", &surroundings)
    })
}

/// What pages need of the settings in use, read once for each version.
fn in_use(world: &Arc<World>) -> InUse {
    let world = Arc::clone(world);
    let read = Mutex::new(None);
    Arc::new(move || {
        let latest = world.book.latest();
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((version, business)) if *version == latest.version() => Arc::clone(business),
            _ => {
                let business = Arc::new(business(&latest.settings));
                *read = Some((latest.version(), Arc::clone(&business)));
                business
            }
        }
    })
}

/// What pages need of settings.
pub(crate) fn business(settings: &Settings) -> Business {
    let general = settings.general();
    Business {
        // It was looked up when the settings were read.
        zone: TimeZone::get(&general.zone).unwrap_or(TimeZone::UTC),
        currency: general.currency.as_str().to_owned(),
        names: Names {
            offers: settings.offers().map(|it| (it.id.clone(), it.name.clone())).collect(),
            buyers: settings.buyers().map(|it| (it.id.clone(), it.name.clone())).collect(),
            ..Names::default()
        },
        campaigns: settings.campaigns().map(|it| (it.id.clone(), it.name.clone())).collect(),
        publishers: settings.publishers().map(|it| (it.id.clone(), it.name.clone())).collect(),
        numbers: settings.numbers().map(|it| (it.number.clone(), it.campaign.clone())).collect(),
    }
}
