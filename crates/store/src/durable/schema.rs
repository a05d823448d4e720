//! `Schema`: how the tables of a database differ from those of this release, and whether it works with them all the same.

use std::fmt;

use sqlx::{Database, Row};

use super::migrations;

/// How the tables of a database differ from those of this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// There are none.
    Missing,
    /// They are of an older release.
    Older,
    /// They are of a newer release, which has only added to them what this one passes over.
    Expanded,
    /// They are of a newer release, and this one would not understand them.
    Newer {
        /// The oldest release that does, if the tables say so.
        needs: Option<String>,
    },
    /// They were made by other statements than ours.
    Other,
}

impl Schema {
    /// Whether this release works with them.
    pub const fn is_fit(&self) -> bool {
        match self {
            Self::Expanded => true,
            Self::Missing | Self::Older | Self::Newer { .. } | Self::Other => false,
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no tables yet: run `pingpost migrate`"),
            Self::Older => f.write_str("the tables of an older release: run `pingpost migrate`"),
            Self::Expanded => f.write_str("the tables of a newer release, with which this one works"),
            Self::Newer { needs: Some(needs) } => {
                write!(f, "the tables of a newer release of pingpost: run release {needs} or a later one")
            }
            Self::Newer { needs: None } => {
                f.write_str("the tables of a newer release of pingpost: run that release")
            }
            Self::Other => {
                f.write_str("tables that no release of pingpost has made: name another database in store.url")
            }
        }
    }
}

/// What a database says of its tables.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The migrations that made them, in their order, each with the hash of its text.
    migrations: Vec<(i64, Vec<u8>)>,
    /// Up to which a release must know them, and which release is the first to.
    range: Option<(i64, String)>,
}

/// The statement that gives the migrations.
pub(super) const MIGRATED: &str =
    "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
/// The statement that gives the range.
pub(super) const RANGE: &str = "SELECT oldest, release FROM schema_range";

impl Made {
    pub(super) fn read<D: Database>(migrated: &[D::Row], range: Option<&D::Row>) -> Result<Self, sqlx::Error>
    where
        usize: sqlx::ColumnIndex<D::Row>,
        i64: for<'a> sqlx::Decode<'a, D> + sqlx::Type<D>,
        Vec<u8>: for<'a> sqlx::Decode<'a, D> + sqlx::Type<D>,
        String: for<'a> sqlx::Decode<'a, D> + sqlx::Type<D>,
    {
        let migrations = migrated.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let range = range.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?;
        Ok(Self { migrations: migrations.collect::<Result<_, sqlx::Error>>()?, range })
    }

    /// How they differ, if they do.
    pub(super) fn differs(self) -> Option<Schema> {
        if self.migrations.is_empty() {
            return Some(Schema::Older);
        }
        let mut ours = migrations::common();
        let mut newest = 0;
        let mut made = self.migrations.into_iter();
        for ours in ours.by_ref() {
            newest = ours.version;
            match made.next() {
                None => return Some(Schema::Older),
                Some((version, hash)) if version == ours.version && hash == *ours.checksum => {}
                Some(_) => return Some(Schema::Other),
            }
        }
        made.next()?;
        match self.range {
            Some((oldest, _)) if oldest <= newest => Some(Schema::Expanded),
            range => Some(Schema::Newer { needs: range.map(|(_, release)| release) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As this release makes them, and then more.
    fn made(more: &[i64], oldest: Option<i64>) -> Made {
        let ours = migrations::common().map(|ours| (ours.version, ours.checksum.to_vec()));
        let more = more.iter().map(|version| (*version, vec![7]));
        let range = oldest.map(|oldest| (oldest, "0.9.0".to_owned()));
        Made { migrations: ours.chain(more).collect(), range }
    }

    fn newest() -> i64 {
        migrations::common().map(|ours| ours.version).max().expect("there are some")
    }

    #[test]
    fn tables_that_were_only_added_to_are_fit_and_no_others() {
        assert_eq!(made(&[], Some(2)).differs(), None);
        assert_eq!(made(&[9_998, 9_999], Some(newest())).differs(), Some(Schema::Expanded));
        let needs = Some("0.9.0".to_owned());
        assert_eq!(made(&[9_998], Some(9_998)).differs(), Some(Schema::Newer { needs }));
        assert_eq!(made(&[9_998], None).differs(), Some(Schema::Newer { needs: None }));
        let mut missing = made(&[9_998], Some(newest()));
        missing.migrations.remove(0);
        assert_eq!(missing.differs(), Some(Schema::Other));
        assert_eq!(Made::default().differs(), Some(Schema::Older));
        let mut older = made(&[], Some(2));
        older.migrations.pop();
        assert_eq!(older.differs(), Some(Schema::Older));
    }

    #[test]
    fn a_migration_says_whether_it_expands_or_contracts_and_does_no_more() {
        for migration in migrations::common().skip(1) {
            let text = migration.sql.as_str();
            let name = &migration.description;
            let raises = text.contains("UPDATE schema_range SET oldest = ");
            match text.lines().next() {
                // Who runs the release before it goes on, and reads and writes what it knows.
                Some("-- expand") => {
                    assert!(!raises, "{name}");
                    for word in ["DROP ", "RENAME ", "SET NOT NULL", "ALTER COLUMN", "DELETE FROM"] {
                        assert!(!text.contains(word), "{name} expands, and says {word}");
                    }
                    for added in text.lines().filter(|line| line.contains("ADD COLUMN")) {
                        assert!(
                            !added.contains("NOT NULL") || added.contains("DEFAULT"),
                            "{name}: who does not know the column cannot write a row: {added}"
                        );
                    }
                }
                Some("-- contract") => assert!(raises, "{name} says not which releases it leaves"),
                line => panic!("{name} begins with {line:?}"),
            }
        }
    }
}
