//! The log of all flows, searched for what may never be in it.

use std::{
    fmt::{self, Write},
    sync::{LazyLock, Mutex, Once, PoisonError},
};

use sandbox::canary::Canary;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// What nobody may read in a log: the callers of the flows, and what they say of themselves.
pub const SECRETS: [&str; 8] = [
    sandbox::medicare::CALLER,
    "+13055550143",
    "+13055550144",
    "+13055550145",
    "+13055550146",
    "+13055550147",
    "Dolores",
    "dolores@example.com",
];

/// Our own crates, all of whose lines are read; of others only what a process logs by default.
const OURS: [&str; 11] =
    ["sip", "server", "store", "buyer", "carrier", "journey", "bridge", "auction", "ivr", "lead", "flows"];

/// Where the test of the search itself logs, and what.
const PROBE: &str = "server::probe";
const PROBED: &str = "+13055550149";

static CANARY: LazyLock<Canary> = LazyLock::new(|| Canary::new(SECRETS.into_iter().chain([PROBED])));
static LEAKS: Mutex<Vec<String>> = Mutex::new(vec![]);

/// Begins to read the log, once. What `RUST_LOG` asks for is shown with a flow that fails.
pub fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let ours = OURS.map(|name| (name, Level::TRACE));
        // As the server's own filter has it: that library logs whole messages.
        let (library, off) = sip::LOG_FILTER.split_once('=').expect("a directive");
        let off: LevelFilter = off.parse().expect("a level");
        let read = Targets::new().with_default(Level::INFO).with_targets(ours).with_target(library, off);
        let shown = tracing_subscriber::fmt::layer().with_test_writer().without_time();
        tracing_subscriber::registry()
            .with(Search.with_filter(read))
            .with(shown.with_filter(EnvFilter::from_default_env()))
            .init();
    });
}

/// Every line with a secret in it.
pub fn leaks() -> Vec<String> {
    let all = LEAKS.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter(|line| !line.starts_with(PROBE)).cloned().collect()
}

/// The search.
struct Search;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Search {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        line.search(event.metadata().target());
    }

    fn on_new_span(&self, span: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut line = Line::default();
        span.record(&mut line);
        line.search(span.metadata().target());
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        values.record(&mut line);
        line.search("a span");
    }
}

/// One line of the log.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a string takes all");
    }
}

impl Line {
    fn search(self, target: &str) {
        let hits = CANARY.found_in(self.0.as_bytes());
        if !hits.is_empty() {
            let line = format!("{target}: {} ({hits:?})", self.0);
            LEAKS.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}

#[test]
fn a_leak_is_found() {
    watch();
    tracing::debug!(target: PROBE, from = "%2B13055550149", "a line that should not be there");
    let all = LEAKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(all.iter().any(|line| line.starts_with(PROBE)), "{all:?}");
    assert_eq!(leaks(), Vec::<String>::new(), "and it is told apart from those of the flows");
    assert!(CANARY.found_in(b"journey.id=018f2c outcome=sold").is_empty());
}
