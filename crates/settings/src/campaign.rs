//! `[[campaign]]`: what a caller reaches.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc, time::Duration};

use auction::{Reserve, Rules};
use bridge::Policy;
use ivr::Speech;
use journey::{BuyerConsent, Campaign, Fallback, Recording, RepeatRule, Then};
use lead::{CampaignId, E164};

use super::{
    entity, field::Field, general::General, keys::Section, offer, script, script::speech, table::Table,
};

/// What a round may take where nothing else is said, and no offer may answer later.
pub(super) const BUDGET_DEFAULT: Duration = Duration::from_secs(5);
const BUDGET: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);
const FALLBACK_SAY: &str =
    "Thank you for calling. Nobody is free to take your call right now. Please call again later.";
/// What the caller is asked about the buyer that won.
const ASK_OF_BUYER: &str = "{buyer} can help you. Do you agree that {buyer} gets your details and talks to you now? \
    Press 1 or say yes if you agree. Press 2 if you do not.";
const VERSION_CHARS_MAX: usize = 64;
const WINDOW_DEFAULT: Duration = Duration::from_secs(86_400);
const WINDOW_MAX: Duration = Duration::from_secs(3_650 * 86_400);
const BRIDGE_MIN_DEFAULT: Duration = Duration::from_secs(1);

const RESERVES: [(&str, Reserve); 2] = [("none", Reserve::None), ("best_static", Reserve::BestStatic)];
const THENS: [(&str, Then); 3] =
    [("same_buyer", Then::SameBuyer), ("without_them", Then::WithoutThem), ("ending", Then::Ending)];

/// Reads one. What follows from the offers (`needed`, a budget that is not given) is filled in later.
pub(super) fn read(table: &Table<'_>, n: usize, general: &General) -> Campaign {
    let id = entity::id(table, n, CampaignId::parse);
    let rules = Rules {
        budget: table.field("budget").and_then(|field| field.wait(BUDGET)).unwrap_or(BUDGET_DEFAULT),
        reserve: table.field("reserve").and_then(|field| field.word(&RESERVES)).unwrap_or(Reserve::None),
        fallback_to_static: general.fallback_to_static,
        currency: general.currency.clone(),
        test: table.field("test").and_then(|field| field.flag()).unwrap_or(false),
        repeat_of: None,
    };
    Campaign {
        name: entity::name(table, id.as_str()),
        version: 0,
        vertical: offer::vertical(table),
        script: Arc::new(table.field("script").map(|field| script::read(&field)).unwrap_or_default()),
        needed: BTreeSet::new(),
        rules,
        policy: policy(table),
        hold_audio: table.field("hold_audio").map(|field| speech::read(&field)).unwrap_or_default(),
        fallback: fallback(table),
        repeat: repeat(table),
        callback: None,
        recording: table.field("recording").and_then(|field| recording(&field)).unwrap_or(Recording::Off),
        buyer_consent: table
            .field("buyer_consent")
            .and_then(|field| buyer_consent(&field))
            .unwrap_or(BuyerConsent::NotAsked),
        bridge_min: wait(table, "bridge_min", 0, 30).unwrap_or(BRIDGE_MIN_DEFAULT),
        short_drop: wait(table, "short_drop", 1, 60),
        id,
    }
}

fn policy(table: &Table<'_>) -> Policy {
    let defaults = Policy::default();
    let wait =
        |key: &str, most: u64, otherwise: Duration| self::wait(table, key, 1, most).unwrap_or(otherwise);
    // A request to the carrier may take 4.5 s, and clocks may differ by half a second.
    let margin = self::wait(table, "margin", 5, 30);
    let attempts_max = table.field("attempts_max").and_then(|field| field.number(1..=10));
    Policy {
        attempts_max: attempts_max.unwrap_or(defaults.attempts_max),
        ring_budget: wait("ring_budget", 300, defaults.ring_budget),
        setup_margin: wait("setup_margin", 60, defaults.setup_margin),
        take_max: wait("take_max", 60, defaults.take_max),
        ring_extra: self::wait(table, "ring_extra", 0, 30).unwrap_or(defaults.ring_extra),
        whisper_max: wait("whisper_max", 60, defaults.whisper_max),
        screen_max: wait("screen_max", 60, defaults.screen_max),
        margin: margin.unwrap_or(defaults.margin),
    }
}

fn fallback(table: &Table<'_>) -> Fallback {
    let inner = table.field("fallback").and_then(|field| field.table(Section::Fallback));
    let inner = inner.as_ref();
    let say = inner.and_then(|table| table.field("say")).map(|field| speech::needed(&field));
    let dial = inner.and_then(|table| table.field("dial"));
    Fallback {
        say: say.unwrap_or_else(|| vec![Speech::Say(FALLBACK_SAY.to_owned())]),
        dial: dial.and_then(|field| field.parsed("this is no number in E.164 form", E164::parse)),
    }
}

fn repeat(table: &Table<'_>) -> RepeatRule {
    let inner = table.field("repeat").and_then(|field| field.table(Section::Repeat));
    let inner = inner.as_ref();
    let window = inner.and_then(|table| table.field("window"));
    let then = inner.and_then(|table| table.field("then"));
    RepeatRule {
        window: window.and_then(|field| field.wait(Duration::ZERO..=WINDOW_MAX)).unwrap_or(WINDOW_DEFAULT),
        then: then.and_then(|field| field.word(&THENS)).unwrap_or(Then::SameBuyer),
    }
}

fn recording(field: &Field<'_>) -> Option<Recording> {
    if field.value.is_str() {
        return field
            .word_or(&[("off", ())], "{ notice = \"This call is recorded.\" }")
            .map(|()| Recording::Off);
    }
    let table = field.table(Section::Recording)?;
    let notice =
        table.needed("notice", "write what the caller hears first, ex: \"This call is recorded.\"")?;
    Some(Recording::On { notice: speech::needed(&notice) })
}

fn buyer_consent(field: &Field<'_>) -> Option<BuyerConsent> {
    if field.value.is_str() {
        return field.word_or(&[("none", ())], "{ version = \"2026-01\" }").map(|()| BuyerConsent::NotAsked);
    }
    let table = field.table(Section::BuyerConsent)?;
    let version = table.needed("version", "name this version of the question, ex: \"2026-01\"")?;
    let version = version.text()?.to_owned();
    if version.is_empty() || version.chars().nth(VERSION_CHARS_MAX).is_some() {
        let mend = format!("write 1 to {VERSION_CHARS_MAX} characters");
        table.problem("version", "this is no name of a version", mend);
        return None;
    }
    let ask = match table.field("ask") {
        None => vec![Speech::Say(ASK_OF_BUYER.to_owned())],
        Some(field) => speech::needed(&field),
    };
    let is_named = |part: &Speech| matches!(part, Speech::Say(text) if text.contains(BuyerConsent::BUYER));
    if !ask.iter().any(is_named) && !table.is_broken("ask") {
        let mend = "write {buyer} where its name is said";
        table.problem("ask", "the question does not name the buyer", mend);
        return None;
    }
    Some(BuyerConsent::Named { version, ask })
}

fn wait(table: &Table<'_>, key: &str, least: u64, most: u64) -> Option<Duration> {
    table.field(key).and_then(|field| field.wait(Duration::from_secs(least)..=Duration::from_secs(most)))
}
