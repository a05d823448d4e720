//! `World`: the real router on a real socket, over a real SQLite store, and clients that are logged in.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use buyer::exchange::ExchangePolicy;
use console::{
    Buyers, CancelCallback, Cancelled, Carrier, Console, ConsoleParts, Leaf, Origin, Premises, Reading,
    RoundNow, Sample, Simulated, SimulatedCall, Throttled, Tried, Trying,
};
use lead::{JourneyId, Money, OfferId, Profile, Timestamp};
use reqwest::{
    Client, Method, Response, StatusCode,
    header::{self, HeaderMap, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use settings::{Settings, Surroundings};
use store::{By, Keys, NewSession, NewToken, NewUser, Role, Store, StoreConfig, User, Who};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{home::Home, seeds, store_side};

/// 32 bytes.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// Everybody's password, where somebody has one.
pub const PASSWORD: &str = "correct horse battery staple";

/// A console that serves.
pub struct World {
    /// Where, as a browser writes it.
    pub base: String,
    /// What it keeps.
    pub store: Store,
    /// The console itself.
    pub console: Arc<Console>,
    /// The rounds that run.
    pub rounds: Arc<Mutex<BTreeMap<JourneyId, RoundNow>>>,
    /// Who is asked less often.
    pub throttled: Arc<Mutex<BTreeMap<OfferId, Throttled>>>,
    /// The calls that were placed in the simulator.
    pub placed: Arc<Mutex<Vec<SimulatedCall>>>,
    /// The callbacks that the engine was told to cancel. It does so once each.
    pub cancelled: Arc<Mutex<Vec<JourneyId>>>,
    /// How the process is.
    pub vitals: Arc<Mutex<console::Vitals>>,
    /// How often whoever is outside was asked.
    pub asked: Arc<AtomicUsize>,
    /// Says that the process stops.
    pub closing: CancellationToken,
    now: Arc<AtomicI64>,
    home: Option<Home>,
}

/// A buyer that answers every test ping with the same bid.
struct Answering;

impl Buyers for Answering {
    fn try_ping(&self, _: SecretString, offer: OfferId, profile: Profile) -> Trying {
        let said: Vec<_> =
            profile.values().map(|(field, value)| format!("{field}={}", value.text())).collect();
        Box::pin(async move {
            Ok(Tried {
                request: format!("POST https://buyer.example/{offer}"),
                headers: [("authorization".to_owned(), "(kept secret)".to_owned())].into(),
                body: said.join("&"),
                status: Some(200),
                wait: Duration::from_millis(80),
                reply: "{\"bid\":91}".to_owned(),
                read: Reading::Bid {
                    price: Money::parse("91").expect("an amount"),
                    to: vec![],
                    payable_after: None,
                },
            })
        })
    }

    fn check_url(&self, url: &str) -> Result<(), String> {
        let policy = ExchangePolicy { allow_private_targets: false, own_addresses: vec![] };
        buyer::exchange::Target::parse(url, &policy).map(drop).map_err(|error| error.to_string())
    }

    fn read_sample(&self, sample: &[u8], wire: Option<&Value>) -> Result<Sample, String> {
        let text = std::str::from_utf8(sample).map_err(|_| "it is no text".to_owned())?;
        let value: Value = serde_json::from_str(text).map_err(|_| "it is no JSON".to_owned())?;
        let price = value["bid"].as_i64().ok_or("there is no bid")?;
        let leaf = Leaf { path: "$.bid".to_owned(), shown: price.to_string(), is_price: true };
        let price = Money::parse(&price.to_string()).expect("an amount");
        Ok(Sample {
            wire: wire.cloned().unwrap_or_else(|| serde_json::json!({ "json": { "bid": "$.bid" } })),
            leaves: vec![leaf],
            read: Some(Reading::Bid { price, to: vec![], payable_after: None }),
        })
    }
}

/// A simulator that keeps what is placed.
fn simulator(calls: Arc<Mutex<Vec<SimulatedCall>>>) -> Simulated {
    Simulated {
        place: Arc::new(move |call| simulated(&calls, call)),
        texts: Arc::new(|| vec![seeds::text_message()]),
    }
}

/// A simulator that writes down what is placed, and has room for three calls.
fn simulated(placed: &Mutex<Vec<SimulatedCall>>, call: SimulatedCall) -> Result<JourneyId, String> {
    let mut placed = placed.lock().expect("no panic");
    if placed.len() == 3 {
        return Err("Three simulated calls go on already.".to_owned());
    }
    placed.push(call);
    Ok(JourneyId::of_call("simulated", &placed.len().to_string()))
}

/// An engine that writes down what is cancelled, once each.
fn cancelling(cancelled: &Arc<Mutex<Vec<JourneyId>>>) -> CancelCallback {
    let cancelled = Arc::clone(cancelled);
    Arc::new(move |journey| {
        let mut cancelled = cancelled.lock().expect("no panic");
        let is_new = !cancelled.contains(&journey);
        cancelled.push(journey);
        Box::pin(async move { Ok(if is_new { Cancelled::Done } else { Cancelled::NotWaiting }) })
    })
}

/// Somebody with a browser or a token.
pub struct Visitor {
    client: Client,
    base: String,
    csrf: String,
    /// What the browser keeps, as `name=value`; empty for a program.
    pub cookie: String,
    /// Who it is.
    pub user: User,
}

impl World {
    /// A console over an empty store.
    pub async fn new() -> Self {
        Self::of(seeds::business(), None).await
    }

    /// The same, of a business in another zone.
    pub async fn in_zone(name: &str) -> Self {
        let zone = jiff::tz::TimeZone::get(name).expect("a zone");
        Self::of(console::Business { zone, ..seeds::business() }, None).await
    }

    /// A console whose calls a real carrier takes, reached at this URL, which says this of its numbers.
    pub async fn behind_carrier(public_base_url: &str, said: Result<Vec<String>, String>) -> Self {
        let carrier = Carrier::Real(Arc::new(move || {
            let said = said.clone();
            Box::pin(async move { said })
        }));
        let public_base_url = Some(public_base_url.to_owned());
        let premises = Premises { carrier, public_base_url, private_targets: false, forgets: false };
        Self::of(seeds::business(), Some(premises)).await
    }

    async fn of(business: console::Business, premises: Option<Premises>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = Home::new().await;
        let at = home.at();
        let keys = Keys::parse(&SecretString::from(KEY)).expect("keys");
        let store = Store::open(StoreConfig { durable: at }, keys).await.expect("the store opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let now = Arc::new(AtomicI64::new(Timestamp::from_secs(1_790_000_000).micros()));
        let clock = Arc::clone(&now);
        let business = Arc::new(business);
        let rounds = Arc::new(Mutex::new(BTreeMap::new()));
        let running = Arc::clone(&rounds);
        let throttled = Arc::new(Mutex::new(BTreeMap::new()));
        let tired = Arc::clone(&throttled);
        let vitals = Arc::new(Mutex::new(seeds::vitals()));
        let asked = Arc::new(AtomicUsize::new(0));
        let (looked_at, outside) = (Arc::clone(&vitals), Arc::clone(&asked));
        let closing = CancellationToken::new();
        let placed: Arc<Mutex<Vec<SimulatedCall>>> = Arc::default();
        let calls = Arc::clone(&placed);
        let cancelled: Arc<Mutex<Vec<JourneyId>>> = Arc::default();
        let console = Console::new(ConsoleParts {
            store: store.clone(),
            clock: Arc::new(move || Timestamp::from_micros(clock.load(Ordering::SeqCst))),
            business: Arc::new(move || Arc::clone(&business)),
            read_settings: Arc::new(|text| {
                let policy = ExchangePolicy { allow_private_targets: true, own_addresses: vec![] };
                Settings::parse(text, "the settings", &Surroundings { policy, credential: &|_| None })
            }),
            buyers: Arc::new(Answering),
            premises: premises.unwrap_or_else(|| Premises {
                carrier: Carrier::Simulated(simulator(calls)),
                public_base_url: None,
                private_targets: true,
                forgets: false,
            }),
            origin: Origin::parse(&base).expect("loopback"),
            proxies: vec![],
            rounds: Arc::new(move |journey| running.lock().expect("no panic").get(&journey).cloned()),
            throttling: Arc::new(move |offer| tired.lock().expect("no panic").get(offer).cloned()),
            cancel_callback: cancelling(&cancelled),
            look_after: Arc::new(move |ask| {
                let (vitals, asked) = (Arc::clone(&looked_at), Arc::clone(&outside));
                Box::pin(async move {
                    asked.fetch_add(usize::from(ask == console::Ask::Others), Ordering::SeqCst);
                    vitals.lock().expect("no panic").clone()
                })
            }),
            closing: closing.clone(),
        });
        let app = console::router(&console).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            base,
            store,
            console,
            now,
            rounds,
            throttled,
            placed,
            cancelled,
            vitals,
            asked,
            closing,
            home: Some(home),
        }
    }

    /// The same database, for many calls at once.
    pub fn rows(&mut self) -> store_side::world::World {
        store_side::world::World::of(self.home.take().expect("it is taken once"), self.store.clone())
    }

    /// What the time is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst))
    }

    /// Time goes by.
    pub fn wait(&self, time: Duration) {
        self.now.fetch_add(i64::try_from(time.as_micros()).expect("a short time"), Ordering::SeqCst);
    }

    /// A user of a role, without a password.
    pub async fn user(&self, name: &str, role: Role) -> User {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let new = NewUser { email, name: name.to_owned(), role };
        let added = self.store.add_user(self.now(), By::COMMAND, new).await.expect("it is written");
        added.expect("nobody has this address")
    }

    /// Somebody of a role, in a browser.
    pub async fn visitor(&self, name: &str, role: Role) -> Visitor {
        let user = self.user(name, role).await;
        self.logged_in(user).await
    }

    /// Somebody who has just logged in.
    pub async fn logged_in(&self, user: User) -> Visitor {
        let agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36".to_owned();
        let new = NewSession { user: user.id, address: "127.0.0.1".to_owned(), agent };
        let by = By { who: Who::User(user.id), address: None, request: None };
        let secret = self.store.begin_session(self.now(), by, new).await.expect("it is written");
        let cookie = format!("pingpost-loopback={}", secret.expose_secret());
        let page = self.nobody().header("cookie", &cookie).get("/account").await;
        let text = page.text().await.expect("a page");
        let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        Visitor {
            csrf: csrf.expect("a form").to_owned(),
            ..self.nobody().header("cookie", &cookie).into_user(user, cookie)
        }
    }

    /// A program of somebody's.
    pub async fn program(&self, user: User, scopes: &[&str]) -> Visitor {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let expires_at = self.now() + Duration::from_secs(3600);
        let new = NewToken { user: user.id, name: "a program".to_owned(), scopes, expires_at };
        let (_, secret) = self.store.add_token(self.now(), By::COMMAND, new).await.expect("it is written");
        let bearer = format!("Bearer {}", secret.expose_secret());
        self.nobody().header("authorization", &bearer).into_user(user, String::new())
    }

    /// Somebody who is not known.
    pub fn nobody(&self) -> Bare {
        Bare { base: self.base.clone(), headers: HeaderMap::new() }
    }
}

/// Somebody who is not known yet.
pub struct Bare {
    base: String,
    headers: HeaderMap,
}

impl Bare {
    /// With a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header"));
        self
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Response {
        self.client().get(format!("{}{path}", self.base)).send().await.expect("an answer")
    }

    /// The status of a page.
    pub async fn get_owned(self, path: &str) -> StatusCode {
        self.get(path).await.status()
    }

    /// Sends a form as a page of this console does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client().post(format!("{}{path}", self.base)).header(header::ORIGIN, &self.base);
        request.form(fields).send().await.expect("an answer")
    }

    fn into_user(self, user: User, cookie: String) -> Visitor {
        Visitor { client: self.client(), base: self.base, csrf: String::new(), cookie, user }
    }

    fn client(&self) -> Client {
        Client::builder()
            .redirect(Policy::none())
            .default_headers(self.headers.clone())
            .build()
            .expect("a client")
    }
}

impl Visitor {
    /// Opens a page.
    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.expect("an answer")
    }

    /// A page's text, which must be there.
    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.expect("a page")
    }

    /// A JSON answer, under this status.
    pub async fn json(&self, path: &str, status: u16) -> serde_json::Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        response.json().await.expect("JSON")
    }

    /// Sends a form as a page of this console does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", &*self.csrf)]).collect();
        self.ask(Method::POST, path).form(&fields).send().await.expect("an answer")
    }

    /// A request with what a page of this console sends beside its body.
    pub fn ask(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request =
            self.client.request(method, format!("{}{path}", self.base)).header(header::ORIGIN, &self.base);
        if self.csrf.is_empty() { request } else { request.header("x-csrf-token", &self.csrf) }
    }
}
