//! `ConfigProblem`: one thing to mend before a process starts.

use std::fmt;

/// One thing to mend. Its `Display` is a line for the operator; it never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where it was set.
    pub place: Place,
    /// The key, ex: `http.listen`. Empty: the file as a whole.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub mend: String,
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File {
        /// Its name, as it was given.
        name: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
    },
    /// By a variable of the environment.
    Environment {
        /// Its name.
        name: String,
    },
    /// Nowhere: it is missing.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Environment { name } => write!(f, "environment {name}"),
            Self::Nowhere => f.write_str("configuration"),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.what, self.mend)
    }
}

impl std::error::Error for ConfigProblem {}
