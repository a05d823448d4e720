//! A buyer's leg: rung, asked to accept where the offer says so, and joined to the caller when the sale is booked.

use std::time::Duration;

use auction::{Destination, Screening};
use ivr::Speech;
use journey::{DialResult, Document, Event, LegId, Shown, Taken, Whom};
use sip::leg::{Cause, End, Leg, Playlist, Side, Told, Wanted};

use super::{
    Wake,
    account::{self, Over},
    caller::{Call, Then},
    dialling,
    speech::Said,
    telling::{promise, tell},
};
use crate::folded::Folded;

/// How long a buyer's agent may look for the key.
const ACCEPT_WAIT: Duration = Duration::from_secs(6);
/// How long a phone rings that is dialled without a sale.
const UNSOLD_RING: Duration = Duration::from_secs(30);
/// What a buyer hears who must press a key and would hear nothing else.
const PRESS_ONE: &str = "You have a call. Press 1 to take it.";

/// How far a buyer's leg is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Ringing,
    /// Asked to accept, by a key or by hearing to the end.
    Asked(Screening),
    /// Joined to the caller.
    Joined,
    /// It is told to end.
    Ending,
}

/// An attempt's leg.
struct Dialled<'a> {
    n: u32,
    id: &'a LegId,
    leg: &'a Leg,
    whisper: bool,
    /// Whether their talk is recorded.
    record: bool,
    talk_max: Duration,
}

