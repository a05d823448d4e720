//! Nobody is found: thousands of callers whose every value is a canary, through the real binary and real sockets, and a
//! search through everything that was sent, said, logged and written.
//!
//! `PINGPOST_CANARY_CALLERS` says how many call.

mod buyers;
mod people;
mod process;
mod search;
mod settings;

use std::{sync::Arc, time::Duration};

use carrier::twilio::Hook;
use lead::JourneyId;
use sandbox::{
    CallRecord, CarrierConfig, Faults, Line, Medicare,
    carrier::{CallbackFault, On, RestFault, RestKind, Then, When},
    medicare::{BUYER_NUMBERS, Name},
};
use tokio::sync::Semaphore;

use crate::{
    people::{Person, TWICE, WAYS},
    process::Process,
    search::{Found, Place, Search},
};

/// Callers at once.
const AT_ONCE: usize = 256;
/// Callers between two searches.
const BATCH: usize = 1_000;
/// Every so many callers, somebody is erased and exported in the middle of it.
const ERASED_EVERY: usize = 250;
const NAMES: [Name; 6] = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F];

/// The world of the run.
struct World {
    process: Process,
    medicare: Arc<Medicare>,
    people: Arc<Vec<Person>>,
}

#[expect(clippy::disallowed_methods, reason = "whoever runs it says how many call")]
fn callers() -> usize {
    let asked = std::env::var("PINGPOST_CANARY_CALLERS").ok();
    asked.map_or(500, |text| text.parse().expect("PINGPOST_CANARY_CALLERS is a number"))
}

async fn world(callers: usize) -> World {
    let address = Process::address();
    let base = format!("http://{address}");
    let repeat = CallbackFault::Repeat { times: 1, when: When::AfterTheAnswer };
    let config = CarrierConfig {
        voice_fallback_url: Some(Hook::Fallback.url(&base)),
        status_callback_url: Some(Hook::Call.url(&base)),
        speed: 1_000,
        faults: Faults::none()
            .callback_sometimes(On::Every, repeat, 5, None)
            .rest(RestKind::Update, RestFault::Refuse(500), Some(50))
            .rest(RestKind::Update, RestFault::Refuse(404), Some(50))
            .rest(RestKind::Recording, RestFault::Refuse(500), Some(2)),
        ..CarrierConfig::new(Hook::Voice.url(&base))
    };
    let medicare = Medicare::start(config, Duration::ZERO).await;
    for (name, number) in NAMES.into_iter().zip(BUYER_NUMBERS) {
        let buyer = medicare.buyer(name);
        buyer.set(buyers::pinged(name));
        buyer.set_confirm(buyers::pinged(name));
        buyer.set_post(buyers::posted(name));
        medicare.carrier.line(number, Line::answers(Duration::from_secs(90)));
    }
    let then = [
        Then::Busy,
        Then::NoAnswer,
        Then::Failed,
        Then::HangUpAtWhisper,
        Then::AnswerThenDropAfter(Duration::from_secs(5)),
    ];
    for (number, then) in buyers::OTHER_LINES.into_iter().zip(then) {
        medicare.carrier.line(number, Line::then(then));
    }
    let text = settings::text(&medicare);
    let process = Process::serve(address, medicare.carrier.config(), &medicare.carrier.rest_base(), &text);
    let people = (0..callers).map(Person::new).collect();
    World { process, medicare: Arc::new(medicare), people: Arc::new(people) }
}

impl World {
    /// A batch of people calls, each to the end.
    async fn called(&self, batch: std::ops::Range<usize>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut calls = tokio::task::JoinSet::new();
        for n in batch {
            let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
            let (medicare, people) = (Arc::clone(&self.medicare), Arc::clone(&self.people));
            calls.spawn(async move {
                for _ in 0..if n % WAYS == TWICE { 2 } else { 1 } {
                    medicare.carrier.place(people[n].call()).ended().await;
                }
                drop(place);
            });
        }
        calls.join_all().await;
    }

    /// What was sent, said and logged since the last time. The carrier and the buyers forget it.
    fn gathered(&self) -> Vec<Found> {
        let mut found = vec![Found::new(Place::Log, self.process.take_log())];
        for (name, buyer) in NAMES.into_iter().zip(&self.medicare.buyers) {
            for request in buyer.take_requests() {
                let place = match &*request.path {
                    "/ping" if name == Name::B => Place::PingWithNumber,
                    "/ping" => Place::Ping,
                    "/confirm" if name == Name::E => Place::ConfirmWithNumber,
                    "/confirm" => Place::Confirm,
                    "/post" => Place::Post,
                    _ => Place::Url,
                };
                found.push(Found::new(place, request.bytes()));
            }
        }
        found.extend(self.medicare.carrier.take_ended().iter().flat_map(said_to_the_carrier));
        found
    }

    /// Somebody is erased while others call, and what the commands say.
    fn commanded(&self, journey: JourneyId, person: &Person) -> Vec<Found> {
        let id = journey.to_string();
        let mut said = vec![];
        for arguments in [
            &["call", "export", &id][..],
            &["erase", "--journey", &id],
            &["erase", "--journey", &id, "--yes", "--json"],
            &["erase", "--phone", &person.phone, "--yes"],
            &["erase", "--phone", &format!("{}0000000", person.phone), "--yes"],
            &["call", "export", &person.phone[1..]],
            &["erase", &person.first],
        ] {
            said.push(Found::new(Place::Command, self.process.run(arguments).1));
        }
        said
    }

