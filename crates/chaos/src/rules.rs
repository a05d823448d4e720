//! What must be true of the three books at the end, whatever went wrong before.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    account::{Account, Light},
    books::{Booked, Open, Sale},
    cast::Sold,
    collected::{Call, Dial, Received},
    example::{Bounds, STATIC},
    forms::Form,
};
use sandbox::medicare::Name;

/// The talk after which a sale is earned, with room for what the carrier rounds, in thousandths of its seconds.
const EARNED_MS: i64 = 18_000;
/// The carrier's seconds in one of ours.
pub(crate) const SPEED: u32 = 10;

/// All three books.
#[derive(Debug)]
pub(crate) struct Books {
    /// The carrier's.
    pub(crate) calls: Vec<Call>,
    /// What publishers were answered.
    pub(crate) forms: Vec<Form>,
    /// The buyers'.
    pub(crate) received: Received,
    /// The database's.
    pub(crate) booked: Booked,
    /// What is not over though everything had time to be.
    pub(crate) open: Open,
    /// The calls and forms that were on their way to their end when the play waited no longer: nothing is said of them.
    pub(crate) unsettled: BTreeSet<Uuid>,
    /// What may not be exceeded.
    pub(crate) bounds: Bounds,
    /// Whether an interview may be lost.
    pub(crate) light: Light,
}

/// One difference between the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The call that it is about, if it is about one.
    pub(crate) journey: Option<Uuid>,
    /// What each book says.
    pub(crate) what: String,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    /// Calls that the carrier connected to a buyer.
    pub(crate) accepted: usize,
    /// Forms that were accepted.
    pub(crate) forms: usize,
    /// Forms whose lead was sold.
    pub(crate) forms_sold: usize,
    /// Sales of calls that stand.
    pub(crate) sales: usize,
    /// Sales that were corrected to nothing, since their buyer picked up and was not connected in the end.
    pub(crate) corrections: usize,
    /// Posts of sales that stand and that their buyers got, each counted once.
    pub(crate) posts: usize,
    /// The same, repeats too.
    pub(crate) deliveries: u32,
    /// Accepted calls without a sale, and sales without a post.
    pub(crate) lost: usize,
    /// Sales beyond the first of a call.
    pub(crate) twice: usize,
    /// Connections to B beyond its cap.
    pub(crate) cap_overrun: i64,
    /// The most telephones of A that were busy at once.
    pub(crate) seats_peak: usize,
    /// Callers that were left with an error.
    pub(crate) let_down: usize,
}

impl Difference {
    fn of(journey: Uuid, what: String) -> Self {
        Self { journey: Some(journey), what: format!("{journey} {what}") }
    }

    const fn general(what: String) -> Self {
        Self { journey: None, what }
    }
}

impl Books {
    /// Counts.
    pub(crate) fn figures(&self) -> Figures {
        let mut figures = Figures::default();
        for call in &self.calls {
            let sales = self.live(call);
            let posted = |sale: &Sale| self.received.posted_to(sale.buyer, &sale.id.to_string());
            let accepted = call.bridged().count();
            let posts = sales.iter().filter(|sale| posted(sale) > 0).count();
            figures.accepted += accepted;
            figures.sales += sales.len();
            figures.posts += posts;
            figures.deliveries += sales.iter().map(|sale| posted(sale)).sum::<u32>();
            figures.lost += accepted.saturating_sub(sales.len()) + sales.len().saturating_sub(posts);
            figures.twice += sales.len().saturating_sub(1);
            figures.let_down += usize::from(call.was_let_down);
        }
        figures.forms = self.forms.len();
        for form in &self.forms {
            let sales: Vec<_> = self.sales_of(form).collect();
            let posted = |sale: &&Sale| self.received.posted_to(sale.buyer, &sale.id.to_string()) > 0;
            figures.forms_sold += usize::from(!sales.is_empty());
            figures.twice += sales.len().saturating_sub(1);
            figures.lost += sales.iter().filter(|sale| !posted(sale)).count();
        }
        let of_forms: usize = self.forms.iter().map(|form| self.sales_of(form).count()).sum();
        figures.corrections = self.booked.sales.len().saturating_sub(figures.sales + of_forms);
        figures.cap_overrun = (self.connected_to_b() - self.bounds.answered_by_b).max(0);
        figures.seats_peak = self.seats_peak();
        figures
    }

