//! The calls of the demonstration: the example first, then calls that go otherwise.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use lead::JourneyId;
use sandbox::{
    Answer, Behaviour, Caller, HangUp, InboundCall, Line, Medicare,
    medicare::{self, Name},
};
use store::{JourneyRow, PostFilter, RowFilter, SaleFilter};

use super::{
    story::{Money, Story},
    world::Demo,
};

/// How long a call may take to be settled after the caller's leg has ended.
const SETTLED_MAX: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One call: who bids what, whose phone does what, and what the caller does.
pub(super) struct Script {
    /// What is different, in words.
    pub(super) title: &'static str,
    bids: Vec<(Name, Behaviour)>,
    lines: Vec<(Name, Line)>,
    caller: fn() -> Caller,
    from: &'static str,
}

impl Script {
    /// The example that must always come out right.
    pub(super) fn example() -> Self {
        Self {
            title: "the example",
            bids: vec![],
            lines: vec![],
            caller: medicare::caller,
            from: medicare::CALLER,
        }
    }

    /// The others, each with a caller of its own.
    pub(super) fn others() -> Vec<Self> {
        let talk = || Line::answers(Duration::from_secs(150));
        vec![
            Self {
                title: "Buyer C's line is busy",
                lines: vec![(Name::C, Line::busy())],
                from: "+13055550143",
                ..Self::example()
            },
            Self {
                title: "A and C are silent",
                bids: vec![(Name::A, Behaviour::Silent), (Name::C, Behaviour::Silent)],
                from: "+13055550144",
                ..Self::example()
            },
            Self {
                title: "nobody bids, so the best static price is taken",
                bids: [Name::A, Name::B, Name::C].map(|name| (name, Behaviour::NoBid204)).into(),
                from: "+13055550145",
                ..Self::example()
            },
            Self {
                title: "the caller hangs up while a phone rings",
                lines: vec![(Name::C, talk().ringing(Duration::from_secs(20)))],
                caller: || medicare::caller().hanging_up(HangUp::WhileRinging),
                from: "+13055550146",
                ..Self::example()
            },
            Self {
                title: "the caller is too young for the campaign",
                caller: || Caller::by_prompt([("zip", Answer::press("33109")), ("old", Answer::press("34"))]),
                from: "+13055550147",
                ..Self::example()
            },
            Self {
                title: "the talk is shorter than the payable seconds",
                lines: vec![(Name::C, Line::answers(Duration::from_secs(20)))],
                from: "+13055550148",
                ..Self::example()
            },
        ]
    }
}

impl Demo {
    /// Plays a call to its end, and gathers what the carrier, the buyers and the store saw.
    pub(super) async fn play(&self, script: &Script) -> anyhow::Result<Story> {
        let before = self.set(script);
        let call = InboundCall {
            from: Some(script.from.to_owned()),
            caller: (script.caller)(),
            ..self.medicare.call()
        };
        let handle = self.medicare.carrier.place(call);
        let account = self.medicare.carrier.config().account_sid.clone();
        let journey = JourneyId::of_call(&account, handle.sid());
        let record = handle.ended().await;
        let row = self.settled(|row| row.journey == journey).await?;
        let shown = record.dials.iter().map(|dial| dial.caller_id.clone()).collect();
        let story = self.gather(row, shown).await?;
        self.reset(before);
        Ok(story)
    }

    /// What the store holds of a call; `shown`: what the phones that were dialled were shown.
    pub(super) async fn gather(&self, row: JourneyRow, shown: Vec<String>) -> anyhow::Result<Story> {
        let journey = row.journey;
        let store = &self.world().store;
        let sales = store.sales(SaleFilter { journey: Some(journey), ..SaleFilter::default() }).await?;
        let entries = match sales.first() {
            Some(sale) => {
                store.sale_with_entries(sale.id).await?.map(|(_, entries)| entries).unwrap_or_default()
            }
            None => vec![],
        };
        let events = store.load_durable(journey).await?.map(|record| record.entries).unwrap_or_default();
        let auctions = store.auctions_of(journey).await?;
        let posts = store.posts(PostFilter { journey: Some(journey), ..PostFilter::default() }).await?;
        let settings = self.world().book.latest().settings.clone();
        let money = sales.into_iter().next().map(|sale| Money { sale, entries });
        Ok(Story { shown, row, money, posts, events, auctions, settings })
    }

    /// Waits for the plain row, the auction's record and, of a sold call, the post.
    pub(super) async fn settled(&self, is_it: impl Fn(&JourneyRow) -> bool) -> anyhow::Result<JourneyRow> {
        let row = tokio::time::timeout(SETTLED_MAX, self.is_settled(is_it)).await;
        row.context("waiting for a call to be settled")?
    }

    /// The calls that have ended.
    pub(super) async fn ended(&self) -> anyhow::Result<BTreeSet<JourneyId>> {
        let rows = self.world().store.journey_rows(RowFilter::default()).await?;
        Ok(rows.into_iter().map(|row| row.journey).collect())
    }

    async fn is_settled(&self, is_it: impl Fn(&JourneyRow) -> bool) -> anyhow::Result<JourneyRow> {
        let store = &self.world().store;
        loop {
            let rows = store.journey_rows(RowFilter::default()).await?;
            if let Some(row) = rows.into_iter().find(&is_it) {
                let journey = row.journey;
                let recorded = row.pings == 0 || !store.auctions_of(journey).await?.is_empty();
                let posts =
                    store.posts(PostFilter { journey: Some(journey), ..PostFilter::default() }).await?;
                if recorded && posts.iter().all(|post| post.settled_at.is_some()) {
                    return Ok(row);
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn set(&self, script: &Script) -> Vec<Name> {
        for (name, bid) in &script.bids {
            self.medicare.bids(*name, bid.clone());
        }
        for (name, line) in &script.lines {
            self.medicare.line(*name, line.clone());
        }
        script.bids.iter().map(|(name, _)| *name).collect()
    }

    /// The next call finds the buyers as they were at first.
    fn reset(&self, changed: Vec<Name>) {
        for name in changed {
            self.medicare.bids(name, Medicare::habit(name, super::world::THOUGHT));
        }
        for name in [Name::A, Name::B, Name::C] {
            self.medicare.line(name, Line::answers(Duration::from_secs(180)));
        }
    }
}
