//! What a journey says of itself to those who read it. Nothing here changes it.

use std::time::Duration;

use auction::{Hold, Named};
use bridge::permit::Rule;
use bridge::{Attempt, ConsentRule, Handover, Sold, Tried};
use lead::{Channel, Consent, E164, OfferId, Pii, Profile, Timestamp};

use crate::{
    Ended, Journey, LegId, Side,
    bridging::hold,
    calling_back::{Wish, WishNow},
    line::Line,
    naming::NamingNow,
    phase::{Late, Phase},
};

/// A buyer's leg that the carrier is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The attempt.
    pub n: u32,
    /// Which leg it is.
    pub leg: Which,
}

/// What a request of the caller's leg may take: whichever does it first, does it by an event of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// The dial of this attempt.
    Dial(u32),
    /// The question of this number, about this offer's buyer.
    Question(u32, OfferId),
}

/// A person who asked to be rung and has not pressed 1 yet.
#[derive(Debug, Clone, Copy)]
pub struct Wished<'a> {
    /// Which dial is under way or was the last, from 1.
    pub n: u32,
    /// How many dials may have rung.
    pub tries: u32,
    /// When the next one is due, where it is waited for.
    pub due_at: Option<Timestamp>,
    /// Which rule it waits for; `None`: the plan's own next try.
    pub held_by: Option<Rule>,
    /// What they agreed to.
    pub consent: Option<&'a Consent>,
    /// What their form says.
    pub profile: &'a Profile,
}

/// How a leg is told from the caller's other ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// It was heard of.
    Known(LegId),
    /// Nothing was heard of it. It was dialled since then, and is none of those that were heard of before; nor of these
    /// others, if there are any.
    Unheard {
        /// When the carrier took the dial.
        since: Timestamp,
        /// What began then or later is the campaign's own ending, which dials somebody else.
        before: Option<Timestamp>,
        /// The legs of earlier attempts.
        past: Vec<LegId>,
        /// How many earlier attempts were dialled whose leg was never heard of either.
        others: u32,
    },
}

impl Journey {
    /// How its lead came.
    pub fn channel(&self) -> Channel {
        match (self.call(), self.wish()) {
            (Some(call), _) => call.channel(),
            (None, Some(_)) => Channel::Callback,
            (None, None) => Channel::Call,
        }
    }

