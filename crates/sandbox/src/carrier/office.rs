//! The post office of a leg: its status callbacks leave in order, unless a fault says otherwise.

use super::{exchange::Exchange, leg::Leg, request::Ask};
use crate::lock::lock;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// How long the next callback waits for the answer to the one before, in real time. Twilio does not wait at all;
/// this much makes a run without faults repeatable.
const IN_TURN: Duration = Duration::from_millis(100);

/// Callbacks that wait to be sent.
#[derive(Debug)]
pub(crate) struct Office {
    queue: Mutex<Option<mpsc::UnboundedSender<Ask>>>,
    waiting: watch::Sender<usize>,
}

impl Default for Office {
    fn default() -> Self {
        Self { queue: Mutex::new(None), waiting: watch::Sender::new(0) }
    }
}

impl Office {
    /// Begins to send the callbacks of this leg.
    pub(crate) fn open(exchange: &Arc<Exchange>, leg: &Arc<Leg>) {
        let (queue, received) = mpsc::unbounded_channel();
        *lock(&leg.office.queue) = Some(queue);
        leg.call.tasks.spawn(deliver(exchange.clone(), leg.clone(), received));
    }

    pub(crate) fn post(&self, ask: Ask) {
        if let Some(queue) = lock(&self.queue).as_ref() {
            self.waiting.send_modify(|waiting| *waiting += 1);
            // The receiver lives until the office is closed.
            let _ = queue.send(ask);
        }
    }

    /// Waits a little until what was posted has been answered.
    pub(crate) async fn settled(&self) {
        let mut waiting = self.waiting.subscribe();
        // Both outcomes are fine: this is a courtesy to repeatable tests.
        let _ = tokio::time::timeout(IN_TURN, waiting.wait_for(|waiting| *waiting == 0)).await;
    }

    /// Nothing more will be posted.
    pub(crate) fn close(&self) {
        *lock(&self.queue) = None;
    }
}

async fn deliver(exchange: Arc<Exchange>, leg: Arc<Leg>, mut queue: mpsc::UnboundedReceiver<Ask>) {
    let mut held: Option<Ask> = None;
    while let Some(ask) = queue.recv().await {
        if held.is_none() && exchange.reorders(ask.kind) {
            held = Some(ask);
        } else {
            send(&exchange, &leg, ask).await;
            if let Some(earlier) = held.take() {
                send(&exchange, &leg, earlier).await;
            }
        }
        leg.office.waiting.send_modify(|waiting| *waiting -= 1);
    }
    if let Some(last) = held {
        send(&exchange, &leg, last).await;
    }
}

async fn send(exchange: &Arc<Exchange>, leg: &Arc<Leg>, ask: Ask) {
    let (exchange, of) = (exchange.clone(), leg.clone());
    let sent = leg.call.tasks.spawn(async move {
        // The answer to a status callback is read by nobody; it is in the record.
        let _ = exchange.ask(&of, ask).await;
    });
    let _ = tokio::time::timeout(IN_TURN, sent).await;
}
