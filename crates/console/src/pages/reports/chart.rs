//! A report as a picture: a column for each period, drawn on the server. Its twin is the table.

use super::row::ReportRow;

/// The height of the picture, in its units.
pub(super) const HEIGHT: u64 = 120;
/// The width of a column with its gap.
const STEP: u64 = 20;

/// The picture.
pub(super) struct Chart {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) columns: Vec<Column>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) most: String,
}

/// One column: what was earned, and how high static prices would have come.
pub(super) struct Column {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) static_y: u64,
    pub(super) said: String,
}

impl Chart {
    /// Of lines in the order of their time. None of nothing.
    pub(super) fn of(rows: &[ReportRow]) -> Option<Self> {
        let value = |row: &ReportRow| row.shown.earned_micros.max(row.shown.static_micros);
        let highest = rows.iter().max_by_key(|row| value(row)).filter(|row| value(row) > 0)?;
        let tall = |micros: i64| {
            let part = i128::from(micros.max(0)) * i128::from(HEIGHT) / i128::from(value(highest));
            u64::try_from(part).unwrap_or(HEIGHT).min(HEIGHT)
        };
        let columns = rows.iter().zip(0_u64..).map(|(row, n)| {
            let height = tall(row.shown.earned_micros);
            Column {
                x: n * STEP,
                y: HEIGHT - height,
                height,
                static_y: HEIGHT - tall(row.shown.static_micros),
                said: format!("{}: {}", row.shown.name, row.shown.earned),
            }
        });
        let best = rows.iter().max_by_key(|row| row.shown.earned_micros)?;
        Some(Self {
            width: STEP * u64::try_from(rows.len()).ok()?,
            height: HEIGHT,
            columns: columns.collect(),
            first: rows.first()?.shown.name.clone(),
            last: rows.last()?.shown.name.clone(),
            most: format!("{} on {}", best.shown.earned, best.shown.name),
        })
    }
}
