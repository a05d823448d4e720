//! What an operator's tools ask.

use sqlx::{Connection, Executor, SqliteConnection};

use crate::{
    place::Place,
    request::{arrival, get, send, tell, written},
    words::SORRY,
};

#[test]
fn a_process_that_lives_says_so() {
    let server = Place::new().serve();
    let answer = get(server.address, "/healthz");
    assert_eq!((answer.status, &*answer.body), (200, "ok\n"));
    let answer = get(server.address, "/readyz");
    assert_eq!((answer.status, &*answer.body), (200, "ready\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_is_not_ready_until_it_can() {
    let place = Place::new();
    let server = place.serve();
    let url = format!("sqlite://{}", place.path("pingpost.db").display());
    let mut other = SqliteConnection::connect(&url).await.expect("the file is there");
    other.execute("BEGIN IMMEDIATE").await.expect("nobody writes now");
    let answer = get(server.address, "/readyz");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.starts_with("store: the store cannot be written: "), "{}", answer.body);
    assert_eq!(get(server.address, "/healthz").status, 200, "the process lives all the same");
    other.execute("ROLLBACK").await.expect("it is given back");
    assert_eq!(get(server.address, "/readyz").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_costs_nobody_a_document() {
    let place = Place::new();
    let server = place.serve();
    let url = format!("sqlite://{}", place.path("pingpost.db").display());
    let mut other = SqliteConnection::connect(&url).await.expect("the file is there");
    other.execute("DROP TABLE journeys").await.expect("it is gone");
    let answer = tell(&server, "/twilio/voice", &arrival("CA1", "+13055550142"));
    assert!(answer.status == 200 && answer.body.contains(SORRY), "{answer:?}");
    let line = server.logged("an event could not be driven");
    assert!(!line.contains("3055550142"), "{line}");
    assert_eq!(server.figure("pingpost_drive_failures_total"), 1);
}

#[test]
fn figures_are_shown_to_whoever_has_the_token() {
    let server = Place::new().with("ADMIN__METRICS_TOKEN", "s3cr3t").serve();
    let ask =
        |value: &str| send(server.address, &written("GET", "/metrics", &[("authorization", value)], ""));
    for value in
        ["", "Bearer", "Bearer ", "Bearer s3cr3", "Bearer s3cr3tt", "bearer s3cr3t", "Basic s3cr3t", "s3cr3t"]
    {
        let answer = ask(value);
        assert_eq!((answer.status, &*answer.body), (401, ""), "{value}");
    }
    assert_eq!(get(server.address, "/metrics").status, 401);
    let answer = ask("Bearer s3cr3t");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    assert!(answer.body.contains("pingpost_settings_version 1"), "{}", answer.body);
}

#[test]
fn a_figure_that_somebody_is_alarmed_by_is_there_before_anything_happens() {
    let server = Place::new().serve();
    let figures = get(server.address, "/metrics").body;
    for name in [
        "pingpost_panics_total{task=\"round\"}",
        "pingpost_post_attempts_total{result=\"dead\"}",
        "pingpost_look_ups_total{result=\"unanswered\"}",
        "pingpost_calls_turned_away_total{why=\"disk\"}",
        "pingpost_disputes_opened_total",
        "pingpost_sales_over_cap_total",
        "pingpost_webhooks_refused_total",
        "pingpost_webhooks_unreadable_total",
        "pingpost_calls_unknown_number_total",
        "pingpost_talks_missing_total",
        "pingpost_drive_failures_total",
        "pingpost_sale_price_count",
    ] {
        assert!(figures.lines().any(|line| line == format!("{name} 0")), "{name}:\n{figures}");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert!(figures.contains(&format!("pingpost_build_info{{version=\"{version}\"}} 1\n")), "{figures}");
    assert!(figures.contains("# HELP pingpost_panics_total Panics, by the piece of work"), "{figures}");
}
