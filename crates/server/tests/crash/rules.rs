//! What must be true of the three books at the end, whenever the server was killed.

use sandbox::carrier::DialRecord;

use crate::{
    books::{Books, Call, Open, Sale},
    cast::buyer_at,
};

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Calls that were placed.
    pub calls: usize,
    /// Calls that the carrier connected to a buyer.
    pub accepted: usize,
    /// Sales of them.
    pub sales: usize,
    /// Posts of them that their buyers got, each counted once.
    pub posts: usize,
    /// Posts that their buyers got, repeats too.
    pub deliveries: u32,
    /// Sales that are void, since their buyer picked up and was not connected in the end.
    pub void: usize,
    /// Accepted calls without a sale, and sales without a post.
    pub lost: usize,
    /// Calls that were sold more than once.
    pub twice: usize,
    /// Accepted calls whose sale awaits reconciliation.
    pub awaited: usize,
}

/// The talk after which a sale is earned, with room for what the carrier rounds, in thousandths of its seconds.
const EARNED_MS: u128 = 18_000;
/// The carrier's seconds in one of ours.
const SPEED: u128 = 10;

/// Counts.
pub fn figures(books: &Books) -> Figures {
    let mut figures = Figures { calls: books.calls.len(), ..Figures::default() };
    for call in &books.calls {
        let sales = live(books, call);
        let posted = |sale: &&&Sale| books.posted_to(sale.buyer, &sale.id.to_string());
        let (accepted, posts) =
            (call.bridged().count(), sales.iter().filter(|sale| posted(sale) > 0).count());
        figures.accepted += accepted;
        figures.sales += sales.len();
        figures.posts += posts;
        figures.deliveries += sales.iter().map(|sale| posted(&sale)).sum::<u32>();
        let unbooked = accepted.saturating_sub(sales.len());
        let awaited = books.awaited.contains(&call.journey);
        figures.awaited += if awaited { unbooked } else { 0 };
        figures.lost += if awaited { 0 } else { unbooked } + sales.len().saturating_sub(posts);
        figures.twice += sales.len().saturating_sub(1);
    }
    figures.void = books.sales.len() - figures.sales;
    figures
}

/// Every rule that is broken, with where.
pub fn broken(books: &Books, open: &Open) -> Vec<String> {
    let mut broken = vec![];
    for (what, count) in &open.left {
        broken.push(format!("{count} {what}"));
    }
    broken.extend(books.miscounted.iter().map(|what| format!("reservations disagree: {what}")));
    if books.dead_posts > 0 {
        broken.push(format!("{} posts were given up", books.dead_posts));
    }
    for call in &books.calls {
        of_call(books, call, &mut broken);
    }
    for sale in &books.sales {
        of_sale(books, sale, &mut broken);
    }
    of_posts(books, &mut broken);
    broken
}

/// The sales of a call that stand: whoever picked up and was not connected in the end owes nothing, which is another
/// rule's matter.
fn live<'a>(books: &'a Books, call: &Call) -> Vec<&'a Sale> {
    let connected = |sale: &&Sale| call.bridged().any(|dial| buyer_at(&dial.to) == Some(sale.buyer));
    let of_call = books.sales.iter().filter(|sale| sale.journey == call.journey);
    of_call.filter(|sale| connected(sale) && !sale.is_abandoned() || sale.entries_of("void").1 == 0).collect()
}

/// A connected call is one sale of that buyer, earned if they talked; nobody is rung while somebody else is.
fn of_call(books: &Books, call: &Call, broken: &mut Vec<String>) {
    let id = call.journey;
    let bridged: Vec<_> = call.bridged().collect();
    let sales = live(books, call);
    if bridged.len() > 1 {
        broken.push(format!("{id} was connected {} times", bridged.len()));
    }
    if sales.len() > 1 {
        broken.push(format!("{id} was sold {} times", sales.len()));
    }
    for dial in &bridged {
        let Some(sale) = sales.iter().find(|sale| buyer_at(&dial.to) == Some(sale.buyer)) else {
            if !books.awaited.contains(&id) {
                broken.push(format!("{id} was connected to {:?}, and nothing is booked", buyer_at(&dial.to)));
            }
            continue;
        };
        if talked_ms(dial) >= EARNED_MS && sale.entries_of("earned").1 != 1 {
            broken.push(format!(
                "{id} talked for {} ms and is not earned: {:?}",
                talked_ms(dial),
                sale.entries
            ));
        }
    }
    for sale in &sales {
        if !bridged.iter().any(|dial| buyer_at(&dial.to) == Some(sale.buyer)) {
            broken.push(format!(
                "{id} is booked to {:?}, who was not connected: {:?}",
                sale.buyer, sale.entries
            ));
        }
    }
    let dials = &call.record.dials;
    for (n, dial) in dials.iter().enumerate() {
        for other in &dials[n + 1..] {
            if other.dialled_at < dial.ended_at.unwrap_or(std::time::Duration::MAX) {
                broken.push(format!(
                    "{id} rang {:?} and {:?} at once",
                    buyer_at(&dial.to),
                    buyer_at(&other.to)
                ));
            }
        }
    }
}

/// The carrier's time from the bridge to the end.
fn talked_ms(dial: &DialRecord) -> u128 {
    let ends = dial.ended_at.zip(dial.bridged_at);
    ends.map_or(0, |(ended, bridged)| ended.saturating_sub(bridged).as_millis() * SPEED)
}

/// A sale is of a call whose buyer accepted, is settled once, and was posted to that buyer.
fn of_sale(books: &Books, sale: &Sale, broken: &mut Vec<String>) {
    let id = sale.id;
    if !accepted(books, sale) {
        broken.push(format!("sale {id} of {:?}, who did not accept", sale.buyer));
    }
    let (pending, earned, void) =
        (sale.entries_of("pending"), sale.entries_of("earned"), sale.entries_of("void"));
    let settled = earned.1 + void.1;
    if pending != (sale.price, 1) || settled > 1 || (settled == 1 && earned.0 + void.0 != sale.price) {
        broken.push(format!("sale {id} of {} does not add up: {:?}", sale.price, sale.entries));
    }
    if sale.entries_of("void").1 == 0 && books.posted_to(sale.buyer, &id.to_string()) == 0 {
        broken.push(format!("sale {id} was never posted to {:?}", sale.buyer));
    }
}

/// Every post is of a sale of the buyer that got it; that a lead came to nothing is told only of such a sale.
fn of_posts(books: &Books, broken: &mut Vec<String>) {
    for (name, posted) in &books.posted {
        for key in posted.keys() {
            let (id, returned) = match key.strip_prefix("returned_") {
                Some(id) => (id, true),
                None => (key.as_str(), false),
            };
            let sale = books.sales.iter().find(|sale| sale.buyer == *name && sale.id.to_string() == id);
            match sale {
                None => broken.push(format!("{name:?} was posted {key}, which it did not buy")),
                Some(sale) if returned && !sale.is_abandoned() => {
                    broken.push(format!("{name:?} was told that {key} came to nothing"));
                }
                Some(_) => {}
            }
        }
    }
}

/// Whether the sale's buyer picked up in that call.
fn accepted(books: &Books, sale: &Sale) -> bool {
    let calls = books.calls.iter().filter(|call| call.journey == sale.journey);
    let mut dials = calls.flat_map(|call| &call.record.dials);
    dials.any(|dial| buyer_at(&dial.to) == Some(sale.buyer) && dial.answered_at.is_some())
}
