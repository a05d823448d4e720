//! Calls of a flow, and what the carrier, the buyers and the store tell of one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lead::JourneyId;
use sandbox::{
    CallHandle, CallRecord, Caller, InboundCall,
    buyers::{Bid, Recorded},
    medicare::{self, BUYER_NUMBERS, Name},
};
use store::{AuctionRecord, EntryKind, JourneyRow, RowFilter, Sale, SaleEntry, SaleFilter};

use crate::world::{NAMES, World, offer_id, until};

/// A call under way.
pub struct Call {
    /// At the carrier.
    pub handle: CallHandle,
    /// With us.
    pub journey: JourneyId,
}

/// What a call came to.
pub struct Told {
    /// By the carrier.
    pub record: CallRecord,
    /// Its plain row.
    pub row: JourneyRow,
    /// Its sales with their entries, the first one first.
    pub sales: Vec<(Sale, Vec<SaleEntry>)>,
    /// Its auctions, the first one first.
    pub auctions: Vec<AuctionRecord>,
    /// Its events.
    pub events: Vec<store::Recorded>,
}

impl World {
    /// The example's caller rings.
    pub fn call(&self) -> Call {
        self.call_by(medicare::caller())
    }

    /// The example's caller rings, and behaves otherwise.
    pub fn call_by(&self, caller: Caller) -> Call {
        self.call_from(Some(medicare::CALLER), caller)
    }

    /// Somebody rings.
    pub fn call_from(&self, from: Option<&str>, caller: Caller) -> Call {
        let from = from.map(str::to_owned);
        self.place(InboundCall { from, caller, ..self.medicare.call() })
    }

    /// Any call.
    pub fn place(&self, call: InboundCall) -> Call {
        let handle = self.medicare.carrier.place(call);
        let account = &self.medicare.carrier.config().account_sid;
        let journey = JourneyId::of_call(account, handle.sid());
        Call { handle, journey }
    }

    /// The example's call, to its end.
    pub async fn play(&self) -> Told {
        self.told(self.call()).await
    }

    /// A call by the example's caller who behaves otherwise, to its end.
    pub async fn play_by(&self, caller: Caller) -> Told {
        self.told(self.call_by(caller)).await
    }

    /// Waits for the end of a call, for everything that is to be kept of it, and for its posts.
    pub async fn told(&self, call: Call) -> Told {
        let record = call.handle.ended().await;
        Told { record, ..self.came(call.journey).await }
    }

    /// What is kept of a call, with its posts, once that is all; nothing of it by the emulated carrier.
    pub async fn came(&self, journey: JourneyId) -> Told {
        self.posts_settled(Some(journey)).await;
        let row = until("the call's row", async || {
            let rows = self.store().journey_rows(RowFilter::default()).await.expect("rows can be listed");
            rows.into_iter().find(|row| row.journey == journey)
        });
        let row = row.await;
        let auctions = until("the record of its auctions", async || {
            let found = self.store().auctions_of(journey).await.expect("auctions can be read");
            (row.pings == 0 || !found.is_empty()).then_some(found)
        });
        let auctions = auctions.await;
        let filter = SaleFilter { journey: Some(journey), ..SaleFilter::default() };
        let mut sales = vec![];
        for sale in self.store().sales(filter).await.expect("sales can be listed").into_iter().rev() {
            let found = self.store().sale_with_entries(sale.id).await.expect("a sale can be read");
            sales.extend(found);
        }
        let events = self.events(journey).await;
        Told { record: CallRecord::default(), row, sales, auctions, events }
    }

    /// The durable events of a journey so far.
    pub async fn events(&self, journey: JourneyId) -> Vec<store::Recorded> {
        let found = self.store().load_durable(journey).await.expect("events can be read");
        found.map(|record| record.entries).unwrap_or_default()
    }

    /// Waits for a durable event of a call that is under way.
    pub async fn heard(&self, call: &Call, event: &str) {
        until(event, async || {
            let events = self.events(call.journey).await;
            events.iter().any(|recorded| recorded.event.name() == event).then_some(())
        })
        .await;
    }
}

