//! Many calls at once: rows as commits write them, made inside the database, so that a million of them take a minute.

use store::DurableAt;

use super::world::{World, bid};

/// What differs between the databases' words.
struct Words {
    id: &'static str,
    series: &'static str,
    bytes: &'static str,
}

const SQLITE: Words = Words {
    id: "randomblob(16)",
    series: "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n})",
    bytes: "CAST({text} AS BLOB)",
};

const POSTGRES: Words = Words {
    id: "gen_random_uuid()",
    series: "WITH s(i) AS (SELECT CAST(i AS BIGINT) FROM generate_series(1, {n}) AS g(i))",
    bytes: "CONVERT_TO({text}, 'UTF8')",
};

/// When the last of them arrived, in microseconds: after the hour that New York repeats in 2026.
pub const LAST_AT: i64 = 1_794_000_000_000_000;

/// Adds so many calls that have ended, `step` apart, the last one at [`LAST_AT`]: half of them sold, with their sales,
/// entries and posts; and for the first `auctions` of them an auction with six offers.
pub async fn add(world: &World, n: u32, step_ms: i64, auctions: u32) {
    let words = match world.at() {
        DurableAt::Sqlite { .. } => SQLITE,
        DurableAt::Postgres(_) => POSTGRES,
    };
    let series = words.series.replace("{n}", &n.to_string());
    let run = |sql: String| world.tamper(Box::leak(sql.into_boxed_str()));
    // What is drawn is drawn once, so that every table tells of the same.
    run(format!(
        "CREATE TABLE crowd AS {series} SELECT i, {id} AS journey, {id} AS sale, {id} AS attempt, {id} AS post, \
            {id} AS auction, {LAST_AT} - (i - 1) * {step_ms} * 1000 - (i * 7919) % 997 AS at, \
            CASE WHEN (i * 31) % 100 < 50 THEN 1 ELSE 0 END AS sold, \
            'campaign-' || CAST((i * 11) % 5 AS TEXT) AS campaign, \
            CASE WHEN i % 7 = 0 THEN NULL ELSE 'publisher-' || CAST(i % 11 AS TEXT) END AS publisher, \
            'buyer-' || CAST((i * 17) % 13 AS TEXT) AS buyer, \
            'offer-' || CAST((i * 17) % 13 AS TEXT) || '-' || CAST(i % 2 AS TEXT) AS offer, \
            (30 + (i * 37) % 70) * 1000000 AS price FROM s",
        id = words.id
    ))
    .await;
    run("INSERT INTO journey_rows (journey, campaign, publisher, channel, arrived_at, ended_at, outcome, pings, bids, \
            sale, buyer, offer, price, best_static, sale_state, payout, talk_ms, over_cap, test, state) \
        SELECT journey, campaign, publisher, 'call', at, at + 200000000, \
            CASE WHEN sold = 1 THEN CASE WHEN i % 9 = 0 THEN 'too_short' ELSE 'sold' END \
                WHEN i % 50 = 2 THEN 'hold_ran_out' WHEN i % 3 = 0 THEN 'no_bids' WHEN i % 3 = 1 THEN 'abandoned_interview' \
                ELSE 'nobody_eligible' END, \
            CASE WHEN i % 3 = 2 THEN 0 ELSE 6 END, CASE WHEN sold = 1 THEN 1 + i % 5 ELSE 0 END, \
            CASE WHEN sold = 1 THEN sale END, CASE WHEN sold = 1 THEN buyer END, CASE WHEN sold = 1 THEN offer END, \
            CASE WHEN sold = 1 THEN price END, CASE WHEN i % 4 = 0 THEN NULL ELSE 45000000 END, \
            CASE WHEN sold = 1 THEN CASE WHEN i % 9 = 0 THEN 'void' WHEN i % 41 = 0 THEN 'pending' ELSE 'earned' END END, \
            CASE WHEN sold = 1 AND i % 9 <> 0 AND i % 41 <> 0 AND i % 7 <> 0 THEN price / 2 ELSE 0 END, \
            CASE WHEN sold = 1 THEN (i * 97) % 600000 END, FALSE, i % 101 = 0, \
            CASE (i * 13) % 6 WHEN 0 THEN 'FL' WHEN 1 THEN 'TX' WHEN 2 THEN 'CA' WHEN 3 THEN 'NY' WHEN 4 THEN 'OH' END \
        FROM crowd"
        .to_owned())
    .await;
    add_sales(world, &words).await;
    let mark = |of: &str| words.bytes.replace("{text}", of);
    run(format!(
        "INSERT INTO arrivals (journey, publisher, channel, test, exchange, last_four) \
        SELECT journey, publisher, 'call', FALSE, {}, {} FROM crowd",
        mark("'e' || CAST((i * 7) % 5000 AS TEXT)"),
        mark("'l' || CAST((i * 13) % 10000 AS TEXT)")
    ))
    .await;
    add_auctions(world, auctions).await;
    world.tamper("DROP TABLE crowd").await;
    world.tamper("ANALYZE").await;
}

