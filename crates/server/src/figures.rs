//! The figures of this process: how they are shown, and those that are there before anything happened.

use std::sync::OnceLock;

use auction::Kind;
use journey::{Command, Journey, Verdict};
use lead::Money;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// What it says of each figure is the figure's help as well.
const DOCUMENT: &str = include_str!("../../../docs/reference/metrics.md");

/// Seconds that an auction takes: an offer has 1 to 30, a round 60 at most.
const AUCTION_BOUNDS: [f64; 15] =
    [0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0];
/// Prices of sales, in units of the deployment's currency.
const PRICE_BOUNDS: [f64; 14] =
    [1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1_000.0];

/// Labelled counters that somebody is alarmed by, or asks for at once, with what each may be of.
const EVENTS: [&str; 4] = ["arrived", "auction_closed", "buyer_accepted", "caller_hung_up"];
const POSTS: [&str; 5] = ["delivered", "retry", "dead", "refused", "held"];
const LOOK_UPS: [&str; 3] = ["news", "nothing_new", "unanswered"];
const TASKS: [&str; 7] = ["request", "round", "act", "deadline", "look_up", "post", "dialect"];
const LOOPS: [&str; 9] =
    ["deadlines", "watch", "worker", "endpoints", "erasures", "publications", "spooling", "sums", "house"];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// The handle that renders them. The first call of a process installs the recorder; what was counted before it is lost.
pub fn handle() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let builder = bounded(PrometheusBuilder::new());
        let handle = builder
            .install_recorder()
            .unwrap_or_else(|_| bounded(PrometheusBuilder::new()).build_recorder().handle());
        describe();
        begin();
        handle
    })
}

/// Moves what was observed into its buckets. Where nobody reads the figures, it would be kept one by one.
pub fn settle() {
    handle().run_upkeep();
}

/// Without bounds the exporter shows quantiles of one process, which nobody can add up over several.
fn bounded(builder: PrometheusBuilder) -> PrometheusBuilder {
    let of = |name: &str| Matcher::Full(name.to_owned());
    builder
        .set_buckets_for_metric(of("pingpost_auction_duration_seconds"), &AUCTION_BOUNDS)
        .and_then(|builder| builder.set_buckets_for_metric(of("pingpost_sale_price"), &PRICE_BOUNDS))
        .expect("no list of bounds is empty")
}

fn describe() {
    for (name, kind, meaning) in documented(DOCUMENT) {
        match kind {
            "counter" => metrics::describe_counter!(name, meaning),
            "histogram" => metrics::describe_histogram!(name, meaning),
            _ => metrics::describe_gauge!(name, meaning),
        }
    }
}

/// The rows of the document: name, kind, and what it says, without its links.
fn documented(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str, String)> {
    let rows = text.lines().filter(|line| line.starts_with("| `pingpost_"));
    rows.filter_map(|row| {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let (name, kind, _labels, meaning) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        Some((name.trim_matches('`'), kind, without_links(meaning)))
    })
}

/// `[text](where)` is `text`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let parts =
            link.split_once("](").and_then(|(words, behind)| Some((words, behind.split_once(')')?.1)));
        let Some((words, behind)) = parts else { break };
        plain.push_str(before);
        plain.push_str(words);
        rest = behind;
    }
    plain.push_str(rest);
    plain.replace('`', "")
}

