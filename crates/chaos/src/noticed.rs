//! Every rule of the books notices what breaks it.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::medicare::Name;
use uuid::Uuid;

use crate::{
    account::{Account, Light},
    books::{Booked, Open, Sale},
    cast::{Person, Sold},
    collected::{Call, Dial, Received, Served},
    example::Bounds,
    forms::Form,
    rules::{Books, Figures},
};

const JOURNEY: Uuid = Uuid::from_u128(1);
const SALE: Uuid = Uuid::from_u128(2);
const FORM: Uuid = Uuid::from_u128(8);
const OF_FORM: Uuid = Uuid::from_u128(9);
const SECOND: i64 = 1_000_000;

/// A caller for whom C bids most, and the price.
fn person() -> (Person, i64) {
    let people = (0..100).map(|n| Person::new(1, n));
    let best =
        |person: &Person| person.price_of(Name::C).filter(|price| person.price_of(Name::A) < Some(*price));
    let mut priced = people.filter_map(|person| best(&person).map(|price| (person, price)));
    priced.next().expect("C bids for many")
}

fn dial(name: Name, from: i64, to: i64) -> Dial {
    Dial {
        buyer: Some((name, Sold::Bid)),
        bridged: true,
        dialled_at: from * SECOND,
        answered_at: Some(from * SECOND),
        bridged_at: Some(from * SECOND),
        ended_at: Some(to * SECOND),
        status: "completed".to_owned(),
    }
}

fn entry(kind: &str, why: Option<&str>) -> (String, Option<String>, i64) {
    (kind.to_owned(), why.map(str::to_owned), person().1)
}

fn sale(id: Uuid) -> Sale {
    let entries = vec![entry("pending", None), entry("earned", None)];
    Sale { id, journey: JOURNEY, buyer: Name::C, price: person().1, entries }
}

/// A form that C bought.
fn form() -> Form {
    Form { person: person().0, leads: BTreeSet::from([FORM]) }
}

/// One call that was connected to C, sold, and posted; and the same with a form.
fn good() -> Books {
    let call = Call {
        journey: JOURNEY,
        person: person().0,
        status: "completed".to_owned(),
        served: Served::Asked,
        dials: vec![dial(Name::C, 1, 5)],
        was_let_down: false,
        told: vec![],
    };
    let mut received = Received::new(1, 0, 0);
    received.posted[Name::C as usize].1 = BTreeMap::from([(SALE.to_string(), 1), (OF_FORM.to_string(), 1)]);
    let booked = Booked {
        sales: vec![sale(SALE), Sale { journey: FORM, ..sale(OF_FORM) }],
        dead_posts: 0,
        miscounted: vec![],
        auctions_ms: vec![],
        ended: BTreeMap::from([(JOURNEY, "sold".to_owned()), (FORM, "sold".to_owned())]),
    };
    let bounds = Bounds { answered_by_b: 1, seats_of_a: 1 };
    Books {
        calls: vec![call],
        forms: vec![form()],
        received,
        booked,
        open: Open::default(),
        unsettled: BTreeSet::new(),
        bounds,
        light: Light::Stays,
    }
}

#[track_caller]
fn notices(what: &str, change: impl FnOnce(&mut Books)) {
    let mut books = good();
    change(&mut books);
    let found = books.differences();
    assert!(found.iter().any(|it| it.what.contains(what)), "{what} is not in {found:?}");
}

#[test]
fn good_books_do_not_differ() {
    assert_eq!(good().differences(), []);
    let figures = Figures {
        forms: 1,
        forms_sold: 1,
        accepted: 1,
        sales: 1,
        posts: 1,
        deliveries: 1,
        ..Figures::default()
    };
    assert_eq!(good().figures(), figures);
}

#[test]
fn nothing_is_said_of_a_call_that_was_not_waited_for() {
    let mut books = good();
    books.booked.sales.clear();
    assert!(books.differences().iter().any(|it| it.journey == Some(JOURNEY)));
    books.unsettled.insert(JOURNEY);
    assert!(books.differences().iter().all(|it| it.journey != Some(JOURNEY)), "{:?}", books.differences());
}

#[test]
fn a_lost_or_doubled_sale() {
    notices("nothing is booked", |books| books.booked.sales.clear());
    notices("was sold 2 times", |books| books.booked.sales.push(sale(Uuid::from_u128(3))));
    notices("was connected 2 times", |books| books.calls[0].dials.push(dial(Name::A, 6, 9)));
    notices("who was not connected", |books| books.calls[0].dials[0].bridged = false);
    notices("who did not accept", |books| books.calls[0].dials[0].answered_at = None);
    let mut lost = good();
    lost.booked.sales.clear();
    assert_eq!(lost.figures().lost, 1);
}

#[test]
fn a_form_that_is_lost_or_sold_twice() {
    notices("became 2 leads", |books| {
        books.forms[0].leads.insert(Uuid::from_u128(7));
    });
    notices("is in no book", |books| drop(books.booked.ended.remove(&FORM)));
    notices("was bid for it", |books| drop(books.booked.sales.pop()));
    notices("sold 2 times", |books| {
        let again = Sale { id: Uuid::from_u128(7), ..books.booked.sales[1].clone() };
        books.booked.sales.push(again);
    });
    notices("is booked to C at", |books| books.booked.sales[1].price += 1);
    notices("was never posted", |books| {
        books.received.posted[Name::C as usize].1.remove(&OF_FORM.to_string());
    });
}

