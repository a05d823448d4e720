//! What a call came to, told in order: from what the carrier, the buyers and the store saw, and from nothing else.

use std::{fmt::Write, sync::Arc, time::Duration};

use journey::Event;
use lead::Timestamp;
use sandbox::CallRecord;
use store::{AuctionOffer, AuctionRecord, EntryKind, JourneyRow, Recorded, Sale, SaleEntry};

use super::{play::Script, world::Demo};
use crate::settings::Settings;

/// The widest bar.
const BAR_MAX: u128 = 24;

/// Everything that was seen of one call.
pub(super) struct Story {
    pub(super) record: CallRecord,
    pub(super) row: JourneyRow,
    pub(super) money: Option<Money>,
    pub(super) events: Vec<Recorded>,
    pub(super) auctions: Vec<AuctionRecord>,
    pub(super) settings: Arc<Settings>,
}

/// A sale with its entries.
pub(super) struct Money {
    pub(super) sale: Sale,
    pub(super) entries: Vec<SaleEntry>,
}

/// The figures of the JSON line.
pub(super) struct Seen {
    outcome: String,
    winner: Option<String>,
    price: Option<String>,
    static_price: Option<String>,
    pings: usize,
    bids: u32,
    posts: usize,
    pii_in_pings: usize,
}

impl Story {
    /// The figures, with what the buyers counted.
    pub(super) fn seen(&self, pings: usize, posts: usize, pii_in_pings: usize) -> Seen {
        Seen {
            outcome: self.row.outcome.clone(),
            winner: self.money.as_ref().map(|money| self.name_of(&money.sale.offer)),
            price: self.money.as_ref().map(|money| money.sale.price.to_string()),
            static_price: self.row.best_static.map(|price| price.to_string()),
            pings,
            bids: self.row.bids,
            posts,
            pii_in_pings,
        }
    }

    fn name_of(&self, offer: &lead::OfferId) -> String {
        self.settings.offer(offer).map_or_else(|| offer.to_string(), |offer| offer.name.clone())
    }

    fn since(&self, at: Timestamp) -> String {
        let began = self.events.first().map_or(at, |event| event.at);
        let millis = at.since(began).as_millis();
        format!("{:>3}.{:02} s", millis / 1_000, millis % 1_000 / 10)
    }
}

impl Seen {
    /// One line of JSON.
    pub(super) fn line(&self) -> String {
        serde_json::json!({
            "outcome": self.outcome, "winner": self.winner, "price": self.price, "static_price": self.static_price,
            "pings": self.pings, "bids": self.bids, "posts": self.posts, "pii_in_pings": self.pii_in_pings,
        })
        .to_string()
    }

    /// What is not as the example must come out.
    pub(super) fn problems(&self) -> Vec<String> {
        let is = [
            ("outcome", self.outcome.clone(), "sold"),
            ("winner", self.winner.clone().unwrap_or_default(), "Buyer C"),
            ("price", self.price.clone().unwrap_or_default(), "91.00"),
            ("static_price", self.static_price.clone().unwrap_or_default(), "45.00"),
            ("pings", self.pings.to_string(), "6"),
            ("bids", self.bids.to_string(), "3"),
            ("posts", self.posts.to_string(), "1"),
            ("pii_in_pings", self.pii_in_pings.to_string(), "0"),
        ];
        let wrong = is.into_iter().filter(|(_, is, must)| is != must);
        wrong.map(|(what, is, must)| format!("{what} is {is}, and must be {must}")).collect()
    }
}

/// What stands before the first call.
pub(super) fn opening(demo: &Demo) -> String {
    format!(
        "pingpost demo: an emulated carrier, six buyers and this server, all on loopback sockets.\n\
         The server listens on {}. Time on the line runs {} times as fast; buyers think in real time.\n\n",
        demo.app.address,
        super::world::SPEED
    )
}

/// The whole call.
pub(super) fn tell(story: &Story) -> String {
    let mut text = headline(story) + "\n\n";
    for event in &story.events {
        if let Some(line) = line_of(story, &event.event) {
            let _ = writeln!(text, "  {}  {line}", story.since(event.at));
        }
        if let Event::AuctionClosed { ranking } = &event.event
            && let Some(auction) = story.auctions.iter().find(|auction| auction.auction == ranking.auction)
        {
            text.push_str(&bids(story, auction));
        }
    }
    text.push_str(&money(story));
    text
}

/// One line for a call.
pub(super) fn in_short(script: &Script, story: &Story) -> String {
    format!("{:<52} {}\n", script.title, headline(story))
}

