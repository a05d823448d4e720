//! An intake on a real socket, over a desk that writes down what it takes: the engine's own rules of repeats, and nothing more.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::http::StatusCode;
use buyer::exchange::ExchangePolicy;
use console::{
    Desk, Entry, Intake, IntakeParts, Progress, Proved, Stands, Taken, Taking, intake_router,
    problem::Problem,
};
use lead::{CampaignId, JourneyId, PublisherId, Timestamp};
use secrecy::ExposeSecret;
use settings::{Settings, Surroundings};
use store::{By, KeyKind, NewPublisherKey, Store};
use tokio::net::TcpListener;

/// A campaign that takes forms and calls people, and one that takes neither.
pub const SETTINGS: &str = r#"
[[campaign]]
id = "medicare"
name = "Medicare Quotes"
vertical = "medicare"
[campaign.form]
sell = "data"
[[campaign.form.field]]
name = "zip"
type = "zip"
audience = "bidders"
required = true
[[campaign.form.field]]
name = "first_name"
type = "name"
audience = "winner"
[[campaign.form.consent]]
version = "2026-01"
text = "I agree to be called by Buyer C."
covers = ["calls"]
[campaign.callback]
brand = "Medicare Quotes"
[[campaign.callback.field]]
name = "zip"
label = "Your zip"
type = "zip"
audience = "bidders"
required = true
[[campaign.callback.consent]]
version = "2026-02"
text = "Call me about Medicare, also by an automated voice. I may take this back at any time."
covers = ["calls", "automated_voice"]
[[campaign]]
id = "plain"
vertical = "medicare"
[[number]]
number = "+18005550100"
campaign = "medicare"
[[publisher]]
id = "leadsco"
[[publisher]]
id = "other"
"#;

/// What a lead was taken with.
#[derive(Debug, Clone)]
pub struct Written {
    pub lead: JourneyId,
    pub campaign: CampaignId,
    pub channel: lead::Channel,
    pub shared: Vec<String>,
    pub consent: Option<String>,
    pub has_address: bool,
    pub waits: bool,
    pub ring: bool,
}

/// An intake that serves.
pub struct Side {
    /// Where, as a browser writes it.
    pub base: String,
    /// What was taken, in its order.
    pub taken: Arc<Mutex<Vec<Written>>>,
    /// How leads stand; one that is not here is received.
    pub stands: Arc<Mutex<BTreeMap<JourneyId, Progress>>>,
}

/// What a desk keeps of a lead: the hash of its body, and whose it is.
type Kept = Arc<Mutex<BTreeMap<JourneyId, (String, PublisherId)>>>;

impl Side {
    /// One over a store.
    pub async fn new(store: Store, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let (taken, stands) = (Arc::default(), Arc::default());
        let desk = Some(desk(&taken, &stands));
        let base = serve(store, clock, desk).await;
        Self { base, taken, stands }
    }

    /// How a lead stands from now on.
    pub fn now_stands(&self, lead: JourneyId, progress: Progress) {
        self.stands.lock().expect("no panic").insert(lead, progress);
    }

    /// What was taken.
    pub fn all(&self) -> Vec<Written> {
        self.taken.lock().expect("no panic").clone()
    }
}

