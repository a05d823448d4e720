//! Tries for the console: a test ping to the real buyer of an offer, and sample replies. Nothing is booked, nobody's number is
//! sent, and the secrets of an offer are cut out of what is shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use auction::{Bid, Destination, NoBid, Offer, Ping, Whereto, Wire};
use buyer::{
    dialect,
    exchange::{HttpRequest, HttpResponse, Target},
    proposal::{self, LEAVES_MAX},
};
use console::{Buyers, Leaf, Reading, Sample, Tried, Trying};
use lead::{AuctionId, Channel, JourneyId, OfferId, PingId, Profile};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use settings::{Document, HIDDEN, Kind, Settings, Surroundings};
use tokio::sync::Semaphore;

use crate::{chance, config::credential, redact, world::World};

/// The most test pings that are under way at once.
pub const TRIES_AT_ONCE_MAX: usize = 8;
/// What is shorter is no secret that could be found in a text.
const SECRET_BYTES_MIN: usize = 4;
/// The headers of a request whose values anybody may see.
const PLAIN_HEADERS: [&str; 5] =
    ["accept", "content-type", "idempotency-key", "webhook-id", "webhook-timestamp"];

/// Tries against the buyers of this process.
pub struct Tries {
    world: Arc<World>,
    room: Arc<Semaphore>,
}

impl Tries {
    /// Tries through the door of this world.
    pub fn new(world: Arc<World>) -> Self {
        Self { world, room: Arc::new(Semaphore::new(TRIES_AT_ONCE_MAX)) }
    }
}

impl Buyers for Tries {
    fn try_ping(&self, document: SecretString, offer: OfferId, profile: Profile) -> Trying {
        let (world, room) = (Arc::clone(&self.world), Arc::clone(&self.room));
        Box::pin(async move {
            let _place = room
                .try_acquire()
                .map_err(|_| "Too many test pings are under way; try again in a moment.")?;
            let Draft { offer, currency, secrets } = draft(&world, &document, &offer)?;
            tried(&world, &offer, currency, profile, &secrets).await
        })
    }

    fn check_url(&self, url: &str) -> Result<(), String> {
        let parsed = Target::parse(url, self.world.exchange.policy());
        parsed.map(drop).map_err(|error| error.to_string())
    }

    fn read_sample(&self, sample: &[u8], wire: Option<&Value>) -> Result<Sample, String> {
        let proposed =
            proposal::propose(sample).map_err(|why| format!("it cannot be read: {}", malformed(&why)))?;
        let (wire, shown) = match wire {
            Some(value) => (wire_of(value, self.world.exchange.policy())?, value.clone()),
            None => {
                let value = written(&proposed.wire);
                (proposed.wire, value)
            }
        };
        let is_whole = match &wire {
            Wire::Own => true,
            Wire::Json(mapping) | Wire::Xml(mapping) => !mapping.bid.is_empty(),
        };
        let leaf = |leaf: proposal::Leaf| Leaf {
            path: leaf.path,
            shown: leaf.shown.unwrap_or_default(),
            is_price: leaf.is_price,
        };
        let leaves = proposed.leaves.into_iter().take(LEAVES_MAX).map(leaf).collect();
        Ok(Sample { wire: shown, leaves, read: is_whole.then(|| reading(proposal::read(&wire, sample))) })
    }
}

/// An offer of a document that may not be published yet.
struct Draft {
    offer: Arc<Offer>,
    currency: auction::Currency,
    secrets: Vec<String>,
}

fn draft(world: &World, document: &SecretString, id: &OfferId) -> Result<Draft, String> {
    let text = document.expose_secret();
    let used = Mutex::new(Vec::new());
    let noted = |name: &str| {
        let secret = credential(name)?;
        used.lock().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
        Some(secret)
    };
    let surroundings = Surroundings { policy: world.exchange.policy().clone(), credential: &noted };
    let settings = Settings::parse(text, "the settings", &surroundings);
    let settings = settings.map_err(|_| "The settings do not hold together; mend them first.".to_owned())?;
    let offer = settings.offer(id).ok_or("There is no such offer.")?;
    let currency = settings.general().currency.clone();
    let own = Document::parse(text).map(|it| it.secrets(Kind::Offer, id.as_str())).unwrap_or_default();
    let mut secrets = used.into_inner().unwrap_or_else(PoisonError::into_inner);
    secrets.extend(own);
    secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
    // The longest first: a secret may hold another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    Ok(Draft { offer, currency, secrets })
}

