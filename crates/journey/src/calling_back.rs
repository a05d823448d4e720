//! A person who asked to be rung: we dial them, they press 1, and then it is a call like any other (domain.md 20, 21).

use bridge::permit::Rule;
use ivr::{Ask, Finish, Input, InputKind, Interview, Keys, Speech, Voice};
use lead::{AuctionId, Channel, Consent, E164, FieldName, Lead, Pii, Timestamp};

use crate::{
    Answerer, AuctionAt, CALLER_IDLE_MAX, CODE_LIFE, CODE_SENDS_MAX, Callback, Campaign, CodeRule, Command,
    Document, Ended, Event, FORBIDDEN_MAX, GATE_TRIES_MAX, HOLD_MARGIN, LEAD_RING_MARGIN, LegId, OnMachine,
    Recording, StopWhy, Submitted, Unreached,
    arriving::join,
    journey::{Around, Turn, Way},
    naming::NamingNow,
    phase::{AuctionNow, Call, Late, Origin, Phase},
};

/// A wish to be rung, until its person has pressed 1.
#[derive(Debug)]
pub(crate) struct Wish {
    lead: Lead,
    consent: Option<Consent>,
    pub(crate) phone: Option<Pii<E164>>,
    pub(crate) asked_at: Timestamp,
    /// Which dial is under way or was the last, from 1.
    n: u32,
    /// How many dials may have rung.
    tries: u32,
    /// How many were forbidden.
    forbidden: u32,
    /// Its number was asked for too often: nothing is sent to it, and it is not rung.
    is_too_often: bool,
    /// The auction that was opened when the phone began to ring, and when.
    early: Option<(AuctionNow, Timestamp)>,
    /// How many were.
    rounds: u32,
    /// Which were, as far as they are open.
    auctions: Vec<AuctionId>,
    /// Which rule the next dial waits for.
    pub(crate) held_by: Option<Rule>,
    pub(crate) now: WishNow,
}

/// Where a wish stands.
#[derive(Debug)]
pub(crate) enum WishNow {
    /// Its person is to prove that the number is theirs. `told`: what became of so many codes is known.
    Unproven { sent: u32, told: u32, until: Timestamp },
    /// Its moment has not come.
    Waiting { until: Timestamp },
    /// It is about to be dialled, or rings.
    Ringing { leg: Option<LegId>, until: Timestamp },
    /// Somebody answered, and is asked to press 1.
    Asked { leg: LegId, step: u16, try_number: u8 },
    /// It came to nothing.
    Over { ended: Ended, say: Vec<Speech> },
    /// Held only while a step is made.
    Moving,
}

/// What a step of a wish came to.
pub(crate) enum Granted {
    /// A repeat, a late or a stray event.
    Same(WishNow),
    /// It is still a wish.
    Still(WishNow, Vec<Command>),
    /// The person pressed 1: a call, from here on.
    Call(Box<Way>, Vec<Command>),
}

