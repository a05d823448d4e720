//! A live call as it is shown and sent: nothing personal, and amounts only for who may see money.

use serde::Serialize;
use store::{LiveCall, LiveStage};
use utoipa::ToSchema;
use uuid::Uuid;

use super::round::{Answer, RoundNow};
use crate::business::Business;

/// A call that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LiveRow {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its campaign's id, where it is known.
    pub(crate) campaign: Option<String>,
    /// How it came: `call`, `form` or `callback`.
    pub(crate) channel: &'static str,
    /// It is a test: at price zero, outside caps and reports.
    pub(crate) test: bool,
    /// When it arrived.
    pub(crate) arrived_at: String,
    /// `called`, `interview`, `auction`, `hold`, `handed`, `ring` or `talk`.
    pub(crate) stage: &'static str,
    /// Since when it is there.
    pub(crate) since: String,
    /// Bids of its last auction that may win.
    pub(crate) bids: Option<u32>,
    /// Who is reserved, handed it, rung or talked to.
    pub(crate) offer: Option<String>,
    /// What that pays, if it is earned.
    #[schema(example = "91.00")]
    pub(crate) price: Option<String>,
    /// The round that runs, where this node runs it.
    pub(crate) round: Option<RoundBody>,
}

/// A round that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RoundBody {
    /// When its pings left.
    pub(crate) opened_at: String,
    /// When it closes at the latest.
    pub(crate) until: String,
    /// Every offer that is asked.
    pub(crate) offers: Vec<AskedBody>,
}

/// An offer that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AskedBody {
    /// The offer.
    pub(crate) offer: String,
    /// Its buyer.
    pub(crate) buyer: String,
    /// `awaited`, `bid` or `no_bid`.
    pub(crate) answer: &'static str,
    /// What it bid.
    pub(crate) bid: Option<String>,
}

/// How many calls stand where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Stages {
    /// All that go on; the rest counts those that are shown.
    pub(crate) all: usize,
    /// Those who asked to be called and are rung.
    pub(crate) called: usize,
    /// Those whose caller answers the script.
    pub(crate) interview: usize,
    /// Those whose buyers are asked.
    pub(crate) auction: usize,
    /// Those whose caller is on hold.
    pub(crate) hold: usize,
    /// Forms that are with their winner.
    pub(crate) handed: usize,
    /// Those whose buyer is rung.
    pub(crate) ring: usize,
    /// Those that are sold and go on.
    pub(crate) talk: usize,
}

impl LiveRow {
    pub(crate) fn of(call: &LiveCall, round: Option<&RoundNow>, business: &Business, money: bool) -> Self {
        let amount = |amount: lead::Money| money.then(|| amount.to_string());
        let campaign = call.campaign.clone().or_else(|| business.numbers.get(call.dnis.as_ref()?).cloned());
        Self {
            id: call.journey.uuid(),
            campaign: campaign.map(|id| id.to_string()),
            channel: call.channel.code(),
            test: call.test,
            arrived_at: call.arrived_at.to_string(),
            stage: call.stage.as_str(),
            since: call.since.to_string(),
            bids: call.bids,
            offer: call.with.as_ref().map(|with| with.offer.to_string()),
            price: call.with.as_ref().and_then(|with| amount(with.price)),
            round: round.filter(|_| call.stage == LiveStage::Auction).map(|round| RoundBody {
                opened_at: round.opened_at.to_string(),
                until: round.until.to_string(),
                offers: round
                    .offers
                    .iter()
                    .map(|asked| AskedBody {
                        offer: asked.offer.to_string(),
                        buyer: asked.buyer.to_string(),
                        answer: match asked.answer {
                            Answer::Awaited => "awaited",
                            Answer::Bid(_) => "bid",
                            Answer::NoBid => "no_bid",
                        },
                        bid: match asked.answer {
                            Answer::Bid(price) => amount(price),
                            Answer::Awaited | Answer::NoBid => None,
                        },
                    })
                    .collect(),
            }),
        }
    }
}

impl Stages {
    pub(crate) fn of(calls: &[LiveCall], all: usize) -> Self {
        let count = |stage: LiveStage| calls.iter().filter(|call| call.stage == stage).count();
        Self {
            all,
            called: count(LiveStage::Called),
            interview: count(LiveStage::Interview),
            auction: count(LiveStage::Auction),
            hold: count(LiveStage::Hold),
            handed: count(LiveStage::Handed),
            ring: count(LiveStage::Ring),
            talk: count(LiveStage::Talk),
        }
    }
}
