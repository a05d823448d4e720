//! A call that we make.

use std::sync::Arc;

use rsipstack::{
    dialog::{authenticate::Credential as LibraryCredential, invitation::InviteOption},
    sip::{Header, Transport, Uri},
    transport::SipAddr,
};
use secrecy::ExposeSecret;

use super::{
    World,
    dialogue::{Dialogue, Start},
    wording::{self, header},
};
use crate::{
    leg::{Dial, DialError, Leg},
    media::Line,
    sdp::{self, Direction},
};

/// Begins a call.
pub(super) async fn dial(world: &Arc<World>, dial: Dial) -> Result<Leg, DialError> {
    let callee = Uri::try_from(&*dial.to).map_err(|_| DialError::Address)?;
    let (line, heard) = Line::open(&world.ports, world.config.silence_max).await?;
    let tcp = dial.tcp || dial.to.to_ascii_lowercase().contains(";transport=tcp");
    let local = wording::local(world, line.port(), 1);
    let option = InviteOption {
        caller: caller(world, &dial)?,
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
        headers: Some(headers(world, &dial)),
        ..InviteOption::default()
    };
    let (sender, states) = world.layer.new_dialog_state_channel();
    let (dialog, invited) = world.layer.do_invite_async(option, sender).map_err(|_| DialError::Send)?;
    let start = Start {
        dialog,
        states,
        line,
        heard,
        permit: None,
        answer_headers: vec![],
        offered: None,
        timer: None,
        ring: Some((dial.ring, invited)),
    };
    Ok(Dialogue::begin(world, start))
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

fn headers(world: &World, dial: &Dial) -> Vec<Header> {
    let mut headers = [wording::able(), wording::asks_timer()].concat();
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
