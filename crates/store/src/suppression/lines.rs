//! Reading a list of numbers: one a line, or a CSV. What is wrong with a line is said with its number and how to mend it, and
//! never repeats what stands there.

use std::{collections::BTreeSet, fmt};

use lead::{E164, Pii};

use crate::limits::{BAD_LINES_NAMED_MAX, NUMBER_LINE_BYTES_MAX, SUPPRESSION_LINES_MAX};

/// A list that was read.
#[derive(Debug, Default)]
pub struct NumberList {
    /// The numbers, each once, in their order.
    pub numbers: Vec<Pii<E164>>,
    /// How many lines named one again.
    pub repeated: u64,
    /// The first lines that name none.
    pub bad: Vec<BadLine>,
    /// How many such lines there are.
    pub bad_lines: u64,
}

/// A line that names no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine {
    /// Which, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: BadNumber,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Nothing stands where the number should be.
    #[error("there is no number: put it into the first column, or name its column `phone`")]
    Empty,
    /// It is no text.
    #[error("it is not UTF-8: save the list as UTF-8 text")]
    NotText,
    /// Letters or signs.
    #[error("a number has digits, blanks, dots, dashes and brackets, ex: (305) 555-0142 or +13055550142")]
    NotDigits,
    /// Too few or too many digits.
    #[error(
        "a number has ten digits, or eleven that begin with 1, ex: 3055550142; any other begins with + and its country code"
    )]
    Length,
}

/// A list that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list has at most {SUPPRESSION_LINES_MAX} lines: split it and import one part after the other")]
pub struct TooManyLines;

/// What a column of numbers may be called.
const COLUMNS: [&str; 7] =
    ["phone", "phone_number", "phonenumber", "number", "phone number", "telephone", "mobile"];

/// Reads a list as it comes, line by line.
#[derive(Debug, Default)]
pub struct NumberReader {
    list: NumberList,
    seen: BTreeSet<Pii<E164>>,
    column: usize,
    lines: u64,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    rest_is_cut: bool,
}

impl NumberReader {
    /// Reads what came next, wherever it was cut.
    ///
    /// # Errors
    /// When it has too many lines.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TooManyLines> {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.keep(part);
            let line = std::mem::take(&mut self.rest);
            self.line(&line)?;
            self.rest_is_cut = false;
        }
        self.keep(last);
        Ok(())
    }

    /// The numbers that were read and not taken yet.
    pub fn numbers(&mut self) -> Vec<Pii<E164>> {
        std::mem::take(&mut self.list.numbers)
    }

    /// The list, whose last line needs no end.
    ///
    /// # Errors
    /// When it has too many lines.
    pub fn finish(mut self) -> Result<NumberList, TooManyLines> {
        let line = std::mem::take(&mut self.rest);
        self.line(&line)?;
        Ok(self.list)
    }

    /// Of a line that is longer than any with a number, what is behind that is not kept.
    fn keep(&mut self, part: &[u8]) {
        let room = NUMBER_LINE_BYTES_MAX.saturating_sub(self.rest.len());
        self.rest_is_cut |= part.len() > room;
        self.rest.extend_from_slice(&part[..part.len().min(room)]);
    }

    /// Blank lines do not count; a first line without a digit is a heading.
    fn line(&mut self, line: &[u8]) -> Result<(), TooManyLines> {
        self.lines += 1;
        let line = match self.lines {
            1 => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
            _ => line,
        };
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        if self.lines > SUPPRESSION_LINES_MAX {
            return Err(TooManyLines);
        }
        let read = std::str::from_utf8(line).map_err(|_| BadNumber::NotText).and_then(|line| {
            if self.rest_is_cut {
                return Err(BadNumber::Length);
            }
            if self.lines == 1 && !line.bytes().any(|byte| byte.is_ascii_digit()) {
                self.column = heading(line);
                return Ok(None);
            }
            read_number(fields(line).get(self.column).map_or("", |field| field)).map(Some)
        });
        match read {
            Ok(Some(number)) if self.seen.contains(&number) => self.list.repeated += 1,
            Ok(Some(number)) => {
                self.seen.insert(number.clone());
                self.list.numbers.push(number);
            }
            Ok(None) => {}
            Err(why) => {
                self.list.bad_lines += 1;
                if self.list.bad.len() < BAD_LINES_NAMED_MAX {
                    self.list.bad.push(BadLine { line: self.lines, why });
                }
            }
        }
        Ok(())
    }
}

impl NumberList {
    /// Reads a list that is there as a whole.
    ///
    /// # Errors
    /// When it has too many lines; nothing of it is read then.
    pub fn read(bytes: &[u8]) -> Result<Self, TooManyLines> {
        let mut reader = NumberReader::default();
        reader.push(bytes)?;
        reader.finish()
    }
}

