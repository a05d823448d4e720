//! Money and reports: the screen, the files and the API say the same, in random filters and in three zones; and a sale is
//! corrected only as the domain allows.

use lead::Money;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AuditFilter, Role};

use crate::{
    seeds,
    world::{Visitor, World},
};

/// A draw that is the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }

    fn query(&mut self, parts: &[(&str, &[&str])]) -> String {
        let mut query: Vec<String> = vec![];
        for (name, values) in parts {
            if self.below(3) == 0 {
                query.push(format!("{name}={}", self.one(values)));
            }
        }
        query.join("&")
    }
}

const DAYS: &[&str] = &["2026-10-29", "2026-10-31", "2026-11-01", "2026-11-02", "2026-11-05"];
const LATER: &[&str] = &["2026-11-05", "2026-11-06", "2026-11-07"];

/// The cells of a CSV without its head. None of these holds a comma.
fn cells(csv: &str) -> Vec<Vec<String>> {
    csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A row of the API as the CSV has it, in its columns.
fn row(columns: &str, of: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    };
    columns.trim_end().split(',').map(|name| text(&of[name])).collect()
}

/// The screen, the CSV, the NDJSON and the API of one address.
async fn agree(
    ada: &Visitor,
    (page, csv, ndjson, api): (&str, &str, &str, &str),
    query: &str,
    mark: &str,
) -> Vec<Value> {
    let file = ada.page(&format!("{csv}?{query}")).await;
    let lines = ada.page(&format!("{ndjson}?{query}")).await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let rows = ada.json(&format!("{api}?{query}"), 200).await["data"].as_array().expect("a list").clone();
    assert_eq!(lines, rows, "{api}?{query}");
    let columns = file.lines().next().expect("a head");
    let of_api: Vec<_> = rows.iter().map(|one| row(columns, one)).collect();
    assert_eq!(cells(&file), of_api, "{csv}?{query}");
    // Amounts have commas between their thousands there.
    let screen = ada.page(&format!("{page}?{query}")).await.replace(',', "");
    assert_eq!(screen.matches(mark).count(), rows.len(), "{page}?{query}");
    for one in &rows {
        let earned = Money::parse(one["earned"].as_str().expect("an amount")).expect("an amount");
        assert!(screen.contains(&format!("${earned}")), "{page}?{query} shows {earned}");
    }
    rows
}

#[tokio::test]
async fn the_screen_the_files_and_the_api_say_the_same_in_any_filter_and_zone() {
    let mut draw = Draw(11);
    let mut seen = 0;
    for zone in ["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"] {
        let mut world = World::in_zone(zone).await;
        seeds::many(&mut world).await;
        let ada = world.visitor("Ada", Role::Finance).await;
        for _ in 0..8 {
            let query = draw.query(&[
                ("from", DAYS),
                ("until", LATER),
                (
                    "by",
                    &["buyer", "campaign", "day", "month", "offer", "publisher", "state", "outcome", "depth"],
                ),
                ("campaign", &["campaign-0", "campaign-3"]),
                ("buyer", &["buyer-1", "buyer-7"]),
                ("sale", &["earned", "void"]),
                ("state", &["FL", "TX"]),
                ("test", &["yes", "no"]),
            ]);
            let report = ("/reports", "/reports.csv", "/reports.ndjson", "/v1/reports");
            seen += agree(&ada, report, &query, "<tr data-row").await.len();
            let query = draw.query(&[
                ("from", DAYS),
                ("until", LATER),
                ("by", &["buyer", "publisher", "period"]),
                ("each", &["day", "month"]),
            ]);
            let money = ("/money", "/money.csv", "/money.ndjson", "/v1/money");
            seen += agree(&ada, money, &query, "<tr data-line").await.len();
        }
        let all = ada.json("/v1/money?from=2026-10-20&until=2026-11-20&by=period", 200).await;
        let by_buyer = ada.json("/v1/money?from=2026-10-20&until=2026-11-20", 200).await;
        for figure in ["due", "pending", "returned", "disputed", "payout", "sales"] {
            assert_eq!(all["total"][figure], by_buyer["total"][figure], "{figure}");
        }
    }
    assert!(seen > 200, "the filters find something: {seen}");
}

