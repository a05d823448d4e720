//! `Wanted`: the conditions of a list, put together from our own words; what people say stands only among the values.

use crate::durable::Bind;

/// The conditions of a statement, joined by `AND`, with their values.
#[derive(Default)]
pub(crate) struct Wanted {
    sql: String,
    binds: Vec<Bind>,
}

impl Wanted {
    /// Adds a condition with one value, which stands in it as `?`.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Bind>) {
        self.and_all(condition, vec![value.into()]);
    }

    /// Adds a condition, if there is a value.
    pub(crate) fn and_if<T: Into<Bind>>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    /// Adds a condition with some values, each of which stands in it as `?`, in their order.
    pub(crate) fn and_all(&mut self, condition: &str, values: Vec<Bind>) {
        self.sql.push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.binds.push(value);
            self.sql.push_str(&format!("${}{part}", self.binds.len()));
        }
    }

    /// Adds a condition without a value.
    pub(crate) fn holds(&mut self, condition: &str) {
        self.and_all(condition, vec![]);
    }

    /// The words, ex: ` WHERE campaign = $1`, and the values.
    pub(crate) fn done(self) -> (String, Vec<Bind>) {
        (self.sql, self.binds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_their_order_and_never_become_words() {
        let mut wanted = Wanted::default();
        wanted.and_if("a = ?", Some("x' OR 1 = 1"));
        wanted.and_if::<i64>("b = ?", None);
        wanted.and_all("(c, d) < (?, ?)", vec![Bind::from(1_i64), Bind::from(2_i64)]);
        wanted.holds("e IS NULL");
        let (sql, binds) = wanted.done();
        assert_eq!(sql, " WHERE a = $1 AND (c, d) < ($2, $3) AND e IS NULL");
        assert_eq!(binds.len(), 3);
    }
}
