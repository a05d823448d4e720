//! Questions and messages: what the one on the line puts in.

use super::{
    exchange::resolve,
    faults::Kind,
    leg::Recording,
    perform::{Flow, Performer, spoken},
    script::{Answer, Input},
    twiml::{Gather, Record, Verb},
};
use crate::clock;
use std::time::Duration;
use url::Url;

/// From one key to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(150);
/// How long a message on tape is.
const MESSAGE: Duration = Duration::from_secs(3);

impl Performer {
    pub(super) async fn gather(&self, gather: &Gather, base: &Url) -> Flow {
        let words: Vec<&str> = gather.prompts.iter().filter_map(words).collect();
        let answer = self.script.answer(&words.join("\n"));
        let heard = self.hears_out(gather, &answer, base).await;
        self.script.question_is_over();
        let waited = if heard { answer.after } else { Duration::ZERO };
        let params = match &answer.input {
            Input::Press(keys) if gather.digits && waited < gather.timeout => {
                self.keys(gather, keys, waited).await
            }
            Input::Speak { text, confidence } if gather.speech && waited < gather.timeout => {
                self.exchange.pace.sleep(waited + spoken(text) + Duration::from_secs(1)).await;
                Some(vec![("SpeechResult", text.clone()), ("Confidence", confidence.clone())])
            }
            Input::Press(_) | Input::Speak { .. } | Input::Silence => {
                self.exchange.pace.sleep(gather.timeout).await;
                None
            }
        };
        let params = match params {
            Some(params) => params,
            None if gather.action_on_empty => vec![("Digits", String::new())],
            None => return Flow::Next,
        };
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let kind = if self.is_caller() { Kind::Gather } else { Kind::Accept };
        self.goto(kind, base, &gather.action, gather.method, params)
    }

    /// Plays the prompts; false if the answer stopped them.
    async fn hears_out(&self, gather: &Gather, answer: &Answer, base: &Url) -> bool {
        let prompts = async {
            for prompt in &gather.prompts {
                self.sound(prompt, base, false).await;
            }
        };
        if !answer.barges_in || answer.input == Input::Silence {
            prompts.await;
            return true;
        }
        tokio::select! {
            () = prompts => true,
            () = self.exchange.pace.sleep(answer.after) => false,
        }
    }

    /// The digits as Twilio hands them over, or nothing if there were none.
    async fn keys(
        &self,
        gather: &Gather,
        keys: &str,
        waited: Duration,
    ) -> Option<Vec<(&'static str, String)>> {
        let (mut digits, mut finished, mut pressed) = (String::new(), None, 0);
        for key in keys.chars() {
            pressed += 1;
            if Some(key) == gather.finish_on {
                finished = Some(key);
                break;
            }
            digits.push(key);
            if gather.num_digits == Some(digits.len()) {
                break;
            }
        }
        self.exchange.pace.sleep(waited + BETWEEN_KEYS * pressed).await;
        if finished.is_none() && gather.num_digits != Some(digits.len()) {
            self.exchange.pace.sleep(gather.timeout).await;
        }
        if digits.is_empty() {
            return None;
        }
        let mut params = vec![("Digits", digits)];
        params.extend(finished.map(|key| ("FinishedOnKey", key.to_string())));
        Some(params)
    }

    /// `<Record>`: three seconds are said, then the action is requested.
    pub(super) async fn take_message(&self, record: &Record, base: &Url) -> Flow {
        let began = clock::now();
        self.exchange.pace.sleep(MESSAGE.min(record.max_length)).await;
        let sid = self.exchange.sid("RE");
        let length = self.exchange.pace.simulated(began.elapsed()).as_secs();
        let url = self.exchange.recording_url(&sid);
        let callback = record.callback.as_deref().and_then(|text| resolve(base, text).ok());
        let recording = Recording { sid: sid.clone(), source: "RecordVerb", channels: 1, began, callback };
        self.leg.report_recording(&self.exchange, &recording);
        let params =
            [("RecordingSid", sid), ("RecordingUrl", url), ("RecordingDuration", length.to_string())];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.goto(Kind::RecordAction, base, &record.action, record.method, params)
    }
}

fn words(prompt: &Verb) -> Option<&str> {
    match prompt {
        Verb::Say { text, .. } => Some(text),
        Verb::Play { url, .. } => Some(url),
        _ => None,
    }
}
