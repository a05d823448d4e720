//! One offer: settings that contradict each other.

use auction::{CallerId, Destination, Offer};
use buyer::shaped::Shaped;
use lead::Money;

use super::super::{entity::Written, report::Spot, table::Table};

/// Checks one offer, seen alone.
pub(super) fn check(offer: &Written<'_, Offer>) {
    let (offer, table) = (&offer.value, &offer.table);
    prices(offer, table);
    destination(offer, table);
    dialect(offer, table);
    if offer.confirm.is_some_and(|confirm| confirm.phone) && offer.caller_id != CallerId::Pass {
        let what = "the confirm would carry the caller's number, which this offer's phone does not show";
        table.problem("confirm", what, "set caller_id = \"pass\", or confirm.phone = false");
    }
    if offer.confirm.is_some() && !table.has("confirm_url") && !table.has("ping_url") {
        table.problem("confirm", "the confirm has no URL", "set confirm_url or ping_url");
    }
    let asks_phone = offer
        .endpoints
        .ping
        .as_ref()
        .is_some_and(|shape| Shaped::names(shape).iter().any(|(_, name)| name == "phone"));
    if asks_phone && !offer.phone_in_ping {
        let what = "`{phone}` may only be used in the post";
        table.problem(
            "ping",
            what,
            "remove it, or set phone_in_ping = true if this buyer must know the number",
        );
    }
    if offer.phone_in_ping {
        let spot = table.spot("phone_in_ping");
        let mend = "keep it only if this buyer must know the number before it bids";
        table.report.warning(&spot, "every ping of this offer shows the caller's number", mend);
    }
    if !table.has("ping_url") && !table.has("static_price") {
        let what = "the offer is never pinged and has no static price, so it can never buy";
        table.report.problem(&table.here(), what, "set ping_url, static_price or both");
    }
    if let (Some(most), usual) = (offer.payable_max, offer.payable_after)
        && usual > most
    {
        let what = "a bid that names no payable time would be refused by the offer's own limit";
        table.problem("payable_after", what, "lower payable_after, or raise payable_max");
    }
}

fn prices(offer: &Offer, table: &Table<'_>) {
    if offer.bid_max.is_some_and(|most| offer.floor > most) && !table.is_broken("min_bid") {
        let what = "the least bid is over the highest, so no bid could ever win";
        table.problem("min_bid", what, "lower min_bid, or raise bid_max");
    }
    if offer.bid_max == Some(Money::ZERO) {
        table.problem(
            "bid_max",
            "the highest bid is 0, so no bid could ever win",
            "raise it, or leave it out",
        );
    }
    if offer.static_price == Some(Money::ZERO) {
        table.problem("static_price", "a static price of 0 never sells", "raise it, or leave it out");
    }
}

fn destination(offer: &Offer, table: &Table<'_>) {
    if table.is_broken("destination") || table.is_broken("allowed") {
        return;
    }
    match &offer.destination {
        None if offer.static_price.is_some() => {
            let what = "the static price has no destination, so it can never sell";
            table.problem("static_price", what, "set destination to where this buyer takes calls");
        }
        Some(to) if !offer.allowed.permits(to) => {
            let mend = match to {
                Destination::Phone(_) => {
                    "use a US or toll-free number, or name this one in allowed = { numbers = […] }"
                }
                Destination::Sip(_) => "name its domain in allowed = { sip_domains = […] }",
            };
            table.problem("destination", "the offer's own `allowed` does not allow this destination", mend);
        }
        _ => {}
    }
}

/// What the buyer's dialect itself refuses, so that settings which are taken can always be used.
fn dialect(offer: &Offer, table: &Table<'_>) {
    let refused = buyer::dialect::of(&offer.endpoints, &table.report.surroundings.policy);
    for error in refused.err().unwrap_or_default() {
        let (key, inner) = error.field.split_once('.').unwrap_or((&error.field, ""));
        // A missing URL is empty here, and a stand-in for a value that was reported is no news.
        if !table.has(key) || table.is_broken(key) {
            continue;
        }
        let spot = match (key, inner) {
            ("wire", place) => within(table, key, &["json", "xml"], place),
            ("auth", "api_key") => within(table, key, &[], "key"),
            (_, inner) => within(table, key, &[], inner),
        };
        table.report.problem(&spot, error.problem.to_string(), "write it as docs/reference/settings.md says");
    }
}

/// Where a key below a key of the offer stands, perhaps one table deeper.
fn within(table: &Table<'_>, key: &str, between: &[&str], inner: &str) -> Spot {
    let outer = table.field(key).and_then(|field| field.table_again());
    let deeper = outer.as_ref().and_then(|outer| {
        let found = between.iter().find_map(|name| outer.field(name));
        found.and_then(|field| field.table_again())
    });
    deeper.or(outer).filter(|_| !inner.is_empty()).map_or_else(|| table.spot(key), |found| found.spot(inner))
}
