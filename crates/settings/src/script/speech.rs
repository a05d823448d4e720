//! A prompt: a text, a recording, or a list of both.

use ivr::Speech;

use super::super::{field::Field, keys::Section};

/// Reads `"text"`, `{ play = "hold.wav" }`, or a list of these.
pub(in super::super) fn read(field: &Field<'_>) -> Vec<Speech> {
    if field.value.is_array() {
        return field.list().iter().filter_map(part).collect();
    }
    part(field).into_iter().collect()
}

/// Reads a prompt that must say something.
pub(in super::super) fn needed(field: &Field<'_>) -> Vec<Speech> {
    let prompt = read(field);
    let silent = |part: &Speech| matches!(part, Speech::Say(text) | Speech::Play(text) if text.is_empty());
    if prompt.iter().all(silent) && !field.report.is_broken(&field.spot.path) {
        field.wrong::<()>(
            "the prompt is empty, and a caller would hear silence",
            "write what the caller hears",
        );
    }
    prompt
}

fn part(field: &Field<'_>) -> Option<Speech> {
    if field.value.is_str() {
        return field.text().map(|text| Speech::Say(text.to_owned()));
    }
    let table = field.table(Section::Speech)?;
    match (table.field("say"), table.field("play")) {
        (Some(say), None) => say.text().map(|text| Speech::Say(text.to_owned())),
        (None, Some(play)) => play.text().map(|text| Speech::Play(text.to_owned())),
        _ => field
            .wrong("a part of a prompt is said or played", "write \"a text\", or { play = \"hold.wav\" }"),
    }
}
