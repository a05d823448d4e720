//! Twilio's REST API (twilio.com/docs/voice/api): the one place of this crate that opens a socket.
//!
//! Every answer is a value. Nothing that is returned, shown or sent in a URL holds a telephone number of a person.

mod office;
mod pace;
pub mod resource;
mod send;

use std::{num::NonZeroU32, time::Duration};

use journey::LegId;
use lead::{E164, Pii};
use reqwest::{Client, Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use url::Url;

pub use self::{
    office::{Mistake, OwnNumber, RecordingSound},
    resource::Leg,
    send::FetchError,
};
use self::{
    pace::Pace,
    send::{Answer, Repeat, SendError},
};
use super::number;

/// Connecting takes no longer; what was not connected was not executed and is tried again.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How long a creation waits for its turn at most; then it was not sent, and its permit would not hold much longer.
pub const CREATE_WAIT_MAX: Duration = Duration::from_secs(30);
/// Creations that wait for their turn; a further one is not sent.
pub const CREATES_WAITING_MAX: usize = 100;
/// Twilio's limit of calls at once: what it refuses so was not begun (twilio.com/docs/api/errors/10004).
const TOO_MANY_CALLS: u32 = 10_004;
/// A request for the children of a call reads so many: a journey dials at most a handful.
const CHILDREN_MAX: &str = "50";

/// How Twilio is reached.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The account or subaccount that the calls belong to.
    pub account_sid: String,
    /// How we prove who we are.
    pub credentials: Credentials,
    /// Where the API is, ex: `https://api.twilio.com`.
    pub base_url: String,
    /// How long one operation may take, its repeats and its wait for a free place included. An operation that must not
    /// come late, as a push, is over by then.
    pub request_timeout: Duration,
    /// How long the first repeat waits; the second waits twice as long.
    pub back_off: Duration,
    /// Calls that may be created in a second: Twilio's own queue lets so many leave (default 1).
    pub creates_per_second: NonZeroU32,
    /// Requests at once (default 20). A quarter of them may be creations, so that those never hold up a live call.
    pub in_flight_max: usize,
}

impl TwilioConfig {
    /// The defaults for one account.
    pub fn new(account_sid: String, credentials: Credentials) -> Self {
        Self {
            account_sid,
            credentials,
            base_url: "https://api.twilio.com".to_owned(),
            request_timeout: Duration::from_secs(3),
            back_off: Duration::from_millis(200),
            creates_per_second: NonZeroU32::MIN,
            in_flight_max: 20,
        }
    }
}

/// How we prove who we are (twilio.com/docs/usage/requests-to-twilio).
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The account's auth token.
    AuthToken(SecretString),
    /// An API key.
    ApiKey {
        /// Its id, `SK…`.
        sid: String,
        /// Its secret.
        secret: SecretString,
    },
}

/// What became of a change to a live call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// Twilio took it.
    Done,
    /// Twilio did not, ex: 21220, the call is not in progress any more.
    Refused {
        /// Twilio's code, else the HTTP status.
        code: u32,
    },
    /// There was no answer, or none that says which: it may have been executed, or yet be.
    Unknown,
}

/// A call to be created.
#[derive(Debug, Clone)]
pub struct Create {
    /// Who is rung.
    pub to: Pii<E164>,
    /// What the phone shows: a number of our own.
    pub from: E164,
    /// The URL that is asked what to do when it is answered. It should hold a token of this very creation, so that a
    /// call whose creation was not confirmed is known when it asks.
    pub url: String,
    /// The URL that is told of the leg's states.
    pub status_callback: String,
    /// How long it rings.
    pub ring: Duration,
    /// How long it lasts at most, once it is answered.
    pub talk_max: Duration,
    /// Whether Twilio finds out who answers.
    pub detection: Detection,
    /// How long it may wait for its turn, up to [`CREATE_WAIT_MAX`]: what it is permitted by does not last.
    pub wait_max: Duration,
}

/// Whether Twilio finds out if a machine answers (twilio.com/docs/voice/answering-machine-detection).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detection {
    /// It does not.
    Off,
    /// Before it asks for the first document, which comes some seconds later for it, and says what it found.
    First,
}

