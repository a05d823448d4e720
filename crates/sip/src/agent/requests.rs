//! What comes in: a dialog's request goes to its dialog, a new call becomes an arrival, and the rest is answered here.

use std::{sync::Arc, sync::atomic::Ordering::Relaxed};

use rsipstack::{
    sip::{Method, StatusCode, prelude::HeadersExt},
    transaction::{TransactionReceiver, transaction::Transaction},
};
use tokio::sync::mpsc;

use super::{
    World, inbound,
    wording::{able, header},
};
use crate::{leg::Arrival, limits::RETRY_AFTER_SECS};

/// Serves until the agent stops.
pub(super) async fn serve(
    world: Arc<World>,
    mut incoming: TransactionReceiver,
    arrived: mpsc::Sender<Arrival>,
) {
    while let Some(transaction) = incoming.recv().await {
        let (world, arrived) = (Arc::clone(&world), arrived.clone());
        tokio::spawn(async move { request(&world, transaction, &arrived).await });
    }
}

async fn request(world: &Arc<World>, mut transaction: Transaction, arrived: &mpsc::Sender<Arrival>) {
    let of_dialog = transaction.original.to_header().is_ok_and(|to| to.tag().ok().flatten().is_some());
    // What cannot be answered any more has nobody who waits for it.
    let _ = match (of_dialog, transaction.original.method) {
        (true, _) => match world.layer.match_dialog(&transaction) {
            Some(mut dialog) => dialog.handle(&mut transaction).await,
            None if transaction.original.method == Method::Ack => Ok(()),
            None => transaction.reply(StatusCode::CallTransactionDoesNotExist).await,
        },
        (false, Method::Invite) => return inbound::arrived(world, transaction, arrived).await,
        (false, Method::Options) => {
            let full = world.calls.is_closed() || world.calls.available_permits() == 0;
            if full {
                return turn_away(world, transaction).await;
            }
            let headers = [able(), vec![header("Accept", "application/sdp")]].concat();
            transaction.reply_with(StatusCode::OK, headers, None).await
        }
        (false, Method::Ack | Method::Cancel) => Ok(()),
        (false, Method::Bye | Method::Info | Method::Update | Method::PRack) => {
            transaction.reply(StatusCode::CallTransactionDoesNotExist).await
        }
        (false, _) => transaction.reply_with(StatusCode::MethodNotAllowed, able(), None).await,
    };
}

/// There is no room: come again.
pub(super) async fn turn_away(world: &World, mut transaction: Transaction) {
    world.counts.turned_away.fetch_add(1, Relaxed);
    let headers = vec![header("Retry-After", RETRY_AFTER_SECS.to_string())];
    let _ = transaction.reply_with(StatusCode::ServiceUnavailable, headers, None).await;
    finish(transaction).await;
}

/// Keeps a transaction until it has ended, so that its answer is repeated and acknowledged.
pub(super) async fn finish(mut transaction: Transaction) {
    while transaction.receive().await.is_some() {}
}
