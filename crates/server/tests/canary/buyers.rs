//! Buyers that bid, refuse, break and echo: whatever they were told they say back, in every disguise and in every field.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use sandbox::{
    Behaviour, PostBehaviour,
    buyers::{Body, Recorded, Reply},
    medicare::{BUYER_NUMBERS, Name},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Numbers whose lines are busy, silent, unreachable, or give up.
pub const OTHER_LINES: [&str; 5] =
    ["+13055550301", "+13055550302", "+13055550303", "+13055550304", "+13055550305"];

/// What a buyer does with a ping or a confirm: another thing for each.
pub fn pinged(name: Name) -> Behaviour {
    Behaviour::Custom(Arc::new(move |request| reply(name, request)))
}

/// What a buyer does with a post: takes it, mostly. One of them is gone for good sooner or later, and is sold nothing after
/// that; were it all of them, nobody would be left to sell to.
pub fn posted(name: Name) -> PostBehaviour {
    PostBehaviour::Like(Behaviour::Custom(Arc::new(move |request| {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        match drawn(&request.body, 3) % 12 {
            0 => Reply::json(422, json!({ "error": text }).to_string()),
            1 => Reply::json(200, json!({ "status": "rejected", "rejectReason": text }).to_string()),
            2 => Reply::json(500, text),
            3 => Reply::new(302, "text/html", Body::Bytes(vec![]))
                .header("location", &format!("/again?lead={text}").replace(['\n', '\r'], "")),
            4 => Reply::json(if name == Name::F { 410 } else { 404 }, text),
            _ => Reply::json(200, "{}".to_owned()),
        }
    })))
}

fn reply(name: Name, request: &Recorded) -> Reply {
    let ping = request.json();
    let draw = |salt| drawn(&request.body, salt);
    let echo = echoed(&ping, &request.body, draw(1));
    let price = 31 + draw(2) % 60;
    let to = match draw(4) % 12 {
        0 => OTHER_LINES[usize::try_from(draw(5)).unwrap_or(0) % OTHER_LINES.len()],
        _ => BUYER_NUMBERS[name as usize],
    };
    let bid = json!({ "bidId": format!("b-{}", draw(6)), "bidAmount": price, "expireInSeconds": 60, "phoneNumber": to });
    let with = |key: &str, value: Value| {
        let mut bid = bid.clone();
        bid[key] = value;
        Reply::json(200, bid.to_string())
    };
    match draw(7) % 24 {
        0 => Reply::new(204, "", Body::Bytes(vec![])),
        1 => Reply::json(200, json!({ "bidAmount": 0, "rejectReason": echo }).to_string()),
        2 => {
            Reply::json(200, json!({ "bidAmount": 0, "rejectReason": "no", "rejectCode": echo }).to_string())
        }
        3 => Reply::json(400, json!({ "error": echo, "got": ping }).to_string()),
        4 => Reply::json(422, json!({ "accept": false, "rejectReason": echo }).to_string()),
        5 => Reply::new(200, "text/html", Body::Bytes(format!("<html><p>{echo}</p></html>").into_bytes())),
        6 => Reply::new(200, "application/json", Body::Bytes(request.body.to_vec())),
        7 => Reply::new(200, "application/json", Body::Bytes(format!("{{\"bidId\": \"{echo}").into_bytes())),
        8 => with("bidId", echo.into()),
        9 => with("phoneNumber", ping.get("phone").cloned().unwrap_or_else(|| to.into())),
        10 => with("sipAddress", format!("sip:{}@pbx.example.com", digits(&echo)).into()),
        11 => with("currency", echo.into()),
        12 => with("pingId", echo.into()),
        13 => Reply::json(500, echo),
        14 => {
            Reply::new(302, "", Body::Bytes(vec![])).header("location", &format!("/other?{}", digits(&echo)))
        }
        15 => with("expireInSeconds", echo.into()),
        _ => Reply::json(200, bid.to_string()),
    }
}

/// What the buyer was told, in one of many disguises: the number if it has it, else all of it.
fn echoed(ping: &Value, body: &[u8], draw: u64) -> String {
    let told = match ping["phone"].as_str() {
        Some(phone) => phone.to_owned(),
        None => String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned(),
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let digits = digits(&told);
    let last = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
    match draw % 12 {
        0 => told,
        1 => last.to_owned(),
        2 => format!(
            "caller {} {} {} is known",
            last.get(..3).unwrap_or(""),
            last.get(3..6).unwrap_or(""),
            last.get(6..).unwrap_or("")
        ),
        3 => hex(told.as_bytes()),
        4 => BASE64_STANDARD.encode(&told),
        5 => hex(&Sha256::digest(&told)),
        6 => hex(&Sha256::digest(last)),
        7 => BASE64_STANDARD.encode(Sha256::digest(last)),
        8 => last.chars().rev().collect(),
        9 => told.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        10 => format!("id-{last}-x"),
        _ => last.chars().map(|digit| format!("{digit},")).collect(),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A number that hangs on nothing but the request.
fn drawn(body: &[u8], salt: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed =
        body.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    mixed >> 17
}