/// The one thing that a call says first.
fn headline(story: &Story) -> String {
    let Some(money) = &story.money else {
        return format!("Not sold: {}.", story.row.outcome.replace('_', " "));
    };
    let name = story.name_of(&money.sale.offer);
    let against = match money.sale.best_static {
        Some(best) if money.sale.price > best => {
            format!(", ${} above the static ${best}", money.sale.price - best)
        }
        Some(best) if money.sale.price == best => ", the static price".to_owned(),
        _ => String::new(),
    };
    match story.row.outcome.as_str() {
        "sold" => format!("Sold to {name} at ${}{against}.", money.sale.price),
        outcome => format!(
            "{name} accepted at ${}, but the sale is void: {}.",
            money.sale.price,
            outcome.replace('_', " ")
        ),
    }
}

fn line_of(story: &Story, event: &Event<lead::Pii<String>>) -> Option<String> {
    let dialled = |n: &u32| story.record.dials.get(usize::try_from(*n).unwrap_or(1).saturating_sub(1));
    Some(match event {
        Event::Arrived { .. } => "a call arrives from Florida, and the IVR answers".to_owned(),
        Event::Heard { step, .. } => format!("the caller answers question {step}"),
        Event::AuctionOpened { .. } => {
            let asked =
                story.auctions.iter().flat_map(|a| &a.offers).filter(|offer| offer.ping.is_some()).count();
            format!("{asked} buyers are asked, and shown {}", shown(story))
        }
        Event::AuctionClosed { .. } => "the auction closes:".to_owned(),
        Event::Reserved { n } => format!("award {n} is reserved against caps and seats"),
        Event::DialTaken { n, .. } => {
            let mask = dialled(n).is_some_and(|dial| dial.caller_id == sandbox::medicare::CAMPAIGN_NUMBER);
            let shows = if mask {
                "whose phone shows the campaign's number, not the caller's"
            } else {
                "whose phone shows the caller's number"
            };
            format!("the caller leaves hold and the buyer is dialled, {shows}")
        }
        Event::BuyerPickedUp { .. } => "the buyer picks up".to_owned(),
        Event::BuyerAccepted { .. } => "the buyer accepts".to_owned(),
        Event::DialEnded { result, .. } => format!("the dial ends ({result:?})").to_lowercase(),
        Event::CallerHungUp { .. } => "the caller hangs up".to_owned(),
        _ => return None,
    })
}

fn shown(story: &Story) -> String {
    let Some(auction) = story.auctions.first() else { return "nothing".to_owned() };
    let values = auction
        .profile
        .values()
        .map(|(name, value)| format!("{} {}", name.as_str().replace('_', " "), value.text()));
    format!("{}; no name, no number", values.collect::<Vec<_>>().join(", "))
}

/// Each offer's answer as a bar to scale, with the figure beside it.
fn bids(story: &Story, auction: &AuctionRecord) -> String {
    let longest =
        auction.offers.iter().filter_map(|offer| offer.wait).max().unwrap_or_default().as_millis().max(1);
    let mut text = String::new();
    for offer in &auction.offers {
        let waited = offer.wait.unwrap_or_else(|| auction.closed_at.since(auction.opened_at)).as_millis();
        let bar = "█".repeat(usize::try_from((waited * BAR_MAX / longest).clamp(1, BAR_MAX)).unwrap_or(1));
        let price = offer.price.map_or_else(|| "—".to_owned(), |price| format!("${price}"));
        let name = story.name_of(&offer.offer);
        let _ =
            writeln!(text, "             {name:<8} {price:>7}  {waited:>5} ms  {bar:<24}  {}", reason(offer));
    }
    text
}

fn reason(offer: &AuctionOffer) -> String {
    match (offer.outcome.as_str(), &offer.detail) {
        ("won", _) => "wins".to_owned(),
        ("outbid", Some(by)) => format!("outbid by ${by}"),
        ("no_bid", _) => "does not bid".to_owned(),
        ("rejected", Some(said)) => format!("refuses: {said}"),
        ("timeout", _) => "silent until its deadline".to_owned(),
        (code, Some(detail)) => format!("{} ({detail})", code.replace('_', " ")),
        (code, None) => code.replace('_', " "),
    }
}

/// What was booked, and who was told.
fn money(story: &Story) -> String {
    let mut text = String::new();
    let Some(money) = &story.money else { return text };
    let name = story.name_of(&money.sale.offer);
    let accepted = story.since(money.sale.accepted_at);
    let _ = writeln!(
        text,
        "\n  {accepted}  {name} accepted: ${} is booked, and the whole lead goes to {name} alone",
        money.sale.price
    );
    for entry in &money.entries {
        let talk = entry.talk.filter(|talk| *talk > Duration::ZERO);
        let talk = talk.map_or_else(String::new, |talk| format!(" after {} s of talk", talk.as_secs()));
        let what = match entry.kind {
            EntryKind::Pending => "pending",
            EntryKind::Earned => "earned",
            EntryKind::Void => "void",
            EntryKind::Payout => "payout to the publisher",
            EntryKind::Reversal => "reversed",
        };
        let _ = writeln!(text, "  {}  {what}: ${}{talk}", story.since(entry.at), entry.amount);
    }
    text
}
