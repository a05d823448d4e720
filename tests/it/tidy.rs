//! Style that is tested instead of remembered: borders between crates, words that may not stand in a file, and documents
//! that say what the code says. CONTRIBUTING.md gives each rule with its reason.
//!
//! A rule that has exceptions lists each with its reason, and an exception that is no longer needed fails as well.

mod borders;
mod documents;
mod fuzzing;
mod limits;
mod operations;
mod promises;
mod source;
mod words;

/// Fails with every place that breaks a rule, not only the first.
#[track_caller]
fn holds(rule: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<_> = broken.into_iter().collect();
    assert!(broken.is_empty(), "{rule}\n    {}\n", broken.join("\n    "));
}
