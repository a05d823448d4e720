//! Which JSONPaths a mapping may hold: those that take no longer to parse than they are long, and no longer to
//! follow than the reply is long, whatever a buyer replies.
//!
//! RFC 9535 allows far more than finding one place: lists of selectors and repeated `..` multiply the nodes at every
//! step, and nested filters and parentheses cost the library's parser exponential time or its stack.

use serde_json_path::JsonPath;

use crate::endpoint::Problem;

/// The longest path that is taken, in bytes.
const PATH_BYTES_MAX: usize = 256;

/// Reads a path. The library panics at an escape that the text ends in, so that an open quote never gets there.
pub(super) fn parse(text: &str) -> Result<JsonPath, Problem> {
    if text.len() > PATH_BYTES_MAX {
        return Err(Problem::JsonPathTooWide);
    }
    let plain = without_quoted(text).ok_or(Problem::JsonPath)?;
    if is_too_wide(&plain) {
        return Err(Problem::JsonPathTooWide);
    }
    JsonPath::parse(text).map_err(|_| Problem::JsonPath)
}

/// More than one `..` or filter, or any list, function, parenthesis or second `$`.
fn is_too_wide(plain: &str) -> bool {
    let times = |sought: &str| plain.matches(sought).count();
    plain.contains(['(', ',']) || times("..") > 1 || times("?") > 1 || times("$") > 1
}

/// The text without what stands between quotes, where nothing has a meaning. `None`: a quote is never closed.
fn without_quoted(text: &str) -> Option<String> {
    let mut kept = String::new();
    let mut open = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match open {
            Some(_) if c == '\\' => drop(rest.next()),
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => open = Some(c),
            None => kept.push(c),
        }
    }
    open.is_none().then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<Problem> {
        parse(text).err()
    }

    #[test]
    fn a_path_to_one_place_is_taken() {
        for text in [
            "$.price",
            "$.response.price",
            "$['a,b'][\"(?$..x..\"][0]['it\\'s (,)']",
            "$..amount",
            "$.buyers[0].bid",
            "$.buyers[-1].bid",
            "$.buyers[?@.status == 'won, (really)'].bid",
            "$.buyers[?@.a && !@.b || @.c > 1][0]",
            "$.*.bid",
            "$[1:5:2]",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_that_costs_more_than_the_reply_is_long_is_refused() {
        let repeated = |times, text: &str| text.repeat(times);
        for text in [
            format!("${}", repeated(12, "..*")),
            format!("${}", repeated(30, "[*,*]")),
            format!("$[?{}@.a{}]", repeated(20, "@[?"), repeated(20, "]")),
            format!("$[?{}@.a{}]", repeated(50_000, "("), repeated(50_000, ")")),
            format!("$[?{}", repeated(60_000, "!(")),
            "$[?match(@.a, @.b)]".to_owned(),
            "$[?$.a[*] == 1]".to_owned(),
            "$[0,1]".to_owned(),
            format!("$.{}", repeated(PATH_BYTES_MAX, "x")),
        ] {
            assert_eq!(problem(&text), Some(Problem::JsonPathTooWide), "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn what_is_no_path_is_told_apart() {
        for text in [
            "",
            "price",
            "$[",
            "$..",
            "$.a[",
            "$['a",
            "$['a'",
            "$x",
            "@.a",
            "$.a b",
            "$[?]",
            "$['\\u",
            "$['\\ud83d\\u",
            "$['\\u']",
            "$[\"\\ud8\"]",
            "$['\\",
            "$[?@.a=='\\u",
        ] {
            assert_eq!(problem(text), Some(Problem::JsonPath), "{text}");
        }
    }
}
