//! How a leg ends, and what keeps it from ending: its refresh.

use std::sync::Arc;

use rsipstack::{
    dialog::{
        dialog::TerminatedReason, dialog_layer::DialogLayer, invitation::InviteAsyncResult,
        invite_dialog::InviteDialog,
    },
    sip::{Response, StatusCode},
};
use tokio::task::JoinHandle;

use super::{Dialogue, Phase};
use crate::{
    agent::{
        outbound::{Invited, invite},
        wording::{self, able, asks_timer, sdp, sdp_in},
    },
    leg::{Cause, End, Side},
    limits::SESSION_SECS_MAX,
    sdp::{self as description, Direction},
    timer::Timer,
};

/// How a refresh went. `None`: it was not answered.
pub(super) type Refreshed = Option<Response>;
/// Tries of a refresh that crosses one of theirs.
const GLARES_MAX: usize = 4;

impl Dialogue {
    fn end(&self, cause: Cause, side: Side) -> End {
        End { cause, side, lasted: self.answered_at.map(|at| at.elapsed()) }
    }

    /// The leg is over.
    pub(super) fn ended(&mut self, cause: Cause, side: Side) {
        let end = self.ending.unwrap_or_else(|| self.end(cause, side));
        self.over.get_or_insert(end);
    }

    /// We end the leg. Between our answer and its acknowledgement nobody may say goodbye (RFC 3261, 15): the line is
    /// silent at once, and the goodbye follows.
    pub(super) fn hang_up(&mut self, cause: Cause) {
        if self.over.is_some() || self.ending.is_some() {
            return;
        }
        let cause = match (cause, self.phase) {
            (Cause::HungUp, Phase::Early) => Cause::Cancelled,
            (cause, _) => cause,
        };
        match self.phase {
            Phase::WaitAck => {
                self.line.close();
                self.ending = Some(self.end(cause, Side::Ours));
            }
            Phase::Early if !self.is_ours() => self.refuse(480),
            Phase::Early | Phase::Talking => self.ended(cause, Side::Ours),
        }
    }

    pub(super) fn refuse(&mut self, status: u16) {
        if self.phase != Phase::Early || self.is_ours() {
            return;
        }
        let status = if (400..700).contains(&status) { status } else { 480 };
        let _ = self.dialog.reject(Some(StatusCode::from(status)), None);
        self.ended(Cause::Refused(status), Side::Ours);
    }

    pub(super) fn on_terminated(&mut self, reason: TerminatedReason) {
        // It is asked once more, when it is known what it takes.
        let too_brief = matches!(&reason, TerminatedReason::UasOther(StatusCode::SessionIntervalTooSmall));
        if too_brief && self.dial.is_some() && self.phase == Phase::Early {
            return;
        }
        let (cause, side) = match reason {
            TerminatedReason::UacBye if self.is_ours() => (Cause::HungUp, Side::Ours),
            TerminatedReason::UasBye if !self.is_ours() => (Cause::HungUp, Side::Ours),
            TerminatedReason::UacBye | TerminatedReason::UasBye => (Cause::HungUp, Side::Theirs),
            TerminatedReason::UacCancel if self.is_ours() => (Cause::Cancelled, Side::Ours),
            TerminatedReason::UacCancel => (Cause::Cancelled, Side::Theirs),
            TerminatedReason::Timeout if self.phase == Phase::WaitAck => (Cause::NotAcked, Side::Ours),
            TerminatedReason::Timeout => (Cause::NoAnswer, Side::Theirs),
            TerminatedReason::UacBusy | TerminatedReason::UasBusy => (Cause::Busy, Side::Theirs),
            TerminatedReason::UasDecline => (Cause::Refused(603), Side::Ours),
            TerminatedReason::ProxyAuthRequired => (Cause::Refused(407), Side::Theirs),
            TerminatedReason::ProxyError(status)
            | TerminatedReason::UacOther(status)
            | TerminatedReason::UasOther(status) => (of_status(status.code()), Side::Theirs),
        };
        self.ended(cause, side);
    }

