//! Whether somebody is there: an OPTIONS, and any answer to it but that of a node without room.

use std::{net::SocketAddr, sync::Arc};

use rsipstack::{
    sip::{Method, SipMessage, Transport, Uri, typed},
    transaction::{
        key::{TransactionKey, TransactionRole},
        make_tag,
        transaction::Transaction,
    },
    transport::SipAddr,
};

use super::World;
use crate::limits::PROBE_MAX;

/// Asks, and waits as long as [`PROBE_MAX`].
pub(super) async fn probe(world: &Arc<World>, at: SocketAddr, tcp: bool) -> bool {
    tokio::time::timeout(PROBE_MAX, answered(world, at, tcp)).await.ok().flatten().unwrap_or(false)
}

async fn answered(world: &World, at: SocketAddr, tcp: bool) -> Option<bool> {
    let target =
        SipAddr { r#type: Some(if tcp { Transport::Tcp } else { Transport::Udp }), ..SipAddr::from(at) };
    let (connection, _) = world.endpoint.transport_layer.lookup(&target, None).await.ok()?;
    let via = world.endpoint.get_via(Some(connection.get_addr().clone()), None).ok()?;
    let to = Uri::try_from(format!("sip:{at}")).ok()?;
    let from = Uri::try_from(format!("sip:pingpost@{}", world.contact)).ok()?;
    let from = typed::From { display_name: None, uri: from, params: vec![] }.with_tag(make_tag());
    let whom = typed::To { display_name: None, uri: to.clone(), params: vec![] };
    let request = world.endpoint.make_request(Method::Options, to, via, from, whom, 1, None);
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let mut transaction = Transaction::new_client(key, request, Arc::clone(&world.endpoint), None);
    transaction.destination = Some(target);
    transaction.send().await.ok()?;
    loop {
        let SipMessage::Response(response) = transaction.receive().await? else { continue };
        match response.status_code.code() {
            100..=199 => {}
            408 | 503 => return Some(false),
            _ => return Some(true),
        }
    }
}
