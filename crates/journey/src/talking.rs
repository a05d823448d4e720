//! From the acceptance to the money, and what an ended journey still hears.

use std::time::Duration;

use bridge::{Attempt, Lost, Queue, Sold};
use ivr::Speech;
use lead::{Pii, Timestamp};

use crate::{
    CALLER_IDLE_MAX, Campaign, Command, DIAL_END_GRACE, DialResult, Document, Ended, Event, LegId,
    SETTLE_MAX, Shown, TALK_MARGIN, Verdict, Whom,
    campaign::Recording,
    journey::{Around, Turn, Way},
    phase::{Asker, Call, CallerNow, Late, Line, Phase, Talk, TalkNow},
};

impl Around<'_> {
    /// The buyer accepted: the sale, the reservation and the post are promised together. An acceptance whose time is
    /// after the caller's hang-up sells nothing (domain.md 9).
    pub(crate) fn accepted(
        &self,
        call: &Call,
        attempt: Attempt,
        picked_up_at: Timestamp,
        at: Timestamp,
    ) -> Turn {
        debug_assert!(
            !matches!(call.caller_now, CallerNow::Gone(gone) if at > gone),
            "checked by the caller"
        );
        let accepted_at = at.min(self.now);
        let talk_max = attempt.ranked().terms.talk_max;
        let (post, sold) = attempt.on_accepted(accepted_at);
        let earned = sold.is_earned(Duration::ZERO);
        let mut commands = vec![Command::Book(Box::new(post))];
        if earned {
            commands.push(self.verdict(&sold, Verdict::Earned, Some(Duration::ZERO)));
        }
        let until = self.now + talk_max + TALK_MARGIN;
        let talk = Talk { picked_up_at: picked_up_at.min(accepted_at), now: TalkNow::On, earned, until };
        Turn::To(Phase::Talking { sold: Box::new(sold), talk }, commands)
    }

    /// The acceptance was not heard, but the carrier says that they were bridged: booked late, and settled at once.
    pub(crate) fn accepted_late(
        &self,
        call: &mut Call,
        attempt: Attempt,
        line: &Line,
        lasted: Option<Duration>,
    ) -> Turn {
        let lasted = match line {
            Line::Ended { lasted: Some(by_leg), .. } => Some(*by_leg),
            _ => lasted,
        };
        let picked_up_at = line.picked_up().unwrap_or(self.now - lasted.unwrap_or_default());
        let Turn::To(Phase::Talking { sold, talk }, mut commands) =
            self.accepted(call, attempt, picked_up_at, picked_up_at)
        else {
            return Turn::Same(Phase::Moving);
        };
        match self.settle(call, sold, &talk, Some(true), lasted) {
            Turn::To(phase, more) => {
                commands.extend(more);
                Turn::To(phase, commands)
            }
            same @ Turn::Same(_) => same,
        }
    }

    /// What is heard while they talk.
    pub(crate) fn talking(
        &self,
        call: &mut Call,
        sold: Box<Sold>,
        talk: Talk,
        event: Event<Pii<String>>,
    ) -> Turn {
        let n = sold.n();
        match event {
            Event::DialEnded { n: of, bridged, lasted, .. } if of == n => {
                self.settle(call, sold, &talk, bridged, lasted)
            }
            Event::LegEnded { n: of, lasted, .. } if of == n && talk.now == TalkNow::On => {
                let (now, until) = (TalkNow::Ended { lasted, at: self.now }, self.now + DIAL_END_GRACE);
                Turn::To(Phase::Talking { sold, talk: Talk { now, until, ..talk } }, vec![])
            }
            Event::TransferAsked { to } if call.transfer.is_none() => {
                call.transfer = Some(to.clone());
                Turn::To(Phase::Talking { sold, talk }, vec![Command::Transfer { to }])
            }
            Event::TransferFailed if call.transfer.is_some() => {
                call.transfer = None;
                Turn::To(Phase::Talking { sold, talk }, vec![])
            }
            _ => Turn::Same(Phase::Talking { sold, talk }),
        }
    }

    /// The call is over, and the carrier's word decides once (domain.md 9, 13, 19).
    fn settle(
        &self,
        call: &mut Call,
        sold: Box<Sold>,
        talk: &Talk,
        bridged: Option<bool>,
        lasted: Option<Duration>,
    ) -> Turn {
        let talked = self.talked(call, &sold, talk, lasted);
        let gone = matches!(call.caller_now, CallerNow::Gone(_));
        let free = Command::FreeSeat { attempt: sold.attempt() };
        let tell = Command::Return { sale: sold.sale(), offer: sold.ranked().offer.clone() };
        if bridged == Some(false) || (gone && talked < self.campaign.bridge_min) {
            let void = self.verdict(&sold, Verdict::Abandoned, Some(Duration::ZERO));
            return self.over_with_more(Ended::WonAbandoned, vec![], Late::Nothing, vec![void, free, tell]);
        }
        let short = self.campaign.short_drop.is_some_and(|limit| talked < limit);
        if short && !gone && call.transfer.is_none() && !sold.is_earned(talked) {
            let void = self.verdict(&sold, Verdict::Dropped, Some(talked));
            let queue = sold.on_returned();
            return self.advance(call, queue.next(self.now), Asker::Asking, vec![void, free, tell]);
        }
        let (verdict, ended) = match (sold.is_earned(talked), talk.earned) {
            _ if sold.ranked().kind == auction::Kind::Repeat => (Verdict::Earned, Ended::Repeat),
            (true, false) => (Verdict::Earned, Ended::Sold),
            (true, true) => (Verdict::Paid, Ended::Sold),
            (false, _) => (Verdict::TooShort, Ended::TooShort),
        };
        let repeat_again = talk.earned && verdict == Verdict::Earned;
        let mut commands = vec![free];
        if !repeat_again {
            commands.insert(0, self.verdict(&sold, verdict, Some(talked)));
        }
        self.over_with_more(ended, vec![], Late::Nothing, commands)
    }

    /// How long they talked from the acceptance, by the carrier's count from the pick-up where it says one.
    fn talked(&self, call: &Call, sold: &Sold, talk: &Talk, lasted: Option<Duration>) -> Duration {
        let by_leg = match talk.now {
            TalkNow::Ended { lasted, .. } => lasted,
            TalkNow::On => None,
        };
        let before = sold.accepted_at().since(talk.picked_up_at);
        match (by_leg.or(lasted), call.caller_now) {
            (Some(lasted), _) => lasted.saturating_sub(before),
            (None, CallerNow::Gone(at)) => at.since(sold.accepted_at()),
            (None, CallerNow::OnTheLine) => self.now.since(sold.accepted_at()),
        }
    }

    fn verdict(&self, sold: &Sold, verdict: Verdict, talk: Option<Duration>) -> Command {
        let owed = |talk| self.publisher.as_ref().map(|(_, payout)| payout.owed(sold.ranked().price, talk));
        let at_accept = owed(Duration::ZERO).unwrap_or_default();
        let payout = match verdict {
            Verdict::Earned => owed(talk.unwrap_or_default()).unwrap_or_default(),
            // What was owed at the acceptance has its entry already.
            Verdict::Paid => owed(talk.unwrap_or_default()).unwrap_or_default() - at_accept,
            Verdict::TooShort | Verdict::Abandoned | Verdict::Dropped => lead::Money::ZERO,
        };
        Command::Settle { sale: sold.sale(), attempt: sold.attempt(), verdict, talk, payout }
    }

    /// The talk should have ended by now, and the carrier could not be asked, or said that it goes on.
    pub(crate) fn talk_ran_out(&self, call: &mut Call, sold: Box<Sold>, talk: Talk) -> Turn {
        match talk.now {
            // The dial's own ending got lost: the leg's end has to do.
            TalkNow::Ended { lasted, .. } => self.settle(call, sold, &talk, None, lasted),
            TalkNow::On if self.now.since(sold.accepted_at()) < SETTLE_MAX => {
                let free = Command::FreeSeat { attempt: sold.attempt() };
                let until = self.now + TALK_MARGIN * 10;
                Turn::To(Phase::Talking { sold, talk: Talk { until, ..talk } }, vec![free])
            }
            TalkNow::On => self.settle(call, sold, &talk, None, None),
        }
    }

    /// What an ended journey still hears: the truth about a leg whose end was never told, once (drive 8).
    pub(crate) fn over(
        &self,
        call: &mut Call,
        ended: Ended,
        say: Vec<Speech>,
        late: Late,
        event: Event<Pii<String>>,
    ) -> Turn {
        let Late::Unsold { queue, open } = late else { return Turn::Same(Phase::Over { ended, say, late }) };
        let back = |queue, open| Phase::Over {
            ended: ended.clone(),
            say: say.clone(),
            late: Late::Unsold { queue, open },
        };
        match event {
            Event::BuyerAccepted { n, at, .. } if self.was_in_time(call, at) => match queue.recall(n) {
                Ok(attempt) => self.accepted(call, attempt, at, at),
                Err(queue) => Turn::Same(back(queue, open)),
            },
            Event::BuyerPickedUp { n, at, .. } if self.was_in_time(call, at) => match queue.recall(n) {
                Ok(attempt) if attempt.pick_up_accepts() => self.accepted(call, attempt, at, at),
                Ok(attempt) => Turn::Same(back(Box::new(attempt.on_lost(Lost::Abandoned)), open)),
                Err(queue) => Turn::Same(back(queue, open)),
            },
            Event::DialEnded { n, result, bridged, lasted } => {
                self.told_late(call, (ended, say), queue, open, n, (result, bridged, lasted))
            }
            Event::LegEnded { n, .. } if open == Some(n) => {
                let free = Command::FreeSeat { attempt: lead::AttemptId::of(self.id, n) };
                Turn::To(back(queue, None), vec![free])
            }
            _ => Turn::Same(back(queue, open)),
        }
    }

    fn was_in_time(&self, call: &Call, at: Timestamp) -> bool {
        match call.caller_now {
            CallerNow::OnTheLine => true,
            CallerNow::Gone(gone) => at < gone,
        }
    }

    fn told_late(
        &self,
        call: &mut Call,
        over: (Ended, Vec<Speech>),
        queue: Box<Queue>,
        open: Option<u32>,
        n: u32,
        told: (DialResult, Option<bool>, Option<Duration>),
    ) -> Turn {
        let (result, bridged, lasted) = told;
        let (ended, say) = over;
        let free = Command::FreeSeat { attempt: lead::AttemptId::of(self.id, n) };
        match queue.recall(n) {
            Ok(attempt) => {
                let answered = result == DialResult::Completed && attempt.pick_up_accepts();
                if bridged == Some(true)
                    || (bridged.is_none() && answered && lasted.is_some_and(|l| l > self.campaign.bridge_min))
                {
                    let line = Line::Ended { picked_up: None, result, lasted, at: self.now };
                    return self.accepted_late(call, attempt, &line, lasted);
                }
                // The carrier has said how it ended, and what it says is final.
                let queue = Box::new(attempt.on_lost(Lost::NoAnswer));
                let commands = if open == Some(n) { vec![free] } else { vec![] };
                Turn::To(Phase::Over { ended, say, late: Late::Unsold { queue, open: None } }, commands)
            }
            Err(queue) => Turn::Same(Phase::Over { ended, say, late: Late::Unsold { queue, open } }),
        }
    }
}

