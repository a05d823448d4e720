//! `SettingsProblem`: one thing to mend in a settings file.

use std::{fmt, sync::Arc};

/// One thing to mend. Its `Display` is a line for the operator; it never repeats a secret or a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingsProblem {
    /// The file's name, as it was given.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The field, ex: `offer.buyer-c.timeout`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub mend: String,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}; {}", self.what, self.mend)
    }
}

impl std::error::Error for SettingsProblem {}
