//! One sentence in plain words for every outcome of the closed lists, with the figure in it and the setting behind it.
//!
//! Every `match` here is exhaustive: an outcome that is new has its sentence, or nothing compiles.

use std::{fmt, time::Duration};

use auction::{Full, Gauged, Level, Malformed, NoBid, Outcome, Unreachable};
use bridge::Lost;
use journey::{Ended, Stage, Unreached, Unsold};
use lead::{BuyerId, CampaignId, Money, OfferId};

use super::{
    Amounts,
    behind::{Behind, Cause},
};

/// Why something came out as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its code in the closed list.
    pub code: String,
    /// One sentence, without a full stop: it stands in tables.
    pub text: String,
    /// The setting behind it, or why there is none.
    pub behind: Behind,
}

/// The figures that a sentence about an offer may hold. What is not known is left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferFigures {
    /// What it bid, or its static price.
    pub price: Option<Money>,
    /// What the first of the ranking bid.
    pub best: Option<Money>,
    /// How long it took to answer.
    pub wait: Option<Duration>,
    /// How long it had.
    pub allowed: Option<Duration>,
    /// What the limit behind the outcome says, in words, ex: `40 of 40 today`.
    pub limit: Option<String>,
    /// The cap or the seats that were full, where that is known.
    pub full: Option<Full>,
    /// Its buyer, whose own limits may be the full ones.
    pub buyer: Option<BuyerId>,
    /// Why it was paused, where that is known.
    pub paused: Option<WhyPaused>,
    /// How money is written.
    pub amounts: Amounts,
}

/// Why an offer was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyPaused {
    /// Somebody switched it off.
    SwitchedOff,
    /// Its post URL answered 410.
    PostsDisabled,
}

impl WhyPaused {
    /// Its word in an auction's record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched_off",
            Self::PostsDisabled => "posts_disabled",
        }
    }

    /// That of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::SwitchedOff, Self::PostsDisabled].into_iter().find(|why| why.as_str() == word)
    }
}

/// The figures that a sentence about a call may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFigures {
    /// Who bought it, as people call it.
    pub buyer: Option<String>,
    /// By which offer.
    pub offer: Option<OfferId>,
    /// What was booked.
    pub price: Option<Money>,
    /// How long they talked.
    pub talk: Option<Duration>,
    /// From when on it is payable.
    pub payable_after: Option<Duration>,
    /// How many offers were asked.
    pub pings: u32,
    /// How many of them bid.
    pub bids: u32,
    /// How many were tried.
    pub tried: u32,
    /// How money is written.
    pub amounts: Amounts,
}

/// What became of an offer, with the figures that are known.
pub fn of_offer(offer: &OfferId, campaign: &CampaignId, outcome: &Outcome, figures: &OfferFigures) -> Reason {
    let (code, text) = (outcome.code().to_owned(), offer_text(outcome, figures));
    Reason { code, text, behind: behind_offer(offer, campaign, outcome, figures) }
}

/// Why an award could not be reserved, inside a sentence.
pub fn refused_text(outcome: &Outcome, figures: &OfferFigures) -> String {
    // Nothing is reserved for an offer whose posts are disabled; one that is switched off is not asked.
    let figures = OfferFigures { paused: Some(WhyPaused::PostsDisabled), ..figures.clone() };
    lower(&offer_text(outcome, &figures))
}