    /// What became of each call.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&Call, Account)> {
        self.calls.iter().map(|call| {
            let outcome = self.booked.ended.get(&call.journey).map(String::as_str);
            (call, Account::of(call, outcome, self.light))
        })
    }

    /// Every rule that is broken, with where.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        let mut found: Vec<_> =
            self.open.0.iter().map(|(what, count)| Difference::general(format!("{count} {what}"))).collect();
        let miscounted = self.booked.miscounted.iter();
        found
            .extend(miscounted.map(|what| Difference::general(format!("the reservations disagree: {what}"))));
        if self.booked.dead_posts > 0 {
            found.push(Difference::general(format!("{} posts were given up", self.booked.dead_posts)));
        }
        if self.received.identities > 0 {
            let what = format!("{} pings held a caller's number", self.received.identities);
            found.push(Difference::general(what));
        }
        self.bounds_are_kept(&mut found);
        self.of_accounts(&mut found);
        self.calls.iter().for_each(|call| self.of_call(call, &mut found));
        self.forms.iter().for_each(|form| self.of_form(form, &mut found));
        self.booked.sales.iter().for_each(|sale| self.of_sale(sale, &mut found));
        self.of_posts(&mut found);
        found.retain(|it| it.journey.is_none_or(|journey| !self.unsettled.contains(&journey)));
        found
    }

    fn bounds_are_kept(&self, found: &mut Vec<Difference>) {
        let (connected, most) = (self.connected_to_b(), self.bounds.answered_by_b);
        if connected > most {
            found.push(Difference::general(format!(
                "B was connected to {connected} callers, and its cap is {most}"
            )));
        }
        let (peak, most) = (self.seats_peak(), self.bounds.seats_of_a);
        if peak > most {
            found.push(Difference::general(format!(
                "{peak} telephones of A were busy at once, and it has {most} seats"
            )));
        }
    }

    /// Every call has come to something that has a name, and every journey is of a call or a form.
    fn of_accounts(&self, found: &mut Vec<Difference>) {
        for (call, account) in self.accounts() {
            if account == Account::Nowhere {
                found.push(Difference::of(call.journey, "was asked something, and is in no book".to_owned()));
            }
        }
        let placed = self.calls.iter().map(|call| call.journey);
        let placed: BTreeSet<_> = placed.chain(self.forms.iter().map(Form::journey)).collect();
        let strangers = self.booked.ended.iter().filter(|(journey, _)| !placed.contains(journey));
        found.extend(
            strangers
                .map(|(journey, outcome)| Difference::of(*journey, format!("is of no call, and {outcome}"))),
        );
    }

    fn connected_to_b(&self) -> i64 {
        let to_b = |dial: &&Dial| matches!(dial.buyer, Some((Name::B, _)));
        let connected = self.calls.iter().flat_map(Call::bridged).filter(to_b).count();
        let handed = self.forms.iter().flat_map(|form| self.sales_of(form));
        let connected = connected + handed.filter(|sale| sale.buyer == Name::B).count();
        i64::try_from(connected).unwrap_or(i64::MAX)
    }

    fn seats_peak(&self) -> usize {
        let of_a = self.calls.iter().flat_map(|call| &call.dials);
        let of_a = of_a.filter(|dial| matches!(dial.buyer, Some((Name::A, _))));
        // Who leaves at the very moment at which another comes has left.
        let mut turns: Vec<_> = of_a
            .flat_map(|dial| [(dial.dialled_at, 1), (dial.ended_at.unwrap_or(i64::MAX), -1_isize)])
            .collect();
        turns.sort_unstable();
        let counts = turns.iter().scan(0_isize, |busy, (_, change)| {
            *busy += change;
            Some(*busy)
        });
        counts.max().unwrap_or_default().unsigned_abs()
    }

    /// The sales of a call that stand: whoever picked up and was not connected in the end owes nothing.
    fn live(&self, call: &Call) -> Vec<&Sale> {
        let connected = |sale: &&Sale| call.bridged().any(|dial| is_of(dial, sale.buyer));
        let of_call = self.booked.sales.iter().filter(|sale| sale.journey == call.journey);
        of_call
            .filter(|sale| connected(sale) && !sale.is_abandoned() || sale.entries_of("void").1 == 0)
            .collect()
    }

    fn sales_of(&self, form: &Form) -> impl Iterator<Item = &Sale> {
        self.booked.sales.iter().filter(|sale| form.leads.contains(&sale.journey))
    }

    /// However often a form was sent and whoever died meanwhile: it is one lead, which ended, and was sold once where
    /// somebody who may buy bid for it, at what its buyer bid or pays without an auction. A winner whose confirm died with its
    /// node has lost it to the next one.
    fn of_form(&self, form: &Form, found: &mut Vec<Difference>) {
        let id = form.journey();
        let mut broken = |what: String| found.push(Difference::of(id, what));
        if form.leads.len() != 1 {
            broken(format!("is a form that became {} leads", form.leads.len()));
        }
        let Some(outcome) = self.booked.ended.get(&id) else {
            broken("is a form that was accepted, and is in no book".to_owned());
            return;
        };
        let sales: Vec<_> = self.sales_of(form).collect();
        if sales.len() > 1 {
            broken(format!("is a form that was sold {} times", sales.len()));
        }
        // B's cap runs out in every run; nothing keeps the others from buying.
        let bid = [Name::A, Name::C].into_iter().filter_map(|name| form.person.price_of(name)).max();
        match (sales.first(), bid) {
            (None, Some(price)) => broken(format!("is a form that {outcome}, though {price} was bid for it")),
            (Some(sale), _) => {
                let fixed = STATIC.into_iter().find(|(of, _)| *of == sale.buyer).map(|(_, price)| price);
                let right = form.person.price_of(sale.buyer).or(fixed);
                if right != Some(sale.price) && fixed != Some(sale.price) {
                    broken(format!("is a form that is booked to {:?} at {}", sale.buyer, sale.price));
                }
            }
            (None, None) => {}
        }
    }

    /// A connected call is one sale of that buyer at its price, earned if they talked; nobody is rung while somebody else
    /// is.
    fn of_call(&self, call: &Call, found: &mut Vec<Difference>) {
        let id = call.journey;
        let mut broken = |what: String| found.push(Difference::of(id, what));
        let (connections, sales) = (call.bridged().count(), self.live(call));
        if connections > 1 {
            broken(format!("was connected {connections} times"));
        }
        if sales.len() > 1 {
            broken(format!("was sold {} times", sales.len()));
        }
        for dial in call.bridged() {
            let Some(sale) = sales.iter().find(|sale| is_of(dial, sale.buyer)) else {
                broken(format!("was connected to {}, and nothing is booked", named(dial)));
                continue;
            };
            let talked = talked_ms(dial);
            if talked >= EARNED_MS && sale.entries_of("earned").1 != 1 {
                broken(format!("talked for {talked} ms and is not earned: {:?}", sale.entries));
            }
            let right = right_price(call, dial);
            if right != Some(sale.price) {
                broken(format!("is booked to {} at {}, and its price is {right:?}", named(dial), sale.price));
            }
        }
        for sale in &sales {
            if !call.bridged().any(|dial| is_of(dial, sale.buyer)) {
                broken(format!("is booked to {:?}, who was not connected: {:?}", sale.buyer, sale.entries));
            }
        }
        for (n, dial) in call.dials.iter().enumerate() {
            for other in &call.dials[n + 1..] {
                if other.dialled_at < dial.ended_at.unwrap_or(i64::MAX) {
                    broken(format!("rang {} and {} at once", named(dial), named(other)));
                }
            }
        }
    }

    /// A sale is of a form, or of a call whose buyer accepted; it is settled once, and was posted to that buyer.
    fn of_sale(&self, sale: &Sale, found: &mut Vec<Difference>) {
        let id = sale.id;
        let mut broken = |what: String| found.push(Difference::of(sale.journey, what));
        let calls = self.calls.iter().filter(|call| call.journey == sale.journey);
        let mut dials = calls.flat_map(|call| &call.dials);
        let is_of_form = self.forms.iter().any(|form| form.leads.contains(&sale.journey));
        if !is_of_form && !dials.any(|dial| is_of(dial, sale.buyer) && dial.answered_at.is_some()) {
            broken(format!("has sale {id} of {:?}, who did not accept", sale.buyer));
        }
        let (pending, earned, void) =
            (sale.entries_of("pending"), sale.entries_of("earned"), sale.entries_of("void"));
        let settled = earned.1 + void.1;
        if pending != (sale.price, 1) || settled > 1 || (settled == 1 && earned.0 + void.0 != sale.price) {
            broken(format!("has sale {id} of {}, which does not add up: {:?}", sale.price, sale.entries));
        }
        if void.1 == 0 && self.received.posted_to(sale.buyer, &id.to_string()) == 0 {
            broken(format!("has sale {id}, which was never posted to {:?}", sale.buyer));
        }
    }

    /// Every post is of a sale of the buyer that got it; that a lead came to nothing is told only of such a sale.
    fn of_posts(&self, found: &mut Vec<Difference>) {
        for (name, posted) in &self.received.posted {
            for key in posted.keys() {
                let (id, returned) = match key.strip_prefix("returned_") {
                    Some(id) => (id, true),
                    None => (key.as_str(), false),
                };
                let mut sales = self.booked.sales.iter().filter(|sale| sale.buyer == *name);
                match sales.find(|sale| sale.id.to_string() == id) {
                    None => found.push(Difference::general(format!(
                        "{name:?} was posted {key}, which it did not buy"
                    ))),
                    Some(sale) if returned && !sale.is_abandoned() => {
                        let what = format!("{name:?} was told that sale {id} came to nothing");
                        found.push(Difference::of(sale.journey, what));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn is_of(dial: &Dial, name: Name) -> bool {
    dial.buyer.is_some_and(|(of, _)| of == name)
}

/// The buyer that a dial is of, never its number.
fn named(dial: &Dial) -> String {
    dial.buyer.map_or_else(|| "a stranger".to_owned(), |(name, _)| format!("{name:?}"))
}

/// What the sale of a dial must cost: the bid, or the fixed price where no bid named the number.
fn right_price(call: &Call, dial: &Dial) -> Option<i64> {
    let (name, sold) = dial.buyer?;
    match sold {
        Sold::Bid => call.person.price_of(name),
        Sold::Static => STATIC.into_iter().find(|(of, _)| *of == name).map(|(_, price)| price),
    }
}

/// The carrier's time from the bridge to the end.
fn talked_ms(dial: &Dial) -> i64 {
    let ends = dial.ended_at.zip(dial.bridged_at);
    ends.map_or(0, |(ended, bridged)| (ended - bridged) / 1_000 * i64::from(SPEED))
}