    /// Values of a person wherever settings and configuration may hold one, and what is said of them.
    fn mistaken(&self, person: &Person) -> Vec<Found> {
        let value = format!("{} {} {}", person.first, person.last, person.phone);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mistaken.toml");
        let path = file.display().to_string();
        let mut said = vec![];
        for text in settings::mistaken(&settings::text(&self.medicare), &value, person.turn()) {
            std::fs::write(&file, text).expect("it is written");
            for command in [&["check", "--offline", "--settings", &path][..], &["--config", &path, "check"]] {
                let (code, words) = self.process.run(command);
                assert!(code == 2 || command[0] == "check", "settings are no configuration");
                said.push(Found::new(Place::Command, words));
            }
        }
        for key in [
            "HTTP__LISTEN",
            "HTTP__PUBLIC_BASE_URL",
            "TWILIO__ACCOUNT_SID",
            "STORE__MASTER_KEY",
            "LOG__FORMAT",
        ] {
            let (code, words) =
                self.process.run_with(&format!("PINGPOST_{key}"), &value, &["check", "--offline"]);
            assert_eq!(code, 2, "{key}");
            said.push(Found::new(Place::Command, words));
        }
        said
    }

    /// Requests that are none of the carrier's, with a number wherever there is room for one.
    fn hostile(&self, person: &Person) -> Vec<Found> {
        let (phone, digits) = (&person.phone, &person.phone[1..]);
        let form = format!("CallSid=CA1&From=%2B{digits}&SpeechResult={}", person.first);
        let post = |target: &str, headers: &str, body: &str| {
            format!(
                "POST {target} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
                body.len()
            )
        };
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        let requests = [
            post(&format!("/twilio/voice?from={digits}"), kind, &form),
            post("/twilio/voice", &format!("{kind}x-twilio-signature: {phone}\r\n"), &form),
            post(&format!("/twilio/{digits}"), kind, &form),
            post("/twilio/voice", "content-type: text/plain\r\n", &form),
            post(
                "/twilio/voice",
                &format!("{kind}x-forwarded-host: {digits}.example\r\n"),
                &"x".repeat(70_000),
            ),
            post(&format!("/recordings/{digits}/{}", person.first), "", ""),
            format!(
                "GET /{digits}?name={} HTTP/1.1\r\nhost: {digits}.example\r\nconnection: close\r\n\r\n",
                person.first
            ),
            format!("GET /readyz HTTP/1.1\r\nhost: here\r\n{}: {phone}\r\n bad header\r\n\r\n", person.first),
        ];
        requests
            .iter()
            .map(|request| Found::new(Place::Answer, self.process.asked(request.as_bytes())))
            .collect()
    }
}

/// What our answers and requests told the carrier, beside the caller's number that a dial may show.
fn said_to_the_carrier(record: &CallRecord) -> Vec<Found> {
    let answers = record.webhooks.iter().map(|webhook| {
        let place = if webhook.body.contains("callerId=\"") { Place::DialDocument } else { Place::Document };
        Found::new(place, webhook.body.clone().into_bytes())
    });
    let urls = record.webhooks.iter().map(|webhook| webhook.url.clone().into_bytes());
    let rest =
        record.rest.iter().map(|request| format!("{} {:?}", request.path, request.params).into_bytes());
    answers.chain(urls.chain(rest).map(|url| Found::new(Place::Url, url))).collect()
}

/// The journeys of the last calls, by the person.
fn journeys(medicare: &Medicare) -> Vec<(String, JourneyId)> {
    let account = &medicare.carrier.config().account_sid;
    let records = medicare.carrier.records();
    records.iter().map(|record| (record.from.clone(), JourneyId::of_call(account, &record.sid))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_found_anywhere_but_with_the_buyer_that_bought() {
    let callers = callers();
    let mut world = world(callers).await;
    let mut search = Search::new(&world.people);
    let mut from = 0;
    while from < callers {
        let to = callers.min(from + BATCH);
        world.called(from..to).await;
        let known = journeys(&world.medicare);
        let mut found = vec![];
        for person in world.people[from..to].iter().step_by(ERASED_EVERY) {
            if let Some((_, journey)) = known.iter().find(|(from, _)| *from == person.phone) {
                found.extend(world.commanded(*journey, person));
            }
            found.extend(world.hostile(person));
            found.extend(world.mistaken(person));
        }
        found.extend(world.gathered());
        search = tokio::task::spawn_blocking(move || search.through(found)).await.expect("it searches");
        from = to;
    }
    let mut rest = vec![Found::new(Place::Figures, world.process.figures())];
    rest.extend(world.process.files().into_iter().map(|(_, bytes)| Found::new(Place::File, bytes)));
    let log = world.process.stop();
    rest.push(Found::new(Place::Log, log));
    rest.extend(world.process.files().into_iter().map(|(_, bytes)| Found::new(Place::File, bytes)));
    rest.extend(world.gathered());
    search.through(rest).ended(callers);
}
