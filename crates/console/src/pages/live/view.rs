//! A live call as the page shows it.

use lead::{Channel, Timestamp};
use store::{LiveCall, LiveStage};

use crate::{
    business::Business,
    live::{Answer, OfferNow, RoundNow},
    pages::{
        calls::length,
        figures::{WHOLE, counted},
    },
};

/// One call.
pub(super) struct CallView {
    pub(super) id: String,
    pub(super) campaign: String,
    /// `form` or `callback`; nothing for a call.
    pub(super) channel: &'static str,
    pub(super) test: bool,
    pub(super) arrived: String,
    pub(super) arrived_utc: String,
    pub(super) stage: &'static str,
    pub(super) class: &'static str,
    /// For how long it is at this stage, in milliseconds and in words.
    pub(super) gone_ms: u64,
    pub(super) gone: String,
    pub(super) what: String,
    pub(super) asked: Vec<AskedView>,
    pub(super) countdown: Option<Countdown>,
    pub(super) price: String,
}

/// One offer that is asked.
pub(super) struct AskedView {
    pub(super) buyer: String,
    pub(super) answer: String,
    pub(super) class: &'static str,
}

/// How long a round still waits.
pub(super) struct Countdown {
    pub(super) left_ms: u64,
    pub(super) whole_ms: u64,
    pub(super) left: String,
    pub(super) width: u64,
}

impl CallView {
    pub(super) fn of(
        call: &LiveCall,
        round: Option<&RoundNow>,
        business: &Business,
        (now, money): (Timestamp, bool),
    ) -> Self {
        let round = round.filter(|_| call.stage == LiveStage::Auction);
        let gone = now.since(call.since);
        let campaign = call.campaign.clone().or_else(|| business.numbers.get(call.dnis.as_ref()?).cloned());
        let (stage, class) = stage(call.stage);
        Self {
            id: call.journey.to_string(),
            campaign: campaign.map_or_else(|| "A campaign".to_owned(), |id| business.campaign(&id)),
            channel: if call.channel == Channel::Call { "" } else { call.channel.code() },
            test: call.test,
            arrived: business.time(call.arrived_at, "%H:%M:%S"),
            arrived_utc: call.arrived_at.to_string(),
            stage,
            class,
            gone_ms: u64::try_from(gone.as_millis()).unwrap_or_default(),
            gone: length(std::time::Duration::from_secs(gone.as_secs())),
            what: what(call, round, business),
            asked: round.map_or_else(Vec::new, |round| {
                round.offers.iter().map(|asked| AskedView::of(asked, business, money)).collect()
            }),
            countdown: round.map(|round| Countdown::of(round, now)),
            price: match &call.with {
                Some(with) if money => business.money(with.price),
                _ => String::new(),
            },
        }
    }
}

impl AskedView {
    fn of(asked: &OfferNow, business: &Business, money: bool) -> Self {
        let (answer, class) = match asked.answer {
            Answer::Awaited => ("…".to_owned(), ""),
            Answer::Bid(price) if money => (business.money(price), "won"),
            Answer::Bid(_) => ("bid".to_owned(), "won"),
            Answer::NoBid => ("no bid".to_owned(), "none"),
        };
        Self { buyer: business.names.buyer(&asked.buyer), answer, class }
    }
}

impl Countdown {
    fn of(round: &RoundNow, now: Timestamp) -> Self {
        let (left, whole) = (round.until.since(now), round.until.since(round.opened_at));
        let ms = |of: std::time::Duration| u64::try_from(of.as_millis()).unwrap_or_default();
        let (left_ms, whole_ms) = (ms(left), ms(whole).max(1));
        Self {
            left_ms,
            whole_ms,
            left: format!("{}.{} s", left_ms / 1000, left_ms % 1000 / 100),
            width: (left_ms * WHOLE / whole_ms).min(WHOLE),
        }
    }
}

const fn stage(stage: LiveStage) -> (&'static str, &'static str) {
    match stage {
        LiveStage::Called => ("Called", ""),
        LiveStage::Interview => ("Questions", ""),
        LiveStage::Auction => ("Auction", "near"),
        LiveStage::Hold => ("On hold", ""),
        LiveStage::Handed => ("Handed over", "near"),
        LiveStage::Ring => ("Rings", "near"),
        LiveStage::Talk => ("Talks", "won"),
    }
}

fn what(call: &LiveCall, round: Option<&RoundNow>, business: &Business) -> String {
    let with = call.with.as_ref().map(|with| business.names.offer(&with.offer));
    match (call.stage, round, with) {
        (LiveStage::Called, ..) => "Whoever asked to be called is rung".to_owned(),
        (LiveStage::Interview, ..) => "The caller answers the script".to_owned(),
        (LiveStage::Auction, Some(round), _) => {
            let answered = |of: fn(Answer) -> bool| round.offers.iter().filter(|it| of(it.answer)).count();
            let (bids, open) =
                (answered(|it| matches!(it, Answer::Bid(_))), answered(|it| it == Answer::Awaited));
            format!("{} asked, {}, {open} awaited", round.offers.len(), counted(bids as u64, "bid"))
        }
        (LiveStage::Auction, None, _) => "Another node asks its buyers".to_owned(),
        (LiveStage::Hold, _, Some(with)) => format!("{with} is reserved"),
        (LiveStage::Hold, _, None) => match call.bids {
            Some(bids) => format!("The auction closed with {}", counted(u64::from(bids), "bid")),
            None => "The caller waits".to_owned(),
        },
        (LiveStage::Handed, _, Some(with)) => format!("{with} has the lead; its receipt is awaited"),
        (LiveStage::Handed, _, None) => "The auction closed".to_owned(),
        (LiveStage::Ring, _, Some(with)) => format!("{with} is rung"),
        (LiveStage::Ring, _, None) => "A buyer is rung".to_owned(),
        (LiveStage::Talk, _, Some(with)) => format!("with {with}"),
        (LiveStage::Talk, _, None) => "with a buyer".to_owned(),
    }
}
