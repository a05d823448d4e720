//! The buyers of a load: each bids as its habits say, and notes what it was told.

use super::{
    desk::{Call, Desk, Seen},
    habits::{self, Does, units},
};
use crate::lock::lock;
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{future::pending, io, sync::Arc};
use tokio::{net::TcpListener, task::JoinSet};

/// No request of a server is longer.
const BODY_MAX: usize = 1 << 20;

/// Serves the buyer of a seat.
pub(super) async fn serve(listener: TcpListener, desk: Arc<Desk>, seat: usize) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Like a buyer who minds the time that an answer takes.
        let _ = socket.set_nodelay(true);
        let desk = desk.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(desk.clone(), seat, request));
            // A connection that its client closes is over.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(desk: Arc<Desk>, seat: usize, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let came_at = desk.micros();
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), BODY_MAX).await.map_err(io::Error::other)?;
    let reply = match head.uri.path() {
        "/ping" => ping(&desk, seat, &head.uri.to_string(), &head.headers, &body).await,
        "/post" => post(&desk, seat, came_at, &body),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(Body::from(reply.1));
    *response.status_mut() = reply.0;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

async fn ping(desk: &Desk, seat: usize, uri: &str, headers: &HeaderMap, body: &[u8]) -> (StatusCode, String) {
    let text = String::from_utf8_lossy(body);
    desk.count(|played| played.pings += 1);
    let Some(call) = code_in(&text).and_then(|code| desk.by_code(code)) else {
        return (StatusCode::NO_CONTENT, String::new());
    };
    let values = headers.values().filter_map(|value| value.to_str().ok());
    let shown = values.chain([uri, &text]).any(|text| tells_of(&call, text));
    if shown {
        desk.count(|played| played.wrong.identity_in_pings += 1);
    }
    lock(&call.seen).pinged += 1;
    let does = habits::does(call.think, call.n, seat);
    if let Does::Bids { after, .. } | Does::NoBid { after } | Does::Fails { after } = does
        && !after.is_zero()
    {
        tokio::time::sleep(after).await;
    }
    let reply = match does {
        Does::Bids { cents, .. } => (StatusCode::OK, bid(&call, seat, cents)),
        Does::NoBid { .. } => (StatusCode::OK, r#"{"accept":false,"bidAmount":0,"bid":0}"#.to_owned()),
        Does::Fails { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned()),
        Does::Hangs => pending().await,
    };
    lock(&call.seen).replied_at = Some(desk.micros());
    reply
}

/// A bid in the words of both servers, so that both read the same bytes.
fn bid(call: &Call, seat: usize, cents: u64) -> String {
    let (price, n, number) = (units(cents), call.n, habits::number(seat));
    format!(
        r#"{{"accept":true,"bidAmount":{price},"bid":{price},"bidId":"b{n}-{seat}","bid_id":"b{n}-{seat}","expireInSeconds":60,"phoneNumber":"{number}","number":"{number}"}}"#
    )
}

fn post(desk: &Desk, seat: usize, came_at: i64, body: &[u8]) -> (StatusCode, String) {
    let post: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let id = post["bidId"].as_str().or(post["bid_id"].as_str()).unwrap_or_default();
    let of = id.strip_prefix('b').and_then(|id| id.split_once('-'));
    let n = of.and_then(|(n, _)| n.parse().ok());
    let Some(call) = n.and_then(|n| desk.by_n(n)) else {
        desk.count(|played| played.wrong.posts_astray += 1);
        return (StatusCode::OK, "{}".to_owned());
    };
    let bid_of = of.and_then(|(_, seat)| seat.parse::<usize>().ok());
    let (delay, again, accepted) = {
        let mut seen = lock(&call.seen);
        seen.posts += 1;
        if let Some(handed_in_at) = seen.handed_in_at.filter(|_| seen.accepted.is_none()) {
            seen.accepted = Some(seat);
            seen.answered_at = seen.replied_at;
            let waited = u64::try_from(came_at - handed_in_at).unwrap_or_default();
            desk.count(|played| played.waited.extend(call.measured.then_some(waited)));
        }
        (delay(&seen, came_at), seen.posts > 1, seen.accepted)
    };
    let owed = call.bids.iter().find(|(_, its)| *its == seat).map(|(cents, _)| *cents);
    // Whoever posts no price owes the bid all the same.
    let price = cents(&post["price"]);
    desk.count(|played| {
        let wrong = &mut played.wrong;
        wrong.posts_doubled += u64::from(again);
        wrong.posts_astray += u64::from(accepted != Some(seat));
        wrong.wrong_winner += u64::from(bid_of != Some(seat));
        wrong.wrong_price += u64::from(price.is_some() && price != owed);
        wrong.posts_without_caller += u64::from(!text.contains(&call.from));
        if let Some(delay) = delay.filter(|_| call.measured && !again) {
            played.to_post.push(delay);
        }
    });
    desk.a_post_came();
    call.posted.notify_one();
    (StatusCode::OK, "{}".to_owned())
}

fn delay(seen: &Seen, came_at: i64) -> Option<u64> {
    u64::try_from(came_at - seen.answered_at?).ok()
}

/// The code that the caller pressed, as a field of the ping.
fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("\"homeowner\":")?;
    let digits = rest.trim_start_matches([' ', '"']);
    digits.get(..4)?.parse().ok()
}

/// A price of a post in cents. Null: there is none; what cannot be read is nobody's price.
fn cents(price: &Value) -> Option<u64> {
    let text = match price {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (units, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{:0<2}", part.trim_end_matches('0'));
    let read = (part.len() == 2).then(|| Some(units.parse::<u64>().ok()? * 100 + part.parse::<u64>().ok()?));
    Some(read.flatten().unwrap_or(u64::MAX))
}

/// Whether a text holds the caller's number, however it is written, or name.
fn tells_of(call: &Call, text: &str) -> bool {
    let number = &call.from[2..];
    let (area, exchange, line) = (&number[..3], &number[3..6], &number[6..]);
    text.contains(number)
        || text.contains("QUILLFEATHER")
        || text.split(area).skip(1).any(|rest| {
            let digits: String = rest.chars().take(12).filter(char::is_ascii_digit).take(7).collect();
            digits.strip_prefix(exchange) == Some(line)
        })
}

#[cfg(test)]
mod tests {
    use super::super::habits::Think;
    use super::*;

    #[tokio::test]
    async fn who_calls_is_recognised_however_it_is_written() {
        let desk = Desk::default();
        let (call, _orders) = desk.open(Think::AtOnce, 6, true).await;
        assert_eq!(call.from, "+17862000001");
        for text in ["7862000001", "+17862000001", "(786) 200-0001", "786.200.0001", "QUILLFEATHER 0000001"] {
            assert!(tells_of(&call, text), "{text}");
        }
        for text in ["7862000002", "786", "2000001", r#"{"zip":"33109","homeowner":7862}"#] {
            assert!(!tells_of(&call, text), "{text}");
        }
    }

    #[test]
    fn a_price_is_read_to_the_cent() {
        let read = |text: &str| cents(&serde_json::from_str(text).unwrap());
        for text in ["12.5", "\"12.50\"", "12.500", "\"12.500000\""] {
            assert_eq!(read(text), Some(1_250), "{text}");
        }
        assert_eq!((read("12"), read("null")), (Some(1_200), None));
        assert_eq!((read("12.501"), read("\"x\"")), (Some(u64::MAX), Some(u64::MAX)));
    }

    #[test]
    fn a_ping_is_of_the_call_whose_code_it_holds() {
        assert_eq!(code_in(r#"{"fields":{"homeowner":"1234"}}"#), Some(1_234));
        assert_eq!(code_in(r#"{"ivr":{"homeowner":1234}}"#), Some(1_234));
        assert_eq!(code_in(r#"{"ivr":{"homeowner":12}}"#), None);
    }
}
