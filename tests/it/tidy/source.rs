//! The project's files as text, and Rust without its comments.

use std::{fs, path::Path};

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 5] = [".git", "target", "node_modules", "./data", ".venv"];
/// Endings of files that are no text.
const BINARY: [&str; 9] = ["png", "jpg", "ico", "wav", "mp3", "woff2", "db", "db-shm", "db-wal"];

/// One file of the project.
pub(super) struct Source {
    /// Its path from the project's root, ex: `crates/lead/src/lib.rs`.
    pub(super) path: String,
    /// What it holds.
    pub(super) text: String,
}

/// Every text file of the project.
pub(super) fn all() -> Vec<Source> {
    let mut found = Vec::new();
    walk(".", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file.
pub(super) fn rust() -> Vec<Source> {
    all().into_iter().filter(|source| source.ends("rs")).collect()
}

/// One file, by its path from the root. A file that is not there is empty.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// Whether there is such a file or folder.
pub(super) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The names of what a folder holds.
pub(super) fn names_in(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn walk(folder: &str, found: &mut Vec<Source>) {
    for name in names_in(folder) {
        let path = format!("{folder}/{name}");
        if SKIPPED.contains(&&*name) || SKIPPED.contains(&&*path) {
            continue;
        }
        if root().join(&path).is_dir() {
            walk(&path, found);
        } else if !BINARY.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
            let text = read(&path);
            found.push(Source { path: path.trim_start_matches("./").to_owned(), text });
        }
    }
}

impl Source {
    /// Whether its name ends so.
    pub(super) fn ends(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| it == ending)
    }

    /// Whether it lies in a folder of this name, at any depth.
    pub(super) fn is_below(&self, folder: &str) -> bool {
        self.path.split('/').rev().skip(1).any(|part| part == folder)
    }

    /// Its lines that hold a text, as `path:line: text`.
    pub(super) fn lines_with<'a>(&'a self, text: &'a str) -> impl Iterator<Item = String> + 'a {
        let lines = self.text.lines().enumerate().filter(move |(_, line)| line.contains(text));
        lines.map(move |(n, _)| format!("{}:{}: {text}", self.path, n + 1))
    }

    /// Its lines whose code, comments left out, holds a whole word.
    pub(super) fn code_with(&self, word: &str) -> Vec<String> {
        if !self.text.contains(word) {
            return Vec::new();
        }
        let code = code(&self.text);
        let lines = code.lines().enumerate().filter(|(_, line)| has_word(line, word));
        lines.map(|(n, _)| format!("{}:{}: {word}", self.path, n + 1)).collect()
    }
}

/// Whether a text holds a word that no letter, digit or `_` makes longer.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (first, last) = (word.starts_with(part), word.ends_with(part));
    text.match_indices(word).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + word.len()..]);
        let longer = first && before.ends_with(part) || last && behind.starts_with(part);
        !longer
    })
}

/// Rust without its comments; every line stays where it was.
pub(super) fn code(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, keep) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
        } else if let Some(length) = raw_string(&kept, rest) {
            (length, true)
        } else if first == '"' {
            (quoted(rest, '"'), true)
        } else if first == '\'' {
            (character(rest), true)
        } else {
            (first.len_utf8(), true)
        };
        let (part, behind) = rest.split_at(length);
        if keep {
            kept.push_str(part);
        } else {
            kept.extend(part.chars().filter(|c| *c == '\n'));
        }
        rest = behind;
    }
    kept
}

/// The length of a raw string that begins here.
fn raw_string(before: &str, rest: &str) -> Option<usize> {
    let in_a_word = before.ends_with(|c: char| c.is_ascii_alphanumeric() && c != 'b' || c == '_');
    let marks = rest.strip_prefix('r').filter(|_| !in_a_word)?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let body = marks[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(2 + hashes + length)
}

fn quoted(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == mark => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A character, or only the mark of a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1,
    }
}

#[test]
fn comments_are_left_out_and_nothing_else() {
    let text = "a // b\n\"c // d\" 'e' '\\'' /* f\n g */ r#\"h // \"i\"# &'j k; '\"' // l";
    assert_eq!(code(text), "a \n\"c // d\" 'e' '\\'' \n r#\"h // \"i\"# &'j k; '\"' ");
    assert!(has_word("a.reveal()", ".reveal("));
    assert!(
        has_word("<Gather>", "Gather") && !has_word("Gathered", "Gather") && !has_word("xGather", "Gather")
    );
}
