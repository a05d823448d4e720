//! What an answer promises is on the disk before the answer leaves, as the system calls of the real process show.

use std::{collections::BTreeMap, process::Command};

use carrier::twilio::Hook;
use lead::JourneyId;
use sandbox::InboundCall;

use crate::{trace::answers, world::World};

/// Calls that are traced. `PINGPOST_SYNCED_CALLS` says another number.
const CALLS: usize = 40;
/// Calls at once.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_before_it_is_synced() {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    let tried = tried.expect("strace is missing: install the package strace");
    let why = String::from_utf8_lossy(&tried.stderr);
    assert!(tried.status.success(), "strace cannot attach here, so this test can show nothing: {why}");

    let calls = std::env::var_os("PINGPOST_SYNCED_CALLS");
    let calls = calls.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(CALLS);
    let world = World::with(|place| {
        let trace = place.path("trace").display().to_string();
        let of = "trace=read,recvfrom,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync";
        // -D: the process stays this test's own child.
        place
            .with("LOG__LEVEL", "info")
            .under(["strace", "-D", "-f", "-qq", "-y", "-s", "2000", "-e", of, "-o", &trace])
    })
    .await;
    let mut sold = vec![];
    for first in (0..calls).step_by(AT_ONCE) {
        let placed = (first..calls.min(first + AT_ONCE)).map(|n| {
            let from = Some(format!("+1305556{n:04}"));
            world.medicare.carrier.place(InboundCall { from, ..world.call() })
        });
        let placed: Vec<_> = placed.collect();
        for handle in &placed {
            handle.ended().await;
            sold.push(JourneyId::of_call(crate::place::ACCOUNT, handle.sid()));
        }
    }
    world.server.signal("TERM");
    world.server.logged("stopped");
    let trace = std::fs::read_to_string(world.place.path("trace")).expect("it was traced");
    judge(&trace, &sold);
}

/// Each call has one acceptance and one ending that settles it; both are money.
fn judge(trace: &str, sold: &[JourneyId]) {
    let mut accepted: BTreeMap<JourneyId, bool> = BTreeMap::new();
    let mut settled: BTreeMap<JourneyId, bool> = BTreeMap::new();
    for answered in answers(trace) {
        if !matches!(answered.status, 200 | 204) {
            continue;
        }
        match Hook::parse(&answered.target) {
            Some(Hook::Leg { journey, .. }) if answered.form.contains("CallStatus=in-progress") => {
                *accepted.entry(journey).or_insert(true) &= answered.synced;
            }
            Some(Hook::Leg { journey, .. }) if answered.form.contains("CallStatus=completed") => {
                *settled.entry(journey).or_insert(false) |= answered.synced;
            }
            Some(Hook::Dialed { journey, .. }) => *settled.entry(journey).or_insert(false) |= answered.synced,
            _ => {}
        }
    }
    for journey in sold {
        let what = (accepted.get(journey), settled.get(journey));
        assert_eq!(what, (Some(&true), Some(&true)), "{journey}: acceptance and settlement, each synced");
    }
    assert_eq!(accepted.len(), sold.len());
}
