//! `[[offer]]`: one standing offer of a buyer.

mod endpoints;
mod filters;
mod line;
mod shape;
mod wire;

use std::{collections::BTreeSet, ops::RangeInclusive, time::Duration};

use auction::{Buyer, CallerId, Duplicate, DuplicateScope, Offer, Screening, Trigger, Vertical, ZipDigits};
use lead::{BuyerId, Channel, FieldName, Money, OfferId};

pub(super) use self::line::names_in;
use super::{caps, entity, entity::Written, field::Field, hours, keys::Section, table::Table};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// How long an offer may take to answer a ping.
const TIMEOUT: RangeInclusive<Duration> = SECOND..=Duration::from_secs(30);
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(2);
const BID_LIFE: RangeInclusive<Duration> = SECOND..=Duration::from_secs(24 * 3_600);
const BID_LIFE_DEFAULT: Duration = Duration::from_secs(60);
const PAYABLE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(4 * 3_600);
const RING: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(60);
const RING_DEFAULT: Duration = Duration::from_secs(20);
const TALK_MAX: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(4 * 3_600);
const DAYS_MAX: u16 = 3_650;

const CHANNELS: [(&str, Channel); 3] =
    [("call", Channel::Call), ("form", Channel::Form), ("callback", Channel::Callback)];
const SCOPES: [(&str, DuplicateScope); 3] = [
    ("offer", DuplicateScope::Offer),
    ("buyer", DuplicateScope::Buyer),
    ("campaign", DuplicateScope::Campaign),
];
const TRIGGERS: [(&str, Trigger); 2] = [("answered", Trigger::Answered), ("payable", Trigger::Payable)];
const CALLER_IDS: [(&str, CallerId); 2] = [("mask", CallerId::Mask), ("pass", CallerId::Pass)];
const SCREENINGS: [(&str, Screening); 2] = [("off", Screening::Off), ("press_one", Screening::PressOne)];

/// Reads one. Buyers tell the zone of hours that name none; `zone` is the business's own.
pub(super) fn read(table: &Table<'_>, n: usize, buyers: &[Written<'_, Buyer>], zone: &str) -> Offer {
    let id = entity::id(table, n, OfferId::parse);
    let buyer = buyer(table);
    let of_buyer = buyers.iter().find(|known| known.value.id == buyer);
    let zone = of_buyer.map_or(zone, |known| known.value.zone.as_str());
    Offer {
        name: entity::name(table, id.as_str()),
        active: flag(table, "active", true),
        vertical: vertical(table),
        channels: channels(table),
        endpoints: endpoints::read(table),
        timeout: wait(table, "timeout", TIMEOUT).unwrap_or(TIMEOUT_DEFAULT),
        floor: money(table, "min_bid").unwrap_or_default(),
        floor_in_ping: flag(table, "floor_in_ping", false),
        bid_max: money(table, "bid_max"),
        bid_life: wait(table, "bid_life", BID_LIFE).unwrap_or(BID_LIFE_DEFAULT),
        payable_max: wait(table, "payable_max", PAYABLE),
        payable_after: wait(table, "payable_after", PAYABLE).unwrap_or_default(),
        static_price: money(table, "static_price"),
        priority: table.field("priority").and_then(|field| field.number(-1_000..=1_000)).unwrap_or(0),
        required: required(table),
        caller_id_required: flag(table, "caller_id_required", false),
        filters: table.field("filters").map(|field| filters::read(&field)).unwrap_or_default(),
        hours: table.field("hours").and_then(|field| hours::read(&field, zone)),
        caps: caps::read(table),
        concurrency: caps::concurrency(table),
        duplicate: table.field("duplicate").and_then(|field| duplicate(&field)),
        destination: table.field("destination").and_then(|field| line::destination(&field)),
        allowed: table.field("allowed").and_then(|field| line::allowed(&field)).unwrap_or_default(),
        caller_id: word(table, "caller_id", &CALLER_IDS).unwrap_or(CallerId::Mask),
        phone_in_ping: flag(table, "phone_in_ping", false),
        zip_digits: zip_digits(table),
        confirm: table.field("confirm").and_then(|field| line::confirm(&field)),
        ring: wait(table, "ring", RING).unwrap_or(RING_DEFAULT),
        whisper: table.field("whisper").and_then(|field| line::whisper(&field)),
        screening: word(table, "screening", &SCREENINGS).unwrap_or(Screening::Off),
        talk_max: wait(table, "talk_max", TALK_MAX).unwrap_or(HOUR),
        buyer,
        id,
    }
}

/// What is sold: of an offer or a campaign.
pub(super) fn vertical(table: &Table<'_>) -> Vertical {
    let field = table.needed("vertical", "say what is sold, ex: \"medicare\"");
    let read = field.and_then(|field| {
        let mend = "write 1 to 40 letters, digits, blanks, _, - or +, ex: \"medicare\"";
        field.parsed("this is no vertical", |text| Vertical::parse(text).map_err(|_| mend))
    });
    read.unwrap_or_else(|| {
        Vertical::parse("unnamed").unwrap_or_else(|_| unreachable!("letters are a vertical"))
    })
}

fn buyer(table: &Table<'_>) -> BuyerId {
    let field = table.needed("buyer", "name the buyer by its id");
    let read = field.and_then(|field| field.parsed("this is no id", BuyerId::parse));
    read.unwrap_or_else(|| BuyerId::parse("unnamed").unwrap_or_else(|_| unreachable!("letters are a slug")))
}

fn channels(table: &Table<'_>) -> BTreeSet<Channel> {
    let Some(field) = table.field("channels") else { return [Channel::Call].into() };
    let found: BTreeSet<_> = field.list().iter().filter_map(|item| item.word(&CHANNELS)).collect();
    if found.is_empty() && !table.is_broken("channels") {
        table.problem(
            "channels",
            "the offer accepts no channel",
            "name one, ex: [\"call\"], or set active = false",
        );
    }
    found
}

fn required(table: &Table<'_>) -> BTreeSet<FieldName> {
    let items = table.field("required").map(|field| field.list()).unwrap_or_default();
    items.iter().filter_map(|item| item.parsed("this is no field name", FieldName::parse)).collect()
}

fn zip_digits(table: &Table<'_>) -> ZipDigits {
    let Some(field) = table.field("zip_digits") else { return ZipDigits::Five };
    match field.whole() {
        Some(5) => ZipDigits::Five,
        Some(3) => ZipDigits::Three,
        _ => field
            .wrong("a ping shows five or three digits of the zip", "write 5 or 3")
            .unwrap_or(ZipDigits::Five),
    }
}

fn duplicate(field: &Field<'_>) -> Option<Duplicate> {
    let table = field.table(Section::Duplicate)?;
    let days = table.needed("days", "say for how many days back the same person counts, ex: days = 30");
    Some(Duplicate {
        scope: word(&table, "scope", &SCOPES).unwrap_or(DuplicateScope::Buyer),
        trigger: word(&table, "trigger", &TRIGGERS).unwrap_or(Trigger::Answered),
        days: days.and_then(|field| field.number(1..=DAYS_MAX))?,
    })
}

fn flag(table: &Table<'_>, key: &str, otherwise: bool) -> bool {
    table.field(key).and_then(|field| field.flag()).unwrap_or(otherwise)
}

fn wait(table: &Table<'_>, key: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
    table.field(key).and_then(|field| field.wait(range))
}

fn money(table: &Table<'_>, key: &str) -> Option<Money> {
    table.field(key).and_then(|field| field.money())
}

fn word<T: Copy>(table: &Table<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
    table.field(key).and_then(|field| field.word(words))
}
