//! What is wrong with what a caller hears.

use std::collections::BTreeSet;

use super::Trouble;
use crate::{PROMPT_CHARS_MAX, Speech};

/// What is wrong with any of these prompts. An empty one says nothing, and that is allowed.
pub(super) fn problems<'a>(
    prompts: impl IntoIterator<Item = &'a Vec<Speech>>,
) -> impl Iterator<Item = Trouble> {
    let mut found = BTreeSet::new();
    for prompt in prompts {
        if prompt.iter().map(length).sum::<usize>() > PROMPT_CHARS_MAX {
            found.insert(Trouble::LongPrompt);
        }
        for part in prompt {
            match part {
                Speech::Say(text) | Speech::Play(text) if text.trim().is_empty() => {
                    found.insert(Trouble::EmptySpeech);
                }
                Speech::Play(name) if !is_recording(name) => {
                    found.insert(Trouble::OddRecording);
                }
                Speech::Say(_) | Speech::Play(_) => {}
            }
        }
    }
    found.into_iter()
}

fn length(part: &Speech) -> usize {
    match part {
        Speech::Say(text) | Speech::Play(text) => text.chars().count(),
    }
}

/// An https URL with a host, or a name that cannot leave the folder of the shipped recordings.
fn is_recording(name: &str) -> bool {
    let graphic = name.bytes().all(|b| b.is_ascii_graphic());
    match name.split_once("://") {
        Some((scheme, rest)) => {
            scheme == "https" && graphic && rest.starts_with(|c: char| c.is_ascii_alphanumeric())
        }
        None => {
            let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            name.bytes().all(legal) && !name.starts_with('.')
        }
    }
}
