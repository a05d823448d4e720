//! The statements of the list: one for calls that have ended, one for those that go on, joined in their order.

use lead::{JourneyId, Timestamp, geo::State};

use super::{
    CallFilter, CallOrder, CallPage, CallRow, Cursor, EndedRow, Stage,
    filter::CallOrder::{Dearest, Newest, Oldest},
    number::Sought,
};
use crate::{
    ReadFailed, Store,
    commit::{caller_binds, sale_state},
    durable::{Bind, Durable, Row, odd},
    seal::Part,
    views::{SaleState, limit, rows::sold, wanted::Wanted},
};

/// The names of a table's columns that conditions are about.
struct Columns {
    arrived_at: &'static str,
    journey: &'static str,
    campaign: &'static str,
    publisher: &'static str,
    buyer: &'static str,
    offer: &'static str,
    channel: &'static str,
    test: &'static str,
    price: &'static str,
    outcome: &'static str,
}

/// What leads to the fewest rows of those that have ended, the first of these that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Number,
    Offer,
    Buyer,
    Publisher,
    Outcome,
    Campaign,
    Order,
}

impl Store {
    /// Lists calls.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn calls(&self, filter: &CallFilter) -> Result<CallPage, ReadFailed> {
        let asked = limit(filter.limit);
        let size = usize::try_from(asked).unwrap_or_default();
        let mut calls = vec![];
        if filter.stage != Some(Stage::Live) {
            let (sql, binds) = self.ended_sql(filter, asked + 1);
            let rows = self.durable.rows_made(sql, binds).await?;
            calls.extend(rows.iter().map(ended_row).collect::<Result<Vec<_>, sqlx::Error>>()?);
        }
        let may_go_on = filter.outcome.is_none() && filter.state.is_none() && !filter.below_static;
        if filter.stage != Some(Stage::Ended) && may_go_on {
            let (sql, binds) = self.live_sql(filter, asked + 1);
            let rows = self.durable.rows_made(sql, binds).await?;
            let live = rows.iter().map(live_row).collect::<Result<Vec<_>, sqlx::Error>>()?;
            // One that ended between the two statements stands in the first already.
            let ended: std::collections::BTreeSet<_> = calls.iter().map(|call| call.journey).collect();
            calls.extend(live.into_iter().filter(|call| !ended.contains(&call.journey)));
        }
        calls.sort_by(|a, b| order(filter.order, &a.cursor(filter.order), &b.cursor(filter.order)));
        let more = calls.len() > size;
        calls.truncate(size);
        let next = calls.last().filter(|_| more).map(|call| call.cursor(filter.order));
        Ok(CallPage { calls, next })
    }

    fn ended_sql(&self, filter: &CallFilter, limit: i64) -> (String, Vec<Bind>) {
        let columns = self.ended_columns(filter);
        let order = order_sql(filter.order, &columns);
        let (conditions, mut binds) = self.ended_conditions(filter);
        binds.push(Bind::from(limit));
        let n = binds.len();
        let sql = format!(
            "SELECT r.*, p.state AS post, x.state AS endpoint, \
                (SELECT COUNT(*) FROM sale_entries d WHERE d.sale = r.sale AND d.kind = 'dispute') AS disputes \
            FROM (SELECT r.* FROM journey_rows r{conditions} ORDER BY {order} LIMIT ${n}) r \
            LEFT JOIN posts p ON p.sale = r.sale AND p.kind = 'lead.sold' \
            LEFT JOIN post_endpoints x ON x.offer = p.offer"
        );
        (sql, binds)
    }

    /// The conditions of a filter on the rows of calls that have ended, as `r`.
    pub(in crate::views) fn ended_conditions(&self, filter: &CallFilter) -> (String, Vec<Bind>) {
        let columns = self.ended_columns(filter);
        let mut wanted = self.shared(filter, &columns);
        wanted.and_if(&format!("{} = ?", columns.outcome), filter.outcome.as_deref());
        wanted.and_if("r.state = ?", filter.state.map(|state| state.to_string()));
        wanted.and_if("r.sale_state = ?", filter.sale.map(SaleState::as_str));
        if filter.below_static {
            wanted.holds("r.sale_state IN ('earned', 'pending') AND r.price > 0 AND r.price < r.best_static");
        }
        wanted.done()
    }

    fn ended_columns(&self, filter: &CallFilter) -> Columns {
        let leads = leads(filter);
        // Only a file's planner takes the words as hints; a server's has counted its rows.
        let hint = |of: Lead, name: &'static str, plain: &'static str| {
            if matches!(&*self.durable, Durable::Sqlite(_)) && leads != of { plain } else { name }
        };
        Columns {
            arrived_at: if leads == Lead::Number { "+r.arrived_at" } else { "r.arrived_at" },
            journey: "r.journey",
            campaign: hint(Lead::Campaign, "r.campaign", "+r.campaign"),
            publisher: hint(Lead::Publisher, "r.publisher", "+r.publisher"),
            buyer: hint(Lead::Buyer, "r.buyer", "+r.buyer"),
            offer: hint(Lead::Offer, "r.offer", "+r.offer"),
            outcome: hint(Lead::Outcome, "r.outcome", "+r.outcome"),
            channel: "r.channel",
            test: "r.test",
            price: "r.price",
        }
    }

    fn live_sql(&self, filter: &CallFilter, limit: i64) -> (String, Vec<Bind>) {
        const COLUMNS: Columns = Columns {
            arrived_at: "j.created_at",
            journey: "j.id",
            campaign: "j.campaign",
            publisher: "a.publisher",
            buyer: "s.buyer",
            offer: "s.offer",
            channel: "a.channel",
            test: "a.test",
            price: "s.price",
            outcome: "j.outcome",
        };
        let mut wanted = self.shared(filter, &COLUMNS);
        wanted.holds("j.ended_at IS NULL");
        match filter.sale {
            None => {}
            Some(SaleState::Pending) => wanted.holds(
                "s.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned')",
            ),
            Some(SaleState::Earned) => wanted.holds(
                "EXISTS (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned')",
            ),
            // A live sale is none that is void.
            Some(SaleState::Void) => wanted.holds("1 = 0"),
        }
        let order = order_sql(filter.order, &COLUMNS);
        let (conditions, mut binds) = wanted.done();
        binds.push(Bind::from(limit));
        let n = binds.len();
        let sql = format!(
            "SELECT j.id AS journey, j.campaign, a.publisher, a.channel, a.test, j.created_at AS arrived_at, \
                s.id AS sale, s.buyer, s.offer, s.price, s.over_cap, p.state AS post, x.state AS endpoint, \
                (SELECT MAX(e.talk_ms) FROM sale_entries e WHERE e.sale = s.id) AS talk_ms, \
                (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
                (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
                (SELECT COUNT(*) FROM sale_entries d WHERE d.sale = s.id AND d.kind = 'dispute') AS disputes \
            FROM journeys j JOIN arrivals a ON a.journey = j.id LEFT JOIN live_sales l ON l.journey = j.id \
            LEFT JOIN sales s ON s.id = l.sale LEFT JOIN posts p ON p.sale = s.id AND p.kind = 'lead.sold' \
            LEFT JOIN post_endpoints x ON x.offer = p.offer{conditions} ORDER BY {order} LIMIT ${n}"
        );
        (sql, binds)
    }

    /// The conditions that both statements share, in the names of each.
    fn shared(&self, filter: &CallFilter, columns: &Columns) -> Wanted {
        let Columns { arrived_at, journey, price, .. } = columns;
        let mut wanted = Wanted::default();
        if let Some(number) = &filter.number {
            self.of_number(&mut wanted, journey, &number.0);
        }
        wanted.and_if(&format!("{} = ?", columns.offer), filter.offer.as_ref().map(lead::OfferId::as_str));
        wanted.and_if(&format!("{} = ?", columns.buyer), filter.buyer.as_ref().map(lead::BuyerId::as_str));
        let publisher = filter.publisher.as_ref().map(lead::PublisherId::as_str);
        wanted.and_if(&format!("{} = ?", columns.publisher), publisher);
        let campaign = filter.campaign.as_ref().map(lead::CampaignId::as_str);
        wanted.and_if(&format!("{} = ?", columns.campaign), campaign);
        wanted.and_if(&format!("{} = ?", columns.channel), filter.channel.map(lead::Channel::code));
        wanted.and_if(&format!("{} = ?", columns.test), filter.test);
        wanted.and_if(&format!("{arrived_at} >= ?"), filter.from);
        wanted.and_if(&format!("{arrived_at} < ?"), filter.until);
        if filter.order == Dearest {
            wanted.holds(&format!("{price} IS NOT NULL"));
        }
        if let Some(Cursor { by, at, journey: id }) = filter.after {
            let (at, id) = (Bind::from(at), Bind::from(id));
            match filter.order {
                Newest => wanted.and_all(&format!("({arrived_at}, {journey}) < (?, ?)"), vec![at, id]),
                Oldest => wanted.and_all(&format!("({arrived_at}, {journey}) > (?, ?)"), vec![at, id]),
                Dearest => wanted.and_all(
                    &format!("({price}, {arrived_at}, {journey}) < (?, ?, ?)"),
                    vec![Bind::from(by), at, id],
                ),
            }
        }
        wanted
    }

    fn of_number(&self, wanted: &mut Wanted, journey: &str, sought: &Sought) {
        let marks = |part, digits: &lead::Pii<String>| self.keys.sought(part, digits);
        let (table, found_by, values) = match sought {
            Sought::Whole(number) => {
                ("SELECT id FROM journeys", "caller", caller_binds(&self.keys.caller(number)))
            }
            Sought::Exchange(digits) => {
                ("SELECT journey FROM arrivals", "exchange", marks(Part::Exchange, digits))
            }
            Sought::LastFour(digits) => {
                ("SELECT journey FROM arrivals", "last_four", marks(Part::LastFour, digits))
            }
        };
        let places = vec!["?"; values.len()].join(", ");
        wanted.and_all(&format!("{journey} IN ({table} WHERE {found_by} IN ({places}))"), values);
    }
}