/// Reads a number as people write it. Ten digits, or eleven that begin with 1, are of the North American plan.
///
/// # Errors
/// Says what is wrong with it.
pub fn read_number(text: &str) -> Result<Pii<E164>, BadNumber> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadNumber::Empty);
    }
    let is_filler = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
    let (has_plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let digits: String = rest.chars().filter(|c| !is_filler(*c)).take(32).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadNumber::NotDigits);
    }
    let whole = match (has_plus, digits.len()) {
        (true, _) => format!("+{digits}"),
        (false, 10) => format!("+1{digits}"),
        (false, 11) if digits.starts_with('1') => format!("+{digits}"),
        (false, _) => return Err(BadNumber::Length),
    };
    E164::parse(&whole).map(Pii::new).map_err(|_| BadNumber::Length)
}

/// Which column holds the numbers.
fn heading(line: &str) -> usize {
    let names = fields(line);
    let is_named = |field: &String| COLUMNS.contains(&field.trim().to_lowercase().as_str());
    names.iter().position(is_named).unwrap_or(0)
}

/// The fields of a line: separated by commas, semicolons or tabs, perhaps in double quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (vec![], String::new(), false);
    for c in line.trim_end().chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' | ';' | '\t' if !is_quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Pii<E164> {
        Pii::new(E164::parse(text).expect("a number"))
    }

    #[test]
    fn one_a_line_however_it_is_written() {
        let text =
            "\u{feff}+13055550142\r\n(305) 555-0143\n\n 1 305 555 0144 \n305.555.0142\n+44 7700 900123";
        let list = NumberList::read(text.as_bytes()).expect("short");
        let expected = ["+13055550142", "+13055550143", "+13055550144", "+447700900123"].map(number);
        assert_eq!(list.numbers, expected);
        assert_eq!((list.repeated, list.bad_lines), (1, 0));
    }

    #[test]
    fn a_column_is_found_by_its_name() {
        let text = "name,Phone,since\n\"Doe, Ada\",\"(305) 555-0142\",2026\nBob,3055550143,\n";
        let list = NumberList::read(text.as_bytes()).expect("short");
        assert_eq!(list.numbers, ["+13055550142", "+13055550143"].map(number));
    }

    #[test]
    fn each_bad_line_is_named_and_costs_no_other() {
        let text = b"3055550142\nnobody\n12345\n,x\n\xff\xfe\n3055550143\n30555501421\n3055550142";
        let list = NumberList::read(text).expect("short");
        assert_eq!(list.numbers, ["+13055550142", "+13055550143"].map(number));
        let bad: Vec<_> = list.bad.iter().map(|bad| (bad.line, bad.why)).collect();
        assert_eq!(
            bad,
            [
                (2, BadNumber::NotDigits),
                (3, BadNumber::Length),
                (4, BadNumber::Empty),
                (5, BadNumber::NotText),
                (7, BadNumber::Length),
            ]
        );
        assert_eq!((list.bad_lines, list.repeated), (5, 1));
        assert!(!format!("{list:?}").contains("5550142"));
    }

    #[test]
    fn what_is_too_long_is_refused_whole_and_of_many_bad_lines_the_first_are_named() {
        let lines = usize::try_from(SUPPRESSION_LINES_MAX).expect("small");
        assert_eq!(
            NumberList::read("3055550142\n".repeat(lines + 1).as_bytes()).map(drop),
            Err(TooManyLines)
        );
        let list = NumberList::read("0\n".repeat(lines).as_bytes()).expect("as long as it may be");
        assert_eq!((list.bad.len(), list.bad_lines), (BAD_LINES_NAMED_MAX, SUPPRESSION_LINES_MAX));
    }

    #[test]
    fn a_list_reads_the_same_wherever_it_is_cut() {
        let text =
            "\u{feff}name,phone\nÄda,(305) 555-0142\r\n\nBob,3055550143\nnobody,x\nBob,3055550143".as_bytes();
        let whole = NumberList::read(text).expect("short");
        assert_eq!((whole.numbers.len(), whole.repeated, whole.bad_lines), (2, 1, 1));
        for size in 1..text.len() {
            let mut reader = NumberReader::default();
            let mut numbers = vec![];
            for part in text.chunks(size) {
                reader.push(part).expect("short");
                numbers.extend(reader.numbers());
            }
            let rest = reader.finish().expect("short");
            numbers.extend(rest.numbers.iter().cloned());
            assert_eq!((numbers, rest.repeated), (whole.numbers.clone(), 1), "parts of {size}");
            assert_eq!(rest.bad, whole.bad);
        }
        let long = format!("{}\n3055550142", "5".repeat(NUMBER_LINE_BYTES_MAX + 1));
        let list = NumberList::read(long.as_bytes()).expect("two lines");
        assert_eq!((list.numbers.len(), list.bad[0].line), (1, 1));
    }
}
