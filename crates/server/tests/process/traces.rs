//! Traces: a call is one of them, at a real collector's door, and nobody is in it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message;
use sandbox::{
    canary::Canary,
    medicare::{CALLER, Name},
};

use crate::world::{NAME, World, until};

/// A request's head and body.
type Request = (String, Vec<u8>);

/// What a collector was sent.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Request>>>);

impl Collected {
    fn all(&self) -> Vec<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.all();
        let read =
            requests.iter().map(|(_, body)| ExportTraceServiceRequest::decode(&body[..]).expect("OTLP"));
        let resources = read.flat_map(|request| request.resource_spans);
        resources.flat_map(|it| it.scope_spans).flat_map(|it| it.spans).collect()
    }
}

/// Takes OTLP over HTTP, and answers with this status.
fn collector(status: &'static str) -> (SocketAddr, Collected) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let collected = Collected::default();
    let kept = collected.clone();
    std::thread::spawn(move || {
        for socket in listener.incoming().filter_map(Result::ok) {
            let mut reader = BufReader::new(socket);
            // As many requests as the client sends over one connection.
            while let Some((head, body)) = request(&mut reader) {
                kept.0.lock().unwrap_or_else(PoisonError::into_inner).push((head, body));
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                if reader.get_mut().write_all(answer.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    (address, collected)
}

fn request(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    head.make_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|it| it.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sold_call_is_one_trace_and_nobody_is_in_it() {
    let (address, collected) = collector("200 OK");
    let endpoint = format!("http://{address}/v1/traces");
    let world = World::with(|place| {
        place.with("TRACES__ENDPOINT", &endpoint).with("TRACES__AUTHORIZATION", "Bearer s3cr3t")
    })
    .await;
    let journey = world.play(world.call()).await;
    let named = |name: &str| {
        let mut spans = collected.spans();
        spans.retain(|span| span.name == name);
        spans
    };
    until("the whole trace", || !named("call").is_empty() && !named("post").is_empty()).await;
    let spans = collected.spans();
    assert!(spans.iter().all(|span| span.trace_id == journey.uuid().as_bytes()), "one trace");
    let [root] = &named("call")[..] else { panic!("{spans:?}") };
    assert!(root.parent_span_id.is_empty());
    let about = |name: &str| attribute(root, name);
    assert_eq!(about("pingpost.outcome").as_deref(), Some("sold"));
    assert_eq!(about("pingpost.offer.id").as_deref(), Some("buyer-c-medicare"));
    assert_eq!(about("pingpost.price").as_deref(), Some("91.00"));
    assert_eq!(about("pingpost.campaign.id").as_deref(), Some("medicare"));
    assert!(about("pingpost.call.id").is_some_and(|leg| leg.starts_with("CA")));
    assert!(root.events.iter().any(|event| event.name == "dial_taken"), "{:?}", root.events);
    for name in ["interview", "auction", "dial", "talk", "post"] {
        let [span] = &named(name)[..] else { panic!("{name}: {spans:?}") };
        assert_eq!(span.parent_span_id, root.span_id, "{name}");
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{name}");
        assert!(span.start_time_unix_nano >= root.start_time_unix_nano, "{name}");
    }
    let [auction] = &named("auction")[..] else { panic!("{spans:?}") };
    let pings = named("ping");
    assert_eq!(pings.len(), 6, "every offer was asked");
    assert!(pings.iter().all(|ping| ping.parent_span_id == auction.span_id));
    let won: Vec<_> =
        pings.iter().filter(|it| attribute(it, "pingpost.outcome").as_deref() == Some("won")).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(attribute(won[0], "pingpost.offer.id").as_deref(), Some("buyer-c-medicare"));
    assert_eq!(attribute(&named("post")[0], "http.response.status_code").as_deref(), Some("200"));
    for (head, body) in collected.all() {
        assert!(
            head.starts_with("post /v1/traces ") && head.contains("authorization: bearer s3cr3t"),
            "{head}"
        );
        assert_eq!(Canary::new([CALLER, NAME]).found_in(&body), []);
    }
    assert!(world.server.figure("pingpost_spans_sent_total") >= spans.len() as u64);
    assert_eq!(world.server.figure("pingpost_spans_lost_total"), 0);
    assert!(world.server.log().iter().all(|line| !line.contains("s3cr3t")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_costs_nothing_but_traces() {
    let (address, collected) = collector("403 Forbidden");
    let endpoint = format!("http://{address}/v1/traces");
    let world = World::with(|place| place.with("TRACES__ENDPOINT", &endpoint)).await;
    world.play(world.call()).await;
    world.figure_is("pingpost_spans_lost_total", 1).await;
    world.server.logged("traces cannot be sent");
    assert!(!collected.all().is_empty());
    until("the post", || world.medicare.buyer(Name::C).requests().iter().any(|it| it.path == "/post")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_before_the_end() {
    let (address, collected) = collector("200 OK");
    let endpoint = format!("http://{address}/v1/traces");
    let world = World::with(|place| place.with("TRACES__ENDPOINT", &endpoint)).await;
    world.play(world.call()).await;
    world.server.signal("TERM");
    assert_eq!(world.server.ended(), 0);
    let called = collected.spans().iter().filter(|span| span.name == "call").count();
    assert_eq!(called, 1);
}