#[test]
fn a_post_that_is_lost_or_goes_to_a_stranger() {
    notices("was never posted", |books| books.received.posted[Name::C as usize].1.clear());
    notices("which it did not buy", |books| {
        books.received.posted[Name::A as usize].1.insert(SALE.to_string(), 1);
    });
    notices("came to nothing", |books| {
        books.received.posted[Name::C as usize].1.insert(format!("returned_{SALE}"), 1);
    });
    notices("posts were given up", |books| books.booked.dead_posts = 1);
    notices("held a caller's number", |books| books.received.identities = 1);
}

#[test]
fn money_that_does_not_add_up() {
    notices("does not add up", |books| books.booked.sales[0].entries.push(entry("void", Some("too_short"))));
    notices("does not add up", |books| drop(books.booked.sales[0].entries.remove(0)));
    notices("is not earned", |books| drop(books.booked.sales[0].entries.pop()));
    notices("the reservations disagree", |books| books.booked.miscounted.push("a counter".to_owned()));
    notices("and its price is", |books| {
        books.booked.sales[0].price += 1;
        books.booked.sales[0].entries.iter_mut().for_each(|entry| entry.2 += 1);
    });
    notices("and its price is", |books| books.calls[0].dials[0].buyer = Some((Name::C, Sold::Static)));
}

#[test]
fn bounds_two_telephones_at_once_and_what_is_left_open() {
    notices("at once", |books| books.calls[0].dials.push(dial(Name::A, 4, 6)));
    notices("its cap is 1", |books| {
        books.calls[0].dials.extend([dial(Name::B, 6, 7), dial(Name::B, 8, 9)]);
    });
    notices("it has 1 seats", |books| {
        books.calls[0].dials.extend([dial(Name::A, 6, 8), dial(Name::A, 7, 9)]);
    });
    notices("1 seats are still taken", |books| books.open.0.push(("seats are still taken", 1)));
}

#[test]
fn a_call_that_no_book_has_and_a_journey_of_no_call() {
    notices("is in no book", |books| books.booked.ended.clear());
    notices("is of no call", |books| drop(books.booked.ended.insert(SALE, "sold".to_owned())));
    // It was dialled, so its journey was durable.
    notices("is in no book", |books| {
        books.booked.ended.clear();
        books.light = Light::MayBeLost;
    });
}

#[test]
fn every_call_has_one_account() {
    let account = |outcome: Option<&str>, served, light| {
        let mut books = good();
        books.calls[0].dials.clear();
        (books.calls[0].served, books.light) = (served, light);
        books.booked.ended = outcome.map(|outcome| (JOURNEY, outcome.to_owned())).into_iter().collect();
        let accounts: Vec<_> = books.accounts().map(|(_, account)| account).collect();
        assert_eq!(Account::summed(accounts.iter().copied()).values().sum::<usize>(), 1);
        accounts[0]
    };
    for (outcome, served, is) in [
        (Some("sold"), Served::Asked, Account::Sold),
        (Some("won_abandoned"), Served::Asked, Account::Abandoned),
        (Some("abandoned_ring"), Served::Asked, Account::Abandoned),
        (Some("nobody_answered"), Served::Asked, Account::Unsold),
        (Some("hold_ran_out"), Served::Elsewhere, Account::Unsold),
        (None, Served::Dismissed, Account::TurnedAway),
        (None, Served::Elsewhere, Account::ServedElsewhere),
        (None, Served::Not, Account::LetDown),
        (None, Served::Asked, Account::Nowhere),
    ] {
        assert_eq!(account(outcome, served, Light::Stays), is, "{outcome:?} {served:?}");
    }
    assert_eq!(account(None, Served::Asked, Light::MayBeLost), Account::InterviewLost);
}

#[test]
fn a_seat_that_is_left_is_free_for_the_next_one() {
    let mut books = good();
    books.calls[0].dials = vec![dial(Name::A, 1, 2), dial(Name::A, 2, 3)];
    assert_eq!(books.figures().seats_peak, 1);
}

#[test]
fn a_callers_number_in_a_ping() {
    let mut received = Received::new(1, 5, 0);
    let ping = |body: String| sandbox::buyers::Recorded {
        at: std::time::Duration::ZERO,
        method: "POST".to_owned(),
        path: "/ping".to_owned(),
        query: String::new(),
        headers: vec![],
        body: body.into(),
        authorised: true,
        signature: sandbox::buyers::Signature::Unchecked,
    };
    received.one(0, &ping("{\"zip\":\"33109\"}".to_owned()));
    assert_eq!((received.pings, received.identities), (1, 0));
    let number = Person::new(1, 3).number();
    received.one(0, &ping(format!("{{\"areaCode\":\"{}\"}}", &number[2..])));
    assert_eq!((received.pings, received.identities), (2, 1));
}