/// Why an award came to nothing.
pub fn of_attempt(offer: &OfferId, campaign: &CampaignId, lost: &Lost, figures: &OfferFigures) -> Reason {
    let money = |amount| figures.amounts.text(amount);
    let at = figures.price.map_or_else(String::new, |price| format!(" at {}", money(price)));
    let of = |key| Behind::offer(offer, key);
    let (text, behind) = match lost {
        Lost::Unreserved(outcome) => {
            let paused = OfferFigures { paused: Some(WhyPaused::PostsDisabled), ..figures.clone() };
            let reason = of_offer(offer, campaign, outcome, &paused);
            let text = format!("Would have won{at}, but {}", refused_text(outcome, figures));
            return Reason { text, ..reason };
        }
        Lost::Unconfirmed => (format!("Won{at}, and did not confirm that it takes the call"), of("confirm")),
        Lost::Expired => {
            (format!("Won{at}, but its bid ran out before its phone could ring"), of("bid_life"))
        }
        Lost::Busy => (format!("Won{at}, and its line was busy"), of("concurrency")),
        Lost::NoAnswer => (format!("Won{at}, and nobody answered{}", of_ring(figures)), of("ring")),
        Lost::Unheard => {
            (format!("Won{at}, and the carrier never said how the ringing ended"), of("destination"))
        }
        Lost::Failed => (format!("Won{at}, and the carrier could not reach its number"), of("destination")),
        Lost::Unplaced => {
            (format!("Won{at}, and the carrier never placed the call"), Behind::Cause(Cause::Carrier))
        }
        Lost::Declined => (format!("Won{at}; somebody picked up and did not accept"), of("screening")),
        Lost::Refused => (format!("Won{at}, got the lead and refused it"), of("post_url")),
        Lost::Undialled => (
            format!("Won{at}, and the caller was gone before its phone rang"),
            Behind::Cause(Cause::CallerHungUp),
        ),
        Lost::Abandoned => (format!("Won{at}, and the caller hung up while its phone rang"), of("ring")),
        Lost::Returned => (
            format!("Won{at} and accepted, but the caller was gone in the same moment: nothing is owed"),
            Behind::Cause(Cause::CallerHungUp),
        ),
    };
    Reason { code: lost.code().to_owned(), text, behind }
}

/// Why somebody who asked to be rung was not.
fn of_wish(campaign: &CampaignId, ended: &Ended) -> (String, Behind) {
    let callback = Behind::campaign(campaign, "callback");
    match ended {
        Ended::NotReached(Unreached::NotConfirmed) => {
            ("Not sold: whoever answered the call back did not press 1".to_owned(), callback)
        }
        Ended::OptedOut => {
            ("Not sold: the person wants no more calls".to_owned(), Behind::Cause(Cause::PersonsWish))
        }
        Ended::Cancelled => {
            ("Not called: the callback was cancelled".to_owned(), Behind::Cause(Cause::Cancelled))
        }
        Ended::NotDialled(rule) => {
            (format!("Not called: {}", lower(rule.sentence().trim_end_matches('.'))), callback)
        }
        _ => ("Not sold: nobody answered when they were called back".to_owned(), callback),
    }
}

/// How a call ended.
pub fn of_call(campaign: &CampaignId, ended: &Ended, figures: &CallFigures) -> Reason {
    let buyer = figures.buyer.as_deref().unwrap_or("a buyer");
    let price =
        figures.price.map(|price| format!(" for {}", figures.amounts.text(price))).unwrap_or_default();
    let of = |key| Behind::campaign(campaign, key);
    let (text, behind) = match ended {
        Ended::Sold => (format!("Sold to {buyer}{price}"), Behind::Cause(Cause::Sold)),
        Ended::TooShort => (
            too_short(buyer, figures),
            figures
                .offer
                .as_ref()
                .map_or(Behind::Cause(Cause::Sold), |it| Behind::offer(it, "payable_after")),
        ),
        Ended::WonAbandoned => (
            format!("Not sold: the caller was gone in the moment in which {buyer} accepted"),
            of("bridge_min"),
        ),
        Ended::Repeat => {
            (format!("The same caller again: connected to {buyer} without charge"), of("repeat"))
        }
        Ended::Unsold(Unsold::NobodyEligible) => {
            ("Not sold: no offer could be asked for this call".to_owned(), Behind::Cause(Cause::EachOffer))
        }
        Ended::Unsold(Unsold::NoBids) => (no_bids(figures), Behind::Cause(Cause::EachOffer)),
        Ended::Unsold(Unsold::NobodyAnswered) => (
            match figures.tried {
                0 => "Not sold: nobody who bid took the call".to_owned(),
                1 => "Not sold: the one buyer that was rung did not take the call".to_owned(),
                n => format!("Not sold: {n} buyers were tried, and none took the call"),
            },
            Behind::Cause(Cause::EachOffer),
        ),
        Ended::Unsold(Unsold::NobodyTook) => (
            match figures.tried {
                1 => "Not sold: the one buyer that got the lead refused it".to_owned(),
                n => format!("Not sold: {n} buyers got the lead, and all refused it"),
            },
            Behind::Cause(Cause::EachOffer),
        ),
        Ended::Unsold(Unsold::HandoverUnknown) => (
            "Not known: the buyer that won got the lead and never said whether it takes it".to_owned(),
            Behind::Cause(Cause::EachOffer),
        ),
        Ended::Unsold(Unsold::HoldRanOut) => {
            ("Not sold: the auction's result did not come in time".to_owned(), of("budget"))
        }
        Ended::Disqualified(field) => {
            (format!("Not for sale: the script excludes this answer to “{}”", plain(field)), of("script"))
        }
        Ended::NoInput(field) => {
            (format!("Not sold: the caller gave no answer to “{}” in all tries", plain(field)), of("script"))
        }
        Ended::ConsentRefused => ("Not sold: the caller did not consent".to_owned(), of("script")),
        Ended::RepeatRefused => {
            ("Not sold: the campaign does not take the same caller again so soon".to_owned(), of("repeat"))
        }
        Ended::NotReached(_) | Ended::OptedOut | Ended::Cancelled | Ended::NotDialled(_) => {
            of_wish(campaign, ended)
        }
        Ended::Abandoned(Stage::Interview) => {
            ("Not sold: the caller hung up during the questions".to_owned(), of("script"))
        }
        Ended::Abandoned(Stage::Hold) => ("Not sold: the caller hung up on hold".to_owned(), of("budget")),
        Ended::Abandoned(Stage::Ring) => (
            "Not sold: the caller hung up while a buyer's phone rang".to_owned(),
            Behind::Cause(Cause::CallerHungUp),
        ),
    };
    Reason { code: ended.code().to_owned(), text, behind }
}

