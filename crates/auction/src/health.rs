//! `Health`: from what an offer's last pings came to, the share of auctions in which it is asked.
//!
//! A buyer that does not answer costs every caller its whole deadline. It is asked less often, by grades, and never
//! nothing at all: the trickle that stays tells when it answers again, and then it is asked by everybody within few calls.
//! What is counted is whether it answers, never what: a refusal is as good as a bid.

use std::{collections::VecDeque, fmt, time::Duration};

use lead::{AuctionId, OfferId, Timestamp};

use crate::{NoBid, Outcome, Seed};

/// The signs of an offer that are kept: its share follows from these alone.
pub const SIGNS_KEPT_MAX: usize = 40;
/// Of these, the last that a share falls by.
pub const WINDOW: usize = 20;
/// With fewer signs an offer is asked always: so many callers find out that a buyer is silent.
pub const SIGNS_MIN: usize = 6;
/// How long a sign counts. After so long without a ping an offer begins afresh.
pub const SIGN_LIFE: Duration = Duration::from_secs(15 * 60);

/// What one ping says of whether its buyer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// A reply that could be read and came in time, whatever it said.
    Answered,
    /// A reply, too late: it kept a caller waiting, but its buyer lives. Half a failure.
    Late,
    /// No reply.
    Timeout,
    /// No connection, or none that could be trusted.
    Unreachable,
    /// An HTTP status that is no answer.
    BadStatus,
    /// A reply that cannot be read.
    Malformed,
    /// A reply beyond the limit.
    TooLarge,
}

/// In how many auctions an offer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Share {
    /// One of twenty: the trickle that stays.
    Twentieth,
    /// One of five.
    Fifth,
    /// One of two.
    Half,
    /// All.
    #[default]
    All,
}

/// The last signs of one offer, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    signs: VecDeque<(Timestamp, AuctionId, Sign)>,
}

/// Why a share is what it is, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The share.
    pub share: Share,
    /// The pings that it was last judged by.
    pub of: usize,
    /// What those came to that were not answered in time, the most frequent first.
    pub bad: Vec<(Sign, usize)>,
    /// How many answers in a row it takes to rise to the next share. 0: it is asked always.
    pub to_rise: usize,
}

impl Sign {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Answered,
        Self::Late,
        Self::Timeout,
        Self::Unreachable,
        Self::BadStatus,
        Self::Malformed,
        Self::TooLarge,
    ];

    /// What an outcome says of its offer's buyer. `None`: nothing, since it was not asked or not waited for.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::NoBid(NoBid::Timeout) => Some(Self::Timeout),
            Outcome::NoBid(NoBid::Late) => Some(Self::Late),
            Outcome::NoBid(NoBid::Unreachable(_)) => Some(Self::Unreachable),
            Outcome::NoBid(NoBid::BadStatus(_)) => Some(Self::BadStatus),
            Outcome::NoBid(NoBid::Malformed(_)) => Some(Self::Malformed),
            Outcome::NoBid(NoBid::TooLarge) => Some(Self::TooLarge),
            Outcome::NoBid(NoBid::Declined | NoBid::Rejected { .. }) => Some(Self::Answered),
            other => other.was_bid().then_some(Self::Answered),
        }
    }

    /// Its code: that of the outcome, or `answered`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Late => "late",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::BadStatus => "bad_status",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
        }
    }

    /// From its code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sign| sign.code() == code)
    }

    /// In halves of a failure.
    const fn weight(self) -> usize {
        match self {
            Self::Answered => 0,
            Self::Late => 1,
            _ => 2,
        }
    }

    /// As it is said of several pings.
    const fn said(self) -> &'static str {
        match self {
            Self::Answered => "were answered",
            Self::Late => "came too late",
            Self::Timeout => "timed out",
            Self::Unreachable => "could not be delivered",
            Self::BadStatus => "got an HTTP status that is no answer",
            Self::Malformed => "got a reply that cannot be read",
            Self::TooLarge => "got a reply that is too large",
        }
    }
}

impl Share {
    /// One of how many auctions it is asked in.
    pub const fn one_in(self) -> u32 {
        match self {
            Self::All => 1,
            Self::Half => 2,
            Self::Fifth => 5,
            Self::Twentieth => 20,
        }
    }

