//! `Many`: one statement that inserts several rows.

use std::sync::OnceLock;

use super::{Bind, Conn};

/// The most rows of one statement. Each number of rows is a statement of its own, which stays prepared.
const ROWS_MAX: usize = 8;

/// An insertion into columns that are named once, of as many rows as there are.
pub(crate) struct Many {
    /// With everything before the rows.
    insert: &'static str,
    columns: usize,
    texts: [OnceLock<String>; ROWS_MAX],
}

impl Many {
    /// `insert` ends with `VALUES`.
    pub(crate) const fn new(insert: &'static str, columns: usize) -> Self {
        Self { insert, columns, texts: [const { OnceLock::new() }; ROWS_MAX] }
    }

    fn text(&'static self, rows: usize) -> &'static str {
        self.texts[rows - 1].get_or_init(|| {
            let row = |n: usize| {
                let numbers = (1..=self.columns).map(|column| format!("${}", n * self.columns + column));
                format!("({})", numbers.collect::<Vec<_>>().join(", "))
            };
            format!("{} {}", self.insert, (0..rows).map(row).collect::<Vec<_>>().join(", "))
        })
    }
}

impl Conn {
    /// Inserts rows, each with a value for every column.
    pub(crate) async fn insert(
        &mut self,
        many: &'static Many,
        mut rows: Vec<Vec<Bind>>,
    ) -> Result<(), sqlx::Error> {
        while !rows.is_empty() {
            let first: Vec<_> = rows.drain(..rows.len().min(ROWS_MAX)).collect();
            let text = many.text(first.len());
            self.execute(text, first.into_iter().flatten().collect()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::{Done, Durable, Locks, Sqlite, SqliteAt, Sync, binds};

    static ADD: Many = Many::new("INSERT INTO counters (name, used) VALUES", 2);

    #[tokio::test]
    async fn as_many_rows_as_there_are_are_inserted_in_their_order() {
        assert_eq!(ADD.text(2), "INSERT INTO counters (name, used) VALUES ($1, $2), ($3, $4)");
        let durable = Durable::Sqlite(Sqlite::open(SqliteAt::Temporary, 0).await.expect("it opens"));
        for rows in [0, 1, 8, 9, 20] {
            let added = durable.write(Sync::Normal, Locks::default(), move |conn| {
                Box::pin(async move {
                    conn.execute("DELETE FROM counters", vec![]).await?;
                    conn.insert(&ADD, (0..rows).map(|n| binds![format!("{n:02}"), n]).collect()).await?;
                    Ok(Done::Keep(()))
                })
            });
            added.await.expect("they are inserted");
            let kept = durable.rows("SELECT name, used FROM counters ORDER BY name", vec![]).await;
            let used: Vec<_> =
                kept.expect("it reads").iter().map(|row| row.int("used").expect("a number")).collect();
            assert_eq!(used, (0..rows).collect::<Vec<i64>>());
        }
    }
}
