//! What is heard: texts and recordings as samples. Nobody ever hears silence in the place of a text.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use ivr::Speech;
use sip::{
    g711::read_wav,
    leg::Playlist,
    prompts::{Piece, Prompts},
};

use super::spoken::Synthesis;
use crate::{audio, config::SipConfig};

/// Recordings of a folder.
pub const RECORDINGS_MAX: usize = 500;
/// Texts that were read aloud and are kept; the one that was made first goes first.
pub const SPOKEN_MAX: usize = 256;
/// What is asked for in the place of a question that nobody can read aloud.
const ANSWER: &str = "Please enter your answer on the keypad.";
/// The same of a buyer.
const PRESS_ONE: &str = "You have a call. Press 1 to take it.";
/// The name of the ringback, as the carrier of webhooks plays it.
const RING: &str = "ring.wav";

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
pub struct Speaker {
    shipped: Prompts,
    recorded: BTreeMap<String, Arc<[i16]>>,
    synthesis: Option<Synthesis>,
    spoken: Mutex<Spoken>,
    ring: Arc<[i16]>,
    beep: Arc<[i16]>,
}

#[derive(Default)]
struct Spoken {
    by_text: BTreeMap<String, Arc<[i16]>>,
    order: VecDeque<String>,
}

impl Speaker {
    /// Reads the recordings of the folder that is configured.
    ///
    /// # Errors
    /// When one of them cannot be read, or there are too many.
    pub fn new(config: &SipConfig) -> anyhow::Result<Self> {
        let mut recorded = BTreeMap::new();
        let folder = config.prompts.as_deref().map(std::fs::read_dir).transpose();
        for entry in folder.context("reading the folder that sip.prompts names")?.into_iter().flatten() {
            let path = entry.context("reading the folder that sip.prompts names")?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if !name.to_ascii_lowercase().ends_with(".wav") {
                continue;
            }
            anyhow::ensure!(
                recorded.len() < RECORDINGS_MAX,
                "sip.prompts holds more than {RECORDINGS_MAX} recordings; keep those that are played"
            );
            let file = std::fs::read(&path)
                .with_context(|| format!("reading {name}, a recording of sip.prompts"))?;
            let samples = read_wav(&file).with_context(|| format!("{name}, a recording of sip.prompts"))?;
            recorded.insert(name, samples.into());
        }
        Ok(Self {
            shipped: Prompts::shipped(),
            recorded,
            synthesis: Synthesis::of(config),
            spoken: Mutex::default(),
            ring: audio::samples().into(),
            beep: audio::beep().into(),
        })
    }

    /// Whether it could say this, as far as is known without saying it.
    pub fn can_say(&self, speech: &Speech) -> bool {
        match speech {
            Speech::Say(_) if self.synthesis.is_some() => true,
            Speech::Say(text) => {
                self.shipped.pieces(text).iter().all(|piece| matches!(piece, Piece::Said(_)))
            }
            Speech::Play(name) => self.recording(name).is_some(),
        }
    }

    /// What is said, part by part. A part that nobody can say is a beep, and a question asks for keys behind it.
    pub(super) async fn prompts(&self, say: &[Speech], said: Said) -> Vec<Arc<[i16]>> {
        let (mut prompts, mut unsaid) = (vec![], 0_u64);
        for part in say {
            match part {
                Speech::Say(text) => {
                    for piece in self.shipped.pieces(text) {
                        let heard = match piece {
                            Piece::Said(samples) => Some(samples),
                            Piece::Unsaid(sentence) => self.spoken(&sentence).await,
                        };
                        unsaid += u64::from(heard.is_none());
                        prompts.push(heard.unwrap_or_else(|| Arc::clone(&self.beep)));
                    }
                }
                Speech::Play(name) => {
                    let heard = self.recording(name);
                    unsaid += u64::from(heard.is_none());
                    prompts.push(heard.unwrap_or_else(|| Arc::clone(&self.beep)));
                }
            }
        }
        if unsaid > 0 {
            metrics::counter!("pingpost_sip_unsaid_total").increment(unsaid);
            let instead = match said {
                Said::Question => Some(ANSWER),
                Said::Screen => Some(PRESS_ONE),
                Said::Statement => None,
            };
            let pieces = instead.into_iter().flat_map(|text| self.shipped.pieces(text));
            prompts.extend(pieces.filter_map(|piece| match piece {
                Piece::Said(samples) => Some(samples),
                Piece::Unsaid(_) => None,
            }));
        }
        prompts
    }

    /// What a caller on hold hears, again and again.
    pub(super) async fn hold(&self, audio: &[Speech]) -> Playlist {
        // A beep would be no hold.
        let can_be: Vec<_> = audio.iter().filter(|part| self.can_say(part)).cloned().collect();
        match self.prompts(&can_be, Said::Statement).await {
            prompts if prompts.is_empty() => self.ringing(),
            prompts => Playlist { prompts, repeats: true, barge_in: false },
        }
    }

    /// The ringback, again and again.
    pub(super) fn ringing(&self) -> Playlist {
        Playlist { prompts: vec![Arc::clone(&self.ring)], repeats: true, barge_in: false }
    }