    /// Whether an offer of this share is asked in the auction of this seed: the same on every machine and in every
    /// replay. Who is asked at a smaller share is asked at a larger one as well.
    pub fn asks(self, seed: Seed, offer: &OfferId) -> bool {
        // Another draw than that among equals, or the offers that are asked would be those that win ties.
        const THROTTLE: u64 = 0x7468_726f_7474_6c65;
        let draw = Seed(seed.0 ^ THROTTLE).draw(offer);
        (draw % 20).is_multiple_of(u64::from(self.one_in()))
    }

    /// By how much of a window failed, in halves of a failure.
    const fn by(weight: usize, of: usize) -> Self {
        if of < SIGNS_MIN {
            return Self::All;
        }
        match 100 * weight / (2 * of) {
            90.. => Self::Twentieth,
            70.. => Self::Fifth,
            50.. => Self::Half,
            _ => Self::All,
        }
    }

    /// The next share, and how many answers in a row lead to it: so many that chance hardly explains them in a buyer
    /// that still fails as often.
    const fn next(self) -> Option<(Self, usize)> {
        match self {
            Self::Twentieth => Some((Self::Fifth, 1)),
            Self::Fifth => Some((Self::Half, 3)),
            Self::Half => Some((Self::All, 6)),
            Self::All => None,
        }
    }
}

impl Health {
    /// A ping came to this. What comes to nothing at the close of its round may still become [`Sign::Late`]: the last
    /// word on an auction counts.
    pub fn on_sign(&mut self, now: Timestamp, auction: AuctionId, sign: Sign) {
        if let Some(known) = self.signs.iter_mut().rev().find(|(_, of, _)| *of == auction) {
            known.2 = sign;
            return;
        }
        self.signs.push_back((now, auction, sign));
        if self.signs.len() > SIGNS_KEPT_MAX {
            self.signs.pop_front();
        }
    }

    /// In how many auctions it is asked now.
    pub fn share(&self, now: Timestamp) -> Share {
        judged(&self.alive(now)).0
    }

    /// The same, with its reason.
    pub fn why(&self, now: Timestamp) -> Why {
        let signs = self.alive(now);
        let (share, run) = judged(&signs);
        let window = last(&signs);
        let count = |sign: Sign| (sign, window.iter().filter(|it| **it == sign).count());
        let bad = Sign::ALL.into_iter().filter(|sign| *sign != Sign::Answered).map(count);
        let mut bad: Vec<_> = bad.filter(|(_, times)| *times > 0).collect();
        bad.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let to_rise = share.next().map_or(0, |(_, needed)| needed.saturating_sub(run));
        Why { share, of: window.len(), bad, to_rise }
    }

    fn alive(&self, now: Timestamp) -> Vec<Sign> {
        let alive = self.signs.iter().filter(|(at, ..)| now.since(*at) < SIGN_LIFE);
        alive.map(|(.., sign)| *sign).collect()
    }
}

/// The share that follows from these signs, and how many of the last were answers in a row since it last rose. Only a
/// failure lets it fall, and only answers in a row let it rise, so that a buyer who answers every other time has one
/// share and not two in turn.
fn judged(signs: &[Sign]) -> (Share, usize) {
    let (mut share, mut run, mut weight) = (Share::All, 0, 0);
    for (n, sign) in signs.iter().enumerate() {
        let gone = n.checked_sub(WINDOW).and_then(|n| signs.get(n));
        weight = weight + sign.weight() - gone.map_or(0, |gone| gone.weight());
        if *sign != Sign::Answered {
            run = 0;
            share = share.min(Share::by(weight, (n + 1).min(WINDOW)));
            continue;
        }
        run += 1;
        if let Some((higher, needed)) = share.next()
            && run >= needed
        {
            (share, run) = (higher, 0);
        }
    }
    (share, run)
}

fn last(signs: &[Sign]) -> &[Sign] {
    &signs[signs.len().saturating_sub(WINDOW)..]
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all are sent"),
            other => write!(f, "1 in {} is sent", other.one_in()),
        }
    }
}

/// Ex: `7 of its last 10 pings timed out; 1 in 5 is sent, until 3 are answered in a row`.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bad[..] {
            [] if self.of == 0 => f.write_str("no recent pings")?,
            [] => write!(f, "its last {} pings were answered", self.of)?,
            [(sign, times), others @ ..] => {
                write!(f, "{times} of its last {} pings {}", self.of, sign.said())?;
                for (sign, times) in others {
                    write!(f, ", {times} {}", sign.said())?;
                }
            }
        }
        write!(f, "; {}", self.share)?;
        match self.to_rise {
            0 => Ok(()),
            1 => f.write_str(", until one is answered"),
            many => write!(f, ", until {many} are answered in a row"),
        }
    }
}