impl Told {
    /// Its journey's id, as text.
    pub fn journey_id(&self) -> String {
        self.row.journey.to_string()
    }

    /// The code of how it ended.
    pub fn outcome(&self) -> &str {
        &self.row.outcome
    }

    /// The last sale.
    pub fn sale(&self) -> &Sale {
        &self.sales.last().expect("there is a sale").0
    }

    /// The last sale's entries.
    pub fn entries(&self) -> Vec<(EntryKind, String)> {
        let (_, entries) = self.sales.last().expect("there is a sale");
        entries.iter().map(|entry| (entry.kind, entry.amount.to_string())).collect()
    }

    /// What became of each offer in the first auction.
    pub fn outcomes(&self) -> BTreeMap<String, String> {
        let offers = self.auctions.first().map(|auction| auction.offers.clone()).unwrap_or_default();
        offers.into_iter().map(|offer| (offer.offer.to_string(), offer.outcome)).collect()
    }

    /// What became of a buyer's offer in the first auction.
    pub fn outcome_of(&self, name: Name) -> String {
        self.outcomes().get(&offer_id(name)).cloned().unwrap_or_default()
    }

    /// What the code of a buyer's offer in the first auction does not say.
    pub fn detail_of(&self, name: Name) -> Option<String> {
        let offers = &self.auctions.first().expect("there was an auction").offers;
        offers.iter().find(|it| it.offer.as_str() == offer_id(name)).and_then(|it| it.detail.clone())
    }

    /// How long the first round took.
    pub fn round(&self) -> Duration {
        let auction = self.auctions.first().expect("there was an auction");
        auction.closed_at.since(auction.opened_at)
    }

    /// The buyers that were dialled, in their order.
    pub fn dialled(&self) -> Vec<Name> {
        let name = |to: &String| BUYER_NUMBERS.iter().position(|number| number == to).map(|n| NAMES[n]);
        self.record.dials.iter().filter_map(|dial| name(&dial.to)).collect()
    }

    /// The names of its events.
    pub fn names(&self) -> Vec<&'static str> {
        self.events.iter().map(|recorded| recorded.event.name()).collect()
    }

    /// It was sold to this buyer alone at this price.
    #[track_caller]
    pub fn sold(&self, name: Name, price: &str) {
        assert_eq!(self.outcome(), "sold", "{:?}", self.names());
        assert_eq!(self.sales.len(), 1, "one sale");
        let sale = self.sale();
        assert_eq!((sale.offer.as_str(), sale.price.to_string()), (&*offer_id(name), price.to_owned()));
        let bridged: Vec<_> =
            self.record.dials.iter().filter(|dial| dial.bridged).map(|dial| &*dial.to).collect();
        assert_eq!(bridged, [BUYER_NUMBERS[name as usize]], "connected to the buyer that bought");
    }

    /// It was not sold, and this is why.
    #[track_caller]
    pub fn unsold(&self, outcome: &str) {
        assert_eq!(self.outcome(), outcome, "{:?}", self.names());
        assert_eq!(self.sales.len(), 0, "no sale");
        assert!(self.row.sold.is_none());
    }
}

/// How many posts each buyer got.
pub fn posts(world: &World) -> [usize; 6] {
    NAMES.map(|name| world.medicare.buyer(name).posts().len())
}

/// The key of a post: the same for every try.
pub fn key(post: &Recorded) -> &str {
    let key = post.header("webhook-id").or_else(|| post.header("idempotency-key"));
    key.expect("a post has its key")
}

/// How many different keys the posts to a buyer had.
pub fn keys(world: &World, name: Name) -> usize {
    world.medicare.buyer(name).posts().iter().map(key).collect::<BTreeSet<_>>().len()
}

/// How many pings each buyer got.
pub fn pings(world: &World) -> [usize; 6] {
    NAMES.map(|name| world.medicare.buyer(name).pings().len())
}

/// A bid of a buyer's, to be dialled at its own number.
pub fn bid(name: Name, amount: &str) -> Bid {
    Bid::new(amount).at(BUYER_NUMBERS[name as usize])
}
