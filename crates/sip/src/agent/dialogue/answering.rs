//! Offers and answers in a leg's life: the first, those that change it, and what comes in its midst.

use rsipstack::{
    dialog::dialog::TransactionHandle,
    sip::{Request, Response, StatusCode, prelude::HeadersExt},
};
use tokio::time::Instant;

use super::{Dialogue, Phase};
use crate::{
    agent::wording::{self, able, header, sdp, sdp_in, sdp_of},
    dtmf,
    leg::{Cause, Told},
    sdp::{self, Agreed, Direction, Offered},
    timer,
};

impl Dialogue {
    /// What we say of our side: their offer answered, or an offer where they made none.
    fn description(&mut self) -> Vec<u8> {
        let local = wording::local(&self.world, self.line.port(), self.version);
        match &self.offered {
            Some(offered) => offered.answer(&local, Direction::SendRecv),
            None => {
                self.answer_is_due = true;
                sdp::offer(&local, &self.world.config.laws, Direction::SendRecv)
            }
        }
    }

    pub(super) fn early_media(&mut self) {
        if self.phase != Phase::Early || self.offered.is_none() {
            return drop(self.dialog.ringing(None, None));
        }
        let text = self.description();
        self.speak();
        let _ = self.dialog.ringing(Some(vec![sdp()]), Some(text));
    }

    pub(super) fn answer(&mut self) {
        if self.phase != Phase::Early || self.is_ours() || self.dialog.state().is_terminated() {
            return;
        }
        let text = self.description();
        let headers = [vec![sdp()], std::mem::take(&mut self.answer_headers)].concat();
        if self.dialog.accept(Some(headers), Some(text)).is_err() {
            return self.ended(Cause::Failed, crate::leg::Side::Ours);
        }
        self.phase = Phase::WaitAck;
        self.answered_at = Some(Instant::now());
        self.speak();
        self.tell(Told::Answered);
    }

    /// Begins to speak to where their offer said.
    fn speak(&mut self) {
        if let Some(agreed) = self.offered.as_ref().map(|it| it.agreed().clone()) {
            self.agree(agreed);
        }
    }

    fn agree(&mut self, agreed: Agreed) {
        self.line.agree(&agreed);
        let held = |it: &Agreed| !it.direction.hears();
        let was = self.agreed.as_ref().is_some_and(held);
        let is = held(&agreed);
        self.agreed = Some(agreed);
        if was != is {
            self.tell(Told::Held(is));
        }
    }

    /// A provisional answer to our call.
    pub(super) fn on_early(&mut self, response: &Response) {
        let agreed = sdp_in(response).and_then(|text| sdp::accept(text, &self.world.config.laws).ok());
        match agreed {
            Some(agreed) => {
                self.agree(agreed);
                self.tell(Told::EarlyMedia);
            }
            None if response.status_code.code() == 180 => self.tell(Told::Ringing),
            None => {}
        }
    }

    /// Both know of the answer; or a request in the midst of the call has been served, which is nothing new.
    pub(super) fn on_confirmed(&mut self, response: &Response) {
        if std::mem::take(&mut self.answer_is_due) && !self.on_late_answer() {
            return self.hang_up(Cause::NoCodec);
        }
        match self.phase {
            Phase::Talking => {}
            Phase::WaitAck => self.acked(),
            Phase::Early if self.is_ours() => {
                (self.ring_at, self.dial) = (None, None);
                self.answered_at = Some(Instant::now());
                self.timer = timer::granted(wording::timer_in(response));
                let agreed = sdp_in(response).map(|text| sdp::accept(text, &self.world.config.laws));
                self.phase = Phase::Talking;
                match agreed {
                    Some(Ok(agreed)) => self.agree(agreed),
                    // The answer came with a provisional response.
                    None if self.agreed.is_some() => {}
                    _ => return self.hang_up(Cause::NoCodec),
                }
                self.tell(Told::Answered);
                self.acked();
            }
            Phase::Early => {}
        }
    }

    /// The answer that an acknowledgement carries. Whether it can be spoken by.
    fn on_late_answer(&mut self) -> bool {
        let Some(ack) = self.dialog.last_remote_ack() else { return false };
        let agreed = sdp_of(&ack).map(|text| sdp::accept(text, &self.world.config.laws));
        let Some(Ok(agreed)) = agreed else { return false };
        self.agree(agreed);
        true
    }

    fn acked(&mut self) {
        self.phase = Phase::Talking;
        self.session_goes_on();
        if let Some(ending) = self.ending {
            return self.ended(ending.cause, ending.side);
        }
        self.tell(Told::Acked);
    }

    /// The session was refreshed, by whomever: its timer begins anew.
    pub(super) fn session_goes_on(&mut self) {
        self.session_at = self.timer.map(|timer| Instant::now() + timer.after());
    }

    /// They describe their side anew: hold, another place, a refresh.
    pub(super) async fn on_reoffer(&mut self, request: &Request, handle: &TransactionHandle) {
        if self.refreshing.is_some() {
            return reply(handle, 491).await;
        }
        let mut headers = able();
        let (asked, min, supported) = wording::timer_of(request);
        match timer::grant(asked, min, supported) {
            timer::Granted::No => {}
            timer::Granted::TooBrief { min } => {
                let headers = Some(vec![header("Min-SE", min.to_string())]);
                return drop(handle.respond(StatusCode::SessionIntervalTooSmall, headers, None).await);
            }
            timer::Granted::Timer { expires, require, ours } => {
                self.timer = Some(ours);
                headers.push(header("Session-Expires", expires.write()));
                headers.extend(require.then(|| header("Require", "timer")));
            }
        }
        let is_invite = request.method == rsipstack::sip::Method::Invite;
        let text = match sdp_of(request) {
            Some(text) => match Offered::read(text, &self.world.config.laws) {
                Ok(offered) => {
                    self.version += 1;
                    self.offered = Some(offered);
                    Some(self.description())
                }
                Err(_) => return reply(handle, 488).await,
            },
            None if is_invite => {
                self.version += 1;
                self.offered = None;
                Some(self.description())
            }
            None => None,
        };
        self.session_goes_on();
        if text.is_some() {
            headers.push(sdp());
        }
        if handle.respond(StatusCode::OK, Some(headers), text).await.is_ok() {
            self.speak();
        }
    }

    /// A request that tells a key, or nothing that we know.
    pub(super) async fn on_info(&mut self, request: &Request, handle: &TransactionHandle) {
        let kind = request.header_value("Content-Type").unwrap_or_default();
        match dtmf::from_info(&kind, &request.body) {
            Some(key) => {
                reply(handle, 200).await;
                self.line.interrupt();
                self.on_key(key);
            }
            // Without a body it only asks whether the call goes on.
            None if request.body.is_empty() => reply(handle, 200).await,
            None => reply(handle, 415).await,
        }
    }
}

/// Answers a request in the midst of a call.
pub(super) async fn reply(handle: &TransactionHandle, status: u16) {
    // Whoever waits no more needs no answer.
    let _ = handle.respond(StatusCode::from(status), Some(able()), None).await;
}