/// A counter that first appears as 1 has not grown for whoever compares it with before: an alarm would miss the first time.
fn begin() {
    metrics::gauge!("pingpost_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    for event in EVENTS {
        metrics::counter!("pingpost_events_total", "event" => event).increment(0);
    }
    for result in POSTS {
        metrics::counter!("pingpost_post_attempts_total", "result" => result).increment(0);
    }
    for result in LOOK_UPS {
        metrics::counter!("pingpost_look_ups_total", "result" => result).increment(0);
    }
    for task in TASKS.into_iter().chain(LOOPS) {
        metrics::counter!("pingpost_panics_total", "task" => task).increment(0);
    }
    for verdict in
        [Verdict::Earned, Verdict::TooShort, Verdict::Abandoned, Verdict::Dropped, Verdict::Paid].map(code)
    {
        metrics::counter!("pingpost_sales_settled_total", "verdict" => verdict).increment(0);
    }
    // Held to be shown empty.
    let (_took, _price) = (
        metrics::histogram!("pingpost_auction_duration_seconds"),
        metrics::histogram!("pingpost_sale_price"),
    );
    for why in ["disk", "store"] {
        metrics::counter!("pingpost_calls_turned_away_total", "why" => why).increment(0);
    }
    for end in ["told", "in_vain"] {
        metrics::counter!("pingpost_polls_lingered_total", "end" => end).increment(0);
    }
    for by in ["news", "look"] {
        metrics::counter!("pingpost_settings_taken_up_total", "by" => by).increment(0);
    }
    for why in ["full", "disk"] {
        metrics::counter!("pingpost_spool_refused_total", "why" => why).increment(0);
    }
    for result in ["new", "repeat", "stray", "erased", "aside"] {
        metrics::counter!("pingpost_spool_driven_total", "result" => result).increment(0);
    }
    metrics::counter!("pingpost_spool_kept_total").increment(0);
    metrics::counter!("pingpost_disputes_opened_total").increment(0);
    metrics::counter!("pingpost_sales_over_cap_total").increment(0);
    metrics::counter!("pingpost_webhooks_refused_total").increment(0);
    metrics::counter!("pingpost_webhooks_unreadable_total").increment(0);
    metrics::counter!("pingpost_webhooks_stray_total").increment(0);
    metrics::counter!("pingpost_calls_unknown_number_total").increment(0);
    metrics::counter!("pingpost_talks_missing_total").increment(0);
    metrics::counter!("pingpost_drive_failures_total").increment(0);
    metrics::counter!("pingpost_own_events_waited_total").increment(0);
    metrics::counter!("pingpost_journeys_left_alone_total").increment(0);
    metrics::counter!("pingpost_connections_stalled_total").increment(0);
}

/// What a commit does about money, noted before it and counted once it is done.
#[derive(Debug, Default)]
pub struct Ledger {
    booked: Vec<Money>,
    settled: Vec<Verdict>,
}

impl Ledger {
    /// Of what a journey's commands promise. A test's sales are nobody's money, and neither is a caller who is connected to
    /// the same buyer again.
    pub fn of(journey: &Journey, commands: &[Command]) -> Self {
        let mut ledger = Self::default();
        if journey.campaign().rules.test {
            return ledger;
        }
        for command in commands {
            match command {
                Command::Book(post) if post.ranked().kind != Kind::Repeat => {
                    ledger.booked.push(post.ranked().price);
                }
                Command::Settle { verdict, .. } => ledger.settled.push(*verdict),
                _ => {}
            }
        }
        ledger
    }

    /// Counts it.
    pub fn count(&self) {
        for price in &self.booked {
            metrics::histogram!("pingpost_sale_price").record(units(*price));
        }
        for verdict in &self.settled {
            metrics::counter!("pingpost_sales_settled_total", "verdict" => code(*verdict)).increment(1);
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a figure for people's eyes; the books are in micro-units"
)]
fn units(price: Money) -> f64 {
    price.micros() as f64 / 1e6
}

const fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Earned => "earned",
        Verdict::TooShort => "too_short",
        Verdict::Abandoned => "abandoned",
        Verdict::Dropped => "dropped",
        Verdict::Paid => "paid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_of_a_figure_is_what_its_document_says() {
        let rows: Vec<_> = documented(DOCUMENT).collect();
        assert!(rows.len() > 20, "{rows:?}");
        for (name, kind, meaning) in &rows {
            assert!(["counter", "gauge", "histogram"].contains(kind), "{name}: {kind}");
            assert!(meaning.ends_with('.') && !meaning.contains("]("), "{name}: {meaning}");
        }
        assert_eq!(without_links("a [b c](d#e), `f` [g]"), "a b c, f [g]");
    }

    #[test]
    fn a_price_is_shown_in_units() {
        assert_eq!([units(Money::from_units(91)).to_string(), units(Money::ZERO).to_string()], ["91", "0"]);
    }
}