impl Call<'_> {
    /// Dials a buyer, and goes on when that is over.
    pub(super) async fn buyer(
        &mut self,
        n: u32,
        (to, shown): (&Destination, &Shown),
        (ring, talk_max): (Duration, Duration),
        (whisper, record): (bool, bool),
    ) -> Then {
        self.is_dialling(Some(n));
        self.leg.play(self.switchboard.speaker.ringing());
        let leg = self.dialled(to, shown, ring).await;
        let (end, joined, moved) = match leg {
            Some((mut leg, trunk)) => {
                let id = LegId(format!("{}{}", self.switchboard.mark, leg.id()));
                let came = self.with(&mut leg, &id, n, (whisper, record), talk_max).await;
                let trunk_name = trunk.map(|trunk| self.switchboard.trunks.name(trunk));
                let (attempt, end) = (Some(n), came.0);
                account::keep(
                    self.world,
                    &Over { journey: self.journey, id: &id, attempt, trunk: trunk_name, leg: &leg, end },
                );
                self.note(trunk, came.0);
                let (result, lasted) = result_of(came.0);
                let ended = Event::LegEnded { n, leg: id, result, lasted };
                tell(self.world, self.journey, &format!("leg_ended:{n}"), ended).await;
                came
            }
            None => (End { cause: Cause::Failed, side: Side::Ours, lasted: None }, false, false),
        };
        let (result, lasted) = result_of(end);
        let event = Event::DialEnded { n, result, bridged: Some(joined), lasted };
        tell(self.world, self.journey, &format!("dialed:{n}"), event).await;
        self.is_dialling(None);
        match (self.gone, moved) {
            (Some(_), _) => Ok(None),
            (None, true) => self.next(Whom::Transfer, Taken::Next).await.map(Some),
            (None, false) => self.next(Whom::Caller, Taken::Next).await.map(Some),
        }
    }

    /// Notes what a trunk did not do for us.
    fn note(&self, trunk: Option<usize>, end: End) {
        let why = match (trunk, end.side, end.lasted, end.cause) {
            (Some(_), Side::Theirs, None, Cause::Refused(status)) => {
                format!("it refused a call with {status}")
            }
            (Some(_), Side::Theirs, None, Cause::Failed) => "a call could not be made".to_owned(),
            (Some(_), Side::Theirs, None, Cause::NoCodec) => "no codec in common".to_owned(),
            _ => return,
        };
        if let Some(trunk) = trunk {
            self.switchboard.trunks.failed(trunk, self.world.clock.now(), why);
        }
    }

    async fn dialled(&self, to: &Destination, shown: &Shown, ring: Duration) -> Option<(Leg, Option<usize>)> {
        let wanted = dialling::Wanted {
            trunk: self.switchboard.lock().get(&self.journey).and_then(|held| held.trunk),
            to,
            shown,
            dnis: &self.dnis,
            ring,
            hops: self.hops,
        };
        let Some((dial, trunk)) = self.switchboard.trunks.dial(&wanted) else {
            tracing::error!(journey.id = %self.journey, "no trunk takes this call: set proxy of one, and no address with TLS");
            return None;
        };
        match self.switchboard.agent.dial(dial).await {
            Ok(leg) => Some((leg, trunk)),
            Err(error) => {
                tracing::error!(journey.id = %self.journey, error = %crate::chain_of(&error), "a call could not be made");
                None
            }
        }
    }

    fn is_dialling(&self, n: Option<u32>) {
        if let Some(held) = self.switchboard.lock().get_mut(&self.journey) {
            held.dialled = n;
        }
    }

    /// To the end of a buyer's leg: how it ended, whether the two were joined, whether the caller is moved elsewhere.
    async fn with(
        &mut self,
        leg: &mut Leg,
        id: &LegId,
        n: u32,
        (whisper, record): (bool, bool),
        talk_max: Duration,
    ) -> (End, bool, bool) {
        tell(self.world, self.journey, &format!("rang:{n}"), Event::BuyerRang { n, leg: id.clone() }).await;
        let (mut stage, mut joined, mut moved) = (Stage::Ringing, false, false);
        let end = loop {
            tokio::select! {
                told = self.leg.told(), if self.gone.is_none() => {
                    if matches!(told, Some(Told::Ended(_)) | None) {
                        self.left(told.as_ref());
                        leg.hang_up();
                        stage = Stage::Ending;
                        let at = self.world.clock.now();
                        tell(self.world, self.journey, "gone", Event::CallerHungUp { at }).await;
                    }
                }
                told = leg.told() => {
                    let dialled = Dialled { n, id, leg, whisper, record, talk_max };
                    stage = match (told, stage) {
                        (Some(Told::Acked), Stage::Ringing) => self.picked_up(&dialled).await,
                        (Some(Told::Said), Stage::Asked(Screening::Off)) => self.accepted(&dialled).await,
                        (Some(Told::Pressed(keys)), Stage::Asked(Screening::PressOne)) if keys.0 == "1" => {
                            self.accepted(&dialled).await
                        }
                        (Some(Told::Pressed(_)), Stage::Asked(Screening::PressOne)) => {
                            self.declined(&dialled).await
                        }
                        (Some(Told::Ended(end)), _) => break end,
                        (None, _) => break End { cause: Cause::Failed, side: Side::Ours, lasted: None },
                        (Some(_), stage) => stage,
                    };
                    joined |= stage == Stage::Joined;
                }
                Some(wake) = self.woken.recv() => match wake {
                    Wake::Drop(of) if of == n => {
                        leg.hang_up();
                        stage = Stage::Ending;
                    }
                    // The buyer's leg follows the caller's.
                    Wake::Stop => self.leg.hang_up(),
                    Wake::Transfer => {
                        moved = true;
                        leg.hang_up();
                        stage = Stage::Ending;
                    }
                    Wake::Look if !self.goes_on(n).await => {
                        leg.hang_up();
                        stage = Stage::Ending;
                    }
                    Wake::Push | Wake::Look | Wake::Drop(_) => {}
                },
            }
        };
        self.leg.part();
        (end, joined, moved)
    }

    /// Whether the journey still thinks of this attempt: another node may have given it up, and could not end its leg.
    async fn goes_on(&self, n: u32) -> bool {
        if !self.world.store.is_shared() {
            return true;
        }
        let line = crate::drive::look_again(self.world, self.journey, |folded| folded.journey.line());
        line.await.is_ok_and(|line| line.is_none_or(|line| line.is_some_and(|sought| sought.n == n)))
    }

    async fn picked_up(&self, dialled: &Dialled<'_>) -> Stage {
        let n = dialled.n;
        let event = Event::BuyerPickedUp { n, leg: dialled.id.clone(), at: self.world.clock.now() };
        let read = |folded: &Folded| (is_sold(folded, n), folded.journey.document(Whom::Picked(n)));
        let key = format!("picked_up:{n}");
        match promise(self.world, self.journey, key, event, read).await {
            Some((_, (true, _))) if !dialled.whisper => self.join(dialled).await,
            Some((_, (false, Document::Whisper { say, screening, .. }))) if dialled.whisper => {
                self.whisper(dialled, say, screening).await
            }
            // Nothing is kept of it, or it came too late: nobody is connected whose sale is not booked.
            _ => Self::let_go(dialled),
        }
    }

    async fn whisper(&self, dialled: &Dialled<'_>, mut say: Vec<Speech>, screening: Screening) -> Stage {
        if screening == Screening::PressOne && say.is_empty() {
            say.push(Speech::Say(PRESS_ONE.to_owned()));
        }
        let asks = screening == Screening::PressOne;
        let said = if asks { Said::Screen } else { Said::Statement };
        let prompts = self.switchboard.speaker.prompts(&say, said).await;
        dialled.leg.play(Playlist { prompts, repeats: false, barge_in: asks });
        if asks {
            dialled.leg.collect(Wanted { max: 1, finish: None, first: ACCEPT_WAIT, next: ACCEPT_WAIT });
        }
        Stage::Asked(screening)
    }

    async fn accepted(&self, dialled: &Dialled<'_>) -> Stage {
        let n = dialled.n;
        let event = Event::BuyerAccepted { n, leg: dialled.id.clone(), at: self.world.clock.now() };
        let sold = promise(self.world, self.journey, format!("accept:{n}"), event, |it| is_sold(it, n)).await;
        match sold {
            Some((_, true)) => self.join(dialled).await,
            _ => Self::let_go(dialled),
        }
    }

    async fn declined(&self, dialled: &Dialled<'_>) -> Stage {
        let (n, leg) = (dialled.n, dialled.id.clone());
        dialled.leg.hang_up();
        tell(self.world, self.journey, &format!("accept:{n}"), Event::BuyerDeclined { n, leg }).await;
        Stage::Ending
    }

    async fn join(&self, dialled: &Dialled<'_>) -> Stage {
        if dialled.record {
            // Without its recording the talk goes on; what became of it is counted.
            self.switchboard.record(self.world, self.journey).await;
        }
        self.leg.join(dialled.leg);
        dialled.leg.end_after(dialled.talk_max);
        Stage::Joined
    }

    fn let_go(dialled: &Dialled<'_>) -> Stage {
        dialled.leg.hang_up();
        Stage::Ending
    }

    /// Connects the caller without a sale: a campaign's default number, or an operator's transfer.
    pub(super) async fn connect(&mut self, to: &Destination) {
        self.leg.play(self.switchboard.speaker.ringing());
        let Some((mut leg, _)) = self.dialled(to, &Shown::Campaign(self.dnis.clone()), UNSOLD_RING).await
        else {
            return;
        };
        loop {
            tokio::select! {
                told = self.leg.told() => if matches!(told, Some(Told::Ended(_)) | None) {
                    return self.left(told.as_ref());
                },
                told = leg.told() => match told {
                    Some(Told::Acked) => self.leg.join(&leg),
                    Some(Told::Ended(_)) | None => return,
                    Some(_) => {}
                },
            }
        }
    }
}

/// Whether the sale of this attempt is booked, and its caller there.
fn is_sold(folded: &Folded, n: u32) -> bool {
    let journey = &folded.journey;
    let sold = journey.sold().is_some_and(|sold| sold.n() == n);
    sold && journey.is_talking() && !journey.is_caller_gone()
}

/// How a dial ended, in the journey's words.
fn result_of(end: End) -> (DialResult, Option<Duration>) {
    match (end.lasted, end.cause) {
        (Some(lasted), _) => (DialResult::Completed, Some(lasted)),
        (None, Cause::Busy) => (DialResult::Busy, None),
        (None, Cause::NoAnswer) => (DialResult::NoAnswer, None),
        (None, Cause::Cancelled) => (DialResult::Canceled, None),
        (None, _) => (DialResult::Failed, None),
    }
}