impl Way {
    /// The phase's own deadline, and in an interview the caller's idle time.
    pub(crate) fn deadline(&self, heard_at: Timestamp, campaign: &Campaign) -> Option<Timestamp> {
        let idle = match &self.phase {
            Phase::Interviewing { .. } => Some(heard_at + CALLER_IDLE_MAX),
            Phase::Selling { interview, .. } if interview.step() == ivr::Step::Asking => {
                Some(heard_at + CALLER_IDLE_MAX)
            }
            _ => None,
        };
        idle.into_iter().chain(self.phase.deadline(campaign)).min()
    }

    /// What a leg should do next.
    pub(crate) fn document(&self, campaign: &Campaign, whom: Whom) -> Document {
        let gone = self.call.caller_now != CallerNow::OnTheLine;
        match (whom, &self.phase) {
            (Whom::Transfer, _) => {
                self.call.transfer.clone().map_or(Document::HangUp, |to| Document::Transfer { to })
            }
            (Whom::Picked(n), Phase::Dialling { attempt, .. }) if attempt.n() == n && !gone => {
                let say =
                    attempt.ranked().terms.whisper.iter().map(|text| Speech::Say(text.clone())).collect();
                Document::Whisper { n, say, screening: attempt.ranked().terms.screening }
            }
            (Whom::Answered(n), Phase::Talking { sold, .. }) if sold.n() == n && !gone => Document::Bridge,
            (Whom::Picked(_) | Whom::Answered(_), _) => Document::HangUp,
            (_, Phase::Interviewing { interview, step } | Phase::Selling { interview, step, .. }) => {
                match interview.ask() {
                    Some(ask) => Document::Ask { step: *step, first: self.notice(campaign, *step), ask },
                    None => self.hold(campaign, whom, interview.closing()),
                }
            }
            (Whom::Taker(n), Phase::Dialling { attempt, .. }) if attempt.n() == n => {
                self.dial(campaign, attempt)
            }
            (_, Phase::Over { ended, say, .. }) => self.ending(campaign, ended, say),
            _ => self.hold(campaign, whom, vec![]),
        }
    }

