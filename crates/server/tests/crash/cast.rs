//! Who calls, who bids for whom, and who answers which telephone. A caller's age decides who bids what and on which
//! number: the one thing that bidders and the caller both know.

use std::{sync::Arc, time::Duration};

use sandbox::{
    Answer, Behaviour, Caller, HangUp, InboundCall, Line,
    buyers::{Body, Recorded, Reply},
    carrier::{By, Party, Talk, Then},
    medicare::{BUYER_NUMBERS, Name, ZIP},
};

use crate::{chance::Chance, world::NAMES};

/// How a caller who is served is reached by his carrier when our server is down: a number of the campaign each.
pub const NUMBERS: [(&str, Away); 3] =
    [("+18005550100", Away::Back), ("+18005550101", Away::Sorry), ("+18005550102", Away::Ours)];
/// The buyers that bid.
pub const BIDDERS: [Name; 3] = [Name::A, Name::B, Name::C];
/// The youngest caller; everybody is eligible for every offer.
const AGE_MIN: u64 = 60;
/// Ages that make a difference.
const AGES: u64 = 24;

/// What the carrier's fallback URL of a number leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// A document on another host that waits a little and comes back.
    Back,
    /// A document on another host that says sorry.
    Sorry,
    /// A URL of the very server that is down.
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

/// Every number on which a buyer may be dialled, with its telephone.
pub fn lines() -> impl Iterator<Item = (String, Line)> {
    BIDDERS.into_iter().flat_map(|name| PHONES.map(|phone| (number(name, phone), line(phone))))
}

/// The buyer at a number.
pub fn buyer_at(called: &str) -> Option<Name> {
    let bidders = BIDDERS.into_iter().flat_map(|name| PHONES.map(|phone| (number(name, phone), name)));
    let seats = BUYER_NUMBERS.into_iter().map(str::to_owned).zip(NAMES);
    bidders.chain(seats).find(|(at, _)| at == called).map(|(_, name)| name)
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

/// What a buyer does with a ping: who is best, and on which telephone, follows from the age.
pub fn bids(name: Name) -> Behaviour {
    Behaviour::Custom(Arc::new(move |ping: &Recorded| {
        let age = ping.json()["ivr"]["age"].as_u64().expect("a ping has the age");
        let (order, phone) =
            (age % 3, PHONES[usize::try_from(age / 3 % 8).expect("a small number").min(7) % 6]);
        let (price, phone) = match (name, order) {
            // B declares that it never bids more, so nobody waits for it where another bids; its bid joins later.
            (Name::B, 0 | 1) => (72, Phone::Answers),
            (Name::B, _) => (72, phone),
            (Name::C, 0) | (Name::A, 1) => (91, phone),
            (Name::A, 0) | (Name::C, 1) => (85, Phone::Listens),
            _ => return Reply::new(204, "", Body::Bytes(vec![])),
        };
        let bid = serde_json::json!({
            "bidId": format!("{name:?}-{price}"),
            "bidAmount": price,
            "expireInSeconds": 60,
            "phoneNumber": number(name, phone),
        });
        let thought = if name == Name::B { 600 } else { 20 };
        Reply::json(200, bid.to_string()).after(Duration::from_millis(thought))
    }))
}

/// The `n`th call of a run.
pub fn call(n: u64, chance: &mut Chance) -> InboundCall {
    let age = AGE_MIN + chance.below(AGES);
    let to = match chance.below(20) {
        0..=15 => NUMBERS[0].0,
        16..=17 => NUMBERS[1].0,
        _ => NUMBERS[2].0,
    };
    // A talk lasts more than two seconds on the wall: the carrier tells times in whole seconds, and less than one is none.
    let hangs_up = match chance.below(20) {
        0 => Some(HangUp::AtPrompt("how old".to_owned())),
        1 => Some(HangUp::DuringHold),
        2..=3 => Some(HangUp::WhileRinging),
        4..=8 => Some(HangUp::AfterBridge(Duration::from_secs(25 + chance.below(10)))),
        _ => None,
    };
    called(n, age, to, hangs_up)
}

/// A call that does not depend on chance: the `n`th of a small run has the `n`th story.
pub fn story(n: u64) -> InboundCall {
    let hangs_up = match n % 7 {
        3 => Some(HangUp::WhileRinging),
        5 => Some(HangUp::DuringHold),
        _ => None,
    };
    // Both winners first answer, then are busy or silent.
    called(n, AGE_MIN + n * 5 % AGES, NUMBERS[0].0, hangs_up)
}

fn called(n: u64, age: u64, to: &str, hangs_up: Option<HangUp>) -> InboundCall {
    let age = age.to_string();
    let caller = Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(&age)),
        ("age", Answer::press(&age)),
        ("press 1", Answer::press("1")),
    ]);
    let caller = match hangs_up {
        Some(when) => caller.hanging_up(when),
        None => caller,
    };
    // Everybody calls once, from a number of his own.
    let from = Some(format!("+1305{}", 2_000_000 + n));
    InboundCall { from, to: to.to_owned(), caller, extra_params: vec![] }
}
