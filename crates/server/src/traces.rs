//! Traces by OpenTelemetry: one a journey. Their ids are made of the journey's own, so every node makes the same ones, and a
//! call that several nodes served is one trace without any of them telling another.
//!
//! Nothing waits for a trace: what cannot be sent in time is counted and forgotten. No span says who called.

mod spans;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use journey::Ended;
use lead::{JourneyId, Money, OfferId, SaleId, Timestamp};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanExporter as _},
};
use secrecy::ExposeSecret;
use store::AuctionRecord;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{config::TracesConfig, folded::Folded, panics, world::World};

/// The most spans that wait to be sent.
const SPANS_WAITING_MAX: usize = 8_192;
/// The most spans of one request.
const SPANS_AT_ONCE: usize = 512;
/// How long a span waits at most before it is sent.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// How long one request to the collector may take, with its repetitions.
const SEND_MAX: Duration = Duration::from_secs(5);

/// Where spans go.
pub struct Traces(Option<Sending>);

struct Sending {
    spans: mpsc::Sender<SpanData>,
    finish: CancellationToken,
    waiting: Mutex<Option<(mpsc::Receiver<SpanData>, SpanExporter)>>,
}

/// A post that was tried once.
pub struct Posting<'p> {
    /// Whose it is.
    pub journey: JourneyId,
    /// What it says.
    pub kind: &'static str,
    /// The sale.
    pub sale: SaleId,
    /// Which try, from 1.
    pub tries: u32,
    /// Whom it went to.
    pub offer: &'p OfferId,
    /// When it was begun.
    pub began: Timestamp,
    /// When it was answered, or given up.
    pub ended: Timestamp,
    /// The status of its reply.
    pub status: Option<u16>,
    /// The code of what came of it.
    pub result: &'static str,
}

/// A journey that is over.
struct Journeyed<'j> {
    /// Which.
    journey: JourneyId,
    /// Its campaign.
    campaign: &'j str,
    /// The caller's leg, as its carrier names it.
    leg: Option<&'j str>,
    /// How it ended.
    ended: &'j Ended,
    /// Its sale, if it was sold.
    sold: Option<Bought>,
    /// The settings it was served with.
    settings: u64,
}

/// What a trace says of a sale.
struct Bought {
    n: u32,
    offer: OfferId,
    price: Money,
    accepted_at: Timestamp,
}

impl Traces {
    /// To the collector that is configured, or nowhere. `node` tells this process from others.
    ///
    /// # Errors
    /// When the client for it cannot be made.
    pub fn to(config: &TracesConfig, node: String) -> anyhow::Result<Self> {
        let Some(endpoint) = &config.endpoint else { return Ok(Self(None)) };
        let mut headers = reqwest::header::HeaderMap::new();
        if let Some(authorization) = &config.authorization {
            let value = reqwest::header::HeaderValue::from_str(authorization.expose_secret());
            let mut value = value.context("reading traces.authorization")?;
            value.set_sensitive(true);
            headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        // The client takes the process's cryptography; whoever installed one before keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .timeout(SEND_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("making the client for traces")?;
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(endpoint.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(SEND_MAX)
            .build()
            .context("making the exporter of traces")?;
        exporter.set_resource(
            &Resource::builder_empty()
                .with_service_name("pingpost")
                .with_attributes([
                    opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                    opentelemetry::KeyValue::new("service.instance.id", node),
                ])
                .build(),
        );
        let (spans, waiting) = mpsc::channel(SPANS_WAITING_MAX);
        Ok(Self(Some(Sending {
            spans,
            finish: CancellationToken::new(),
            waiting: Mutex::new(Some((waiting, exporter))),
        })))
    }

    /// An auction is closed: it and its pings.
    pub fn auction(&self, record: &AuctionRecord) {
        self.tell(|| spans::of_auction(record));
    }

    /// A post was tried.
    pub fn post(&self, posting: &Posting<'_>) {
        self.tell(|| vec![spans::of_post(posting)]);
    }

    /// Tells of a journey that is over, as it is kept.
    pub fn over(world: &Arc<World>, folded: &Folded) {
        if world.traces.0.is_none() {
            return;
        }
        let journey = &folded.journey;
        let Some(ended) = journey.ended().cloned() else { return };
        let (id, settings) = (journey.id(), folded.version);
        let campaign = journey.campaign().id.to_string();
        let leg = journey.caller_leg().map(|leg| leg.0.clone());
        let sold = journey.sold().map(|sold| Bought {
            n: sold.n(),
            offer: sold.ranked().offer.clone(),
            price: sold.ranked().price,
            accepted_at: sold.accepted_at(),
        });
        let told = Arc::clone(world);
        world.tasks.spawn(panics::watched("trace", async move {
            let Ok(Some(record)) = told.store.load(id).await else { return lost(1) };
            let over = Journeyed {
                journey: id,
                campaign: &campaign,
                leg: leg.as_deref(),
                ended: &ended,
                sold,
                settings,
            };
            told.traces.tell(|| spans::of_journey(&over, &record.entries));
        }));
    }

    fn tell(&self, spans: impl FnOnce() -> Vec<SpanData>) {
        let Some(sending) = &self.0 else { return };
        for span in spans() {
            if sending.spans.try_send(span).is_err() {
                lost(1);
            }
        }
    }

    /// Lets [`Traces::run`] end once it has sent what waits.
    pub fn finish(&self) {
        if let Some(sending) = &self.0 {
            sending.finish.cancel();
        }
    }

    /// Sends what waits, and ends when it is told to.
    pub async fn run(&self) {
        let Some(sending) = &self.0 else { return };
        let Some((mut waiting, exporter)) = sending.taken() else { return };
        let mut tick = tokio::time::interval(SEND_EVERY);
        let mut away = false;
        loop {
            let last = tokio::select! {
                _ = tick.tick() => false,
                () = sending.finish.cancelled() => true,
            };
            let mut batch = Vec::new();
            while batch.len() < SPANS_AT_ONCE
                && let Ok(span) = waiting.try_recv()
            {
                batch.push(span);
                if batch.len() == SPANS_AT_ONCE {
                    send(&exporter, std::mem::take(&mut batch), &mut away).await;
                }
            }
            if !batch.is_empty() {
                send(&exporter, batch, &mut away).await;
            }
            if last {
                return;
            }
        }
    }
}

impl Sending {
    fn taken(&self) -> Option<(mpsc::Receiver<SpanData>, SpanExporter)> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

/// Sends a batch. What fails is not sent again: newer ones wait already.
async fn send(exporter: &SpanExporter, batch: Vec<SpanData>, away: &mut bool) {
    let count = batch.len();
    let sent = tokio::time::timeout(SEND_MAX, exporter.export(batch)).await;
    let failed = !matches!(sent, Ok(Ok(())));
    if failed {
        lost(count as u64);
    } else {
        metrics::counter!("pingpost_spans_sent_total").increment(count as u64);
    }
    if failed && !*away {
        // What the collector answered may hold anything, so it is not said.
        tracing::warn!("traces cannot be sent; calls are served without them");
    } else if !failed && *away {
        tracing::info!("traces are sent again");
    }
    *away = failed;
}

fn lost(count: u64) {
    metrics::counter!("pingpost_spans_lost_total").increment(count);
}

/// Our time as the exporter takes it.
fn system(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + at.since(Timestamp::from_micros(0))
}
