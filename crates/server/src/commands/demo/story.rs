//! What a call came to, told in order: from what the carrier, the buyers and the store saw, and from nothing else.

use std::{sync::Arc, time::Duration};

use ::settings::Settings;
use journey::Event;
use lead::{OfferId, Pii, Timestamp};
use serde::Serialize;
use store::{AuctionOffer, AuctionRecord, EntryKind, JourneyRow, Post, PostState, Recorded, Sale, SaleEntry};

use super::world::Demo;

/// The widest bar.
const BAR_MAX: u128 = 24;

/// Everything that was seen of one call.
pub(super) struct Story {
    /// What the phones that were dialled were shown, in their order.
    pub(super) shown: Vec<String>,
    pub(super) row: JourneyRow,
    pub(super) money: Option<Money>,
    pub(super) posts: Vec<Post>,
    pub(super) events: Vec<Recorded>,
    pub(super) auctions: Vec<AuctionRecord>,
    pub(super) settings: Arc<Settings>,
}

/// A sale with its entries.
pub(super) struct Money {
    pub(super) sale: Sale,
    pub(super) entries: Vec<SaleEntry>,
}

/// The figures of the JSON line, in its order.
#[derive(Serialize)]
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

    fn name_of(&self, offer: &OfferId) -> String {
        self.settings.offer(offer).map_or_else(|| offer.to_string(), |offer| offer.name.clone())
    }

    /// Who was dialled in an attempt.
    fn dialled(&self, n: u32) -> String {
        let place = usize::try_from(n).unwrap_or(1).saturating_sub(1);
        let ranked = self.events.iter().find_map(|event| match &event.event {
            Event::AuctionClosed { ranking } => ranking.ranked.get(place).map(|ranked| ranked.offer.clone()),
            _ => None,
        });
        ranked.map_or_else(|| "a buyer".to_owned(), |offer| self.name_of(&offer))
    }
}

impl Seen {
    /// One line of JSON.
    pub(super) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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

/// What stands before the first call by SIP.
pub(super) fn opening_by_sip(demo: &Demo) -> String {
    let at = demo.world().switchboard.as_ref().map(|it| it.at().to_string()).unwrap_or_default();
    format!(
        "pingpost demo --sip: a caller and six buyers with telephones of their own, and this server between them, all on loopback.\n\
         Calls come by SIP to {at}, and speech by RTP, in real time. A talk is paid for from {} on here.\n\n",
        super::lines::PAID_FOR
    )
}

/// The whole call: its headline, then every step with its time from the arrival.
pub(super) fn tell(story: &Story) -> String {
    let mut steps: Vec<(Timestamp, String)> = Vec::new();
    for event in &story.events {
        steps.extend(step(story, &event.event).map(|text| (event.at, text)));
    }
    steps.extend(money(story));
    // What happened in one transaction keeps its order.
    steps.sort_by_key(|(at, _)| *at);
    let began = steps.first().map_or_else(Timestamp::default, |(at, _)| *at);
    let lines = steps.into_iter().map(|(at, text)| {
        let millis = at.since(began).as_millis();
        format!("  {:>3}.{:03} s  {text}\n", millis / 1_000, millis % 1_000)
    });
    format!("{}\n\n{}", headline(story), lines.collect::<String>())
}

/// One line for a call.
pub(super) fn in_short(title: &str, story: &Story) -> String {
    format!("{title:<48}  {}\n", headline(story))
}

/// The one thing that a call says first.
fn headline(story: &Story) -> String {
    let outcome = story.row.outcome.replace('_', " ");
    let Some(money) = &story.money else { return format!("Not sold: {outcome}.") };
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
        "repeat" => format!("Connected to {name} again, which had this caller before, without charge."),
        _ => format!("{name} accepted at ${}, but the sale is void: {outcome}.", money.sale.price),
    }
}

