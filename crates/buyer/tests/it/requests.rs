//! What is sent at a confirm and after an acceptance, and what is never sent before it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use auction::{
    Allowed, Auth, CallerId, Confirm, Credential, Destination, DialTerms, Endpoints, Kind, Limits, NoBid,
    Ranked, Screening, Whereto, Wire,
};
use bridge::{Attempt, Facts, Next, Policy, Queue};
use buyer::{
    dialect::{self, Dialect},
    exchange::{ExchangePolicy, HttpRequest, HttpResponse},
};
use lead::{
    AuctionId, BuyerId, CampaignId, Channel, Consent, E164, FieldName, Identity, JourneyId, Lead, Money,
    OfferId, Pii, PingId, Profile, Timestamp, Value,
    geo::{State, Zip},
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

pub(crate) fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field's name")
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

pub(crate) fn profile() -> Profile {
    let mut profile = Profile::new();
    profile.answer(FieldName::zip(), Value::Zip(Zip::parse("33109").expect("a zip")));
    profile.answer(FieldName::state(), Value::State(State::parse("FL").expect("a state")));
    profile.answer(field("age"), Value::Number(65));
    profile
}

/// Ada, 65, from Florida.
fn lead() -> Lead {
    let mut profile = profile();
    profile.answer(field("household_size"), Value::Number(2));
    let fields = [("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")];
    let fields = fields.map(|(name, value)| (field(name), Pii::new(value.to_owned())));
    let phone = Some(Pii::new(number("+13055550142")));
    Lead {
        profile,
        identity: Identity {
            phone: phone.clone(),
            caller: phone,
            fields: BTreeMap::from(fields),
            ..Identity::default()
        },
    }
}

pub(crate) fn ranked(caller_id: CallerId, confirm: Option<Confirm>) -> Ranked {
    let offer = OfferId::parse("buyer-c-medicare").expect("a slug");
    let terms = DialTerms {
        name: "Buyer C".to_owned(),
        buyer: "Buyer C".to_owned(),
        ring: Duration::from_secs(20),
        whisper: None,
        screening: Screening::Off,
        caller_id,
        confirm,
        talk_max: Duration::from_secs(3_600),
        allowed: Allowed::default(),
        caps: Limits::default(),
        duplicate: None,
    };
    Ranked {
        kind: Kind::Bid,
        ping: PingId::of(AuctionId::of(journey(), "0", 0), &offer),
        offer,
        buyer: BuyerId::parse("buyer-c").expect("a slug"),
        bid: Some("b-7".to_owned()),
        price: Money::from_units(91),
        expires_at: None,
        destination: Some(Destination::Phone(number("+12125550100"))),
        payable_after: Duration::ZERO,
        priority: 0,
        draw: 0,
        terms,
    }
}

fn journey() -> JourneyId {
    JourneyId::of_call("AC1", "CA1")
}

pub(crate) fn attempt(ranked: Ranked) -> Attempt {
    let facts = Facts {
        journey: journey(),
        channel: Channel::Call,
        campaign: CampaignId::parse("medicare").expect("a slug"),
        publisher: None,
        shown: profile(),
        best_static: None,
        consent: Some(Consent::spoken("callback-2".to_owned(), NOW)),
        consent_rule: bridge::ConsentRule::Nothing,
        test: false,
    };
    match Queue::new(facts, Policy::default(), lead(), vec![ranked]).next(NOW) {
        Next::Try(attempt) => *attempt,
        other => panic!("{other:?}"),
    }
}

fn own_wire() -> Arc<dyn Dialect> {
    let endpoints = Endpoints {
        ping_url: Some("https://buyer.example/ping".to_owned()),
        post_url: "https://buyer.example/post".to_owned(),
        confirm_url: Some("https://buyer.example/confirm".to_owned()),
        auth: Auth::ApiKey { header: "X-Api-Key".to_owned(), key: Credential::new("k1".to_owned()) },
        headers: BTreeMap::new(),
        signing_secrets: vec![Credential::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())],
        ping: None,
        post: None,
        wire: Wire::Own,
    };
    dialect::of(&endpoints, &ExchangePolicy::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn body(request: &HttpRequest) -> serde_json::Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    let found = request.headers.iter().find(|(it, _)| it == name);
    found.and_then(|(_, value)| value.to_str().ok()).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_post_holds_the_whole_lead() {
    let attempt = attempt(ranked(CallerId::Mask, None));
    let (sale, ping) = (attempt.sale().to_string(), attempt.ranked().ping.to_string());
    let (post, _) = attempt.on_accepted(NOW);
    let request = posted(NOW, &post);
    assert_eq!(
        body(&request),
        json!({
            "saleId": sale, "pingId": ping, "bidId": "b-7", "offerId": "buyer-c-medicare", "channel": "call",
            "profile": {"state": "FL", "zip": "33109", "ivr": {"age": 65}, "derived": []},
            "changed": {"household_size": 2},
            "lead": {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com", "phone": "+13055550142"},
            "call": {"answeredAt": "2026-09-21T14:13:20.000000Z"},
            "consent": {"textVersion": "callback-2", "givenAt": "2026-09-21T14:13:20.000000Z"},
            "price": "91.00", "test": false,
        })
    );
    for (name, value) in [
        ("webhook-id", &*sale),
        ("idempotency-key", &sale),
        ("webhook-timestamp", "1790000000"),
        ("x-api-key", "k1"),
    ] {
        assert_eq!(header(&request, name), value);
    }
    let later = posted(NOW + Duration::from_secs(300), &post);
    assert_eq!((&later.body, header(&later, "webhook-id")), (&request.body, &*sale));
    assert_ne!(header(&later, "webhook-signature"), header(&request, "webhook-signature"));
}

#[test]
fn a_confirm_holds_no_identity_but_a_number_that_two_settings_allow() {
    let confirm = |phone| Some(Confirm { timeout: Duration::from_secs(2), phone });
    for (caller_id, phone, shown) in [
        (CallerId::Mask, false, false),
        (CallerId::Mask, true, false),
        (CallerId::Pass, false, false),
        (CallerId::Pass, true, true),
    ] {
        let attempt = attempt(ranked(caller_id, confirm(phone)));
        let request = own_wire().confirm(NOW, &attempt).expect("a URL for it");
        let mut expected = json!({
            "confirm": true, "pingId": attempt.ranked().ping.to_string(), "bidId": "b-7",
            "offerId": "buyer-c-medicare", "channel": "call", "state": "FL", "zip": "331", "ivr": {"age": 65},
            "derived": [], "price": "91.00", "test": false,
        });
        if shown {
            expected["phone"] = json!("+13055550142");
        }
        assert_eq!(body(&request), expected);
        assert_eq!(header(&request, "webhook-id"), attempt.id().to_string());
    }
}

#[test]
fn a_confirm_is_answered_by_a_yes_a_number_or_a_no() {
    let confirmed = |status, body: &'static str| {
        let answer = HttpResponse { status, retry_after: None, body: body.into(), resent: false };
        own_wire().confirmed(&answer)
    };
    assert_eq!(confirmed(200, "{\"accept\":true}").map(|it| it.whereto), Ok(Whereto::Own));
    let moved = confirmed(200, "{\"phoneNumber\":\"2125550101\",\"expireInSeconds\":30}").expect("a number");
    assert_eq!(moved.whereto, Whereto::Named(vec![Destination::Phone(number("+12125550101"))]));
    assert_eq!(moved.expires_in, Some(Duration::from_secs(30)));
    assert_eq!(confirmed(200, "{\"accept\":true,\"bidAmount\":0}"), Err(NoBid::Declined));
    assert_eq!(confirmed(204, ""), Err(NoBid::Declined));
    for (status, body, code) in [
        (200, "{\"accept\":false}", "rejected"),
        (409, "{\"rejectReason\":\"Full\"}", "rejected"),
        (200, "{}", "malformed"),
        (200, "", "malformed"),
        (500, "", "bad_status"),
    ] {
        assert_eq!(confirmed(status, body).expect_err("no confirmation").code(), code, "{body}");
    }
}

#[test]
fn a_return_names_the_sale_under_an_id_of_its_own() {
    let attempt = attempt(ranked(CallerId::Mask, None));
    let request = own_wire().post(
        NOW,
        &format!("returned_{}", attempt.sale()),
        &own_wire().returned_body(NOW, attempt.sale(), &attempt.ranked().offer),
    );
    let expected = json!({
        "type": "lead.returned", "saleId": attempt.sale().to_string(), "offerId": "buyer-c-medicare",
        "at": "2026-09-21T14:13:20.000000Z",
    });
    assert_eq!(body(&request), expected);
    assert_eq!(header(&request, "webhook-id"), format!("returned_{}", attempt.sale()));
}

fn posted(now: Timestamp, post: &bridge::Post) -> buyer::exchange::HttpRequest {
    let body = own_wire().post_body(post, &buyer::dialect::Line::default());
    own_wire().post(now, &post.sale().to_string(), &body)
}