async fn tried(
    world: &World,
    offer: &Offer,
    currency: auction::Currency,
    profile: Profile,
    secrets: &[String],
) -> Result<Tried, String> {
    let dialect = dialect::of(&offer.endpoints, world.exchange.policy());
    let dialect = dialect.map_err(|_| "Its endpoints cannot be used; mend them first.".to_owned())?;
    let ping = ping(offer, currency, profile)?;
    let request = dialect
        .ping(world.clock.wall(), &ping, None)
        .ok_or("The offer has no ping URL, so it is never asked.")?;
    let (line, headers, body) = shown(&request, secrets);
    let began = world.clock.now();
    let answer = world.exchange.send(request, world.clock.instant_of(began + offer.timeout)).await;
    let wait = world.clock.now().since(began);
    let (status, reply, read) = match answer {
        Ok(answer) => {
            let reply = without(&redact::reply(&answer.body), secrets);
            (Some(answer.status), reply, read(&*dialect, &ping, &answer))
        }
        Err(failure) => (None, String::new(), Err(dialect::no_bid(failure))),
    };
    Ok(Tried { request: line, headers, body, status, wait, reply, read: reading(read) })
}

fn read(dialect: &dyn dialect::Dialect, ping: &Ping, answer: &HttpResponse) -> Result<Bid, NoBid> {
    dialect.bid(ping, answer)
}

fn ping(offer: &Offer, currency: auction::Currency, profile: Profile) -> Result<Ping, String> {
    let chance = chance::key().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let journey = JourneyId::of_call("test ping", &chance);
    Ok(Ping {
        id: PingId::of(AuctionId::of(journey, "test ping", 0), &offer.id),
        offer: offer.id.clone(),
        channel: offer.channels.iter().next().copied().unwrap_or(Channel::Call),
        vertical: offer.vertical.clone(),
        profile,
        zip_digits: offer.zip_digits,
        tmax: offer.timeout,
        floor: offer.floor_in_ping.then_some(offer.floor),
        currency,
        repeat_of: None,
        test: true,
    })
}

fn shown(request: &HttpRequest, secrets: &[String]) -> (String, BTreeMap<String, String>, String) {
    let line = without(&format!("{} {}", request.method, request.url.written()), secrets);
    let header = |(name, value): &(http::HeaderName, http::HeaderValue)| {
        let text = value.to_str().unwrap_or_default();
        let text = if PLAIN_HEADERS.contains(&name.as_str()) {
            without(text, secrets)
        } else {
            format!("{HIDDEN})")
        };
        (name.to_string(), text)
    };
    let body = without(&String::from_utf8_lossy(&request.body), secrets);
    (line, request.headers.iter().map(header).collect(), body)
}

/// A text without these secrets, as they are and as an address or a form writes them.
fn without(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text.replace(secret, "(secret)").replace(&encoded, "(secret)")
    })
}

fn reading(read: Result<Bid, NoBid>) -> Reading {
    match read {
        Ok(bid) => {
            let to = |to: &Destination| match to {
                Destination::Phone(number) => number.as_str().to_owned(),
                Destination::Sip(uri) => uri.as_str().to_owned(),
            };
            let to = match &bid.whereto {
                Whereto::Own => vec![],
                Whereto::Named(named) => named.iter().map(to).collect(),
            };
            Reading::Bid { price: bid.price, to, payable_after: bid.payable_after }
        }
        Err(no_bid) => Reading::NoBid(no_bid.code().to_owned()),
    }
}

/// A mapping as it stands in the settings.
fn written(wire: &Wire) -> Value {
    let mut value = serde_json::to_value(wire).unwrap_or_default();
    if let Some(mapping) = value.as_object_mut().and_then(|it| it.values_mut().next()?.as_object_mut()) {
        mapping.retain(|_, place| !place.is_null());
    }
    value
}

/// The wire that an offer's key `wire` says, read as the settings read it.
fn wire_of(value: &Value, policy: &buyer::exchange::ExchangePolicy) -> Result<Wire, String> {
    let entry = |value: Value| value.as_object().cloned().unwrap_or_else(Map::new);
    let mut document = Document::parse("").map_err(|error| error.to_string())?;
    let offer = json!({ "id": "sample", "buyer": "sample", "vertical": "sample", "static_price": "1",
        "destination": "+18005550100", "post_url": "https://sample.example/", "wire": value });
    document.add(Kind::Buyer, &entry(json!({ "id": "sample" }))).map_err(|error| error.to_string())?;
    document.add(Kind::Offer, &entry(offer)).map_err(|error| error.to_string())?;
    let surroundings = Surroundings { policy: policy.clone(), credential: &|_| None };
    let settings = Settings::parse(&document.text(), "the wire", &surroundings).map_err(|problems| {
        let of_wire = problems.iter().filter_map(|it| {
            let place = it.path.strip_prefix("offer.sample.")?;
            Some(format!("{place}: {}; {}", it.what, it.mend))
        });
        of_wire.collect::<Vec<_>>().join(". ")
    })?;
    let sample = OfferId::parse("sample").ok().and_then(|id| settings.offer(&id));
    sample.map(|offer| offer.endpoints.wire.clone()).ok_or_else(|| "it is no wire".to_owned())
}

fn malformed(why: &auction::Malformed) -> String {
    let word = serde_json::to_value(why).ok();
    word.as_ref().and_then(Value::as_str).unwrap_or("malformed").replace('_', " ")
}
