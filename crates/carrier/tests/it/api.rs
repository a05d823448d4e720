//! The REST client against a server that answers what each test tells it to.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use carrier::twilio::{
    CREATE_WAIT_MAX, CREATES_WAITING_MAX, Create, Created, Credentials, Detection, FetchError,
    RecordingSound, Status, TwilioClient, TwilioConfig, Updated,
};
use journey::{DialResult, LegId};
use lead::{E164, Pii, Timestamp};
use secrecy::SecretString;

const LEG: &str = r#"{"sid":"CA2","parent_call_sid":"CA1","status":"completed","duration":"31","to":"+12125550199",
    "from":"+13055550142","start_time":"Mon, 21 Sep 2026 14:13:20 +0000","end_time":"Mon, 21 Sep 2026 14:13:51 +0000",
    "price":null,"answered_by":null,"direction":"outbound-dial"}"#;

#[derive(Clone)]
enum Reply {
    With(u16, String),
    Never,
}

#[derive(Default)]
struct Office {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Asked {
    line: String,
    body: String,
    authorization: String,
}

async fn answer(
    State(office): State<Arc<Office>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    office.asked.lock().unwrap().push(Asked {
        line: format!("{method} {uri}"),
        body: String::from_utf8(body.to_vec()).unwrap(),
        authorization: headers[header::AUTHORIZATION].to_str().unwrap().to_owned(),
    });
    let reply = office.replies.lock().unwrap().pop_front();
    match reply.unwrap_or(Reply::With(500, "nothing was told to be answered".to_owned())) {
        Reply::With(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Reply::Never => std::future::pending().await,
    }
}

struct World {
    base_url: String,
    office: Arc<Office>,
    client: Arc<TwilioClient>,
}

async fn world(replies: &[(u16, &str)]) -> World {
    let replies = replies.iter().map(|(status, body)| Reply::With(*status, (*body).to_owned())).collect();
    world_of(replies).await
}

async fn world_of(replies: VecDeque<Reply>) -> World {
    let office = Arc::new(Office { replies: Mutex::new(replies), ..Office::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(Arc::clone(&office));
    tokio::spawn(async move { axum::serve(listener, router).await });
    World { client: Arc::new(client(base_url.clone())), base_url, office }
}

fn client(base_url: String) -> TwilioClient {
    patient(base_url, Duration::from_millis(500))
}

fn patient(base_url: String, request_timeout: Duration) -> TwilioClient {
    // A second test finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credentials = Credentials::AuthToken(SecretString::from("secret"));
    TwilioClient::new(TwilioConfig {
        base_url,
        back_off: Duration::from_millis(1),
        request_timeout,
        creates_per_second: NonZeroU32::new(1000).unwrap(),
        in_flight_max: 4,
        ..TwilioConfig::new("AC1".to_owned(), credentials)
    })
    .unwrap()
}

impl World {
    fn lines(&self) -> Vec<String> {
        self.office.asked.lock().unwrap().iter().map(|asked| asked.line.clone()).collect()
    }
}

fn leg(id: &str) -> LegId {
    LegId(id.to_owned())
}

fn create() -> Create {
    Create {
        to: Pii::new(E164::parse("+13055550142").unwrap()),
        from: E164::parse("+18005550100").unwrap(),
        url: "https://calls.example.com/twilio/voice#rc=2".to_owned(),
        status_callback: "https://calls.example.com/twilio/call".to_owned(),
        ring: Duration::from_secs(25),
        talk_max: Duration::from_secs(3600),
        detection: Detection::First,
        wait_max: CREATE_WAIT_MAX,
    }
}

#[tokio::test]
async fn a_redirect_posts_the_url_once() {
    let world = world(&[(200, LEG)]).await;
    assert_eq!(world.client.redirect(&leg("CA1"), "https://a.example/d#rc=2").await, Updated::Done);
    let asked = world.office.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [Asked {
            line: "POST /2010-04-01/Accounts/AC1/Calls/CA1.json".to_owned(),
            body: "Url=https%3A%2F%2Fa.example%2Fd%23rc%3D2&Method=POST".to_owned(),
            authorization: "Basic QUMxOnNlY3JldA==".to_owned(),
        }]
    );
}

#[tokio::test]
async fn what_was_not_executed_is_tried_again_and_what_may_have_been_is_not() {
    let busy = (429, r#"{"code":20429}"#);
    let at_last = world(&[busy, busy, (200, LEG)]).await;
    assert_eq!(at_last.client.redirect(&leg("CA1"), "u").await, Updated::Done);
    let never = world(&[busy, busy, busy, (200, LEG)]).await;
    assert_eq!(never.client.redirect(&leg("CA1"), "u").await, Updated::Refused { code: 20429 });
    assert_eq!(never.lines().len(), 3, "a bounded number of times");
    let broken = world(&[(503, "")]).await;
    assert_eq!(broken.client.redirect(&leg("CA1"), "u").await, Updated::Unknown);
    assert_eq!(broken.lines().len(), 1, "a second redirect would tear down the first one's dial");
    let gone = world(&[(400, r#"{"code":21220,"message":"Call is not in-progress"}"#)]).await;
    assert_eq!(gone.client.redirect(&leg("CA1"), "u").await, Updated::Refused { code: 21220 });
    assert_eq!(gone.lines().len(), 1);
}

#[tokio::test]
async fn a_hang_up_is_repeated_because_twice_is_once() {
    let world = world(&[(500, ""), (502, "<html>"), (200, LEG)]).await;
    assert_eq!(world.client.hang_up(&leg("CA2")).await, Updated::Done);
    assert_eq!(world.office.asked.lock().unwrap()[2].body, "Status=completed");
    let unreachable = client("http://127.0.0.1:1".to_owned());
    assert_eq!(unreachable.hang_up(&leg("CA2")).await, Updated::Unknown);
}

#[tokio::test]
async fn no_answer_in_time_leaves_it_open() {
    let world = world_of([Reply::Never, Reply::Never].into()).await;
    assert_eq!(world.client.redirect(&leg("CA1"), "u").await, Updated::Unknown);
    assert_eq!(world.client.create(&create()).await, Created::Unknown);
    assert_eq!(world.lines().len(), 2);
}

#[tokio::test]
async fn a_call_is_created_once_or_nobody_knows() {
    let done = world(&[(429, ""), (201, r#"{"sid":"CA9","status":"queued","to":"+13055550142"}"#)]).await;
    assert_eq!(done.client.create(&create()).await, Created::Done(leg("CA9")));
    let asked = done.office.asked.lock().unwrap()[1].clone();
    assert_eq!(asked.line, "POST /2010-04-01/Accounts/AC1/Calls.json", "no number in a URL");
    assert!(asked.body.contains("To=%2B13055550142&From=%2B18005550100&"), "{}", asked.body);
    assert!(
        asked.body.contains("&StatusCallbackEvent=initiated&StatusCallbackEvent=completed&"),
        "one key an event"
    );
    assert!(asked.body.ends_with("&Timeout=25&TimeLimit=3600&MachineDetection=Enable"), "{}", asked.body);
    for (status, body, result) in [
        (400, r#"{"code":21211}"#, Created::Refused { code: 21211 }),
        (401, "", Created::Refused { code: 401 }),
        (400, r#"{"code":10004,"message":"Call concurrency limit exceeded"}"#, Created::NotSent),
        (500, "", Created::Unknown),
        (201, "cut", Created::Unknown),
    ] {
        let world = world(&[(status, body)]).await;
        assert_eq!(world.client.create(&create()).await, result);
        assert_eq!(world.lines().len(), 1, "{status}");
    }
    let busy = world(&[(429, ""); 3]).await;
    assert_eq!(busy.client.create(&create()).await, Created::NotSent);
    assert_eq!(client("http://127.0.0.1:1".to_owned()).create(&create()).await, Created::NotSent);
}

#[tokio::test]
async fn creations_leave_room_for_live_calls() {
    let world = world_of([Reply::Never, Reply::With(200, LEG.to_owned())].into()).await;
    let creating: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&world.client);
            tokio::spawn(async move { client.create(&create()).await })
        })
        .collect();
    while world.lines().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.client.redirect(&leg("CA1"), "u").await, Updated::Done);
    assert_eq!(world.lines().len(), 2);
    creating.into_iter().for_each(|task| task.abort());
}

#[tokio::test]
async fn a_creation_waits_for_its_turn_no_longer_than_it_may_and_not_in_a_crowd() {
    let office = world_of([Reply::Never].into()).await;
    let base_url = office.base_url.clone();
    let world = World { client: Arc::new(patient(base_url, Duration::from_secs(60))), ..office };
    // It takes the only place of creations, and gets no answer.
    let first = tokio::spawn({
        let client = Arc::clone(&world.client);
        async move { client.create(&create()).await }
    });
    while world.lines().is_empty() {
        tokio::task::yield_now().await;
    }
    let hurried = Create { wait_max: Duration::from_millis(5), ..create() };
    assert_eq!(world.client.create(&hurried).await, Created::NotSent);
    let waiting: Vec<_> = (1..CREATES_WAITING_MAX)
        .map(|_| {
            let client = Arc::clone(&world.client);
            tokio::spawn(async move { client.create(&create()).await })
        })
        .collect();
    while waiting.iter().all(|it| !it.is_finished()) && world.client.creates_waiting() < CREATES_WAITING_MAX {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.client.create(&create()).await, Created::NotSent, "one more than may wait");
    assert_eq!(world.lines().len(), 1);
    waiting.into_iter().chain([first]).for_each(|task| task.abort());
}

#[tokio::test]
async fn a_leg_is_looked_up() {
    let world = world(&[(200, LEG), (404, r#"{"code":20404}"#), (401, r#"{"code":20003}"#)]).await;
    let found = world.client.look_up(&leg("CA2")).await.unwrap().unwrap();
    assert_eq!((found.id, found.parent), (leg("CA2"), Some(leg("CA1"))));
    assert_eq!(found.status, Some(Status::Ended(DialResult::Completed)));
    assert_eq!(found.started, Some(Timestamp::from_secs(1_790_000_000)));
    assert_eq!(found.duration, Some(Duration::from_secs(31)));
    assert_eq!(world.client.look_up(&leg("CA3")).await.unwrap(), None);
    let refused = world.client.look_up(&leg("../../x")).await;
    assert!(matches!(refused, Err(FetchError::Refused { status: 401, code: 20003 })));
    assert_eq!(world.lines()[2], "GET /2010-04-01/Accounts/AC1/Calls/..%2F..%2Fx.json");
}

#[tokio::test]
async fn the_children_of_a_call_are_listed() {
    let world = world(&[(200, &format!(r#"{{"calls":[{LEG}],"page":0}}"#))]).await;
    let children = world.client.children(&leg("CA1")).await.unwrap();
    assert_eq!(children.iter().map(|child| child.id.clone()).collect::<Vec<_>>(), [leg("CA2")]);
    assert_eq!(world.lines(), ["GET /2010-04-01/Accounts/AC1/Calls.json?ParentCallSid=CA1&PageSize=50"]);
}

#[tokio::test]
async fn the_live_legs_of_the_account_are_listed_page_by_page() {
    let first =
        format!(r#"{{"calls":[{LEG}],"next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?Page=1"}}"#);
    let last = format!(r#"{{"calls":[{}],"next_page_uri":null}}"#, LEG.replace("CA2", "CA3"));
    let world = world(&[(200, &first), (200, &last)]).await;
    let live = world.client.live_legs().await.unwrap();
    assert_eq!(live.into_iter().collect::<Vec<_>>(), [leg("CA2"), leg("CA3")]);
    assert_eq!(
        world.lines(),
        [
            "GET /2010-04-01/Accounts/AC1/Calls.json?Status=in-progress&PageSize=1000",
            "GET /2010-04-01/Accounts/AC1/Calls.json?Page=1"
        ]
    );
}

#[tokio::test]
async fn our_numbers_are_read_page_by_page() {
    let first = r#"{"incoming_phone_numbers":[{"phone_number":"+18005550100","voice_url":"https://a.example/v","voice_method":"POST",
        "voice_fallback_url":"","status_callback":null}],"next_page_uri":"/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json?Page=1"}"#;
    let last = r#"{"incoming_phone_numbers":[{"phone_number":"12345"}],"next_page_uri":null}"#;
    let world =
        world(&[(200, first), (200, last), (200, &first.replace("\"/2010", "\"http://other.example/2010"))])
            .await;
    let numbers = world.client.numbers().await.unwrap();
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers[0].voice_url.as_deref(), Some("https://a.example/v"));
    assert_eq!(
        (numbers[0].voice_fallback_url.as_deref(), numbers[0].status_callback.as_deref()),
        (None, None)
    );
    assert!(world.lines()[1].ends_with("?Page=1"));
    assert!(
        matches!(world.client.numbers().await, Err(FetchError::Unreadable)),
        "it never leaves for another host"
    );
}

#[tokio::test]
async fn a_recording_is_fetched() {
    let world = world(&[(200, "sound"), (404, "")]).await;
    assert_eq!(world.client.recording("RE1", RecordingSound::Mp3).await.unwrap(), "sound");
    assert_eq!(world.lines(), ["GET /2010-04-01/Accounts/AC1/Recordings/RE1.mp3"]);
    let gone = world.client.recording("RE1", RecordingSound::Wav).await;
    assert!(matches!(gone, Err(FetchError::Refused { status: 404, .. })));
}

#[tokio::test]
async fn a_live_leg_is_recorded_and_the_recordings_name_is_known_at_once() {
    let begun = r#"{"sid":"RE1","call_sid":"CA1","status":"in-progress"}"#;
    let world = world(&[(201, begun), (400, r#"{"code":21220}"#)]).await;
    let leg = LegId("CA1".into());
    assert_eq!(world.client.record(&leg, "https://calls.example/r").await.unwrap(), "RE1");
    assert_eq!(world.lines(), ["POST /2010-04-01/Accounts/AC1/Calls/CA1/Recordings.json"]);
    let gone = world.client.record(&leg, "https://calls.example/r").await;
    assert!(matches!(gone, Err(FetchError::Refused { status: 400, code: 21220 })), "{gone:?}");
}

#[tokio::test]
async fn a_recording_is_deleted_and_one_that_is_gone_is_deleted() {
    let world = world(&[(204, ""), (404, r#"{"code":20404}"#), (401, r#"{"code":20003}"#)]).await;
    assert!(world.client.delete_recording("RE1").await.is_ok());
    assert_eq!(world.lines(), ["DELETE /2010-04-01/Accounts/AC1/Recordings/RE1.json"]);
    assert!(world.client.delete_recording("RE1").await.is_ok());
    let refused = world.client.delete_recording("RE1").await;
    assert!(matches!(refused, Err(FetchError::Refused { status: 401, code: 20003 })), "{refused:?}");
}

#[tokio::test]
async fn whatever_was_recorded_of_a_leg_is_listed_and_deleted() {
    let page = r#"{"recordings":[{"sid":"RE1","call_sid":"CA1"}],
        "next_page_uri":"/2010-04-01/Accounts/AC1/Calls/CA1/Recordings.json?Page=1"}"#;
    let last = r#"{"recordings":[{"sid":"RE2"}],"next_page_uri":null}"#;
    let world = world(&[(200, page), (200, last), (204, ""), (204, "")]).await;
    assert!(world.client.delete_recordings_of(&LegId("CA1".into())).await.is_ok());
    assert_eq!(
        world.lines(),
        [
            "GET /2010-04-01/Accounts/AC1/Calls/CA1/Recordings.json",
            "GET /2010-04-01/Accounts/AC1/Calls/CA1/Recordings.json?Page=1",
            "DELETE /2010-04-01/Accounts/AC1/Recordings/RE1.json",
            "DELETE /2010-04-01/Accounts/AC1/Recordings/RE2.json",
        ]
    );
}

#[tokio::test]
async fn recordings_of_a_leg_that_is_gone_are_deleted_and_one_that_is_refused_is_told() {
    let one = r#"{"recordings":[{"sid":"RE1"}]}"#;
    let world = world(&[(404, r#"{"code":20404}"#), (200, one), (401, r#"{"code":20003}"#)]).await;
    let leg = LegId("CA1".into());
    assert!(world.client.delete_recordings_of(&leg).await.is_ok());
    let refused = world.client.delete_recordings_of(&leg).await;
    assert!(matches!(refused, Err(FetchError::Refused { status: 401, .. })), "{refused:?}");
}

#[tokio::test]
async fn nothing_that_is_shown_holds_a_number_or_a_secret() {
    let world =
        world(&[(200, r#"{"sid":5,"to":"+13055550142"}"#), (400, r#"{"code":1,"message":"+13055550142"}"#)])
            .await;
    for _ in 0..2 {
        let why = world.client.look_up(&leg("CA2")).await.unwrap_err();
        assert!(!format!("{why} {why:?}").contains("305555"));
    }
    let why = client("http://127.0.0.1:1".to_owned()).children(&leg("CA1")).await.unwrap_err();
    assert!(matches!(why, FetchError::Unreachable(_)));
    assert!(!format!("{why:?}").contains("ParentCallSid"));
    assert!(!format!("{:?} {:?}", create(), world.client).contains("secret"));
    assert!(!format!("{:?}", create()).contains("305555"));
}

#[test]
fn a_base_url_must_be_one() {
    for base_url in ["", "api.twilio.com", "ftp://api.twilio.com", "data:x"] {
        let credentials = Credentials::AuthToken(SecretString::from("secret"));
        let config = TwilioConfig {
            base_url: base_url.to_owned(),
            ..TwilioConfig::new("AC1".to_owned(), credentials)
        };
        assert!(TwilioClient::new(config).is_err(), "{base_url}");
    }
}

/// The server drives these from tasks of a runtime with many threads.
#[test]
fn a_client_is_shared_and_its_work_moves_between_threads() {
    fn is_send(_: &(impl Send + ?Sized)) {}
    let client = client("http://127.0.0.1:1".to_owned());
    is_send(&client.redirect(&leg("CA1"), "u"));
    is_send(&client.create(&create()));
}