impl Wish {
    /// When something must be heard.
    pub(crate) fn deadline(&self, heard_at: Timestamp) -> Option<Timestamp> {
        match &self.now {
            WishNow::Unproven { until, .. } | WishNow::Waiting { until } | WishNow::Ringing { until, .. } => {
                Some(*until)
            }
            WishNow::Asked { .. } => Some(heard_at + CALLER_IDLE_MAX),
            WishNow::Over { .. } | WishNow::Moving => None,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match &self.now {
            WishNow::Unproven { .. } => "proving",
            WishNow::Waiting { .. } => "waiting",
            WishNow::Ringing { .. } => "calling_back",
            WishNow::Asked { .. } => "press_1",
            WishNow::Over { .. } => "over",
            WishNow::Moving => "moving",
        }
    }

    /// The lead's own leg, where one is known.
    pub(crate) const fn leg(&self) -> Option<&LegId> {
        match &self.now {
            WishNow::Ringing { leg, .. } => leg.as_ref(),
            WishNow::Asked { leg, .. } => Some(leg),
            WishNow::Unproven { .. } | WishNow::Waiting { .. } | WishNow::Over { .. } | WishNow::Moving => {
                None
            }
        }
    }

    /// What the lead's leg should do next.
    pub(crate) fn document(&self, campaign: &Campaign) -> Document {
        match (&self.now, &campaign.callback) {
            (WishNow::Asked { step, try_number, .. }, Some(callback)) => {
                let first = match &campaign.recording {
                    Recording::On { notice } if *try_number == 1 => notice.clone(),
                    _ => vec![],
                };
                Document::Ask { step: *step, first, ask: gate(callback, *try_number) }
            }
            (WishNow::Over { say, .. }, _) if !say.is_empty() => {
                Document::Ending { say: say.clone(), dial: None }
            }
            _ => Document::HangUp,
        }
    }

    /// What bidders are shown of it while its phone rings, if they are.
    pub(crate) fn shown_early(&self) -> Option<lead::Profile> {
        self.early.as_ref()?;
        let mut profile = self.lead.profile.clone();
        profile.derive_geography(self.phone.as_ref().and_then(lead::geo::area_code_of));
        Some(profile)
    }

    /// What bidders will be shown, as far as it is known.
    pub(crate) const fn profile(&self) -> &lead::Profile {
        &self.lead.profile
    }

    /// What the person agreed to.
    pub(crate) const fn consent(&self) -> Option<&Consent> {
        self.consent.as_ref()
    }

    /// Which dial is under way or was the last, from 1.
    pub(crate) const fn n(&self) -> u32 {
        self.n
    }

    /// How many dials may have rung.
    pub(crate) const fn tries(&self) -> u32 {
        self.tries
    }
}

/// The first words: who calls, and how to be left alone.
fn gate(callback: &Callback, try_number: u8) -> Ask {
    Ask {
        say: callback.gate.clone(),
        expect: InputKind::Either {
            keys: Keys { min: 1, max: 1, finish: Finish::Pause },
            voice: Voice::default(),
        },
        field: FieldName::parse("press_1").unwrap_or_else(|_| FieldName::state()),
        try_number,
    }
}

impl Around<'_> {
    /// A request for a callback was accepted: the person is dialled at once, or when the law allows it.
    pub(crate) fn callback_asked(&self, form: Submitted<Pii<String>>) -> Option<(Wish, Vec<Command>)> {
        let callback = self.campaign.callback.as_ref()?;
        let too_often = form.asked_too_often;
        let (lead, consent) = form.into_lead();
        let keep = consent.clone().map(Command::Keep);
        let phone = lead.identity.phone.clone();
        let now = WishNow::Moving;
        let is_too_often = too_often;
        let (asked_at, n, tries, forbidden) = (self.now, 0, 0, 0);
        let mut wish = Wish {
            lead,
            consent,
            phone,
            asked_at,
            n,
            tries,
            forbidden,
            is_too_often,
            held_by: None,
            early: None,
            rounds: 0,
            auctions: vec![],
            now,
        };
        let (now, then) = match (callback.code, too_often) {
            // Whoever asks is answered alike: nobody learns of a number by it.
            (CodeRule::Sms, _) => self.send_code(&wish, 1),
            (CodeRule::None, true) => {
                let ended = Ended::NotDialled(Rule::TooManyDials);
                (WishNow::Over { ended: ended.clone(), say: vec![] }, vec![Command::End(ended)])
            }
            (CodeRule::None, false) => self.dial_lead(&mut wish, callback),
        };
        wish.now = now;
        Some((wish, [Command::Accept].into_iter().chain(keep).chain(then).collect()))
    }

    /// An event of a wish. One `match` on (where it stands, event).
    pub(crate) fn wished(&self, wish: &mut Wish, event: Event<Pii<String>>) -> Granted {
        let now = std::mem::replace(&mut wish.now, WishNow::Moving);
        let Some(callback) = &self.campaign.callback else { return Granted::Same(now) };
        match now {
            now @ WishNow::Unproven { .. } => self.unproven(wish, callback, now, &event),
            now @ (WishNow::Ringing { .. } | WishNow::Asked { .. }) if event.is_of_an_auction() => {
                match self.early(wish, event) {
                    Some(commands) => Granted::Still(now, commands),
                    None => Granted::Same(now),
                }
            }
            now => self.rung(wish, callback, now, event),
        }
    }

