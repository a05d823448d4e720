//! A caller's leg: what its journey says is played on it, and what it tells is driven.

use std::{sync::Arc, time::Duration};

use ivr::{Ask, Finish, Input, InputKind, Speech};
use journey::{Document, Event, LegId, Standby, Take, Taken, Whom};
use lead::{E164, JourneyId, Pii, Timestamp};
use sip::{
    dtmf::Key,
    leg::{Arrival, Cause, End, Leg, Playlist, Pressed, Side, Told, Wanted},
};
use tokio::sync::mpsc::Receiver;

use super::{
    Switchboard, Wake,
    account::{self, Over},
    number::e164,
    speech::Said,
    telling::tell,
};
use crate::{
    absent::PATIENCE,
    act::failed,
    drive::{DriveError, Driven, Driving, drive, freshen, look},
    folded::Folded,
    room, standby,
    world::World,
};

/// How long a caller may think.
pub const ANSWER_WAIT: Duration = Duration::from_secs(6);
/// How long a caller may pause between two keys.
pub const KEY_WAIT: Duration = Duration::from_secs(3);
/// How often a caller on hold is looked after, whatever is told of its journey meanwhile: another node may have driven it.
pub const HOLD_LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a leg does next. `None`: the call is over.
pub(super) type Then = Result<Option<Document>, DriveError>;

/// A call that is held here.
pub(super) struct Call<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) switchboard: &'a Switchboard,
    pub(super) journey: JourneyId,
    pub(super) leg: Leg,
    id: LegId,
    pub(super) woken: Receiver<Wake>,
    pub(super) dnis: E164,
    pub(super) hops: u64,
    /// When the caller's leg ended, once it has.
    pub(super) gone: Option<Timestamp>,
    /// How it ended.
    ended: Option<End>,
    /// A push came that nobody has taken up.
    pub(super) pushed: bool,
    /// Makes the keys of events unlike each other.
    asked: u32,
}

/// Serves a call from its arrival to its end.
pub(super) async fn serve(
    world: &Arc<World>,
    journey: JourneyId,
    id: LegId,
    arrival: Arrival,
    woken: Receiver<Wake>,
) {
    let Some(switchboard) = &world.switchboard else { return };
    let Arrival { leg, called, caller, hops, .. } = arrival;
    let known = e164(&called).filter(|dnis| room::closing(world, journey, dnis).is_some());
    let Some(dnis) = known else {
        tracing::error!("a call came to a number that belongs to no campaign");
        metrics::counter!("pingpost_calls_unknown_number_total").increment(1);
        return leg.refuse(404);
    };
    let call = Call {
        world,
        switchboard,
        journey,
        leg,
        id: id.clone(),
        woken,
        dnis,
        hops,
        gone: None,
        ended: None,
        pushed: false,
        asked: 0,
    };
    call.leg.ring();
    let number = |text: &String| e164(text).map(|number| number.as_str().to_owned());
    let caller = caller.and_then(|text| text.and_then(number));
    let event =
        Event::Arrived { dnis: call.dnis.clone(), caller, leg: id, standby: Standby::New, attestation: None };
    if room::is_full_for(world, journey).await {
        return call.turned_away().await;
    }
    let event = standby::filled(world, journey, event).await;
    match drive(world, Driving { journey, key: "arrived".to_owned(), event }, |_| ()).await {
        Ok(_) => call.run().await,
        Err(error) => {
            failed(journey, "arrived", &error);
            call.turned_away().await;
        }
    }
}

