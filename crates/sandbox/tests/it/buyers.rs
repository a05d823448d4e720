//! Buyers good and bad.

use sandbox::{
    Behaviour, Buyer, BuyerSpec, CarrierConfig, Medicare, PostBehaviour, Trap,
    buyers::{ExpectedAuth, Signature},
    medicare::Name,
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request by hand; the answer until the connection closes.
async fn post(url: &str, headers: &str, body: &str) -> String {
    let url = url::Url::parse(url).expect("a URL");
    let mut socket = TcpStream::connect((url.host_str().expect("a host"), url.port().expect("a port")))
        .await
        .expect("a buyer");
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: buyer\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        url.path(),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = vec![];
    // A reset ends some of these answers.
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn bids_refusals_and_oddities() {
    let buyer = Buyer::start(BuyerSpec::new("Buyer A", Behaviour::bids("85.50"))).await;
    let answer = post(&buyer.ping_url(), "", "{}").await;
    assert!(answer.ends_with(r#"{"bidAmount":85.50,"bidId":"buyer-a-1","expireInSeconds":60}"#), "{answer}");
    let cases = [
        (Behaviour::NoBid204, "204 No Content"),
        (Behaviour::BidZero, r#"{"bidAmount":0}"#),
        (Behaviour::EmptyList, "[]"),
        (Behaviour::Html200, "<!doctype html>"),
        (Behaviour::Status(503, "down".to_owned()), "503 Service Unavailable"),
        (Behaviour::Redirect { status: 307, to: "http://169.254.169.254/".to_owned() }, "169.254.169.254"),
        (Behaviour::bids("NaN"), r#""bidAmount":"NaN""#),
        (Behaviour::Late(Duration::from_millis(5), Box::new(Behaviour::EmptyList)), "[]"),
    ];
    for (behaviour, expected) in cases {
        buyer.set(behaviour);
        let answer = post(&buyer.ping_url(), "", "{}").await;
        assert!(answer.contains(expected), "{expected}: {answer}");
    }
    buyer.set(Behaviour::Close);
    assert_eq!(post(&buyer.ping_url(), "", "{}").await, "");
    buyer.set(Behaviour::CloseMidBody);
    assert!(!post(&buyer.ping_url(), "", "{}").await.ends_with("0\r\n\r\n"), "the last chunk never comes");
    buyer.set(Behaviour::TooLarge);
    assert!(post(&buyer.ping_url(), "", "{}").await.len() > 100_000_000);
    assert_eq!(buyer.pinged(12).await.len(), 12);
}

#[tokio::test]
async fn posts_are_counted_by_id_and_checked() {
    let mut spec = BuyerSpec::new("Buyer B", Behaviour::NoBid204);
    spec.post = PostBehaviour::FailFirst { times: 1, status: 500 };
    spec.auth = ExpectedAuth::Bearer("key".to_owned());
    spec.signing_secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
    let buyer = Buyer::start(spec).await;
    let headers =
        "Authorization: Bearer key\r\nwebhook-id: m1\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\n";
    assert!(post(&buyer.post_url(), headers, "{}").await.starts_with("HTTP/1.1 500"));
    assert!(post(&buyer.post_url(), headers, "{}").await.starts_with("HTTP/1.1 200"));
    assert!(post(&buyer.post_url(), "", "{}").await.starts_with("HTTP/1.1 401"));
    let posts = buyer.posts();
    assert_eq!((posts.len(), buyer.distinct_posts()), (3, 1));
    assert!(matches!(posts[0].signature, Signature::Invalid(_)));
    assert_eq!((posts[2].signature.clone(), posts[2].authorised), (Signature::Missing, false));
}

#[tokio::test]
async fn the_example_world_stands() {
    let world =
        Medicare::start(CarrierConfig::new("http://127.0.0.1:9/voice"), Duration::from_millis(1)).await;
    let answer = post(&world.buyer(Name::C).ping_url(), "", "{}").await;
    assert!(answer.contains(r#""bidAmount":91"#) && answer.contains("+13055550203"), "{answer}");
    assert_eq!(world.seats().len(), 6);
    let record = world.carrier.place(world.call()).ended().await;
    assert_eq!(record.errors[0].code, 11205, "nobody listens there");
    assert_eq!(record.webhooks.len(), 2, "a failed connection is tried once more");
    world.carrier.stop().await;
}

#[tokio::test]
async fn a_trap_counts() {
    let trap = Trap::start().await;
    let mut socket = TcpStream::connect(trap.address()).await.expect("a trap");
    // The end of the stream comes after the count.
    let _ = socket.read_to_end(&mut vec![]).await;
    assert_eq!(trap.connections(), 1);
}
