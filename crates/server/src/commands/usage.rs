//! A command line that cannot be read is refused without what was typed: what stands where an id or a word of ours
//! belongs may be somebody's number or name, and what a terminal shows is copied into tickets.

use clap::{
    CommandFactory, Error, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What stands for what is not shown.
const WITHHELD: &str = "…";
/// What of a message may have been typed.
const TYPED: [ContextKind; 3] =
    [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand];

/// Reads the command line. Ends the process if it cannot be read, or asks for help alone.
pub(super) fn read<C: CommandFactory + FromArgMatches>() -> C {
    let read = C::command().try_get_matches().and_then(|mut matches| C::from_arg_matches_mut(&mut matches));
    read.unwrap_or_else(|error| withheld(error.with_cmd(&C::command())).exit())
}

fn withheld(mut error: Error) -> Error {
    let unknown = matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand);
    for kind in TYPED {
        let typed = kind == ContextKind::InvalidValue || unknown;
        let is_text = matches!(error.get(kind), Some(ContextValue::String(_)));
        if typed && is_text && !like_ours(&error) {
            error.insert(kind, ContextValue::String(WITHHELD.to_owned()));
            // Tips that say it again.
            error.remove(ContextKind::Suggested);
        }
    }
    error
}

/// Whether it was a slip in one of our own words, which shows what was typed.
fn like_ours(error: &Error) -> bool {
    let suggested = |kind| {
        error.get(kind).is_some_and(|value| match value {
            ContextValue::String(word) => !word.is_empty(),
            ContextValue::Strings(words) => !words.is_empty(),
            _ => false,
        })
    };
    [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .any(suggested)
}
