//! CSV that a spreadsheet opens as text: no cell is a formula.

/// One line of cells, with its end.
pub(crate) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// A cell: quoted where it must be, and disarmed where a spreadsheet would take it for a formula.
fn cell(text: &str) -> String {
    let starts_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_amount(text);
    let text = if starts_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A negative amount is a number, and stays one.
fn is_amount(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        assert_eq!(line(["a", "91.00", "-6.00"]), "a,91.00,-6.00\r\n");
        assert_eq!(line(["=HYPERLINK(\"x\")"]), "\"'=HYPERLINK(\"\"x\"\")\"\r\n");
        for armed in ["=1+1", "+1", "-a", "@SUM(A1)", "\t=1", "\r=1"] {
            let line = line([armed]);
            assert!(line.trim_start_matches('"').starts_with('\''), "{line:?}");
        }
        assert_eq!(line(["a,b", "c\nd"]), "\"a,b\",\"c\nd\"\r\n");
    }
}
