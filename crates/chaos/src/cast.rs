//! Who calls, who bids for whom, and who answers which telephone. A caller's age decides who bids what and on which
//! number: the one thing that bidders and the caller both know. So everybody's right price is known afterwards.

use std::{sync::Arc, time::Duration};

use sandbox::{
    Answer, Behaviour, Caller, HangUp, InboundCall, Line,
    buyers::{Body, Recorded, Reply},
    carrier::{By, Party, Talk, Then},
    medicare::{BUYER_NUMBERS, Name, ZIP},
};

use crate::chance::Chance;

/// All buyers.
pub(crate) const NAMES: [Name; 6] = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F];
/// The buyers that bid.
pub(crate) const BIDDERS: [Name; 3] = [Name::A, Name::B, Name::C];
/// How a caller is served when no node answers: a number of the campaign each.
pub(crate) const NUMBERS: [(&str, Away); 3] =
    [("+18005550100", Away::Back), ("+18005550101", Away::Sorry), ("+18005550102", Away::Ours)];
/// The youngest caller; everybody is eligible for every offer.
const AGE_MIN: u64 = 60;
/// Who fills in forms comes after everybody who may call.
const FORMS_FROM: u64 = 50_000;
/// Ages that make a difference.
const AGES: u64 = 24;
/// What the first caller's number ends with.
const FIRST: u64 = 2_000_000;
/// What it begins with.
const AREA: &str = "+1305";

/// What the carrier's fallback URL of a number leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Away {
    /// A document on another host that waits a little and comes back.
    Back,
    /// A document on another host that says sorry.
    Sorry,
    /// Another URL of ours.
    Ours,
}

/// How a telephone behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phone {
    /// They talk, and the buyer hangs up.
    Answers,
    /// They talk until the caller hangs up.
    Listens,
    Busy,
    NoAnswer,
    /// It is dropped at the whisper, or at once.
    Drops,
    Failed,
}

const PHONES: [Phone; 6] =
    [Phone::Answers, Phone::Listens, Phone::Busy, Phone::NoAnswer, Phone::Drops, Phone::Failed];

/// Somebody who calls once, from a number of his own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    n: u64,
    age: u64,
    to: &'static str,
    hangs_up: Option<HangUp>,
}

/// How a buyer came to be dialled at a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sold {
    /// It bid and named the number.
    Bid,
    /// It buys at a fixed price there.
    Static,
}

/// Every number on which a buyer may be dialled, with its telephone.
pub(crate) fn lines() -> impl Iterator<Item = (String, Line)> {
    BIDDERS.into_iter().flat_map(|name| PHONES.map(|phone| (number(name, phone), line(phone))))
}

/// The buyer at a number.
pub(crate) fn buyer_at(called: &str) -> Option<(Name, Sold)> {
    let bidders = BIDDERS.into_iter().flat_map(|name| PHONES.map(|phone| (number(name, phone), name)));
    let mut bidders = bidders.map(|(at, name)| (at, (name, Sold::Bid)));
    let mut seats =
        BUYER_NUMBERS.into_iter().zip(NAMES).map(|(at, name)| (at.to_owned(), (name, Sold::Static)));
    bidders.find(|(at, _)| at == called).or_else(|| seats.find(|(at, _)| at == called)).map(|(_, it)| it)
}

fn number(name: Name, phone: Phone) -> String {
    format!("+13055552{}{}0", name as u8, phone as u8)
}

fn line(phone: Phone) -> Line {
    let talks = |hangs_up| Then::Answer {
        by: By::Human,
        presses: Some(('1', Duration::from_secs(1))),
        talk: Talk::Until(Duration::from_secs(40)),
        hangs_up,
    };
    match phone {
        Phone::Answers => Line::then(talks(Party::Buyer)),
        Phone::Listens => Line::then(talks(Party::Caller)),
        Phone::Busy => Line::busy(),
        Phone::NoAnswer => Line::no_answer(),
        Phone::Drops => Line::then(Then::HangUpAtWhisper),
        Phone::Failed => Line::failed(),
    }
}

/// What a buyer bids for somebody of this age, in dollars, and its telephone then.
fn bid_of(name: Name, age: u64) -> Option<(i64, Phone)> {
    let phone = match age / 3 % 8 {
        0 | 6 => Phone::Answers,
        1 | 7 => Phone::Listens,
        2 => Phone::Busy,
        3 => Phone::NoAnswer,
        4 => Phone::Drops,
        _ => Phone::Failed,
    };
    match (name, age % 3) {
        // B declares that it never bids more, so nobody waits for it where another bids; its bid joins later.
        (Name::B, 0 | 1) => Some((72, Phone::Answers)),
        (Name::B, _) => Some((72, phone)),
        (Name::C, 0) | (Name::A, 1) => Some((91, phone)),
        (Name::A, 0) | (Name::C, 1) => Some((85, Phone::Listens)),
        _ => None,
    }
}

