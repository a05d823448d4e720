//! What comes in: whose it is, the keys in it, and on to the other party where two lines are joined.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use super::{
    line::{Heard, Shared},
    tap::Voice,
};
use crate::{
    limits::RTP_BYTES_MAX,
    rtp::{Packet, Source},
};

/// How often a party's silence is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// How often what was sent and heard is reported to the party (RFC 3550, 6.2).
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Hears as long as the line lives.
pub(super) async fn hear(shared: Arc<Shared>) {
    let (mut rtp, mut rtcp) = ([0; RTP_BYTES_MAX + 1], [0; RTP_BYTES_MAX]);
    let mut look = interval(LOOK);
    let mut reports = interval_at(Instant::now() + REPORT_EVERY, REPORT_EVERY);
    reports.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            came = shared.rtp.recv_from(&mut rtp) => {
                // An error here is a port of theirs that is closed; what counts is their silence.
                if let Ok((length, from)) = came {
                    on_packet(&shared, &rtp[..length], from).await;
                }
            }
            // Reports are not passed on: they speak of numbers that the other party never sees.
            came = shared.rtcp.recv_from(&mut rtcp) => {
                if let Ok((length, _)) = came {
                    shared.state().on_report(shared.now(), &rtcp[..length]);
                }
            }
            _ = reports.tick() => {
                let report = shared.state().report(shared.now());
                if let Some((report, target)) = report {
                    let _ = shared.rtcp.send_to(&report, target).await;
                }
            }
            _ = look.tick() => on_look(&shared),
        }
    }
}

async fn on_packet(shared: &Arc<Shared>, bytes: &[u8], from: SocketAddr) {
    let now = shared.now();
    let Some(packet) = Packet::read(bytes) else {
        shared.state().quality.on_stranger();
        return;
    };
    let Some((agreed, key, stopped, peer)) = take(shared, now, &packet, from) else { return };
    if stopped {
        shared.tell(Heard::Interrupted);
    }
    if let Some(key) = key {
        shared.tell(Heard::Key(key));
    }
    let Some(peer) = peer else { return };
    let (relayed, target) = {
        let mut state = peer.state();
        (state.relayed(peer.now(), &agreed, &packet), state.latch.target())
    };
    if let (Some(relayed), Some(target)) = (relayed, target) {
        let _ = peer.rtp.send_to(&relayed, target).await;
    }
}

type Taken = (crate::sdp::Agreed, Option<crate::dtmf::Key>, bool, Option<Arc<Shared>>);

/// Takes a packet up. `None`: it is nobody's that we speak with, or in no payload type that was agreed.
fn take(shared: &Shared, now: Duration, packet: &Packet<'_>, from: SocketAddr) -> Option<Taken> {
    let mut state = shared.state();
    let agreed = state.agreed.clone()?;
    let is_key = Some(packet.payload_type) == agreed.dtmf;
    let ours = is_key || packet.payload_type == agreed.speech;
    if !ours || state.latch.on_packet(now, from, packet.ssrc) == Source::Stranger {
        state.quality.on_stranger();
        return None;
    }
    state.owes_since = Some(now);
    state.quality.on_packet(now, packet.ssrc, packet.sequence, packet.timestamp);
    if !is_key {
        state.tapped(Voice::Said, now, agreed.law, packet.payload);
    }
    let key = is_key
        .then(|| state.receiver.on_packet(packet.ssrc, packet.timestamp, packet.marker, packet.payload))
        .flatten();
    let stopped = key.is_some() && state.playing.as_ref().is_some_and(|it| it.barge_in());
    if stopped {
        state.playing = None;
    }
    Some((agreed, key, stopped, state.peer.upgrade()))
}

fn on_look(shared: &Shared) {
    let silent = {
        let mut state = shared.state();
        let owes = state.agreed.as_ref().is_some_and(|it| it.direction.mirrored().hears());
        match state.owes_since {
            Some(since) if owes && shared.now().saturating_sub(since) >= shared.silence_max => {
                // Told once: whoever goes on nevertheless waits as long again.
                state.owes_since = Some(shared.now());
                true
            }
            Some(_) if !owes => {
                state.owes_since = Some(shared.now());
                false
            }
            _ => false,
        }
    };
    if silent {
        shared.tell(Heard::Silence);
    }
}