    /// How our invitation went. Mostly its states have told so already; but who takes no session as brief as ours is invited
    /// once more, to one that it takes (RFC 4028, 7.3).
    pub(super) fn on_went(&mut self, went: Option<InviteAsyncResult>) -> Option<Invited> {
        // How it went is a state as well, unless it could not even be sent.
        let Some(Ok((_, response))) = went else {
            self.ended(Cause::Failed, Side::Theirs);
            return None;
        };
        let response = response.filter(|it| it.status_code == StatusCode::SessionIntervalTooSmall)?;
        let dial = self.dial.take()?;
        let least =
            wording::least_session(&response).filter(|it| *it > self.session && *it <= SESSION_SECS_MAX);
        let again = least.and_then(|least| {
            self.session = least;
            let call = self.dialog.id().call_id;
            invite(&self.world, &dial, self.line.port(), least, call).ok()
        });
        match &again {
            Some(invited) => self.dialog = invited.dialog.clone(),
            None => self.ended(Cause::Refused(422), Side::Theirs),
        }
        again
    }

    /// Lets the dialog go: with a goodbye, a CANCEL, or nothing, as far as it is. Nobody waits for it.
    pub(super) fn let_go(&self) {
        let (dialog, layer) = (self.dialog.clone(), Arc::clone(&self.world.layer));
        let ladder = self.ladder.clone();
        tokio::spawn(async move {
            let_go(&dialog, &layer).await;
            ladder.end();
        });
    }

    pub(super) fn refresh(&mut self) {
        if self.phase != Phase::Talking || self.refreshing.is_some() {
            return;
        }
        let local = wording::local(&self.world, self.line.port(), self.version);
        let laws: Vec<_> = match &self.agreed {
            Some(agreed) => vec![agreed.law],
            None => self.world.config.laws.clone(),
        };
        let text = description::offer(&local, &laws, Direction::SendRecv);
        let (dialog, headers) =
            (self.dialog.clone(), [vec![sdp()], able(), asks_timer(self.session)].concat());
        self.refreshing = Some(tokio::spawn(async move {
            dialog.reinvite_with_glare_retry(Some(headers), Some(text), GLARES_MAX).await.ok().flatten()
        }));
    }

    pub(super) fn on_refreshed(&mut self, refreshed: Refreshed) {
        let code = refreshed.as_ref().map(|it| it.status_code.code());
        match (code, refreshed) {
            (Some(200..=299), Some(response)) => {
                let agreed =
                    sdp_in(&response).and_then(|it| description::accept(it, &self.world.config.laws).ok());
                if let Some(agreed) = agreed {
                    self.line.agree(&agreed);
                    self.agreed = Some(agreed);
                }
                if let Some(timer) = crate::timer::granted(wording::timer_in(&response)) {
                    self.timer = Some(timer);
                }
                self.session_goes_on();
            }
            // They know of no such call, or do not answer: it is over (RFC 4028, 10).
            (Some(408 | 481) | None, _) => self.hang_up(Cause::NotRefreshed),
            // They turned it down, and the call goes on until its time is over.
            (Some(_), _) => {
                if let Some(Timer::Refresh(after)) = self.timer {
                    self.timer = Some(Timer::Await(after));
                    self.session_goes_on();
                }
            }
        }
    }
}

/// What a final status of theirs means.
fn of_status(code: u16) -> Cause {
    match code {
        486 | 600 => Cause::Busy,
        408 | 480 | 487 => Cause::NoAnswer,
        488 | 606 => Cause::NoCodec,
        code => Cause::Refused(code),
    }
}

async fn let_go(dialog: &InviteDialog, layer: &DialogLayer) {
    // It waits for the answer to it as long as its transaction does. The dialog ends whatever the answer is.
    let _ = dialog.hangup().await;
    layer.remove_dialog(&dialog.id());
}

/// How a refresh went, once it did.
pub(super) async fn refreshed(refreshing: &mut Option<JoinHandle<Refreshed>>) -> Refreshed {
    refreshing.as_mut()?.await.ok().flatten()
}