    /// The person who asked to be rung and has not pressed 1 yet: which dial is under way or was the last, when the next one is
    /// due, and what is known of them before it.
    pub fn wished(&self) -> Option<Wished<'_>> {
        let wish = self.wish()?;
        let due_at = match wish.now {
            WishNow::Waiting { until } => Some(until),
            _ => None,
        };
        let (consent, profile) = (wish.consent(), wish.profile());
        let held_by = wish.held_by.filter(|_| due_at.is_some());
        Some(Wished { n: wish.n(), tries: wish.tries(), due_at, held_by, consent, profile })
    }

    /// The lead that is on its way to a buyer as data: which attempt it is.
    pub fn handed_over(&self) -> Option<&Handover> {
        match self.phase()? {
            Phase::HandedOver { handover, .. } | Phase::Over { late: Late::Handed(handover), .. } => {
                Some(handover)
            }
            _ => None,
        }
    }

    /// Our number that was dialled, or that shows on the lead's phone.
    pub fn dnis(&self) -> Option<&E164> {
        match (self.call(), self.wish()) {
            (Some(call), _) => call.leg().map(|(ours, _)| ours),
            (None, Some(_)) => self.campaign().callback.as_ref().map(|callback| &callback.from),
            (None, None) => None,
        }
    }

    /// The caller's number, still in custody.
    pub fn caller(&self) -> Option<&Pii<E164>> {
        match (self.call(), self.wish()) {
            (Some(call), _) => call.caller.as_ref(),
            (None, wish) => wish.and_then(|wish| wish.phone.as_ref()),
        }
    }

    /// The caller's leg.
    pub fn caller_leg(&self) -> Option<&LegId> {
        match (self.call(), self.wish()) {
            (Some(call), _) => call.leg().map(|(_, leg)| leg),
            (None, wish) => wish.and_then(Wish::leg),
        }
    }

    /// When it arrived.
    pub fn arrived_at(&self) -> Option<Timestamp> {
        match (self.call(), self.wish()) {
            (Some(call), _) => Some(call.arrived_at),
            (None, wish) => wish.map(|wish| wish.asked_at),
        }
    }

    /// Whether the caller has hung up.
    pub fn is_caller_gone(&self) -> bool {
        self.call().is_some_and(|call| call.caller_now.is_gone())
    }

    /// Who hung up first, and when: the caller, or the buyer that had accepted (domain.md 13).
    pub fn hung_up(&self) -> Option<(Side, Timestamp)> {
        let call = self.call()?;
        match (call.caller_now.gone_at(), call.buyer_left_at) {
            (Some(gone), left) if left.is_none_or(|left| gone <= left) => Some((Side::Caller, gone)),
            (_, left) => left.map(|left| (Side::Buyer, left)),
        }
    }

    /// The carrier's reference of the recording, once there is one.
    pub fn recording(&self) -> Option<&str> {
        self.call().and_then(|call| call.recording.as_deref())
    }

    /// Buyers that its auctions leave out, since they had this caller before.
    pub fn without(&self) -> &[lead::BuyerId] {
        self.call().map_or(&[], |call| &call.without)
    }

    /// The one offer that takes part, where somebody of the business tries it.
    pub fn only(&self) -> Option<&lead::OfferId> {
        self.call().and_then(|call| call.only.as_ref())
    }

    /// How it ended, once it has.
    pub fn ended(&self) -> Option<&Ended> {
        match (self.phase(), self.wish().map(|wish| &wish.now)) {
            (Some(Phase::Over { ended, .. }), _) | (None, Some(WishNow::Over { ended, .. })) => Some(ended),
            _ => None,
        }
    }

    /// The attempt that is under way before an acceptance.
    pub fn attempt(&self) -> Option<&Attempt> {
        match self.phase()? {
            Phase::Reserving { attempt, .. }
            | Phase::Confirming { attempt, .. }
            | Phase::Ready { attempt, .. }
            | Phase::Dialling { attempt, .. }
            | Phase::Dropping { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// What a request of the caller's leg may take now.
    pub fn to_take(&self) -> Option<Take> {
        match self.phase()? {
            Phase::Ready { attempt, .. } => Some(Take::Dial(attempt.n())),
            Phase::Naming { question, now: NamingNow::Ready { .. } } => {
                Some(Take::Question(question.n(), question.ranked().offer.clone()))
            }
            _ => None,
        }
    }

    /// Whose lead an auction that opens now may become, by the person's consent.
    pub fn named(&self) -> Named {
        let consent = match self.phase() {
            Some(Phase::Interviewing { interview, .. } | Phase::Selling { interview, .. }) => {
                interview.consent()
            }
            Some(Phase::AskingAgain { queue, .. }) => queue.facts().consent.as_ref(),
            _ => None,
        };
        match (self.campaign().buyer_consent.rule(), self.channel(), consent) {
            // Who can be asked is asked about the one that wins.
            (ConsentRule::Nothing, ..) | (_, Channel::Call | Channel::Callback, _) => Named::Anybody,
            (ConsentRule::NamesBuyer, Channel::Form, Some(consent)) => Named::By(consent.clone()),
            (ConsentRule::NamesBuyer, Channel::Form, None) => Named::Nobody,
        }
    }

    /// What the bids behind the attempt would take now, one of which is next if this one cannot be reserved.
    pub fn holds_behind(&self, now: Timestamp) -> impl Iterator<Item = Hold> {
        let rest = self.attempt().map_or(&[][..], Attempt::rest);
        rest.iter().map(move |ranked| hold(now, &self.campaign().id, ranked))
    }

    /// The attempts that led to no sale, in their order.
    pub fn tried(&self) -> &[Tried] {
        match self.phase() {
            Some(Phase::AskingAgain { queue, .. } | Phase::Over { late: Late::Unsold { queue, .. }, .. }) => {
                queue.tried()
            }
            Some(Phase::Naming { question, .. }) => question.queue().tried(),
            Some(Phase::Talking { sold, .. } | Phase::Over { late: Late::Sold(sold), .. }) => sold.tried(),
            _ => match (self.attempt(), self.handed_over()) {
                (Some(attempt), _) => attempt.tried(),
                (None, Some(handover)) => handover.tried(),
                (None, None) => &[],
            },
        }
    }

    /// The sale that is booked, whatever became of it.
    pub fn sold(&self) -> Option<&Sold> {
        match self.phase()? {
            Phase::Talking { sold, .. } | Phase::Over { late: Late::Sold(sold), .. } => Some(sold),
            _ => None,
        }
    }

    /// The profile that bidders of an auction that opens now may see.
    pub fn profile_now(&self) -> Option<Profile> {
        if let Some(wish) = self.wish() {
            return wish.shown_early();
        }
        let caller = self.caller();
        match self.phase()? {
            Phase::Interviewing { interview, .. } | Phase::Selling { interview, .. } => {
                Some(interview.profile_so_far(caller))
            }
            Phase::AskingAgain { queue, .. } => Some(queue.facts().shown.clone()),
            _ => None,
        }
    }

    /// What its bidders were shown, once there was an auction whose lead is not spent in vain: for lists and reports.
    pub fn shown(&self) -> Option<&Profile> {
        match self.phase()? {
            Phase::AskingAgain { queue, .. } | Phase::Over { late: Late::Unsold { queue, .. }, .. } => {
                Some(&queue.facts().shown)
            }
            Phase::Naming { question, .. } => Some(&question.queue().facts().shown),
            Phase::Talking { sold, .. } | Phase::Over { late: Late::Sold(sold), .. } => {
                Some(&sold.facts().shown)
            }
            _ => match (self.attempt(), self.handed_over()) {
                (Some(attempt), _) => Some(&attempt.facts().shown),
                (None, handover) => Some(&handover?.facts().shown),
            },
        }
    }

    /// The buyer's leg that a deadline should look up at the carrier.
    pub fn line(&self) -> Option<Sought> {
        let call = self.call()?;
        let unheard = |since, before| Which::Unheard {
            since,
            before,
            past: call.past_legs.clone(),
            others: call.past_unheard,
        };
        let by_line = |line: &Line, before| match (line.leg(), line.unheard_since()) {
            (Some(leg), _) => Which::Known(leg.clone()),
            (None, since) => unheard(since.unwrap_or_default(), before),
        };
        let (n, leg) = match self.phase()? {
            Phase::Dialling { attempt, line } | Phase::Dropping { attempt, line, .. } => {
                (attempt.n(), by_line(line, None))
            }
            Phase::Talking { sold, talk } => {
                let leg = talk.leg.clone().map_or_else(|| unheard(talk.picked_up_at, None), Which::Known);
                (sold.n(), leg)
            }
            Phase::Over { late: Late::Unsold { open: Some(open), .. }, .. } => {
                (open.n, by_line(&open.line, open.dialled_on))
            }
            _ => return None,
        };
        Some(Sought { n, leg })
    }

    /// When the caller hung up whose dial has just ended so: when the buyer's leg did, by the carrier's count from its
    /// pick-up, or when we heard of it. What the carrier tells may be late; `now` is the latest.
    pub fn left_at(&self, now: Timestamp, n: u32, lasted: Option<Duration>) -> Timestamp {
        let (picked_up_at, ended_at) = match self.phase() {
            Some(Phase::Talking { sold, talk }) if sold.n() == n => {
                (Some(talk.picked_up_at), talk.ended_at())
            }
            Some(Phase::Dialling { attempt, line } | Phase::Dropping { attempt, line, .. })
                if attempt.n() == n =>
            {
                (line.picked_up(), line.ended_at())
            }
            _ => (None, None),
        };
        let counted = picked_up_at.zip(lasted).map(|(at, lasted)| at + lasted);
        [counted, ended_at].into_iter().flatten().fold(now, Ord::min)
    }

    /// When the buyer picked up whose acceptance is booked and whose call goes on.
    pub fn talks_since(&self) -> Option<Timestamp> {
        match self.phase()? {
            Phase::Talking { talk, .. } => Some(talk.picked_up_at),
            _ => None,
        }
    }

    /// Whether an acceptance is booked and its call goes on.
    pub fn is_talking(&self) -> bool {
        matches!(self.phase(), Some(Phase::Talking { .. }))
    }

    /// A short name of where it stands, for live views and logs.
    pub fn phase_name(&self) -> &'static str {
        match (self.phase(), self.wish()) {
            (Some(phase), _) => phase.name(),
            (None, wish) => wish.map_or("expected", Wish::name),
        }
    }
}
