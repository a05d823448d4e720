//! Scripted callers: what somebody on the line answers, and when he hangs up.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A caller's behaviour.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    answers: Answers,
    /// When he hangs up by himself.
    pub hang_up: Option<HangUp>,
}

#[derive(Clone, Debug)]
enum Answers {
    InOrder(Vec<Answer>),
    ByPrompt(Vec<(String, Vec<Answer>)>),
}

/// One answer to one question. Times are simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub(crate) input: Input,
    pub(crate) after: Duration,
    pub(crate) barges_in: bool,
}

/// What is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Press(String),
    Speak { text: String, confidence: String },
    Silence,
}

/// When a caller hangs up. Times are simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HangUp {
    /// In the middle of the prompt that holds these words.
    AtPrompt(String),
    /// In the middle of the first sound of a hold: a document that plays and then redirects.
    DuringHold,
    /// While a buyer's telephone rings.
    WhileRinging,
    /// When a buyer has answered and begins to hear the whisper.
    AtWhisper,
    /// So long after the bridge.
    AfterBridge(Duration),
    /// So long after the call began.
    After(Duration),
}

impl Answer {
    /// Presses keys when the prompt is over.
    #[must_use]
    pub fn press(keys: &str) -> Self {
        Self { input: Input::Press(keys.to_owned()), after: Duration::from_secs(1), barges_in: false }
    }

    /// Says something, and the recogniser is this sure (`"0.93"`).
    #[must_use]
    pub fn speak(text: &str, confidence: &str) -> Self {
        let input = Input::Speak { text: text.to_owned(), confidence: confidence.to_owned() };
        Self { input, after: Duration::from_secs(1), barges_in: false }
    }

    /// Nothing.
    #[must_use]
    pub fn silence() -> Self {
        Self { input: Input::Silence, after: Duration::ZERO, barges_in: false }
    }

    /// So long after the prompt; later than the question's time-out is no answer.
    #[must_use]
    pub fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    /// Counts from the beginning of the prompt and stops it.
    #[must_use]
    pub fn barging_in(mut self) -> Self {
        self.barges_in = true;
        self
    }
}

impl Caller {
    /// Answers the first question with the first answer, and so on; then he is silent.
    #[must_use]
    pub fn in_order(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Answers::InOrder(answers.into_iter().collect()), hang_up: None }
    }

    /// Answers a question by what was said since the last one; case does not matter, the first match wins.
    #[must_use]
    pub fn by_prompt<'a>(answers: impl IntoIterator<Item = (&'a str, Answer)>) -> Self {
        let rules = answers.into_iter().map(|(words, answer)| (words.to_lowercase(), vec![answer]));
        Self { answers: Answers::ByPrompt(rules.collect()), hang_up: None }
    }

    /// As [`Caller::by_prompt`], with another answer each time the question comes again; the last one stays.
    /// Wrong and then right: `[("zip", vec![Answer::press("99"), Answer::press("33109")])]`.
    #[must_use]
    pub fn by_prompt_in_turn<'a>(answers: impl IntoIterator<Item = (&'a str, Vec<Answer>)>) -> Self {
        let rules = answers.into_iter().map(|(words, answers)| (words.to_lowercase(), answers));
        Self { answers: Answers::ByPrompt(rules.collect()), hang_up: None }
    }

    /// Says nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// Hangs up by himself.
    #[must_use]
    pub fn hanging_up(mut self, when: HangUp) -> Self {
        self.hang_up = Some(when);
        self
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::InOrder(vec![])
    }
}

/// A behaviour in play.
#[derive(Debug, Default)]
pub(crate) struct Script {
    caller: Caller,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    said: String,
    asked: usize,
    matched: BTreeMap<usize, usize>,
}

impl Script {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller, memory: Mutex::default() }
    }

    pub(crate) fn hang_up(&self) -> Option<&HangUp> {
        self.caller.hang_up.as_ref()
    }

    /// Hears a prompt; true if he hangs up at it.
    pub(crate) fn hears(&self, prompt: &str) -> bool {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.said.push('\n');
        memory.said.push_str(&prompt.to_lowercase());
        matches!(self.hang_up(), Some(HangUp::AtPrompt(words)) if prompt.to_lowercase().contains(&words.to_lowercase()))
    }

    /// The answer to a question that goes on with these prompts.
    pub(crate) fn answer(&self, prompts: &str) -> Answer {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let said = format!("{}\n{}", std::mem::take(&mut memory.said), prompts.to_lowercase());
        let turn = memory.asked;
        memory.asked += 1;
        let found = match &self.caller.answers {
            Answers::InOrder(answers) => answers.get(turn),
            Answers::ByPrompt(rules) => {
                rules.iter().enumerate().find(|(_, (words, _))| said.contains(words.as_str())).and_then(
                    |(rule, (_, answers))| {
                        let before = memory.matched.entry(rule).or_default();
                        *before += 1;
                        answers.get(*before - 1).or(answers.last())
                    },
                )
            }
        };
        found.cloned().unwrap_or_else(Answer::silence)
    }

    /// Forgets the prompts of a question that was answered.
    pub(crate) fn question_is_over(&self) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).said.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_and_then_right() {
        let answers = vec![Answer::press("99"), Answer::press("33109")];
        let script = Script::new(Caller::by_prompt_in_turn([("ZIP", answers)]));
        assert_eq!(script.answer("your zip code?"), Answer::press("99"));
        assert_eq!(script.answer("your zip code, please?"), Answer::press("33109"));
        assert_eq!(script.answer("your age?"), Answer::silence());
        script.hears("and the zip?");
        assert_eq!(script.answer(""), Answer::press("33109"));
    }
}
