//! Keys become an answer: complete by their number, a finishing key, or a silence.

use std::time::Duration;

use crate::{dtmf::Key, limits::DIGITS_MAX};

/// What completes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The answer is complete with so many keys.
    pub max: usize,
    /// It is complete with this key, which is the last of it.
    pub finish: Option<Key>,
    /// How long the first key is waited for once everything was said.
    pub first: Duration,
    /// How long each further key is waited for.
    pub next: Duration,
}

/// An answer that is being pressed. `at` is since any moment that stays the same.
#[derive(Debug, Clone)]
pub struct Collecting {
    wanted: Wanted,
    keys: String,
    deadline: Option<Duration>,
}

/// What was pressed: keys in order, nothing where there was silence. It is personal, and prints as nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Pressed(pub String);

impl std::fmt::Debug for Pressed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} keys]", self.0.len())
    }
}

impl Collecting {
    /// Nothing is pressed yet; while something is said, there is no deadline.
    pub fn new(wanted: Wanted) -> Self {
        let max = wanted.max.clamp(1, DIGITS_MAX);
        Self { wanted: Wanted { max, ..wanted }, keys: String::new(), deadline: None }
    }

    /// Everything was said: from here the first key is waited for.
    pub fn on_said(&mut self, at: Duration) {
        if self.keys.is_empty() {
            self.deadline = Some(at + self.wanted.first);
        }
    }

    /// A key was pressed. `Some`: the answer is complete.
    pub fn on_key(&mut self, at: Duration, key: Key) -> Option<Pressed> {
        self.keys.push(key.char());
        self.deadline = Some(at + self.wanted.next);
        let complete = self.keys.len() >= self.wanted.max || self.wanted.finish == Some(key);
        complete.then(|| Pressed(std::mem::take(&mut self.keys)))
    }

    /// When [`Self::on_deadline`] is due.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The deadline passed: what was pressed until now is the answer.
    pub fn on_deadline(&mut self) -> Pressed {
        self.deadline = None;
        Pressed(std::mem::take(&mut self.keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn wanted(max: usize) -> Wanted {
        Wanted { max, finish: Key::of_char('#'), first: S(5), next: S(2) }
    }

    fn press(collecting: &mut Collecting, at: u64, keys: &str) -> Option<Pressed> {
        keys.chars().find_map(|c| collecting.on_key(S(at), Key::of_char(c).unwrap()))
    }

    #[test]
    fn it_is_complete_by_number_or_by_the_finishing_key() {
        assert_eq!(press(&mut Collecting::new(wanted(3)), 0, "123"), Some(Pressed("123".to_owned())));
        assert_eq!(press(&mut Collecting::new(wanted(9)), 0, "12#"), Some(Pressed("12#".to_owned())));
        assert_eq!(press(&mut Collecting::new(wanted(9)), 0, "12*"), None);
    }

    #[test]
    fn silence_completes_it_too() {
        let mut collecting = Collecting::new(wanted(9));
        assert_eq!(collecting.deadline(), None, "while something is said, nobody has to answer");
        collecting.on_said(S(10));
        assert_eq!(collecting.deadline(), Some(S(15)));
        press(&mut collecting, 12, "7");
        assert_eq!(collecting.deadline(), Some(S(14)));
        assert_eq!(collecting.on_deadline(), Pressed("7".to_owned()));
        collecting.on_said(S(20));
        assert_eq!(collecting.on_deadline(), Pressed(String::new()));
    }

    #[test]
    fn a_key_over_the_prompt_counts_from_the_key() {
        let mut collecting = Collecting::new(wanted(9));
        press(&mut collecting, 3, "7");
        collecting.on_said(S(4));
        assert_eq!(collecting.deadline(), Some(S(5)));
    }

    #[test]
    fn what_was_pressed_is_not_printed() {
        assert_eq!(format!("{:?}", Pressed("5551234".to_owned())), "[7 keys]");
    }
}