    /// What is heard of the dials, and of whoever answers.
    fn rung(&self, wish: &mut Wish, callback: &Callback, now: WishNow, event: Event<Pii<String>>) -> Granted {
        match (now, event) {
            (WishNow::Waiting { until }, Event::DeadlinePassed { at })
                if until <= self.now && until <= at =>
            {
                let (now, commands) = self.dial_lead(wish, callback);
                Granted::Still(now, commands)
            }
            // One that rings is heard to its end first.
            (WishNow::Waiting { .. }, Event::CallbackCancelled) => {
                self.unreached(Ended::Cancelled, vec![], vec![])
            }
            (WishNow::Ringing { .. }, Event::LeadForbidden { n, rule, until }) if n == wish.n => {
                wish.forbidden += 1;
                wish.held_by = Some(rule);
                match until {
                    Some(until) if wish.forbidden < FORBIDDEN_MAX => {
                        Granted::Still(WishNow::Waiting { until }, vec![])
                    }
                    _ => self.unreached(Ended::NotDialled(rule), vec![], vec![]),
                }
            }
            (WishNow::Ringing { leg: None, until }, Event::LeadDialled { n, leg }) if n == wish.n => {
                let open = self.open_early(wish, callback);
                Granted::Still(WishNow::Ringing { leg: Some(leg), until }, open)
            }
            // What may have been dialled is waited for: it is not dialled twice.
            (WishNow::Ringing { leg: None, .. }, Event::LeadDialFailed { n, sure: true }) if n == wish.n => {
                self.try_again(wish, callback)
            }
            (WishNow::Ringing { leg, until }, Event::LeadAnswered { n, leg: answered, by })
                if n == wish.n =>
            {
                if leg.as_ref().is_some_and(|leg| *leg != answered) {
                    return Granted::Same(WishNow::Ringing { leg, until });
                }
                self.answered(wish, callback, answered, by)
            }
            // Later than anybody waited for it, but there they are.
            (WishNow::Waiting { .. }, Event::LeadAnswered { n, leg, by }) if n == wish.n => {
                self.answered(wish, callback, leg, by)
            }
            // Busy, not answered, or answered without a word of ours.
            (WishNow::Ringing { leg, until }, Event::LeadLegEnded { n, leg: ended, .. }) if n == wish.n => {
                if leg.as_ref().is_some_and(|leg| *leg != ended) {
                    return Granted::Same(WishNow::Ringing { leg, until });
                }
                self.try_again(wish, callback)
            }
            (WishNow::Ringing { until, .. }, Event::DeadlinePassed { at })
                if until <= self.now && until <= at =>
            {
                self.try_again(wish, callback)
            }
            (WishNow::Asked { leg, step, try_number }, Event::Heard { step: at, input }) if at == step => {
                self.gate_heard(wish, callback, (leg, try_number), &input)
            }
            (WishNow::Asked { leg, step, try_number }, Event::LeadLegEnded { n, leg: ended, .. }) => {
                if n != wish.n || leg != ended {
                    return Granted::Same(WishNow::Asked { leg, step, try_number });
                }
                // They answered and hung up: they are not rung again.
                self.unreached(Ended::NotReached(Unreached::NotConfirmed), vec![], vec![])
            }
            (now @ WishNow::Asked { .. }, Event::DeadlinePassed { at }) => {
                let deadline = self.heard_at + CALLER_IDLE_MAX;
                if deadline > self.now || deadline > at {
                    return Granted::Same(now);
                }
                self.unreached(Ended::NotReached(Unreached::NotConfirmed), vec![], vec![])
            }
            (now, _) => Granted::Same(now),
        }
    }

    /// A code is to be sent, unless its number was asked for too often. It may be entered for a while.
    fn send_code(&self, wish: &Wish, n: u32) -> (WishNow, Vec<Command>) {
        let send = (!wish.is_too_often).then_some(Command::SendCode { n });
        let until = self.now + CODE_LIFE;
        (WishNow::Unproven { sent: n, told: 0, until }, send.into_iter().collect())
    }

