//! The first page: what today brought beside what static prices would have, what goes on, and what needs a person.

mod mend;

use askama::Template;
use axum::response::Response;
use lead::Money;
use store::{BuyerFigures, Home};

use super::{
    Frame, Shared,
    calls::length,
    figures::{WHOLE, bar, count, counted, percent},
    shown, start,
};
use crate::{Console, Needs, Permission, actor::Actor, business::Business, problem::Problem, routes::Routes};
use mend::ProblemView;

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    headline: String,
    sub: String,
    since_utc: String,
    money: Option<MoneyView>,
    tiles: Vec<Tile>,
    buyers: Vec<BuyerView>,
    problems: Vec<ProblemView>,
    /// Nothing happened yet today.
    is_empty: bool,
    /// No offer stands: nothing can be sold.
    is_new: bool,
    /// Nothing was ever sold, and whoever looks may do something about it.
    is_led: bool,
}

/// What today brought beside what static prices would have brought for the same calls.
struct MoneyView {
    said: String,
    class: &'static str,
    auction: String,
    auction_bar: u64,
    at_static: String,
    static_bar: u64,
    below: String,
}

/// One figure.
struct Tile {
    name: &'static str,
    value: String,
    note: String,
    to: String,
}

/// How one buyer fares today.
struct BuyerView {
    id: String,
    name: String,
    asked: String,
    answered: String,
    won: String,
    won_bar: u64,
    p50: String,
    p95: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadCalls), "/", home)
}

async fn home(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let home = read(&console).await?;
    let is_led = actor.may(Permission::WriteSettings) && !start::is_complete(&console).await?;
    Ok(shown(&Page { is_led, ..page(&console, &actor, &home) }))
}

/// The figures of the first page.
pub(crate) async fn read(console: &Console) -> Result<Home, Problem> {
    let home = console.store().home(console.now(), &console.business().zone).await;
    home.map_err(|error| Problem::unavailable(&error))
}

fn page(console: &Console, actor: &Actor, home: &Home) -> Page {
    let business = console.business();
    let money = actor.may(Permission::ReadMoney);
    let today = &home.today;
    let is_empty = today.calls == 0 && home.live == 0;
    Page {
        frame: Frame::of(actor, "/"),
        headline: headline(home, &business, money),
        sub: sub(home, &business, money),
        since_utc: home.since.to_string(),
        money: (money && today.earned > Money::ZERO).then(|| money_view(home, &business)),
        tiles: if is_empty { vec![] } else { tiles(home, &business, money) },
        buyers: by_wins(&home.buyers).into_iter().map(|buyer| BuyerView::of(buyer, &business)).collect(),
        problems: home
            .problems
            .iter()
            .map(|it| ProblemView::of(it, &business, actor, console.now()))
            .collect(),
        is_new: is_empty && business.names.offers.is_empty(),
        is_empty,
        is_led: false,
    }
}

/// Those that won most first.
fn by_wins(buyers: &[BuyerFigures]) -> Vec<&BuyerFigures> {
    let mut buyers: Vec<_> = buyers.iter().collect();
    buyers.sort_by_key(|buyer| std::cmp::Reverse((buyer.won, buyer.answered)));
    buyers
}

fn headline(home: &Home, business: &Business, money: bool) -> String {
    let today = &home.today;
    match (money, today.sold) {
        (_, 0) if home.talking > 0 => "The first sale of today is on the line".to_owned(),
        (_, 0) => "Nothing sold yet today".to_owned(),
        (true, _) => format!("{} earned today", business.money(today.earned)),
        (false, 1) => "One call sold today".to_owned(),
        (false, sold) => format!("{} calls sold today", count(sold)),
    }
}

fn sub(home: &Home, business: &Business, money: bool) -> String {
    let today = &home.today;
    let from = match (today.sold, today.calls) {
        (_, 0) => "No call has ended yet".to_owned(),
        (sold, calls) => format!("{} of {} that ended", count(sold), counted(calls, "call")),
    };
    let pending = home.today.pending + home.talking_for;
    let pending = if money && pending > Money::ZERO {
        format!("; {} more is pending", business.money(pending))
    } else {
        String::new()
    };
    let since = business.time(home.since, "%H:%M %Z");
    format!("{from}{pending}. Today since {since}, {}.", business.zone_name())
}

fn money_view(home: &Home, business: &Business) -> MoneyView {
    let today = &home.today;
    let auction = today.at_static + today.uplift;
    let longest = auction.micros().max(today.at_static.micros());
    let (by, at_static) = (business.money(today.uplift), business.money(today.at_static));
    let less = business.money(Money::ZERO - today.uplift);
    let (said, class) = match today.uplift {
        _ if today.at_static == Money::ZERO => {
            ("No static price stood for what is earned: there is nothing to compare with".to_owned(), "")
        }
        uplift if uplift > Money::ZERO => (format!("{by} more than static prices would have brought"), "won"),
        uplift if uplift < Money::ZERO => {
            (format!("{less} less than static prices would have brought"), "near")
        }
        _ => ("As much as static prices would have brought".to_owned(), ""),
    };
    let below = match today.below_static {
        0 => String::new(),
        1 => format!(
            "One call was sold {} below the static price that stood",
            business.money(today.below_static_by)
        ),
        n => format!(
            "{} calls were sold below the static price that stood, {} together",
            count(n),
            business.money(today.below_static_by)
        ),
    };
    MoneyView {
        said,
        class,
        auction: business.money(auction),
        auction_bar: bar(auction.micros(), longest),
        at_static,
        static_bar: bar(today.at_static.micros(), longest),
        below,
    }
}

fn tiles(home: &Home, business: &Business, money: bool) -> Vec<Tile> {
    let today = &home.today;
    let tile = |name, value, note, to: &str| Tile { name, value, note, to: to.to_owned() };
    let talking = match (home.talking, money) {
        (0, _) => "nobody talks".to_owned(),
        (n, true) => format!("{} talking, for {}", count(n), business.money(home.talking_for)),
        (n, false) => format!("{} talking", count(n)),
    };
    let accepted = today.sold + today.void_calls;
    let mut tiles = vec![
        tile("Live now", count(home.live), talking, "/live"),
        tile(
            "Answered",
            percent(accepted, today.asked),
            format!("{} of {} that buyers were asked for", count(accepted), counted(today.asked, "call")),
            if money { "/reports?by=outcome" } else { "/calls" },
        ),
        tile(
            "Sold",
            percent(today.sold, today.calls),
            format!("{} of {}", count(today.sold), counted(today.calls, "call")),
            if money { "/reports?by=campaign" } else { "/calls?outcome=sold" },
        ),
    ];
    if money {
        let pending = today.pending + home.talking_for;
        tiles.push(tile(
            "Pending",
            business.money(pending),
            "until it is payable".to_owned(),
            "/money?state=pending",
        ));
        tiles.push(tile(
            "Left to you",
            business.money(today.margin()),
            format!("after {} to publishers", business.money(today.payout)),
            "/reports?by=publisher",
        ));
    }
    tiles
}

impl BuyerView {
    fn of(buyer: &BuyerFigures, business: &Business) -> Self {
        Self {
            id: buyer.buyer.to_string(),
            name: business.names.buyer(&buyer.buyer),
            asked: count(buyer.asked),
            answered: percent(buyer.answered, buyer.asked),
            won: percent(buyer.won, buyer.asked),
            won_bar: (buyer.won * WHOLE).checked_div(buyer.asked).unwrap_or_default(),
            p50: buyer.p50.map(length).unwrap_or_default(),
            p95: buyer.p95.map(length).unwrap_or_default(),
        }
    }
}