fn leads(filter: &CallFilter) -> Lead {
    let CallFilter { number, offer, buyer, publisher, outcome, campaign, .. } = filter;
    let asked = [
        (number.is_some(), Lead::Number),
        (filter.order == Dearest, Lead::Order),
        (offer.is_some(), Lead::Offer),
        (buyer.is_some(), Lead::Buyer),
        (outcome.is_some(), Lead::Outcome),
        (publisher.is_some(), Lead::Publisher),
        (campaign.is_some(), Lead::Campaign),
    ];
    asked.into_iter().find(|(is_asked, _)| *is_asked).map_or(Lead::Order, |(_, lead)| lead)
}

fn order_sql(order: CallOrder, columns: &Columns) -> String {
    let Columns { arrived_at, journey, price, .. } = columns;
    match order {
        Newest => format!("{arrived_at} DESC, {journey} DESC"),
        Oldest => format!("{arrived_at}, {journey}"),
        Dearest => format!("{price} DESC, {arrived_at} DESC, {journey} DESC"),
    }
}

fn order(order: CallOrder, a: &Cursor, b: &Cursor) -> std::cmp::Ordering {
    match order {
        Newest | Dearest => b.cmp(a),
        Oldest => a.cmp(b),
    }
}

fn ended_row(row: &Row) -> Result<CallRow, sqlx::Error> {
    let state: Option<State> = row.text_opt("state")?.as_deref().and_then(State::parse);
    Ok(CallRow {
        journey: JourneyId::from_uuid(row.id("journey")?),
        campaign: row.slug("campaign")?,
        publisher: row.slug_opt("publisher")?,
        channel: row.text("channel")?,
        arrived_at: row.at("arrived_at")?,
        ended: Some(EndedRow {
            at: row.at("ended_at")?,
            outcome: row.text("outcome")?,
            pings: row.count("pings")?,
            bids: row.count("bids")?,
            best_static: row.money_opt("best_static")?,
        }),
        state,
        sold: sold(row, SaleState::parse(&row.text_opt("sale_state")?.unwrap_or_default()))?,
        payout: row.money("payout")?,
        test: row.flag("test")?,
    })
}

fn live_row(row: &Row) -> Result<CallRow, sqlx::Error> {
    let state = SaleState::parse(sale_state(row)?);
    let arrived_at: Timestamp = row.at("arrived_at")?;
    Ok(CallRow {
        journey: JourneyId::from_uuid(row.id("journey")?),
        campaign: row.slug("campaign")?,
        publisher: row.slug_opt("publisher")?,
        channel: row.text("channel")?,
        arrived_at,
        ended: None,
        state: None,
        sold: sold(row, Some(state.ok_or_else(|| odd("sale_state", "an unknown word"))?))?,
        payout: lead::Money::ZERO,
        test: row.flag("test")?,
    })
}
