//! Every rule of the books notices what breaks it.

use std::time::Duration;

use sandbox::{
    CallRecord,
    carrier::DialRecord,
    medicare::{BUYER_NUMBERS, Name},
};
use uuid::Uuid;

use crate::{
    books::{Books, Call, Open, Sale},
    rules::{self, Figures},
    world::NAMES,
};

const JOURNEY: Uuid = Uuid::from_u128(1);
const SALE: Uuid = Uuid::from_u128(2);
const PRICE: i64 = 91_000_000;

fn dial(name: Name, from: u64, to: u64) -> DialRecord {
    DialRecord {
        to: BUYER_NUMBERS[name as usize].to_owned(),
        bridged: true,
        dialled_at: Duration::from_secs(from),
        answered_at: Some(Duration::from_secs(from)),
        bridged_at: Some(Duration::from_secs(from)),
        ended_at: Some(Duration::from_secs(to)),
        ..DialRecord::default()
    }
}

fn entry(kind: &str, why: Option<&str>) -> (String, Option<String>, i64) {
    (kind.to_owned(), why.map(str::to_owned), PRICE)
}

fn sale(id: Uuid) -> Sale {
    let entries = vec![entry("pending", None), entry("earned", None)];
    Sale { id, journey: JOURNEY, buyer: Name::C, price: PRICE, entries }
}

/// One call that was connected to C, sold, and posted.
fn good() -> Books {
    let record = CallRecord { dials: vec![dial(Name::C, 1, 5)], ..CallRecord::default() };
    let mut posted: Vec<_> =
        NAMES.into_iter().map(|name| (name, std::collections::BTreeMap::new())).collect();
    posted[Name::C as usize].1.insert(SALE.to_string(), 1);
    Books {
        calls: vec![Call { journey: JOURNEY, record }],
        posted,
        sales: vec![sale(SALE)],
        awaited: vec![],
        dead_posts: 0,
        miscounted: vec![],
    }
}

fn nothing_open() -> Open {
    Open { left: vec![], awaited: 0 }
}

#[track_caller]
fn notices(what: &str, change: impl FnOnce(&mut Books)) {
    let mut books = good();
    change(&mut books);
    let broken = rules::broken(&books, &nothing_open());
    assert!(broken.iter().any(|line| line.contains(what)), "{what} is not in {broken:?}");
}

#[test]
fn good_books_break_no_rule() {
    assert_eq!(rules::broken(&good(), &nothing_open()), Vec::<String>::new());
    let figures = Figures { calls: 1, accepted: 1, sales: 1, posts: 1, deliveries: 1, ..Figures::default() };
    assert_eq!(rules::figures(&good()), figures);
}

#[test]
fn a_lost_or_doubled_sale() {
    notices("nothing is booked", |books| books.sales.clear());
    notices("was sold 2 times", |books| books.sales.push(sale(Uuid::from_u128(3))));
    notices("was connected 2 times", |books| books.calls[0].record.dials.push(dial(Name::A, 6, 9)));
    notices("who was not connected", |books| books.calls[0].record.dials[0].bridged = false);
    notices("who did not accept", |books| books.calls[0].record.dials[0].answered_at = None);
    let mut lost = good();
    lost.sales.clear();
    assert_eq!(rules::figures(&lost).lost, 1);
}

#[test]
fn a_post_that_is_lost_or_goes_to_a_stranger() {
    notices("was never posted", |books| books.posted[Name::C as usize].1.clear());
    let strange = |books: &mut Books| {
        books.posted[Name::A as usize].1.insert(SALE.to_string(), 1);
    };
    notices("which it did not buy", strange);
    let returned = |books: &mut Books| {
        books.posted[Name::C as usize].1.insert(format!("returned_{SALE}"), 1);
    };
    notices("came to nothing", returned);
    notices("posts were given up", |books| books.dead_posts = 1);
}

#[test]
fn money_that_does_not_add_up() {
    notices("does not add up", |books| books.sales[0].entries.push(entry("void", Some("too_short"))));
    notices("does not add up", |books| drop(books.sales[0].entries.remove(0)));
    notices("is not earned", |books| drop(books.sales[0].entries.pop()));
    notices("reservations disagree", |books| books.miscounted.push("a counter".to_owned()));
}

#[test]
fn two_phones_at_once_and_what_is_left_open() {
    notices("at once", |books| books.calls[0].record.dials.push(dial(Name::A, 4, 6)));
    let open = Open { left: vec![("seats are still taken", 1)], awaited: 0 };
    assert_eq!(rules::broken(&good(), &open), ["1 seats are still taken"]);
}
