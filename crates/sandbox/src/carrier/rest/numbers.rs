//! The account's numbers and the URLs that they name.

use super::{Outcome, Request, refusal};
use crate::carrier::{config::Number, exchange::Exchange};
use serde_json::{Value, json};

pub(super) fn list(exchange: &Exchange, request: &Request) -> Outcome {
    let asked = request.param("PhoneNumber");
    let numbers = exchange.numbers();
    let matching = numbers.iter().filter(|number| asked.is_none_or(|asked| number.number == asked));
    let shown: Vec<Value> = matching.map(|number| shown(exchange, number)).collect();
    (200, json!({"incoming_phone_numbers": shown, "page": 0, "next_page_uri": null}))
}

pub(super) fn update(exchange: &Exchange, sid: &str, request: &Request) -> Outcome {
    let Some(mut number) = exchange.numbers().into_iter().find(|number| sid_of(number) == sid) else {
        return refusal(404, 20404, "The requested resource was not found");
    };
    if let Some(url) = request.param("VoiceUrl") {
        number.voice_url = url.to_owned();
    }
    if let Some(url) = request.param("VoiceFallbackUrl") {
        number.voice_fallback_url = Some(url.to_owned()).filter(|url| !url.is_empty());
    }
    if let Some(url) = request.param("StatusCallback") {
        number.status_callback_url = Some(url.to_owned()).filter(|url| !url.is_empty());
    }
    let answer = shown(exchange, &number);
    exchange.set_number(number);
    (200, answer)
}

fn shown(exchange: &Exchange, number: &Number) -> Value {
    json!({
        "sid": sid_of(number),
        "account_sid": exchange.config.account_sid,
        "phone_number": number.number,
        "voice_url": number.voice_url,
        "voice_method": "POST",
        "voice_fallback_url": number.voice_fallback_url.as_deref().unwrap_or_default(),
        "voice_fallback_method": "POST",
        "status_callback": number.status_callback_url.as_deref().unwrap_or_default(),
        "status_callback_method": "POST",
        "capabilities": {"voice": true, "sms": false, "mms": false, "fax": false},
    })
}

/// A sid that follows from the number, so that it stays the same.
fn sid_of(number: &Number) -> String {
    let digits: String = number.number.chars().filter(char::is_ascii_digit).collect();
    format!("PN{digits:0>32}")
}
