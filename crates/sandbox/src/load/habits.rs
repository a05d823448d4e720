//! What each buyer does with each call: the same in every run, so that the winner is known beforehand.

use crate::chance::Chance;
use std::time::Duration;

/// How buyers answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Think {
    /// All bid, at once.
    AtOnce,
    /// All bid, after this time.
    After(Duration),
    /// All bid, after a log-normal time with this median.
    LogNormal(Duration),
    /// 2 % hang, 5 % fail, 30 % do not bid, the others bid, log-normally with this median; what they may bid at most differs.
    Mixed(Duration),
}

/// What a buyer does with a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Bids { cents: u64, after: Duration },
    NoBid { after: Duration },
    Fails { after: Duration },
    Hangs,
}

/// No log-normal answer takes longer, so that none is a matter of luck at an offer's deadline.
const LONGEST: Duration = Duration::from_millis(1_500);
/// Bids end in the seat's number below this, in cents, so that no two are the same.
const STEP: u64 = super::SEATS_MAX as u64;

/// What the buyer of this seat does with this call.
pub(super) fn does(think: Think, call: u64, seat: usize) -> Does {
    let mut chance = chance(call, seat);
    let cents = price(seat, chance.next());
    match think {
        Think::AtOnce => Does::Bids { cents, after: Duration::ZERO },
        Think::After(after) => Does::Bids { cents, after },
        Think::LogNormal(median) => Does::Bids { cents, after: log_normal(median, &mut chance) },
        Think::Mixed(median) => match chance.next() % 100 {
            0..2 => Does::Hangs,
            2..7 => Does::Fails { after: log_normal(median, &mut chance) },
            7..37 => Does::NoBid { after: log_normal(median, &mut chance) },
            _ => Does::Bids { cents, after: log_normal(median, &mut chance) },
        },
    }
}

/// The bids of a call, the best first.
pub(super) fn bids(think: Think, call: u64, seats: usize) -> Vec<(u64, usize)> {
    let mut bids: Vec<_> = (0..seats)
        .filter_map(|seat| match does(think, call, seat) {
            Does::Bids { cents, .. } => Some((cents, seat)),
            Does::NoBid { .. } | Does::Fails { .. } | Does::Hangs => None,
        })
        .collect();
    bids.sort_unstable_by(|a, b| b.cmp(a));
    bids
}

/// Where the buyer of a seat is dialled.
pub(super) fn number(seat: usize) -> String {
    format!("+130555502{seat:02}")
}

/// The seat that a number belongs to.
pub(super) fn seat(number: &str) -> Option<usize> {
    number.strip_prefix("+130555502")?.parse().ok()
}

/// The most that a seat bids.
pub(super) fn cents_max(seat: usize) -> u64 {
    let seat = seat as u64;
    (4_000 + (seat * 7_919) % 6_000) / STEP * STEP + STEP - 1
}

/// `12.34`.
pub(super) fn units(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Between half of what the seat bids at most and that.
fn price(seat: usize, drawn: u64) -> u64 {
    cents_max(seat) * (50 + drawn % 50) / 100 / STEP * STEP + seat as u64
}

fn chance(call: u64, seat: usize) -> Chance {
    Chance::new(call.wrapping_mul(0x9E37_79B9) ^ (seat as u64) << 48)
}

/// Half of all answers come within the median, one in fifty takes three and a half times as long.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a buyer's thinking is no money; it is drawn from a known distribution"
)]
fn log_normal(median: Duration, chance: &mut Chance) -> Duration {
    const SIGMA: f64 = 0.6;
    let mut uniform = || ((chance.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let (radius, angle) = ((-2.0 * uniform().ln()).sqrt(), std::f64::consts::TAU * uniform());
    median.mul_f64((SIGMA * radius * angle.cos()).exp()).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEATS: usize = super::super::SEATS_MAX;

    #[test]
    fn no_two_bids_are_the_same_and_none_is_above_what_its_seat_declares() {
        for call in 0..200 {
            let bids = bids(Think::AtOnce, call, SEATS);
            assert_eq!(bids.len(), SEATS);
            assert!(bids.is_sorted_by(|a, b| a.0 > b.0), "{bids:?}");
            assert!(bids.iter().all(|(cents, seat)| *cents <= cents_max(*seat)), "{bids:?}");
        }
    }

    #[test]
    fn the_winners_differ() {
        let winners: std::collections::BTreeSet<_> =
            (0..100).map(|call| bids(Think::AtOnce, call, 6)[0].1).collect();
        assert!(winners.len() > 1, "{winners:?}");
    }

    #[test]
    fn the_mix_is_what_it_says() {
        let think = Think::Mixed(Duration::from_millis(80));
        let all: Vec<_> = (0..10_000).map(|call| does(think, call, 3)).collect();
        let share = |is: fn(&Does) -> bool| all.iter().filter(|does| is(does)).count();
        assert!((150..250).contains(&share(|does| *does == Does::Hangs)));
        assert!((430..570).contains(&share(|does| matches!(does, Does::Fails { .. }))));
        assert!((2_800..3_200).contains(&share(|does| matches!(does, Does::NoBid { .. }))));
    }

    #[test]
    fn half_of_the_answers_come_within_the_median() {
        let median = Duration::from_millis(80);
        let mut chance = Chance::new(1);
        let mut all: Vec<_> = (0..10_001).map(|_| log_normal(median, &mut chance)).collect();
        all.sort_unstable();
        let half = all[5_000];
        assert!((Duration::from_millis(76)..Duration::from_millis(84)).contains(&half), "{half:?}");
        assert!(*all.last().unwrap() <= LONGEST && all[9_900] > median * 3, "{:?}", all[9_900]);
    }

    #[test]
    fn a_number_tells_its_seat() {
        assert_eq!(
            (0..SEATS).map(|at| seat(&number(at))).collect::<Vec<_>>(),
            (0..SEATS).map(Some).collect::<Vec<_>>()
        );
        assert_eq!((units(1_234), units(5)), ("12.34".to_owned(), "0.05".to_owned()));
    }
}