    /// A recording of the folder by its name; of a URL, by the last part of its path. Nothing is fetched.
    fn recording(&self, name: &str) -> Option<Arc<[i16]>> {
        let name = name.rsplit('/').next().unwrap_or_default();
        let name = name.split(['?', '#']).next().unwrap_or_default();
        self.recorded.get(name).or_else(|| (name == RING).then_some(&self.ring)).cloned()
    }

    async fn spoken(&self, sentence: &str) -> Option<Arc<[i16]>> {
        let synthesis = self.synthesis.as_ref()?;
        if let Some(known) = self.lock().by_text.get(sentence) {
            return Some(Arc::clone(known));
        }
        let samples: Arc<[i16]> = match synthesis.say(sentence).await {
            Ok(samples) => samples.into(),
            // What it was to say may tell of the caller.
            Err(error) => {
                tracing::warn!(error = %crate::chain_of(error.as_ref()), "a text was not read aloud by the command of sip.say");
                return None;
            }
        };
        let mut spoken = self.lock();
        if spoken.by_text.insert(sentence.to_owned(), Arc::clone(&samples)).is_none() {
            spoken.order.push_back(sentence.to_owned());
        }
        if spoken.order.len() > SPOKEN_MAX
            && let Some(first) = spoken.order.pop_front()
        {
            spoken.by_text.remove(&first);
        }
        Some(samples)
    }

    fn lock(&self) -> MutexGuard<'_, Spoken> {
        self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, path::Path, time::Duration};

    use super::*;

    fn config() -> SipConfig {
        SipConfig {
            udp: (Ipv4Addr::LOCALHOST, 0).into(),
            tcp: None,
            advertised: Ipv4Addr::LOCALHOST.into(),
            node: "one".to_owned(),
            ports: 20_000..=20_099,
            calls_max: 1,
            silence_max: Duration::from_secs(9),
            call_max: Duration::from_secs(9),
            peers: vec![],
            prompts: None,
            say: vec![],
            say_timeout: Duration::from_secs(5),
            recordings: None,
            recording_max: Duration::from_secs(3_600),
            recordings_room: 1 << 30,
            trunks: vec![],
        }
    }

    fn say(text: &str) -> Speech {
        Speech::Say(text.to_owned())
    }

    fn length(prompts: &[Arc<[i16]>]) -> usize {
        prompts.iter().map(|it| it.len()).sum()
    }

    #[tokio::test]
    async fn what_nobody_can_say_is_a_beep_and_a_question_asks_for_keys_all_the_same() {
        let speaker = Speaker::new(&config()).expect("it needs nothing");
        let unknown = say("Xylophones?");
        assert!(!speaker.can_say(&unknown) && speaker.can_say(&say("Thank you. Goodbye.")));
        let said = speaker.prompts(std::slice::from_ref(&unknown), Said::Statement).await;
        assert_eq!(said, [audio::beep().into()]);
        let asked = speaker.prompts(&[unknown], Said::Question).await;
        assert_eq!(asked[0], said[0]);
        assert!(length(&asked[1..]) > 8_000, "a second of words behind it");
        assert!(
            speaker.hold(&[Speech::Play("gone.wav".to_owned())]).await == speaker.ringing(),
            "a beep is no hold"
        );
    }

    #[tokio::test]
    async fn a_command_reads_aloud_what_is_not_recorded_and_each_text_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(at("ring.wav"), audio::wav(&audio::samples())).expect("it is written");
        let script = format!("cat >> {}; cat {}", at("said"), at("ring.wav"));
        let command = ["sh", "-c", &script].map(str::to_owned).to_vec();
        let speaker = Speaker::new(&SipConfig { say: command, ..config() }).expect("it needs nothing");
        for _ in 0..2 {
            let said = speaker.prompts(&[say("Thank you. Xylophones?")], Said::Statement).await;
            assert_eq!(said.len(), 2);
            assert_eq!(said[1].len(), audio::samples().len());
        }
        assert_eq!(std::fs::read_to_string(Path::new(&at("said"))).expect("it read"), "Xylophones?");
    }

    #[tokio::test]
    async fn a_command_that_fails_or_takes_too_long_costs_a_beep() {
        for (command, timeout) in [(vec!["false"], 5_000), (vec!["cat"], 5_000), (vec!["sleep", "30"], 50)] {
            let say_timeout = Duration::from_millis(timeout);
            let command = command.into_iter().map(str::to_owned).collect();
            let speaker = Speaker::new(&SipConfig { say: command, say_timeout, ..config() });
            let said =
                speaker.expect("it needs nothing").prompts(&[say("Xylophones?")], Said::Statement).await;
            assert_eq!(said, [audio::beep().into()]);
        }
    }

    #[tokio::test]
    async fn recordings_are_played_by_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("hold.wav"), audio::wav(&[500; 1_600])).expect("it is written");
        let config = SipConfig { prompts: Some(folder.path().to_owned()), ..config() };
        let speaker = Speaker::new(&config).expect("it can be read");
        for name in ["hold.wav", "https://cdn.example.com/a/hold.wav?v=2"] {
            let said = speaker.prompts(&[Speech::Play(name.to_owned())], Said::Statement).await;
            assert_eq!(length(&said), 1_600, "{name}");
        }
        std::fs::write(folder.path().join("bad.wav"), b"no sound").expect("it is written");
        let error = crate::chain_of(Speaker::new(&config).err().expect("it is none").as_ref());
        assert!(error.contains("bad.wav") && error.contains("save it as WAV"), "{error}");
    }
}
