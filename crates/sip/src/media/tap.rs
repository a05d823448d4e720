//! What is said and heard on a line, for whoever records it.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::line::Shared;
use crate::{g711::Law, limits::PIECES_MAX};

/// Whose sound it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The party's own.
    Said,
    /// What it hears: ours, or that of whom it is joined with.
    Heard,
}

/// A piece of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whose.
    pub voice: Voice,
    /// When it came or went, since the line was first listened to.
    pub at: Duration,
    /// Its samples, 8,000 a second, in mu-law.
    pub samples: Vec<u8>,
}

/// A line that can be listened to.
#[derive(Debug, Clone)]
pub struct Ear(pub(super) Arc<Shared>);

impl Ear {
    /// Listens from now on; whoever listened before hears no more. It ends with the call.
    pub fn listen(&self) -> mpsc::Receiver<Piece> {
        let (to, pieces) = mpsc::channel(PIECES_MAX);
        self.0.state().tap = Some(Tap { to, from: self.0.now() });
        pieces
    }
}

/// Where pieces go.
#[derive(Debug)]
pub(super) struct Tap {
    to: mpsc::Sender<Piece>,
    from: Duration,
}

impl Tap {
    /// Passes a piece on. Whoever does not keep up misses it: nobody's speech waits for a recording.
    pub(super) fn passes(&self, voice: Voice, now: Duration, law: Law, samples: &[u8]) {
        let Ok(place) = self.to.try_reserve() else { return };
        let mut samples = samples.to_vec();
        law.turn_into(Law::Mu, &mut samples);
        place.send(Piece { voice, at: now.saturating_sub(self.from), samples });
    }
}