fn too_short(buyer: &str, figures: &CallFigures) -> String {
    match (figures.talk, figures.payable_after) {
        (Some(talk), Some(after)) => format!(
            "Not earned: {} of talk with {buyer}, and it is payable from {} on",
            secs(talk),
            secs(after)
        ),
        (Some(talk), None) => format!("Not earned: {} of talk with {buyer} is too short", secs(talk)),
        (None, _) => format!("Not earned: the talk with {buyer} was too short"),
    }
}

fn no_bids(figures: &CallFigures) -> String {
    match (figures.pings, figures.bids) {
        (0, _) => "Not sold: nobody could be asked, and no static price stood".to_owned(),
        (1, 0) => "Not sold: the one offer that was asked did not bid".to_owned(),
        (pings, 0) => format!("Not sold: none of the {pings} offers that were asked bid"),
        (_, 1) => "Not sold: the one bid could not be taken".to_owned(),
        (_, bids) => format!("Not sold: none of the {bids} bids could be taken"),
    }
}

fn offer_text(outcome: &Outcome, figures: &OfferFigures) -> String {
    let money = |amount| figures.amounts.text(amount);
    let bid =
        figures.price.map_or_else(|| "Its bid".to_owned(), |price| format!("Its bid of {}", money(price)));
    let full = figures.full.as_ref().map(|full| full_text(full, &figures.amounts));
    let limit = |before: &str| {
        figures.limit.as_ref().or(full.as_ref()).map_or_else(String::new, |it| format!("{before}{it}"))
    };
    match outcome {
        Outcome::Won => {
            figures.price.map_or_else(|| "Won".to_owned(), |price| format!("Won at {}", money(price)))
        }
        Outcome::Outbid { by } => format!("Outbid by {}", money(*by)),
        Outcome::LostTie => {
            let at = figures.price.map_or_else(String::new, |price| format!(" at {}", money(price)));
            format!("Tied{at}, and stood behind by payable time, priority or the draw")
        }
        Outcome::NoBid(no_bid) => no_bid_text(no_bid, figures),
        Outcome::BadTerms => {
            format!("{bid} asks for more payable seconds than the offer allows{}", limit(": "))
        }
        Outcome::BelowFloor => format!("{bid} is below the offer's floor{}", limit(" of ")),
        Outcome::BelowReserve => format!("{bid} is below the best static price{}", limit(" of ")),
        Outcome::AboveMax => format!("{bid} is above the highest that the offer declares{}", limit(": ")),
        Outcome::Expired => format!("{bid} had no life left"),
        Outcome::DuplicateBid => format!("{bid} came under an id that the buyer had named already"),
        Outcome::BadDestination => format!("{bid} names no destination that the offer allows"),
        Outcome::Capped => format!("A cap is full{}", limit(": ")),
        Outcome::AtConcurrency => format!("All its seats were taken{}", limit(": ")),
        Outcome::OutOfHours => format!("It does not buy at this hour{}", limit(": ")),
        Outcome::Filtered(field) => format!("Its filter on “{}” does not pass{}", plain(field), limit(": ")),
        Outcome::MissingField(field) => format!("It requires “{}”, which is not known", plain(field)),
        Outcome::NotNamed => "The person's consent does not name its buyer".to_owned(),
        Outcome::DuplicateLead => format!("It, or its buyer, had this caller already{}", limit(": ")),
        Outcome::Paused => match figures.paused {
            Some(WhyPaused::SwitchedOff) => "It was switched off".to_owned(),
            Some(WhyPaused::PostsDisabled) => "Its posts are disabled: its post URL answered 410".to_owned(),
            None => "It is switched off, or its posts are disabled".to_owned(),
        },
        Outcome::Throttled => format!("Left out of this round: it has not answered lately{}", limit(": ")),
        Outcome::NotAwaited => format!("Not waited for: it could not have won{}", limit(": ")),
    }
}

