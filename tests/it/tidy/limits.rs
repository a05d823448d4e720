//! `docs/limits.md` against the code: every limit is there under its name, with its value.

use std::collections::BTreeSet;

use super::{
    holds,
    source::{self, code, has_word},
};

const TABLE: &str = "docs/limits.md";

/// One row: `| name | value | what waits, grows or retries | file |`.
struct Row {
    name: String,
    value: String,
    file: String,
}

#[test]
fn every_documented_limit_is_in_the_code_with_its_value() {
    let mut broken = Vec::new();
    for row in rows() {
        let name = row.name.rsplit('.').next().unwrap_or(&row.name);
        let text = source::read(&row.file);
        let code = if row.file.ends_with(".rs") { code(&text) } else { text };
        if !has_word(&code, name) {
            broken.push(format!("{} is not in {}", row.name, row.file));
            continue;
        }
        let known: Vec<_> = values_of(&code, name).into_iter().filter_map(|it| amount(&it)).collect();
        match amount(&row.value) {
            Some(value) if known.is_empty() || known.contains(&value) => {}
            Some(_) => broken.push(format!("{} of {} is not {}", row.name, row.file, row.value)),
            None => {
                broken.push(format!("{}: {} is no value, ex: `5 s`, `64 KiB`, `256`", row.name, row.value))
            }
        }
    }
    holds("docs/limits.md and the code name the same limits with the same values", broken);
}

#[test]
fn every_public_limit_is_documented() {
    let rows: BTreeSet<_> = rows().into_iter().map(|row| (row.file, row.name)).collect();
    let mut broken = Vec::new();
    for source in source::rust() {
        if !source.path.starts_with("crates/")
            || !source.path.contains("/src/")
            || source.path.contains("/sandbox/")
        {
            continue;
        }
        for line in code(&source.text).lines() {
            let Some((name, _)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(':'))
            else {
                continue;
            };
            let is_limit = name.ends_with("_MAX") || source.path.ends_with("/limits.rs");
            if is_limit && !rows.contains(&(source.path.clone(), name.to_owned())) {
                broken.push(format!("{name} of {}", source.path));
            }
        }
    }
    holds(
        "whatever waits, grows or retries has a named limit, and all limits stand in docs/limits.md",
        broken,
    );
}

fn rows() -> Vec<Row> {
    let text = source::read(TABLE);
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>();
    let rows =
        text.lines().filter(|line| line.starts_with("| `")).map(cells).filter(|cells| cells.len() == 6);
    let rows: Vec<_> = rows
        .map(|cells| Row { name: cells[1].clone(), value: cells[2].clone(), file: cells[4].clone() })
        .collect();
    assert!(rows.len() > 20, "{TABLE} holds one table: name, value, what it bounds, file");
    rows
}

/// What stands behind the name of a constant, a field or a key.
fn values_of(code: &str, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for (at, _) in code.match_indices(name) {
        let before = &code[..at];
        let behind = &code[at + name.len()..];
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            || !behind.starts_with([':', ' '])
        {
            continue;
        }
        let behind = behind.trim_start_matches([':', ' ']);
        let value = if before.ends_with("const ") {
            behind.split_once('=').map(|(_, value)| value.split(';').next())
        } else {
            Some(behind.trim_start_matches(['=', ' ']).split(['\n', '}']).next())
        };
        values.extend(value.flatten().map(|it| it.trim().trim_end_matches(',').to_owned()));
    }
    values
}

/// A value as a plain number: of milliseconds, of bytes, or of pieces.
fn amount(text: &str) -> Option<u64> {
    let text = text.replace(['_', '"', ','], "");
    for (call, millis) in [("Duration::fromsecs(", 1_000), ("Duration::frommillis(", 1)] {
        if let Some(inside) = text.strip_prefix(call).and_then(|rest| rest.strip_suffix(')')) {
            return product(inside).map(|number| number * millis);
        }
    }
    if let Some(number) = product(&text) {
        return Some(number);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "d" | "days" => 86_400_000,
        "KiB" => 1_024,
        "MiB" => 1_024 * 1_024,
        _ => return None,
    };
    Some(number * factor)
}

fn product(text: &str) -> Option<u64> {
    let factors = text.split('*').map(|it| it.trim().parse::<u64>().ok());
    factors.reduce(|a, b| Some(a? * b?)).flatten()
}

#[test]
fn values_are_read_in_both_forms() {
    for (documented, written) in [
        ("5 s", "Duration::from_secs(5)"),
        ("24 h", "Duration::from_secs(24 * 3600)"),
        ("50 ms", "Duration::from_millis(50)"),
        ("64 KiB", "64 * 1_024"),
        ("4,096", "4_096"),
        ("25 s", "\"25s\""),
    ] {
        assert_eq!(amount(documented), amount(written), "{documented}");
        assert!(amount(documented).is_some(), "{documented}");
    }
    assert_eq!(amount("soon"), None);
    assert_eq!(values_of("const A_MAX: usize = 4;\nB_A_MAX: 5\n x: X { A_MAX: 6,", "A_MAX"), ["4", "6"]);
}