/// The sales of the calls that were sold, with their entries and posts.
async fn add_sales(world: &World, words: &Words) {
    let run = |sql: String| world.tamper(Box::leak(sql.into_boxed_str()));
    let ranked = serde_json::to_string(&bid("a")).expect("it is written");
    run(format!(
        "INSERT INTO sales (id, journey, attempt, offer, buyer, campaign, publisher, price, best_static, ranked, over_cap, \
            test, accepted_at, booked_at) \
        SELECT sale, journey, attempt, offer, buyer, campaign, publisher, price, 45000000, '{ranked}', FALSE, \
            i % 101 = 0, at + 40000000, at + 40000000 FROM crowd WHERE sold = 1"
    ))
    .await;
    for (n, kind, amount, of) in [
        (0, "pending", "price", "TRUE"),
        (1, "earned", "price", "i % 9 <> 0 AND i % 41 <> 0"),
        (1, "void", "price", "i % 9 = 0"),
        (2, "payout", "price / 2", "i % 9 <> 0 AND i % 41 <> 0 AND i % 7 <> 0"),
        (3, "dispute", "price", "i % 53 = 0"),
    ] {
        run(format!(
            "INSERT INTO sale_entries (sale, n, kind, amount, at) \
            SELECT sale, {n}, '{kind}', {amount}, at + 150000000 FROM crowd WHERE sold = 1 AND {of}"
        ))
        .await;
    }
    run("INSERT INTO posts (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, first_claimed_at, \
            created_at, settled_at) \
        SELECT post, sale, journey, 'lead.sold', offer, buyer, journey_bytes, 'delivered', at + 40000000, 1, at + 40000000, \
            at + 40000000, at + 41000000 FROM (SELECT c.*, "
        .to_owned()
        + &words.bytes.replace("{text}", "'sealed'")
        + " AS journey_bytes FROM crowd c WHERE sold = 1) c")
    .await;
}

async fn add_auctions(world: &World, auctions: u32) {
    let run = |sql: String| world.tamper(Box::leak(sql.into_boxed_str()));
    run(format!(
        "INSERT INTO auction_records (auction, journey, campaign, settings_version, opened_at, closed_at, profile) \
        SELECT auction, journey, campaign, 1, at + 26000000, at + 27000000, '{{\"values\":{{}},\"derived\":[]}}' FROM crowd WHERE i <= {auctions}"
    ))
    .await;
    for place in 0..6 {
        // The first wins; the next is behind it by 1 to 9.
        run(format!(
            "INSERT INTO auction_offers (auction, place, offer, buyer, ping, wait_ms, outcome, detail, price) \
            SELECT auction, {place}, 'offer-' || CAST((i * 17 + {place}) % 13 AS TEXT) || '-' || CAST(i % 2 AS TEXT), \
            'buyer-' || CAST((i * 17 + {place}) % 13 AS TEXT), post, 100 + (i * 37 + {place} * 211) % 900, \
            CASE {place} WHEN 0 THEN 'won' WHEN 1 THEN 'outbid' WHEN 2 THEN 'no_bid' WHEN 3 THEN 'rejected' \
                WHEN 4 THEN 'timeout' ELSE 'not_awaited' END, \
            CASE {place} WHEN 3 THEN 'no agents' END, \
            CASE {place} WHEN 0 THEN price WHEN 1 THEN price - (1 + i % 9) * 1000000 END \
            FROM crowd WHERE i <= {auctions}"
        ))
        .await;
    }
}