/// How full a limit is, ex: `40 of 40 answered calls of that day, over all offers of its buyer`.
fn full_text(full: &Full, amounts: &Amounts) -> String {
    let (what, figure): (_, &dyn Fn(i64) -> String) = match full.of.counts() {
        "money" => ("", &|micros| amounts.text(Money::from_micros(micros))),
        "attempts" => (" awards", &|n| n.to_string()),
        "concurrency" => (" calls at once", &|n| n.to_string()),
        "payable" => (" payable calls", &|n| n.to_string()),
        _ => (" answered calls", &|n| n.to_string()),
    };
    let period = match full.of.period() {
        None => String::new(),
        Some("total") => " in all".to_owned(),
        Some(period) => format!(" of that {period}"),
    };
    let whose = if full.level == Level::Buyer { ", over all offers of its buyer" } else { "" };
    format!("{} of {}{what}{period}{whose}", figure(full.used), figure(full.max))
}

fn no_bid_text(no_bid: &NoBid, figures: &OfferFigures) -> String {
    let took = figures.wait.map_or_else(String::new, |wait| format!(" after {}", millis(wait)));
    let said = |text: &str| figures.amounts.said(text);
    let had = figures.allowed.map_or_else(String::new, |had| format!(" in the {} that it had", millis(had)));
    match no_bid {
        NoBid::Declined => "It did not bid".to_owned(),
        NoBid::Rejected { code: Some(code), text: Some(text), .. } => {
            format!("It refused: {} (code {})", said(text), said(code))
        }
        NoBid::Rejected { code: Some(code), text: None, .. } => {
            format!("It refused with code {}", said(code))
        }
        NoBid::Rejected { code: None, text: Some(text), .. } => format!("It refused: {}", said(text)),
        NoBid::Rejected { code: None, text: None, .. } => "It refused, and did not say why".to_owned(),
        NoBid::Timeout => format!("Silent: nothing came{had}"),
        NoBid::Late => format!("Too late: it answered{took}"),
        NoBid::Unreachable(why) => format!("Not reached: {}", unreachable_text(*why)),
        NoBid::BadStatus(status) => format!("It answered HTTP {status}, which is no answer"),
        NoBid::Malformed(why) => format!("Its reply could not be read: {}", malformed_text(*why)),
        NoBid::TooLarge => "Its reply was larger than 64 KiB".to_owned(),
    }
}

const fn unreachable_text(why: Unreachable) -> &'static str {
    match why {
        Unreachable::Refused => "the connection was refused",
        Unreachable::Dns => "its name could not be looked up",
        Unreachable::PrivateAddress => "its name leads to an address that is not public",
        Unreachable::Tls => "there was no connection that could be trusted (TLS)",
        Unreachable::ConnectTimeout => "there was no connection in time",
        Unreachable::Broken => "the connection broke before the whole answer was there",
        Unreachable::RedirectNotAllowed => "it redirected, and no redirect is followed",
    }
}