#[tokio::test]
async fn sales_are_listed_alike_and_each_state_is_found() {
    let mut world = World::new().await;
    seeds::many(&mut world).await;
    let ada = world.visitor("Ada", Role::Finance).await;
    let mut counts = 0;
    for state in ["pending", "earned", "void", "returned", "disputed"] {
        let query = format!("from=2026-10-20&state={state}");
        let csv = cells(&ada.page(&format!("/sales.csv?{query}")).await);
        let api = ada.json(&format!("/v1/sales?limit=200&{query}"), 200).await;
        let api = api["data"].as_array().expect("a list");
        assert_eq!(csv.len(), api.len(), "{state}");
        let fits = |sale: &Value| match state {
            "disputed" => sale["disputed"] == true,
            state => sale["state"] == state,
        };
        assert!(api.iter().all(fits), "{state}: {api:?}");
        assert_eq!(api.is_empty(), state == "returned", "{state}");
        counts += if state == "disputed" { 0 } else { csv.len() };
    }
    assert_eq!(counts, cells(&ada.page("/sales.csv?from=2026-10-20").await).len());
    let sam = world.visitor("Sam", Role::Support).await;
    assert_eq!(sam.get("/money").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(sam.get("/sales.csv").await.status(), StatusCode::FORBIDDEN);
}

async fn correct(program: &Visitor, sale: &str, key: &str, body: Value) -> (StatusCode, Value) {
    let request = program.ask(Method::POST, &format!("/v1/sales/{sale}/corrections"));
    let answer = request.header("idempotency-key", key).json(&body).send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_sale_is_corrected_any_number_of_times_and_only_as_it_may_be() {
    let world = World::new().await;
    seeds::sold(&world.store).await;
    let fin = world.visitor("Fin", Role::Finance).await;
    let program = world.program(fin.user.clone(), &["money:read", "money:write"]).await;
    let sales = program.json("/v1/sales?state=earned", 200).await;
    let sale = sales["data"][0]["id"].as_str().expect("an id").to_owned();
    let (status, said) = correct(
        &program,
        &sale,
        "k1",
        json!({ "kind": "adjustment", "amount": "-6.00", "reason": "agreed" }),
    )
    .await;
    assert_eq!((status, &said["adjusted"]), (StatusCode::CREATED, &json!("-6.00")), "{said}");
    // A repeat appends nothing; another key appends once more.
    correct(&program, &sale, "k1", json!({ "kind": "adjustment", "amount": "-6.00", "reason": "agreed" }))
        .await;
    let (_, said) =
        correct(&program, &sale, "k2", json!({ "kind": "adjustment", "amount": "1.50", "reason": "agreed" }))
            .await;
    assert_eq!((&said["adjusted"], said["corrections"].as_array().map(Vec::len)), (&json!("-4.50"), Some(2)));
    let total = program.json("/v1/money", 200).await["total"].clone();
    assert_eq!(
        (&total["earned"], &total["due"], &total["left"]),
        (&json!("91.00"), &json!("86.50"), &json!("66.50"))
    );
    let (status, said) = correct(
        &program,
        &sale,
        "k3",
        json!({ "kind": "adjustment", "amount": "-90.00", "reason": "agreed" }),
    )
    .await;
    assert_eq!((status, &said["code"]), (StatusCode::CONFLICT, &json!("below_zero")));
    let (status, said) = correct(&program, &sale, "k4", json!({ "kind": "refund", "reson": "x" })).await;
    let pointers: Vec<_> =
        said["errors"].as_array().expect("a list").iter().map(|it| it["pointer"].clone()).collect();
    assert_eq!(
        (status, pointers),
        (StatusCode::UNPROCESSABLE_ENTITY, vec![json!("/reason"), json!("/kind"), json!("/reson")])
    );
    assert_eq!(
        correct(&program, &sale, "k5", json!({ "kind": "dispute", "reason": "no such person" })).await.0,
        StatusCode::CREATED
    );
    let (_, said) = correct(&program, &sale, "k6", json!({ "kind": "dispute", "reason": "again" })).await;
    assert_eq!(said["code"], "disputed_already");
    assert_eq!(
        correct(&program, &sale, "k7", json!({ "kind": "conversion", "reason": "signed up" })).await.0,
        StatusCode::CREATED
    );
    let audit = world.store.audit(&AuditFilter::default()).await.expect("it reads");
    let actions: Vec<_> = audit.iter().map(|it| &*it.action).filter(|it| it.starts_with("sale.")).collect();
    assert_eq!(actions, ["sale.converted", "sale.disputed", "sale.adjusted", "sale.adjusted"]);
}

#[tokio::test]
async fn a_returned_sale_is_owed_by_nobody_in_statements_lists_and_reports() {
    let world = World::new().await;
    seeds::sold(&world.store).await;
    let fin = world.visitor("Fin", Role::Finance).await;
    let program = world.program(fin.user.clone(), &["money:read", "money:write"]).await;
    let sales = program.json("/v1/sales?state=earned", 200).await;
    let sale = sales["data"][0]["id"].as_str().expect("an id").to_owned();
    let page = format!("/money/sales/{sale}");
    let short = fin.post(&format!("{page}/correct"), &[("kind", "return"), ("reason", "x")]).await;
    assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
    fin.post(&format!("{page}/correct"), &[("kind", "return"), ("reason", "a wrong number")]).await;
    let said = program.json(&format!("/v1/sales/{sale}"), 200).await;
    assert_eq!((&said["state"], &said["payout"]), (&json!("returned"), &json!("0.00")));
    assert!(fin.page(&page).await.contains("owes nothing: it was returned"));
    let total = program.json("/v1/money", 200).await["total"].clone();
    assert_eq!(
        (&total["due"], &total["returned"], &total["payout"]),
        (&json!("0.00"), &json!("91.00"), &json!("0.00"))
    );
    // The list of calls and the reports know of it as well.
    assert_eq!(program.json("/v1/reports?by=all", 200).await["total"]["earned"], "0.00");
    let (status, said) =
        correct(&program, &sale, "k8", json!({ "kind": "return", "reason": "once more" })).await;
    assert_eq!((status, &said["code"]), (StatusCode::CONFLICT, &json!("sale_void")));
    let filter = AuditFilter { action: Some("sale.returned".into()), ..AuditFilter::default() };
    assert_eq!(world.store.audit(&filter).await.expect("it reads").len(), 1);
    let reader = world.visitor("Olaf", Role::OfferManager).await;
    assert_eq!(reader.post(&format!("{page}/correct"), &[]).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_sale_whose_call_goes_on_is_not_returned_yet() {
    let world = World::new().await;
    let side = crate::store_side::world::World::of(crate::home::Home::new().await, world.store.clone());
    let mut call = crate::store_side::world::Call::new(&side, "live", None);
    call.sold(crate::store_side::world::bid("a")).await;
    let fin = world.visitor("Fin", Role::Finance).await;
    let (status, said) =
        correct(&fin, &call.sale(1).to_string(), "k1", json!({ "kind": "return", "reason": "too early" }))
            .await;
    assert_eq!((status, &said["code"]), (StatusCode::CONFLICT, &json!("call_goes_on")));
}

#[tokio::test]
async fn auctions_are_listed_and_one_tells_every_offers_reason() {
    let world = World::new().await;
    let sold = seeds::sold(&world.store).await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let list = ada.json("/v1/auctions?limit=5", 200).await;
    let one = &list["data"][0];
    assert_eq!(
        (&one["call"], &one["asked"], &one["bids"], &one["best"]),
        (&json!(sold.to_string()), &json!(6), &json!(3), &json!("91.00"))
    );
    let auction = ada.json(&format!("/v1/auctions/{}", one["id"].as_str().expect("an id")), 200).await;
    let offers = auction["offers"].as_array().expect("a list");
    assert_eq!(offers.len(), 8);
    assert!(offers.iter().all(|offer| offer["reason"]["text"].as_str().is_some_and(|text| !text.is_empty())));
    let sam = world.visitor("Sam", Role::Support).await;
    let shown =
        sam.json(&format!("/v1/auctions/{}", one["id"].as_str().expect("an id")), 200).await.to_string();
    assert!(!shown.contains("85.00") && !shown.contains("6.00"), "{shown}");
    assert_eq!(ada.json("/v1/auctions/00000000-0000-4000-8000-000000000000", 404).await["code"], "not_found");
}

#[tokio::test]
async fn what_is_left_of_a_minutes_requests_stands_in_each_answer() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let first = ada.get("/v1/me").await;
    assert_eq!(first.headers()["ratelimit-policy"], "\"default\";q=600;w=60");
    let left = |answer: &reqwest::Response| {
        let text = answer.headers()["ratelimit"].to_str().expect("text").to_owned();
        text.split("r=").nth(1).and_then(|rest| rest.split(';').next()?.parse::<u32>().ok()).expect("a count")
    };
    let mut last = left(&first);
    loop {
        let answer = ada.get("/v1/me").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key("retry-after") && last == 0);
            break;
        }
        assert_eq!(left(&answer), last - 1);
        last -= 1;
    }
}
