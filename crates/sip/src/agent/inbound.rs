//! A call that comes in, up to its arrival.

use std::{net::SocketAddr, sync::Arc};

use lead::Pii;
use rsipstack::{
    sip::{Header, Request, StatusCode, Transport, prelude::HeadersExt},
    transaction::transaction::Transaction,
};
use tokio::sync::mpsc;

use super::{
    World,
    dialogue::{Dialogue, Start},
    guard, inspector,
    requests::{finish, turn_away},
    wording::{self, header},
};
use crate::{
    leg::Arrival,
    limits::MAX_FORWARDS,
    media::Line,
    sdp::{Offered, Refused},
    timer::{self, Granted, Timer},
};

/// What a new call is, before anybody hears of it.
struct Admitted {
    offered: Option<Offered>,
    headers: Vec<Header>,
    timer: Option<Timer>,
}

/// Why a call is refused at the door.
struct NotAdmitted(StatusCode, Vec<Header>);

/// A new call: refused, or told.
pub(super) async fn arrived(world: &Arc<World>, transaction: Transaction, arrivals: &mpsc::Sender<Arrival>) {
    let Ok(permit) = Arc::clone(&world.calls).try_acquire_owned() else {
        return turn_away(world, transaction).await;
    };
    let from = transaction
        .connection
        .as_ref()
        .and_then(|it| it.get_remote_addr())
        .and_then(|it| it.get_socketaddr().ok());
    let guard = guard::of(&world.config.guards, from.map(|at| at.ip()));
    if let Some(Err(challenge)) = guard.map(|guard| world.nonces.pass(guard, &transaction.original)) {
        // Whoever is refused takes no place, however long it keeps its transaction.
        drop(permit);
        return refuse(transaction, StatusCode::Unauthorized, challenge).await;
    }
    let admitted = match admit(world, &transaction.original) {
        Ok(admitted) => admitted,
        Err(NotAdmitted(status, headers)) => {
            drop(permit);
            return refuse(transaction, status, headers).await;
        }
    };
    let (Ok(place), Ok((line, heard))) =
        (arrivals.reserve().await, Line::open(&world.ports, world.config.silence_max).await)
    else {
        return turn_away(world, transaction).await;
    };
    let tcp = transaction.connection.as_ref().is_some_and(|it| it.transport() == Transport::Tcp);
    let (sender, states) = world.layer.new_dialog_state_channel();
    let contact = wording::contact(world, tcp);
    let Ok(dialog) = world.layer.get_or_create_server_invite(&transaction, sender, None, contact) else {
        return refuse(transaction, StatusCode::BadRequest, vec![]).await;
    };
    let request = transaction.original.clone();
    let call = request.call_id_header().map(|it| it.value().to_owned()).unwrap_or_default();
    let ladder = world.ladders.begin(call);
    // It came before anybody could know that it becomes a leg.
    if let Some(first) = inspector::told(false, &request.clone().into()) {
        ladder.note(first);
    }
    let start = Start {
        dialog: dialog.clone(),
        states,
        line,
        heard,
        ladder,
        permit: Some(permit),
        answer_headers: [wording::able(), admitted.headers].concat(),
        offered: admitted.offered,
        timer: admitted.timer,
        ours: None,
    };
    let leg = Dialogue::begin(world, start);
    place.send(arrival(leg, &request, from));
    let (mut dialog, mut transaction) = (dialog, transaction);
    let _ = dialog.handle(&mut transaction).await;
}

fn arrival(leg: crate::leg::Leg, request: &Request, from: Option<SocketAddr>) -> Arrival {
    let hops = request.header_value("Max-Forwards").and_then(|it| it.parse().ok()).unwrap_or(MAX_FORWARDS);
    Arrival {
        leg,
        called: request.uri.auth.as_ref().map(|it| it.user.clone()).unwrap_or_default(),
        caller: wording::caller(request).map(Pii::new),
        from,
        hops: MAX_FORWARDS.min(hops).saturating_sub(1),
    }
}

fn admit(world: &World, request: &Request) -> Result<Admitted, NotAdmitted> {
    let unsupported = wording::unsupported(request);
    if !unsupported.is_empty() {
        let headers = vec![header("Unsupported", unsupported.join(", "))];
        return Err(NotAdmitted(StatusCode::BadExtension, headers));
    }
    let offered = match wording::sdp_of(request) {
        Some(text) => Some(Offered::read(text, &world.config.laws).map_err(no_codec)?),
        // A late offer: ours goes with the answer.
        None if request.body.is_empty() => None,
        None => {
            let headers = vec![header("Accept", "application/sdp")];
            return Err(NotAdmitted(StatusCode::UnsupportedMediaType, headers));
        }
    };
    let (asked, min, supported) = wording::timer_of(request);
    let (headers, timer) = match timer::grant(asked, min, supported) {
        Granted::No => (vec![], None),
        Granted::TooBrief { min } => {
            let headers = vec![header("Min-SE", min.to_string())];
            return Err(NotAdmitted(StatusCode::SessionIntervalTooSmall, headers));
        }
        Granted::Timer { expires, require, ours } => {
            let required = require.then(|| header("Require", "timer"));
            let said = header("Session-Expires", expires.write());
            (required.into_iter().chain([said]).collect(), Some(ours))
        }
    };
    Ok(Admitted { offered, headers, timer })
}

fn no_codec(why: Refused) -> NotAdmitted {
    let status =
        if why == Refused::Malformed { StatusCode::BadRequest } else { StatusCode::NotAcceptableHere };
    NotAdmitted(status, vec![])
}

async fn refuse(mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
    let _ = transaction.reply_with(status, headers, None).await;
    finish(transaction).await;
}