    /// What is heard before the number is proven: nobody is rung.
    fn unproven(
        &self,
        wish: &mut Wish,
        callback: &Callback,
        now: WishNow,
        event: &Event<Pii<String>>,
    ) -> Granted {
        let WishNow::Unproven { sent, told, until } = now else { return Granted::Same(now) };
        match event {
            Event::CodeSent { n } | Event::CodeNotSent { n } if *n == sent && told < sent => {
                Granted::Still(WishNow::Unproven { sent, told: sent, until }, vec![])
            }
            Event::CodeAskedAgain if sent < CODE_SENDS_MAX => {
                let (now, commands) = self.send_code(wish, sent + 1);
                Granted::Still(now, commands)
            }
            Event::NumberProven if !wish.is_too_often => {
                let (now, commands) = self.dial_lead(wish, callback);
                Granted::Still(now, commands)
            }
            Event::DeadlinePassed { at } if until <= self.now && until <= *at => {
                self.unreached(Ended::NotReached(Unreached::NotConfirmed), vec![], vec![])
            }
            _ => Granted::Same(WishNow::Unproven { sent, told, until }),
        }
    }

    fn dial_lead(&self, wish: &mut Wish, callback: &Callback) -> (WishNow, Vec<Command>) {
        wish.n += 1;
        wish.held_by = None;
        let until = self.now + callback.ring + LEAD_RING_MARGIN;
        (WishNow::Ringing { leg: None, until }, vec![Command::DialLead { n: wish.n }])
    }

    /// The auction opens while the phone rings, if the campaign says so and the form has said all that it needs.
    fn open_early(&self, wish: &mut Wish, callback: &Callback) -> Vec<Command> {
        let asked = self.campaign.script.questions.iter().map(|question| &question.field);
        let mut needed = asked.filter(|field| self.campaign.needed.contains(*field));
        if callback.auction != AuctionAt::Ringing
            || needed.any(|field| wish.lead.profile.value(field).is_none())
        {
            return vec![];
        }
        let n = wish.rounds;
        wish.rounds += 1;
        wish.early = Some((AuctionNow::Opening, self.now));
        vec![Command::OpenAuction { n, again: None }]
    }

    /// What is heard of the auction that runs while the phone rings. Nothing is reserved before they press 1.
    fn early(&self, wish: &mut Wish, event: Event<Pii<String>>) -> Option<Vec<Command>> {
        let (auction, since) = wish.early.take()?;
        let (auction, commands) = match (auction, event) {
            (AuctionNow::Opening, Event::AuctionOpened { auction, seed })
                if !wish.auctions.contains(&auction) =>
            {
                wish.auctions.push(auction);
                let until = since + self.campaign.rules.budget + HOLD_MARGIN;
                let run = Command::RunAuction { auction, seed, again: None, until };
                (AuctionNow::Open(auction), Some(vec![run]))
            }
            (AuctionNow::Open(id), Event::AuctionClosed { ranking }) if id == ranking.auction => {
                (AuctionNow::Closed(ranking), Some(vec![]))
            }
            (AuctionNow::Closed(mut ranking), Event::BidJoined { auction, ranked })
                if auction == ranking.auction =>
            {
                let joined = join(&mut ranking, *ranked);
                (AuctionNow::Closed(ranking), joined.then(Vec::new))
            }
            (auction, _) => (auction, None),
        };
        wish.early = Some((auction, since));
        commands
    }

    /// The early auction as a call goes on with it. One whose result did not come in its time is held anew.
    fn of_call(&self, wish: &mut Wish) -> Option<(AuctionNow, Timestamp)> {
        let (auction, since) = wish.early.take()?;
        let is_lost = match auction {
            AuctionNow::Opening | AuctionNow::Open(_) => {
                since + self.campaign.rules.budget + HOLD_MARGIN <= self.now
            }
            AuctionNow::Closed(_) | AuctionNow::RanOut => false,
        };
        (!is_lost).then_some((auction, since))
    }