/// What became of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The call is queued.
    Done(LegId),
    /// Twilio refused it, ex: 21211, the number is none.
    Refused {
        /// Twilio's code, else the HTTP status.
        code: u32,
    },
    /// It was certainly not executed: it may be tried again.
    NotSent,
    /// It may have been executed. Twilio has no idempotency key: it must never be repeated blindly.
    Unknown,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base URL is none that requests can go to.
    #[error("the base URL of Twilio's API is no http or https URL")]
    BaseUrl,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
}

/// A client of one account.
#[derive(Debug)]
pub struct TwilioClient {
    config: TwilioConfig,
    base: Url,
    client: Client,
    media: Client,
    in_flight: Semaphore,
    creating: Semaphore,
    waiting: Semaphore,
    pace: Pace,
    messages: Pace,
}

impl TwilioClient {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// When the base URL is none, or TLS cannot be set up.
    pub fn new(config: TwilioConfig) -> Result<Self, ClientError> {
        let base = Url::parse(&config.base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or(ClientError::BaseUrl)?;
        let builder = || {
            let agent = concat!("pingpost/", env!("CARGO_PKG_VERSION"));
            Client::builder().user_agent(agent).connect_timeout(CONNECT_MAX.min(config.request_timeout))
        };
        let client =
            builder().redirect(reqwest::redirect::Policy::none()).build().map_err(ClientError::Client)?;
        let media =
            builder().redirect(reqwest::redirect::Policy::limited(3)).build().map_err(ClientError::Client)?;
        let places = config.in_flight_max.max(1);
        Ok(Self {
            base,
            client,
            media,
            in_flight: Semaphore::new(places),
            creating: Semaphore::new((places / 4).max(1)),
            waiting: Semaphore::new(CREATES_WAITING_MAX),
            pace: Pace::new(config.creates_per_second),
            messages: Pace::new(config.creates_per_second),
            config,
        })
    }

    /// Moves a live call to another document. It is repeated only if it was certainly not executed: a second redirect
    /// would tear down the dial that the first one started.
    pub async fn redirect(&self, call: &LegId, url: &str) -> Updated {
        let form = [("Url", url), ("Method", "POST")];
        self.update(call, &form, Repeat::Unsent).await
    }

    /// Ends a call, whether it rings or talks.
    pub async fn hang_up(&self, call: &LegId) -> Updated {
        self.update(call, &[("Status", "completed")], Repeat::Always).await
    }

    /// The state of a call. `None`: there is no such call.
    ///
    /// # Errors
    /// When Twilio could not be asked, or its answer was not understood.
    pub async fn look_up(&self, call: &LegId) -> Result<Option<Leg>, FetchError> {
        let url = self.resource(&["Calls", &format!("{}.json", call.0)]);
        match self.fetch(&url).await {
            Ok(body) => resource::leg(&body).ok_or(FetchError::Unreadable).map(Some),
            Err(FetchError::Refused { status: 404, .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The legs that a call has dialled.
    ///
    /// # Errors
    /// When Twilio could not be asked, or its answer was not understood.
    pub async fn children(&self, parent: &LegId) -> Result<Vec<Leg>, FetchError> {
        let mut url = self.resource(&["Calls.json"]);
        url.query_pairs_mut().append_pair("ParentCallSid", &parent.0).append_pair("PageSize", CHILDREN_MAX);
        resource::legs(&self.fetch(&url).await?).ok_or(FetchError::Unreadable)
    }

    /// Calls somebody. It waits its turn, which the time-out does not count; whoever changes a live call does not wait behind
    /// it.
    pub async fn create(&self, create: &Create) -> Created {
        let Ok(_waiting) = self.waiting.try_acquire() else { return Created::NotSent };
        let turn = async {
            self.pace.turn().await;
            self.creating.acquire().await.expect("it is never closed")
        };
        let wait_max = create.wait_max.min(CREATE_WAIT_MAX);
        let Ok(_place) = tokio::time::timeout(wait_max, turn).await else { return Created::NotSent };
        let (ring, talk_max) = (seconds(create.ring, 5, 600), seconds(create.talk_max, 1, 14_400));
        let form = created(create, &ring, &talk_max);
        let url = self.resource(&["Calls.json"]);
        match self.send(|| self.request(Method::POST, &url).form(&form), Repeat::Unsent).await {
            Ok(answer) if answer.is_success() => {
                resource::leg(&answer.body).map_or(Created::Unknown, |leg| Created::Done(leg.id))
            }
            Ok(answer) if answer.status == 429 || answer.code() == TOO_MANY_CALLS => Created::NotSent,
            Ok(answer) if answer.status < 500 => Created::Refused { code: answer.code() },
            Err(SendError::NotSent(_)) => Created::NotSent,
            Ok(_) | Err(SendError::Unknown(_)) => Created::Unknown,
        }
    }

    /// Sends a text message (twilio.com/docs/messaging/api/message-resource#create-a-message-resource). It waits its turn; nobody
    /// waits behind it who calls. It is repeated only if it was certainly not taken.
    pub async fn message(&self, to: &Pii<E164>, from: &E164, text: &str) -> Updated {
        if tokio::time::timeout(CREATE_WAIT_MAX, self.messages.turn()).await.is_err() {
            return Updated::Unknown;
        }
        let form = [("To", number::of_lead(to)), ("From", number::own(from)), ("Body", text)];
        let url = self.resource(&["Messages.json"]);
        match self.send(|| self.request(Method::POST, &url).form(&form), Repeat::Unsent).await {
            Ok(answer) if answer.is_success() => Updated::Done,
            Ok(answer) if answer.status < 500 => Updated::Refused { code: answer.code() },
            Ok(_) | Err(_) => Updated::Unknown,
        }
    }

    /// How long one operation may take.
    pub const fn request_timeout(&self) -> Duration {
        self.config.request_timeout
    }

    /// How many creations wait or are under way, for metrics.
    pub fn creates_waiting(&self) -> usize {
        CREATES_WAITING_MAX - self.waiting.available_permits()
    }

    async fn update(&self, call: &LegId, form: &[(&str, &str)], repeat: Repeat) -> Updated {
        let url = self.resource(&["Calls", &format!("{}.json", call.0)]);
        match self.send(|| self.request(Method::POST, &url).form(form), repeat).await {
            Ok(answer) if answer.is_success() => Updated::Done,
            Ok(answer) if answer.status < 500 => Updated::Refused { code: answer.code() },
            Ok(_) | Err(_) => Updated::Unknown,
        }
    }

    async fn fetch(&self, url: &Url) -> Result<bytes::Bytes, FetchError> {
        let answer: Answer = self.send(|| self.request(Method::GET, url), Repeat::Always).await?;
        if answer.is_success() {
            return Ok(answer.body);
        }
        Err(FetchError::Refused { status: answer.status, code: answer.code() })
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.signed(self.client.request(method, url.clone()))
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.config.credentials {
            Credentials::AuthToken(token) => {
                request.basic_auth(&self.config.account_sid, Some(token.expose_secret()))
            }
            Credentials::ApiKey { sid, secret } => request.basic_auth(sid, Some(secret.expose_secret())),
        }
    }

    fn resource(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["2010-04-01", "Accounts", &self.config.account_sid]).extend(path);
        }
        url
    }
}

/// The parameters of a creation (twilio.com/docs/voice/api/call-resource#create-a-call-resource). Of the states of its leg
/// only those are asked for that say something: that it was dialled, if our request's answer is lost, and that it ended.
fn created<'a>(create: &'a Create, ring: &'a str, talk_max: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut form = vec![
        ("To", number::of_lead(&create.to)),
        ("From", number::own(&create.from)),
        ("Url", &*create.url),
        ("Method", "POST"),
        ("StatusCallback", &create.status_callback),
        ("StatusCallbackMethod", "POST"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "completed"),
        ("Timeout", ring),
        ("TimeLimit", talk_max),
    ];
    match create.detection {
        Detection::Off => {}
        Detection::First => form.push(("MachineDetection", "Enable")),
    }
    form
}

/// Whole seconds within what Twilio takes.
fn seconds(wait: Duration, least: u64, most: u64) -> String {
    wait.as_secs().clamp(least, most).to_string()
}