const fn malformed_text(why: Malformed) -> &'static str {
    match why {
        Malformed::Utf8 => "it is no UTF-8",
        Malformed::Syntax => "it is neither JSON nor XML, or something stands behind it",
        Malformed::DuplicateField => "a field stands twice in it",
        Malformed::Depth => "it is nested deeper than 32",
        Malformed::Dtd => "it declares an XML document type",
        Malformed::Shape => "it is no object",
        Malformed::Encoding => "it cannot be decompressed",
        Malformed::NoPrice => "it holds neither a price nor a refusal",
        Malformed::Price => "its price is no amount",
        Malformed::Accepted => "it says neither yes nor no",
        Malformed::Currency => "it is in another currency",
        Malformed::PingId => "it names another ping",
        Malformed::BidId => "its bid id is not 1 to 256 printable characters",
        Malformed::Expiry => "its expiry is no time",
        Malformed::PayableAfter => "its payable seconds are no number",
        Malformed::Reason => "its reason is of a wrong type",
    }
}

fn behind_offer(offer: &OfferId, campaign: &CampaignId, outcome: &Outcome, figures: &OfferFigures) -> Behind {
    let of = |key| Behind::offer(offer, key);
    match outcome {
        Outcome::Won => Behind::Cause(Cause::Sold),
        Outcome::Outbid { .. } => Behind::Cause(Cause::HigherBid),
        Outcome::DuplicateBid | Outcome::NoBid(NoBid::Declined | NoBid::Rejected { .. }) => {
            Behind::Cause(Cause::BuyersWord)
        }
        Outcome::LostTie => of("priority"),
        Outcome::NoBid(NoBid::Timeout | NoBid::Late) => of("timeout"),
        Outcome::NoBid(NoBid::Unreachable(_) | NoBid::BadStatus(_)) | Outcome::Throttled => of("ping_url"),
        Outcome::NoBid(NoBid::Malformed(_) | NoBid::TooLarge) => of("wire"),
        Outcome::BadTerms => of("payable_max"),
        Outcome::BelowFloor => of("min_bid"),
        Outcome::BelowReserve => Behind::campaign(campaign, "reserve"),
        Outcome::AboveMax | Outcome::NotAwaited => of("bid_max"),
        Outcome::Expired => of("bid_life"),
        Outcome::BadDestination => of("allowed"),
        Outcome::Capped => limit_of(offer, figures, "caps"),
        Outcome::AtConcurrency => limit_of(offer, figures, "concurrency"),
        Outcome::OutOfHours => of("hours"),
        Outcome::Filtered(field) => of("filters").entry(field),
        // The number is no field of a profile: it is missing where the offer wants to see one.
        Outcome::MissingField(field) if field.as_str() == "phone" => of("caller_id_required"),
        Outcome::MissingField(field) => of("required").entry(field),
        Outcome::NotNamed => Behind::campaign(campaign, "buyer_consent"),
        Outcome::DuplicateLead => of("duplicate"),
        Outcome::Paused => match figures.paused {
            Some(WhyPaused::PostsDisabled) => of("post_url"),
            Some(WhyPaused::SwitchedOff) | None => of("active"),
        },
    }
}

/// A limit of the offer's own, or of its buyer where that one was full.
fn limit_of(offer: &OfferId, figures: &OfferFigures, key: &'static str) -> Behind {
    let level = figures.full.filter(|full| (full.of == Gauged::Seats) == (key == "concurrency"));
    match (level.map(|full| full.level), &figures.buyer) {
        (Some(Level::Buyer), Some(buyer)) => Behind::buyer(buyer, key),
        _ => Behind::offer(offer, key),
    }
}

fn of_ring(figures: &OfferFigures) -> String {
    figures.allowed.map_or_else(String::new, |ring| format!(" in {}", secs(ring)))
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn plain(name: &impl fmt::Display) -> String {
    name.to_string().replace('_', " ")
}

fn secs(of: Duration) -> String {
    match (of.as_secs() / 60, of.as_secs() % 60) {
        (0, secs) => format!("{secs} s"),
        (mins, 0) => format!("{mins} min"),
        (mins, secs) => format!("{mins} min {secs} s"),
    }
}

/// Whole milliseconds, with a comma between thousands.
fn millis(of: Duration) -> String {
    let ms = of.as_millis();
    if ms < 1000 { format!("{ms} ms") } else { format!("{},{:03} ms", ms / 1000, ms % 1000) }
}