    fn notice(&self, campaign: &Campaign, step: u16) -> Vec<Speech> {
        match &campaign.recording {
            Recording::On { notice } if step == 1 => notice.clone(),
            _ => vec![],
        }
    }

    fn hold(&self, campaign: &Campaign, whom: Whom, closing: Vec<Speech>) -> Document {
        let first = if whom == Whom::Caller { closing } else { vec![] };
        Document::Hold { first, audio: campaign.hold_audio.clone() }
    }

    fn dial(&self, campaign: &Campaign, attempt: &Attempt) -> Document {
        let caller_id =
            attempt.caller_id().map_or_else(|| Shown::Campaign(self.call.dnis.clone()), Shown::Caller);
        let terms = &attempt.ranked().terms;
        Document::Dial {
            n: attempt.n(),
            to: attempt.ranked().destination.clone(),
            caller_id,
            ring: attempt.ring(),
            talk_max: terms.talk_max,
            whisper: !attempt.pick_up_accepts(),
            record: matches!(campaign.recording, Recording::On { .. }),
        }
    }

    fn ending(&self, campaign: &Campaign, ended: &Ended, say: &[Speech]) -> Document {
        match ended {
            Ended::Sold | Ended::TooShort | Ended::Repeat | Ended::Abandoned(_) => Document::HangUp,
            Ended::Disqualified(_) | Ended::NoInput(_) | Ended::ConsentRefused => {
                let fallback = &campaign.fallback.say;
                let say = if say.is_empty() { fallback.clone() } else { say.to_vec() };
                Document::Ending { say, dial: None }
            }
            Ended::WonAbandoned | Ended::RepeatRefused | Ended::Unsold(_) => {
                Document::Ending { say: campaign.fallback.say.clone(), dial: campaign.fallback.dial.clone() }
            }
        }
    }
}

/// A leg's name in tests and look-ups.
impl From<&str> for LegId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
