//! A call that we make.

use std::sync::Arc;

use rsipstack::{
    dialog::{
        authenticate::Credential as LibraryCredential,
        dialog::DialogStateReceiver,
        invitation::{InviteAsyncResult, InviteOption},
        invite_dialog::InviteDialog,
    },
    sip::{Header, Transport, Uri},
    transport::SipAddr,
};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use super::{
    World,
    dialogue::{Dialogue, Ours, Start},
    wording::{self, header},
};
use crate::{
    leg::{Dial, DialError, Leg},
    limits::SESSION_SECS,
    media::Line,
    sdp::{self, Direction},
};

/// An invitation that is on its way.
pub(super) struct Invited {
    pub(super) dialog: InviteDialog,
    pub(super) states: DialogStateReceiver,
    /// How it went, once it did.
    pub(super) went: JoinHandle<InviteAsyncResult>,
}

/// Begins a call.
pub(super) async fn dial(world: &Arc<World>, dial: Dial) -> Result<Leg, DialError> {
    Uri::try_from(&*dial.to).map_err(|_| DialError::Address)?;
    let (line, heard) = Line::open(&world.ports, world.config.silence_max).await?;
    let call = call_id(&world.config.mark)?;
    let ladder = world.ladders.begin(call.clone());
    let Invited { dialog, states, went } = invite(world, &dial, line.port(), SESSION_SECS, call)?;
    let start = Start {
        dialog,
        states,
        line,
        heard,
        ladder,
        permit: None,
        answer_headers: vec![],
        offered: None,
        timer: None,
        ours: Some(Ours { dial, went }),
    };
    Ok(Dialogue::begin(world, start))
}

/// Invites somebody to a session that is refreshed within so many seconds. One that follows on a refusal has the same Call-ID.
pub(super) fn invite(
    world: &World,
    dial: &Dial,
    port: u16,
    session: u64,
    call_id: String,
) -> Result<Invited, DialError> {
    let callee = Uri::try_from(&*dial.to).map_err(|_| DialError::Address)?;
    let tcp = dial.tcp || dial.to.to_ascii_lowercase().contains(";transport=tcp");
    let local = wording::local(world, port, 1);
    let option = InviteOption {
        caller: caller(world, dial)?,
        callee,
        destination: dial.via.map(|at| SipAddr {
            r#type: Some(if tcp { Transport::Tcp } else { Transport::Udp }),
            ..SipAddr::from(at)
        }),
        content_type: Some("application/sdp".to_owned()),
        offer: Some(sdp::offer(&local, &world.config.laws, Direction::SendRecv)),
        contact: wording::contact(world, tcp).ok_or(DialError::Address)?,
        credential: dial.credential.as_ref().map(|it| LibraryCredential {
            username: it.user.clone(),
            password: it.password.expose_secret().to_owned(),
            realm: None,
            auth_username: None,
        }),
        headers: Some(headers(world, dial, session)),
        call_id: Some(call_id),
        ..InviteOption::default()
    };
    let (sender, states) = world.layer.new_dialog_state_channel();
    let (dialog, went) = world.layer.do_invite_async(option, sender).map_err(|_| DialError::Send)?;
    Ok(Invited { dialog, states, went })
}

/// A new Call-ID, which says nothing of who calls whom.
fn call_id(mark: &str) -> Result<String, DialError> {
    let mut chance = [0; 16];
    getrandom::fill(&mut chance).map_err(|_| DialError::Send)?;
    let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{hex}@{mark}"))
}

fn caller(world: &World, dial: &Dial) -> Result<Uri, DialError> {
    let text = match shown(dial) {
        Some(shown) => format!("sip:{shown}@{}", world.contact.ip()),
        None => "sip:anonymous@anonymous.invalid".to_owned(),
    };
    Uri::try_from(text).map_err(|_| DialError::Address)
}

/// The user part that is shown: nothing that could end it or begin something else.
fn shown(dial: &Dial) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
    dial.shown.as_ref().map(|it| it.reveal().clone()).filter(|it| !it.is_empty() && it.chars().all(plain))
}

fn headers(world: &World, dial: &Dial, session: u64) -> Vec<Header> {
    let mut headers = [wording::able(), wording::asks_timer(session)].concat();
    headers.push(Header::MaxForwards(u32::try_from(dial.hops).unwrap_or(70).into()));
    let host = world.contact.ip();
    match shown(dial) {
        Some(shown) if dial.assert => {
            headers.push(header("P-Asserted-Identity", format!("<sip:{shown}@{host}>")))
        }
        Some(_) => {}
        None => headers.push(header("Privacy", "id")),
    }
    let plain = |it: &&String| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
    if let Some(diverted) = dial.diverted.as_ref().filter(plain) {
        headers.push(header("Diversion", format!("<sip:{diverted}@{host}>;reason=unconditional")));
    }
    headers
}
