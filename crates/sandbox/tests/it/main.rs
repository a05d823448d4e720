//! The emulated carrier and the buyers, against a small server that answers TwiML by hand.

mod buyers;
mod calling;
mod dialling;
mod faults;
mod hang_up;
mod questions;
mod rest;
mod server;

use sandbox::carrier::{Caller, Carrier, CarrierConfig, InboundCall};
use server::Server;

/// A carrier for this server. A call of a test takes a few real milliseconds.
async fn carrier_for(server: &Server, change: impl FnOnce(&mut CarrierConfig)) -> Carrier {
    let mut config = CarrierConfig::new(server.url("/voice?n=1#rc=0"));
    config.speed = 200;
    change(&mut config);
    Carrier::start(config).await
}

fn call_from(caller: Caller) -> InboundCall {
    InboundCall {
        from: Some("+13055550142".to_owned()),
        to: "+18005550100".to_owned(),
        caller,
        extra_params: vec![],
    }
}