impl Call<'_> {
    async fn run(mut self) {
        let mut then = match self.answered().await {
            true => self.next(Whom::Caller, Taken::Next).await.map(Some),
            false => Ok(None),
        };
        loop {
            then = match then {
                Ok(Some(document)) => self.perform(document).await,
                Ok(None) => break,
                Err(error) => {
                    failed(self.journey, "read", &error);
                    self.closing().await;
                    break;
                }
            };
        }
        self.end().await;
        let at = self.gone.unwrap_or_else(|| self.world.clock.now());
        tell(self.world, self.journey, "gone", Event::CallerHungUp { at }).await;
    }

    /// A call for which there is no room: its campaign's own ending, and nothing is kept of it.
    async fn turned_away(mut self) {
        if self.answered().await {
            self.closing().await;
        }
        self.end().await;
    }

    async fn closing(&mut self) {
        if let Some(Document::Ending { say, dial }) = room::closing(self.world, self.journey, &self.dnis) {
            self.ending(&say, dial).await;
        }
    }

    /// Answers. Whether both know of it: before that nobody may speak.
    async fn answered(&mut self) -> bool {
        self.leg.answer();
        loop {
            match self.leg.told().await {
                Some(Told::Acked) => return true,
                told @ (Some(Told::Ended(_)) | None) => {
                    self.left(told.as_ref());
                    return false;
                }
                Some(_) => {}
            }
        }
    }

    /// The caller's leg has ended, as it told last.
    pub(super) fn left(&mut self, told: Option<&Told>) {
        if let Some(Told::Ended(end)) = told {
            self.ended.get_or_insert(*end);
        }
        self.gone.get_or_insert_with(|| self.world.clock.now());
    }

    /// Hangs up, and waits until that is so.
    async fn end(&mut self) {
        self.leg.hang_up();
        while self.gone.is_none() {
            let told = self.leg.told().await;
            if matches!(told, Some(Told::Ended(_)) | None) {
                self.left(told.as_ref());
            }
        }
        let trunk = self.switchboard.lock().get(&self.journey).and_then(|held| held.trunk);
        account::keep(
            self.world,
            &Over {
                journey: self.journey,
                id: &self.id,
                attempt: None,
                trunk: trunk.map(|trunk| self.switchboard.trunks.name(trunk)),
                leg: &self.leg,
                end: self.ended.unwrap_or(End { cause: Cause::Failed, side: Side::Ours, lasted: None }),
            },
        );
    }

    async fn perform(&mut self, document: Document) -> Then {
        match document {
            Document::Ask { step, first, ask } => self.ask(step, first, &ask).await,
            Document::Hold { first, audio } => self.hold(&first, &audio).await,
            Document::Dial { n, to, caller_id, ring, talk_max, whisper, record } => {
                self.buyer(n, (&to, &caller_id), (ring, talk_max), (whisper, record)).await
            }
            Document::Ending { say, dial } => {
                self.ending(&say, dial).await;
                Ok(None)
            }
            Document::Transfer { to } => {
                self.connect(&to).await;
                Ok(None)
            }
            Document::HangUp | Document::Whisper { .. } | Document::Bridge => Ok(None),
        }
    }

    /// What the leg does next, from the state as it is kept; a dial or a question about a buyer that is ready is taken. Only who
    /// took it dials.
    pub(super) async fn next(&mut self, whom: Whom, by: Taken) -> Result<Document, DriveError> {
        freshen(self.world, self.journey).await?;
        let (mut whom, world) = (whom, self.world);
        if whom != Whom::Transfer {
            match look(world, self.journey, |folded| folded.journey.to_take()).await?.flatten() {
                Some(Take::Dial(n)) if self.took(n, by).await? => whom = Whom::Taker(n),
                Some(Take::Question(n, offer)) => {
                    let (key, event) = (self.key(&format!("ask:{n}")), Event::CallerAsked { n, offer, by });
                    let (driven, _) =
                        drive(world, Driving { journey: self.journey, key, event }, |_| ()).await?;
                    if driven == Driven::New {
                        whom = Whom::Caller;
                    }
                }
                Some(Take::Dial(_)) | None => {}
            }
        }
        let document = look(world, self.journey, |folded| folded.journey.document(whom)).await?;
        // A light journey that was lost with its place in flight: nobody knows what was answered.
        Ok(document
            .unwrap_or_else(|| room::closing(world, self.journey, &self.dnis).unwrap_or(Document::HangUp)))
    }

    /// Takes a dial. Whether it is ours now, and there is time for it (drive 6).
    async fn took(&mut self, n: u32, by: Taken) -> Result<bool, DriveError> {
        let world = self.world;
        let is_taken = |folded: &Folded| {
            let attempt = folded.journey.attempt().filter(|attempt| attempt.n() == n);
            folded.journey.phase_name() == "dialling"
                && attempt.is_some_and(|attempt| world.clock.now() < attempt.dial_by())
        };
        let key = self.key(&format!("take:{n}"));
        let driving = Driving { journey: self.journey, key, event: Event::DialTaken { n, by } };
        Ok(matches!(drive(world, driving, is_taken).await?, (Driven::New, Some(true))))
    }

    /// A key that no other event of this call has.
    fn key(&mut self, what: &str) -> String {
        self.asked += 1;
        format!("{what}:line:{}", self.asked)
    }

    async fn ask(&mut self, step: u16, first: Vec<Speech>, ask: &Ask) -> Then {
        let say = [first, ask.say.clone()].concat();
        let prompts = self.switchboard.speaker.prompts(&say, Said::Question).await;
        self.leg.play(Playlist { prompts, repeats: false, barge_in: true });
        self.leg.collect(wanted(&ask.expect));
        loop {
            tokio::select! {
                told = self.leg.told() => match told {
                    Some(Told::Pressed(pressed)) => return self.heard(step, pressed).await,
                    told @ (Some(Told::Ended(_)) | None) => {
                        self.left(told.as_ref());
                        return Ok(None);
                    }
                    Some(_) => {}
                },
                Some(wake) = self.woken.recv() => match wake {
                    Wake::Transfer => return self.next(Whom::Transfer, Taken::Next).await.map(Some),
                    Wake::Push => self.pushed = true,
                    Wake::Stop => self.leg.hang_up(),
                    Wake::Look if !self.still_asks(step).await? => {
                        return self.next(Whom::Caller, Taken::Next).await.map(Some);
                    }
                    Wake::Look | Wake::Drop(_) => {}
                },
            }
        }
    }

    async fn still_asks(&self, step: u16) -> Result<bool, DriveError> {
        freshen(self.world, self.journey).await?;
        let asks = look(
            self.world,
            self.journey,
            |folded| matches!(folded.journey.document(Whom::Caller), Document::Ask { step: now, .. } if now == step),
        );
        Ok(asks.await? == Some(true))
    }

    async fn heard(&mut self, step: u16, Pressed(keys): Pressed) -> Then {
        // The finishing key is no part of the answer, unless it is all that was pressed.
        let keys = keys.strip_suffix('#').filter(|keys| !keys.is_empty()).map(str::to_owned).unwrap_or(keys);
        let input = if keys.is_empty() { Input::Silence } else { Input::Keys(Pii::new(keys)) };
        let key = self.key(&format!("heard:{step}"));
        let driving = Driving { journey: self.journey, key, event: Event::Heard { step, input } };
        drive(self.world, driving, |_| ()).await?;
        self.next(Whom::Caller, Taken::Next).await.map(Some)
    }

    /// Keeps the caller on hold until there is something else to do.
    async fn hold(&mut self, first: &[Speech], audio: &[Speech]) -> Then {
        let hold = self.switchboard.speaker.hold(audio).await;
        let first = self.switchboard.speaker.prompts(first, Said::Statement).await;
        let mut says_first = !first.is_empty();
        if says_first {
            self.leg.play(Playlist { prompts: first, repeats: false, barge_in: false });
        } else {
            self.leg.play(hold.clone());
        }
        let mut look = tokio::time::interval(HOLD_LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                told = self.leg.told() => match told {
                    told @ (Some(Told::Ended(_)) | None) => {
                        self.left(told.as_ref());
                        return Ok(None);
                    }
                    Some(Told::Said) if says_first => {
                        says_first = false;
                        self.leg.play(hold.clone());
                        continue;
                    }
                    Some(_) => continue,
                },
                Some(wake) = self.woken.recv() => match wake {
                    Wake::Transfer => return self.next(Whom::Transfer, Taken::Next).await.map(Some),
                    Wake::Push => self.pushed = true,
                    Wake::Stop => {
                        self.leg.hang_up();
                        continue;
                    }
                    Wake::Drop(_) => continue,
                    Wake::Look => {}
                },
                _ = look.tick() => {}
            }
            // Whoever asks again has heard what is said first, ex: that the call is recorded; a push may cut it off.
            if says_first && !self.pushed {
                continue;
            }
            let by = if std::mem::take(&mut self.pushed) { Taken::Push } else { Taken::Poll };
            match self.next(Whom::Poll, by).await {
                Ok(Document::Hold { .. }) => {}
                Ok(document) => return Ok(Some(document)),
                // Most absences are short.
                Err(error)
                    if error.is_absence() && self.world.absent_for(self.world.clock.now()) < PATIENCE => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Says something, perhaps connects to a number without a sale.
    async fn ending(&mut self, say: &[Speech], dial: Option<E164>) {
        let prompts = self.switchboard.speaker.prompts(say, Said::Statement).await;
        if !prompts.is_empty() {
            self.leg.play(Playlist { prompts, repeats: false, barge_in: false });
            loop {
                match self.leg.told().await {
                    Some(Told::Said) => break,
                    told @ (Some(Told::Ended(_)) | None) => return self.left(told.as_ref()),
                    Some(_) => {}
                }
            }
        }
        if let Some(number) = dial {
            self.connect(&auction::Destination::Phone(number)).await;
        }
    }
}

/// What completes an answer. Nobody is listened to by voice: whoever is asked for words and presses nothing is silent.
fn wanted(expect: &InputKind) -> Wanted {
    let keys = expect.keys();
    Wanted {
        max: keys.map_or(1, |keys| usize::from(keys.max)),
        finish: keys.filter(|keys| keys.finish == Finish::Pound).and_then(|_| Key::of_char('#')),
        first: ANSWER_WAIT,
        next: KEY_WAIT,
    }
}