/// Serves one, perhaps without an engine.
pub async fn serve(
    store: Store,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    desk: Option<Desk>,
) -> String {
    let policy = ExchangePolicy { allow_private_targets: true, own_addresses: vec![] };
    let read = Settings::parse(SETTINGS, "settings.toml", &Surroundings { policy, credential: &|_| None });
    let settings = Arc::new(read.unwrap_or_else(|problems| panic!("{problems:#?}")));
    let intake = Intake::new(IntakeParts {
        store,
        clock: Arc::new(clock),
        settings: Arc::new(move || Arc::clone(&settings)),
        desk,
        proxies: vec![],
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let app = intake_router(&intake).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

fn desk(taken: &Arc<Mutex<Vec<Written>>>, stands: &Arc<Mutex<BTreeMap<JourneyId, Progress>>>) -> Desk {
    let kept = Kept::default();
    let (of_take, written, by_take) = (Arc::clone(&kept), Arc::clone(taken), Arc::clone(stands));
    let (by_look, by_code) = (Arc::clone(stands), Arc::clone(stands));
    Desk {
        take: Arc::new(move |taking| {
            let answer = take(&of_take, &written, &by_take, taking);
            Box::pin(async move { answer })
        }),
        look: Arc::new(move |lead, _| {
            let publisher = kept.lock().expect("no panic").get(&lead).map(|(_, publisher)| publisher.clone());
            let progress = by_look.lock().expect("no panic").get(&lead).cloned();
            let found = publisher.map(|publisher| Stands {
                publisher: Some(publisher),
                progress: progress.unwrap_or(Progress::Received),
            });
            Box::pin(async move { Ok(found) })
        }),
        prove: Arc::new(move |lead, entry| {
            let proved = match entry {
                Entry::Code(code) if code == "424242" => {
                    by_code.lock().expect("no panic").insert(lead, Progress::Calling);
                    Proved::Right
                }
                Entry::Code(code) if code == "000000" => Proved::Over,
                Entry::Code(_) => Proved::Wrong,
                Entry::Again => Proved::Again,
            };
            Box::pin(async move { Ok(proved) })
        }),
    }
}

fn take(
    kept: &Kept,
    written: &Mutex<Vec<Written>>,
    stands: &Mutex<BTreeMap<JourneyId, Progress>>,
    taking: Taking,
) -> Result<Taken, Problem> {
    let lead = JourneyId::of_form(&taking.publisher, &taking.idempotency_key);
    let mut kept = kept.lock().expect("no panic");
    match kept.get(&lead) {
        Some((hash, _)) if *hash != taking.body_hash => {
            let detail = "Another lead was sent under this Idempotency-Key.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, "idempotency_key_reused", "The key is another lead's", detail));
        }
        Some(_) => {}
        None => {
            kept.insert(lead, (taking.body_hash, taking.publisher));
            let submission = taking.submission;
            let shared =
                submission.profile.values().map(|(field, value)| format!("{field}={}", value.text()));
            written.lock().expect("no panic").push(Written {
                lead,
                campaign: taking.campaign,
                channel: submission.channel,
                shared: shared.collect(),
                consent: submission.consent.map(|it| it.text_version),
                has_address: submission.identity.evidence.address.is_some(),
                waits: taking.wait.is_some(),
                ring: taking.ring,
            });
        }
    }
    let progress = stands.lock().expect("no panic").get(&lead).cloned();
    Ok(Taken { lead, progress: progress.unwrap_or(Progress::Received) })
}

/// A key that hands in leads of a publisher.
pub async fn program(store: &Store, now: Timestamp, publisher: &str, per_minute: u32) -> String {
    key(store, now, KeyKind::Lead, publisher, None, per_minute, &[]).await
}

/// A key of a widget on pages of this origin.
pub async fn widget(store: &Store, now: Timestamp, campaign: &str, origin: &str) -> String {
    key(store, now, KeyKind::Widget, "leadsco", Some(campaign), 60, &[origin]).await
}

async fn key(
    store: &Store,
    now: Timestamp,
    kind: KeyKind,
    publisher: &str,
    campaign: Option<&str>,
    per_minute: u32,
    origins: &[&str],
) -> String {
    let new = NewPublisherKey {
        kind,
        publisher: PublisherId::parse(publisher).expect("a slug"),
        campaign: campaign.map(|id| CampaignId::parse(id).expect("a slug")),
        name: "Theirs".to_owned(),
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        per_minute,
    };
    let added = store.add_publisher_key(now, By::COMMAND, new).await.expect("it is written");
    added.expect("there is room").1.expose_secret().to_owned()
}