fn step(story: &Story, event: &Event<Pii<String>>) -> Option<String> {
    Some(match event {
        Event::Arrived { .. } => "a call arrives, and the IVR answers".to_owned(),
        Event::Heard { step, .. } => format!("the caller answers question {step}"),
        Event::AuctionOpened { .. } => asked(story),
        Event::AuctionReopened { .. } => "another node asks the buyers once more".to_owned(),
        Event::AuctionClosed { ranking } => {
            let record = story.auctions.iter().find(|auction| auction.auction == ranking.auction);
            format!("the auction closes:{}", record.map_or_else(String::new, |record| bids(story, record)))
        }
        Event::Reserved { n } => format!("{} is reserved against its caps and seats", story.dialled(*n)),
        Event::ReserveRefused { n, why, .. } => {
            format!("{} cannot be reserved: {}", story.dialled(*n), why.code())
        }
        Event::DialTaken { n, .. } => {
            let name = story.dialled(*n);
            let shown = story.shown.get(usize::try_from(*n).unwrap_or(1).saturating_sub(1));
            let mask = shown.is_some_and(|shown| shown == sandbox::medicare::CAMPAIGN_NUMBER);
            let shows = if mask { "the campaign's number" } else { "the caller's number" };
            format!("the caller leaves hold and {name} is dialled; its phone shows {shows}")
        }
        Event::BuyerPickedUp { n, .. } => format!("{} picks up", story.dialled(*n)),
        Event::BuyerAccepted { n, .. } => format!("{} accepts", story.dialled(*n)),
        Event::BuyerDeclined { n, .. } => format!("{} declines", story.dialled(*n)),
        Event::DialEnded { result, .. } => format!("the dial ends: {}", spaced(&format!("{result:?}"))),
        Event::CallerHungUp { .. } => "the caller hangs up".to_owned(),
        _ => return None,
    })
}

/// `NoAnswer` as `no answer`.
fn spaced(camel: &str) -> String {
    let mut text = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(c.to_lowercase());
    }
    text
}

fn asked(story: &Story) -> String {
    let Some(auction) = story.auctions.first() else { return "an auction is opened".to_owned() };
    let asked = auction.offers.iter().filter(|offer| offer.ping.is_some()).count();
    let named = |(name, value): (&lead::FieldName, &lead::Value)| {
        format!("{} {}", name.as_str().replace('_', " "), value.text())
    };
    let shown: Vec<_> = auction.profile.values().map(named).collect();
    format!("{asked} buyers are asked, and shown {}; no name, no number", shown.join(", "))
}

/// Each offer's answer as a bar to scale, with the figure beside it.
fn bids(story: &Story, auction: &AuctionRecord) -> String {
    let waited = |offer: &AuctionOffer| {
        offer.wait.unwrap_or_else(|| auction.closed_at.since(auction.opened_at)).as_millis()
    };
    let longest = auction.offers.iter().map(waited).max().unwrap_or_default().max(1);
    let line = |offer: &AuctionOffer| {
        let waited = waited(offer);
        let bar = "█".repeat(usize::try_from((waited * BAR_MAX).div_ceil(longest).max(1)).unwrap_or(1));
        let price = offer.price.map_or_else(|| "—".to_owned(), |price| format!("${price}"));
        let name = story.name_of(&offer.offer);
        format!("\n             {name:<8} {price:>7} {waited:>6} ms  {bar:<24}  {}", reason(offer))
    };
    auction.offers.iter().map(line).collect()
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

/// What was booked, what was posted, and what came of it.
fn money(story: &Story) -> Vec<(Timestamp, String)> {
    let Some(money) = &story.money else { return vec![] };
    let name = story.name_of(&money.sale.offer);
    let mut steps = Vec::new();
    for entry in &money.entries {
        let talk = entry.talk.filter(|talk| *talk > Duration::ZERO);
        let talk = talk.map_or_else(String::new, |talk| format!(" after {} s of talk", talk.as_secs()));
        let text = match entry.kind {
            EntryKind::Pending => {
                format!("the sale is booked at the bid, ${}: pending until it is payable", entry.amount)
            }
            EntryKind::Earned => format!("${} is earned{talk}", entry.amount),
            EntryKind::Void => format!("the sale is void{talk}"),
            EntryKind::Payout => format!("${} is owed to the publisher", entry.amount),
            EntryKind::Reversal => format!("${} is taken back from the publisher", entry.amount),
            EntryKind::Dispute => "the buyer refuses the lead: the sale is disputed".to_owned(),
        };
        steps.push((entry.at, text));
    }
    for post in story.posts.iter().filter(|post| post.state == PostState::Delivered) {
        let status = post.last_status.unwrap_or_default();
        let text = format!("the whole lead has gone to {name}, and to nobody else (HTTP {status})");
        steps.push((post.settled_at.unwrap_or(post.created_at), text));
    }
    steps
}
