//! The caller is asked about the buyer that won, by its name, before anybody is dialled (decision 0018). A yes is kept and
//! lets that buyer have the lead; anything else goes to the next bid.

use bridge::{Question, Queue};
use ivr::{Agreement, Ask, Finish, Input, InputKind, Keys, Voice};
use lead::{FieldName, OfferId, Pii, Timestamp};

use crate::{
    BuyerConsent, CALLER_IDLE_MAX, Command, Ended, Event, NAMING_TRIES_MAX, PUSH_SEND_MAX, Push, Recording,
    Stage, Taken,
    journey::{Around, Turn},
    phase::{Asker, Call, CallerNow, Late, Phase, PushNow},
};

/// Where a question about a buyer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamingNow {
    /// A request of the caller's leg may take it.
    Ready { push: PushNow, until: Timestamp },
    /// The caller hears it, or thinks.
    Asked { step: u16, try_number: u8 },
}

impl NamingNow {
    pub(crate) fn deadline(self, heard_at: Timestamp) -> Timestamp {
        match self {
            Self::Ready { until, .. } => until,
            Self::Asked { .. } => heard_at + CALLER_IDLE_MAX,
        }
    }
}

/// The words of the question, and how it may be answered.
pub(crate) fn ask(consent: &BuyerConsent, question: &Question, try_number: u8) -> Ask {
    Ask {
        say: consent.ask(&question.ranked().terms.buyer),
        expect: InputKind::Either {
            keys: Keys { min: 1, max: 1, finish: Finish::Pause },
            voice: Voice::default(),
        },
        field: FieldName::parse("consent").unwrap_or_else(|_| FieldName::state()),
        try_number,
    }
}

impl Around<'_> {
    /// What is heard while the caller is asked about a buyer.
    pub(crate) fn naming(
        &self,
        call: &mut Call,
        question: Box<Question>,
        now: NamingNow,
        event: Event<Pii<String>>,
    ) -> Turn {
        let n = question.n();
        match (now, event) {
            (now, Event::AskPushed { n: of }) if of == n => {
                Self::ask_pushed(question, now, PushNow::Pushed { at: self.now })
            }
            (now, Event::AskPushFailed { n: of }) if of == n => {
                Self::ask_pushed(question, now, PushNow::Waiting)
            }
            (now, Event::CallerAsked { n: of, offer, by }) if of == n => {
                self.caller_asked(call, question, now, (&offer, by))
            }
            (NamingNow::Asked { step, try_number }, Event::Heard { step: at, input }) if at == step => {
                self.answered_of_buyer(call, question, try_number, &input)
            }
            (now, _) => Turn::Same(Phase::Naming { question, now }),
        }
    }

    /// The winner is one that the caller has not agreed to yet.
    pub(crate) fn name_buyer(
        &self,
        call: &mut Call,
        question: Box<Question>,
        asker: Asker,
        mut commands: Vec<Command>,
    ) -> Turn {
        commands.extend(self.record(call));
        let until = self.now + self.campaign.policy.take_max;
        let push = match asker {
            Asker::Asking => PushNow::Waiting,
            Asker::OnHold if self.is_in_the_notice(call) => PushNow::Waiting,
            Asker::OnHold => {
                let send_by = until.min(self.now + PUSH_SEND_MAX);
                commands.push(Command::PushAsk(Push { n: question.n(), send_by }));
                PushNow::Pushing { since: self.now }
            }
        };
        Turn::To(Phase::Naming { question, now: NamingNow::Ready { push, until } }, commands)
    }

    /// The caller's leg is recorded from here on, once they have heard the notice: nothing is recorded before.
    fn record(&self, call: &mut Call) -> Vec<Command> {
        let may = matches!(self.campaign.recording, Recording::On { .. }) && call.has_heard_notice;
        if !may || call.is_recorder_asked {
            return vec![];
        }
        call.is_recorder_asked = true;
        vec![Command::Record]
    }

    fn ask_pushed(question: Box<Question>, now: NamingNow, pushed: PushNow) -> Turn {
        match now {
            NamingNow::Ready { push: PushNow::Pushing { .. }, until } => {
                Turn::To(Phase::Naming { question, now: NamingNow::Ready { push: pushed, until } }, vec![])
            }
            now => Turn::Same(Phase::Naming { question, now }),
        }
    }

    /// A request takes the question, if the latch lets it: a push that came later would cut it off.
    fn caller_asked(
        &self,
        call: &mut Call,
        question: Box<Question>,
        now: NamingNow,
        (offer, by): (&OfferId, Taken),
    ) -> Turn {
        match now {
            NamingNow::Ready { push, until }
                if *offer == question.ranked().offer && self.is_open(push, by) && self.now < until =>
            {
                call.has_heard_notice |= by == Taken::Poll;
                let now = NamingNow::Asked { step: self.step, try_number: 1 };
                Turn::To(Phase::Naming { question, now }, self.record(call))
            }
            now => Turn::Same(Phase::Naming { question, now }),
        }
    }

    /// The caller answered, or was silent.
    fn answered_of_buyer(
        &self,
        call: &mut Call,
        question: Box<Question>,
        try_number: u8,
        input: &Input<Pii<String>>,
    ) -> Turn {
        let BuyerConsent::Named { version, .. } = &self.campaign.buyer_consent else {
            return self.advance(call, question.on_no(), Asker::Asking, vec![]);
        };
        match ivr::agreement(input) {
            Agreement::Yes => {
                let consent = question.consent(version, self.now, call.recorder.clone());
                let keep = Command::Keep(consent.clone());
                self.advance(call, question.on_yes(consent), Asker::Asking, vec![keep])
            }
            Agreement::Unclear if try_number < NAMING_TRIES_MAX => {
                let now = NamingNow::Asked { step: self.step, try_number: try_number + 1 };
                Turn::To(Phase::Naming { question, now }, vec![])
            }
            Agreement::No | Agreement::Unclear => self.advance(call, question.on_no(), Asker::Asking, vec![]),
        }
    }

    /// The caller's leg did not ask again in time, or nothing was heard of an answer.
    pub(crate) fn unanswered_of_buyer(&self, call: &mut Call, question: Question, now: NamingNow) -> Turn {
        match now {
            NamingNow::Ready { .. } => self.advance(call, question.on_no(), Asker::OnHold, vec![]),
            NamingNow::Asked { .. } => {
                call.caller_now = CallerNow::Gone(self.now);
                self.left_naming(question.given_up())
            }
        }
    }

    pub(crate) fn left_naming(&self, queue: Queue) -> Turn {
        let late = Late::Unsold { queue: Box::new(queue), open: None };
        self.over_with_more(Ended::Abandoned(Stage::Hold), vec![], late, vec![])
    }

    pub(crate) fn recording_began(&self, phase: Phase, call: &mut Call, reference: String) -> Turn {
        if call.recorder.is_some() || !call.is_recorder_asked {
            return Turn::Same(phase);
        }
        call.recorder = Some(reference);
        Turn::To(phase, vec![])
    }
}
