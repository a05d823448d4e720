//! What we send ourselves, each frame at its own moment: the schedule is a beginning and a number of frames, never the
//! frame before, so that no lateness adds up.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    line::{Heard, Shared},
    state::Due,
};

const FRAME: Duration = Duration::from_millis(20);
/// Behind by more than this, what was missed is let go: a burst would only fill the other side's buffer.
const BEHIND_MAX: Duration = Duration::from_millis(200);

/// Sends as long as the line lives.
pub(super) async fn pace(shared: Arc<Shared>) {
    loop {
        while !shared.state().is_due() {
            shared.changed.notified().await;
        }
        let mut moment = Instant::now();
        while shared.state().is_due() {
            sleep_until(moment).await;
            frame(&shared, moment).await;
            moment += FRAME;
            if moment.elapsed() > BEHIND_MAX {
                moment = Instant::now();
            }
        }
    }
}

/// Sends what this moment brings. Its time is that of the schedule: how late we wake up is no pause in what is heard.
async fn frame(shared: &Shared, moment: Instant) {
    let (due, target) = {
        let mut state = shared.state();
        (state.due(shared.at(moment)), state.latch.target())
    };
    match due {
        Due::Packet(packet) => {
            if let Some(target) = target {
                // A packet that cannot be sent is lost like any other.
                let _ = shared.rtp.send_to(&packet, target).await;
            }
        }
        Due::Nothing { said: true } => shared.tell(Heard::Said),
        Due::Nothing { said: false } => {}
    }
}
