//! Medians, quantiles and ratios, in whole numbers.

/// The middle of a few; of two in the middle the lesser.
pub(super) fn median(values: impl IntoIterator<Item = u64>) -> Option<u64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The value that so many in a thousand are not above. The values are in order.
pub(super) fn quantile(sorted: &[u64], per_mille: usize) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((sorted.len() * per_mille / 1_000).min(last)).copied()
}

/// The mean.
pub(super) fn mean(values: &[u64]) -> Option<u64> {
    values.iter().sum::<u64>().checked_div(values.len() as u64)
}

/// `a / b` in hundredths.
pub(super) fn ratio(a: u64, b: u64) -> Option<u64> {
    (a * 100).checked_div(b)
}

/// Hundredths as people write them: `6.31`.
pub(super) fn hundredths(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_tail() {
        assert_eq!(median([3, 1, 2]), Some(2));
        assert_eq!(median([4, 1, 2, 3]), Some(2));
        assert_eq!(median([]), None);
        let values: Vec<_> = (1..=100).collect();
        assert_eq!(
            (quantile(&values, 500), quantile(&values, 990), quantile(&values, 1_000)),
            (Some(51), Some(100), Some(100))
        );
        assert_eq!((quantile(&[], 500), quantile(&[7], 990)), (None, Some(7)));
        assert_eq!((mean(&[1, 2, 6]), mean(&[])), (Some(3), None));
    }

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!((ratio(631, 100).map(hundredths), ratio(1, 0)), (Some("6.31".to_owned()), None));
    }
}