/// What a buyer does with a ping, or with a confirm: it stands by what it bid.
pub(crate) fn bids(name: Name) -> Behaviour {
    Behaviour::Custom(Arc::new(move |asked: &Recorded| {
        let asked_for = asked.json();
        let bid = asked_for["ivr"]["age"].as_u64().and_then(|age| bid_of(name, age));
        let Some((price, phone)) = bid else { return Reply::new(204, "", Body::Bytes(vec![])) };
        let answer = match asked.path.as_str() {
            "/confirm" => serde_json::json!({ "accept": true, "bidAmount": price }),
            _ => serde_json::json!({
                "bidId": format!("{name:?}-{price}"),
                "bidAmount": price,
                "expireInSeconds": 60,
                "phoneNumber": number(name, phone),
            }),
        };
        let thought = if name == Name::B { 600 } else { 20 };
        Reply::json(200, answer.to_string()).after(Duration::from_millis(thought))
    }))
}

impl Person {
    /// The `n`th caller of a run.
    pub(crate) fn new(seed: u64, n: u64) -> Self {
        let mut chance = Chance::new(seed ^ n.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let age = AGE_MIN + chance.below(AGES);
        let to = match chance.below(20) {
            0..=15 => NUMBERS[0].0,
            16..=17 => NUMBERS[1].0,
            _ => NUMBERS[2].0,
        };
        // A talk lasts more than two seconds on the wall: the carrier tells times in whole seconds, and less than one is
        // none.
        let hangs_up = match chance.below(20) {
            0 => Some(HangUp::AtPrompt("how old".to_owned())),
            1 => Some(HangUp::DuringHold),
            2..=3 => Some(HangUp::WhileRinging),
            4..=8 => Some(HangUp::AfterBridge(Duration::from_secs(25 + chance.below(10)))),
            _ => None,
        };
        Self { n, age, to, hangs_up }
    }

    /// Whoever fills in the `n`th form of a run.
    pub(crate) fn filling(seed: u64, n: u64) -> Self {
        Self::new(seed, FORMS_FROM + n)
    }

    /// Whose call it was, by the number that the carrier showed.
    pub(crate) fn of_number(seed: u64, from: &str) -> Option<Self> {
        let n = from.strip_prefix(AREA)?.parse::<u64>().ok()?.checked_sub(FIRST)?;
        Some(Self::new(seed, n))
    }

    /// The caller's order.
    pub(crate) const fn n(&self) -> u64 {
        self.n
    }

    /// The caller's age.
    pub(crate) const fn age(&self) -> u64 {
        self.age
    }

    /// The caller's number.
    pub(crate) fn number(&self) -> String {
        format!("{AREA}{}", FIRST + self.n)
    }

    /// What a buyer bids for this caller, in micro-units.
    pub(crate) fn price_of(&self, name: Name) -> Option<i64> {
        bid_of(name, self.age).map(|(dollars, _)| dollars * 1_000_000)
    }

    /// The call.
    pub(crate) fn call(&self) -> InboundCall {
        let age = self.age.to_string();
        let caller = Caller::by_prompt([
            ("zip", Answer::press(ZIP)),
            ("how old", Answer::press(&age)),
            ("age", Answer::press(&age)),
            ("press 1", Answer::press("1")),
        ]);
        let caller = match &self.hangs_up {
            Some(when) => caller.hanging_up(when.clone()),
            None => caller,
        };
        InboundCall { from: Some(self.number()), to: self.to.to_owned(), caller, extra_params: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_known_by_the_number() {
        for n in [0, 1, 19_999] {
            let person = Person::new(7, n);
            assert_eq!(Person::of_number(7, &person.number()), Some(person));
        }
        assert_eq!(Person::of_number(7, "+12125550201"), None);
    }

    #[test]
    fn every_number_has_its_buyer() {
        for (at, _) in lines() {
            assert!(matches!(buyer_at(&at), Some((_, Sold::Bid))), "{at}");
        }
        assert_eq!(buyer_at(BUYER_NUMBERS[2]), Some((Name::C, Sold::Static)));
        assert_eq!(buyer_at("+13055559999"), None);
    }
}