    /// Nobody was reached: once more after the plan's next wait, or never.
    fn try_again(&self, wish: &mut Wish, callback: &Callback) -> Granted {
        wish.tries += 1;
        let wait = usize::try_from(wish.tries - 1).ok().and_then(|n| callback.again.get(n));
        match wait {
            Some(wait) => Granted::Still(WishNow::Waiting { until: self.now + *wait }, vec![]),
            None => self.unreached(Ended::NotReached(Unreached::NoAnswer), vec![], vec![]),
        }
    }

    fn answered(&self, wish: &mut Wish, callback: &Callback, leg: LegId, by: Answerer) -> Granted {
        match by {
            Answerer::Machine if callback.machine == OnMachine::TryAgain => self.try_again(wish, callback),
            Answerer::Machine => self.unreached(Ended::NotReached(Unreached::NoAnswer), vec![], vec![]),
            Answerer::Human | Answerer::Unknown => {
                Granted::Still(WishNow::Asked { leg, step: self.step, try_number: 1 }, vec![])
            }
        }
    }

    fn gate_heard(
        &self,
        wish: &mut Wish,
        callback: &Callback,
        (leg, try_number): (LegId, u8),
        input: &Input<Pii<String>>,
    ) -> Granted {
        match ivr::at_the_gate(input) {
            ivr::Gate::GoOn => self.granted(wish, callback, leg),
            ivr::Gate::Stop => {
                let stop = Command::Suppress { why: StopWhy::of(input) };
                self.unreached(Ended::OptedOut, callback.stopped.clone(), vec![stop])
            }
            ivr::Gate::Unclear if try_number < GATE_TRIES_MAX => {
                let now = WishNow::Asked { leg, step: self.step, try_number: try_number + 1 };
                Granted::Still(now, vec![])
            }
            ivr::Gate::Unclear => self.unreached(Ended::NotReached(Unreached::NotConfirmed), vec![], vec![]),
        }
    }

    /// The person pressed 1: what is still to be asked is asked, and the auction opens as for any call.
    fn granted(&self, wish: &mut Wish, callback: &Callback, leg: LegId) -> Granted {
        let origin = Origin::Leg { channel: Channel::Callback, ours: callback.from.clone(), leg };
        let mut call = Call::begin(origin, wish.phone.clone(), wish.asked_at);
        // It is said before they are asked to press 1.
        call.has_heard_notice = true;
        let lead = std::mem::replace(
            &mut wish.lead,
            Lead { profile: lead::Profile::new(), identity: lead::Identity::default() },
        );
        let interview = Interview::knowing(self.campaign.script.clone(), lead, wish.consent.take(), false);
        (call.rounds, call.auctions) = (wish.rounds, std::mem::take(&mut wish.auctions));
        let early = self.of_call(wish);
        match self.interviewed(&mut call, interview, early, vec![]) {
            Turn::To(phase, commands) => Granted::Call(Box::new(Way { call, phase }), commands),
            Turn::Same(_) => Granted::Same(WishNow::Moving),
        }
    }

    fn unreached(&self, ended: Ended, say: Vec<Speech>, mut commands: Vec<Command>) -> Granted {
        commands.push(Command::End(ended.clone()));
        Granted::Still(WishNow::Over { ended, say }, commands)
    }

    /// Somebody who was rung says in the interview that they want no more calls.
    pub(crate) fn said_stop(&self, phase: Phase, at: u16, input: &Input<Pii<String>>) -> Turn {
        match phase {
            Phase::Interviewing { step, .. }
            | Phase::Selling { step, .. }
            | Phase::Naming { now: NamingNow::Asked { step, .. }, .. }
                if step == at =>
            {
                let say = self.campaign.callback.as_ref().map(|callback| callback.stopped.clone());
                let stop = Command::Suppress { why: StopWhy::of(input) };
                self.over_with_more(Ended::OptedOut, say.unwrap_or_default(), Late::Nothing, vec![stop])
            }
            phase => Turn::Same(phase),
        }
    }
}
