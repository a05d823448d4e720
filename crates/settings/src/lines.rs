//! From a byte of a text to its line and column, as editors count them.

/// The beginnings of a text's lines.
pub struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Counts the lines of a text.
    pub fn of(text: &'t str) -> Self {
        let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, begins }
    }

    /// Line and column of a byte, both from 1; the column in characters.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let byte = byte.min(self.text.len());
        let line = self.begins.partition_point(|begin| *begin <= byte);
        let begin = self.begins.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(begin..byte).map_or(0, |text| text.chars().count());
        (line, before + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters_from_one() {
        let lines = Lines::of("a = 1\nü = 2\n");
        assert_eq!(lines.place(0), (1, 1));
        assert_eq!(lines.place(4), (1, 5));
        assert_eq!(lines.place(6), (2, 1));
        assert_eq!(lines.place(11), (2, 5));
        assert_eq!(lines.place(999), (3, 1));
    }
}
