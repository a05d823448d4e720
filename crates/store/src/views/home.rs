//! The figures of the first page: what today brought, what goes on now, and what needs a person.

use jiff::tz::TimeZone;
use lead::{BuyerId, Money, OfferId, Timestamp};

use super::{
    CallFilter, Figures, ReportBy, ReportError,
    behind::{Setting, SettingOf},
    day_begins,
    report::BuyerFigures,
};
use crate::{
    EndpointState, ReadFailed, Store,
    durable::{Row, binds, odd},
    limits::ROWS_MAX,
};

/// The figures of the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// When today began, in the zone.
    pub since: Timestamp,
    /// What the calls of today came to that have ended. Tests are left out.
    pub today: Figures,
    /// Calls that go on.
    pub live: u64,
    /// Of them, those that are sold.
    pub talking: u64,
    /// What those are sold for.
    pub talking_for: Money,
    /// How each buyer fared in the auctions of today.
    pub buyers: Vec<BuyerFigures>,
    /// What needs a person, the gravest first.
    pub problems: Vec<Problem>,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Leads that were given up: their buyers do not have them.
    DeadPosts {
        /// The offer.
        offer: OfferId,
        /// How many.
        posts: u64,
        /// Since when the oldest waits.
        since: Timestamp,
    },
    /// An offer's post URL answered 410: it gets nothing and is not asked for bids.
    PostsDisabled {
        /// The offer.
        offer: OfferId,
        /// Its buyer.
        buyer: BuyerId,
        /// Since when.
        since: Timestamp,
        /// How many posts are held.
        held: u64,
    },
    /// An offer's post URL fails.
    PostsFailing {
        /// The offer.
        offer: OfferId,
        /// Its buyer.
        buyer: BuyerId,
        /// Since when.
        since: Timestamp,
        /// How many posts wait.
        waiting: u64,
    },
    /// Sales that were booked today although a cap was full.
    OverCap {
        /// The offer.
        offer: OfferId,
        /// How many.
        sales: u64,
        /// When the last one was.
        since: Timestamp,
    },
}

/// What mends a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mend {
    /// The offer's dead posts are sent again.
    SendAgain,
    /// The offer's posts are enabled.
    EnablePosts,
    /// Somebody looks at the offer's post URL.
    LookAtPostUrl,
    /// Somebody looks at the offer's caps.
    LookAtCaps,
}

impl Problem {
    /// What it is, in a sentence. `offer`: what its offer is called.
    pub fn text(&self, offer: &str) -> String {
        match self {
            Self::DeadPosts { posts: 1, .. } => format!("One lead could not be given to {offer}"),
            Self::DeadPosts { posts, .. } => format!("{posts} leads could not be given to {offer}"),
            Self::PostsDisabled { held: 0, .. } => {
                format!("{offer} takes no posts any more (HTTP 410), and is not asked for bids")
            }
            Self::PostsDisabled { held, .. } => {
                let held = if *held == 1 { "one is".to_owned() } else { format!("{held} are") };
                format!(
                    "{offer} takes no posts any more (HTTP 410): {held} held, and it is not asked for bids"
                )
            }
            Self::PostsFailing { waiting, .. } => format!("The posts to {offer} fail; {waiting} wait"),
            Self::OverCap { sales: 1, .. } => format!("One sale to {offer} is above its cap today"),
            Self::OverCap { sales, .. } => format!("{sales} sales to {offer} are above its cap today"),
        }
    }

    /// The offer that it is about.
    pub const fn offer(&self) -> &OfferId {
        match self {
            Self::DeadPosts { offer, .. }
            | Self::PostsDisabled { offer, .. }
            | Self::PostsFailing { offer, .. }
            | Self::OverCap { offer, .. } => offer,
        }
    }

    /// Since when.
    pub const fn since(&self) -> Timestamp {
        match self {
            Self::DeadPosts { since, .. }
            | Self::PostsDisabled { since, .. }
            | Self::PostsFailing { since, .. }
            | Self::OverCap { since, .. } => *since,
        }
    }

    /// The setting behind it.
    pub fn setting(&self) -> Setting {
        let key = match self {
            Self::DeadPosts { .. } | Self::PostsDisabled { .. } | Self::PostsFailing { .. } => "post_url",
            Self::OverCap { .. } => "caps",
        };
        Setting { of: SettingOf::Offer(self.offer().clone()), key, entry: None }
    }

    /// What mends it.
    pub const fn mend(&self) -> Mend {
        match self {
            Self::DeadPosts { .. } => Mend::SendAgain,
            Self::PostsDisabled { .. } => Mend::EnablePosts,
            Self::PostsFailing { .. } => Mend::LookAtPostUrl,
            Self::OverCap { .. } => Mend::LookAtCaps,
        }
    }
}

impl Store {
    /// The figures of the first page, with today as the zone has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn home(&self, now: Timestamp, zone: &TimeZone) -> Result<Home, ReportError> {
        const LIVE: &str = "SELECT COUNT(*) AS live, COUNT(s.id) AS talking, \
            CAST(COALESCE(SUM(s.price), 0) AS BIGINT) AS talking_for FROM journeys j \
            LEFT JOIN live_sales l ON l.journey = j.id LEFT JOIN sales s ON s.id = l.sale WHERE j.ended_at IS NULL";
        let since = day_begins(zone, now)?;
        let until = Timestamp::from_micros(now.micros().saturating_add(1));
        let filter =
            CallFilter { from: Some(since), until: Some(until), test: Some(false), ..CallFilter::default() };
        let today = self.report(&filter, ReportBy::All, zone).await?.pop();
        let live =
            self.durable.row(LIVE, vec![]).await?.ok_or(ReadFailed::Database(sqlx::Error::RowNotFound))?;
        let count = |name: &str| live.int(name).map(|n| u64::try_from(n).unwrap_or_default());
        Ok(Home {
            since,
            today: today.map(|line| line.figures).unwrap_or_default(),
            live: count("live").map_err(ReadFailed::from)?,
            talking: count("talking").map_err(ReadFailed::from)?,
            talking_for: live.money("talking_for").map_err(ReadFailed::from)?,
            buyers: self.buyer_figures(since, until).await?,
            problems: self.problems(since).await?,
        })
    }

    /// What needs a person, the gravest first. What this process alone knows (its spool, offers that are left out of rounds)
    /// is not in it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn problems(&self, today: Timestamp) -> Result<Vec<Problem>, ReadFailed> {
        const DEAD: &str = "SELECT offer, COUNT(*) AS posts, MIN(created_at) AS since FROM posts \
            WHERE state = 'dead' AND kind = 'lead.sold' GROUP BY offer ORDER BY since, offer LIMIT $1";
        const ENDPOINTS: &str = "SELECT e.offer, e.buyer, e.state, e.since, \
            (SELECT COUNT(*) FROM posts p WHERE p.offer = e.offer AND p.state = 'due') AS due FROM post_endpoints e \
            WHERE e.state IN ('disabled', 'failing') ORDER BY e.state, e.since, e.offer LIMIT $1";
        const OVER_CAP: &str = "SELECT offer, COUNT(*) AS sales, MAX(booked_at) AS since FROM sales \
            WHERE booked_at >= $2 AND over_cap GROUP BY offer ORDER BY offer LIMIT $1";
        let dead = self.durable.rows(DEAD, binds![ROWS_MAX]).await?;
        let endpoints = self.durable.rows(ENDPOINTS, binds![ROWS_MAX]).await?;
        let over_cap = self.durable.rows(OVER_CAP, binds![ROWS_MAX, today]).await?;
        let all = dead
            .iter()
            .map(dead_posts)
            .chain(endpoints.iter().map(endpoint))
            .chain(over_cap.iter().map(above));
        Ok(all.collect::<Result<_, sqlx::Error>>()?)
    }
}

fn dead_posts(row: &Row) -> Result<Problem, sqlx::Error> {
    let posts = u64::from(row.count("posts")?);
    Ok(Problem::DeadPosts { offer: row.slug("offer")?, posts, since: row.at("since")? })
}

fn endpoint(row: &Row) -> Result<Problem, sqlx::Error> {
    let (offer, buyer, since) = (row.slug("offer")?, row.slug("buyer")?, row.at("since")?);
    let due = u64::from(row.count("due")?);
    match EndpointState::parse(&row.text("state")?) {
        Some(EndpointState::Disabled) => Ok(Problem::PostsDisabled { offer, buyer, since, held: due }),
        Some(EndpointState::Failing) => Ok(Problem::PostsFailing { offer, buyer, since, waiting: due }),
        Some(EndpointState::Draining) | None => Err(odd("state", "an unknown word")),
    }
}

fn above(row: &Row) -> Result<Problem, sqlx::Error> {
    let sales = u64::from(row.count("sales")?);
    Ok(Problem::OverCap { offer: row.slug("offer")?, sales, since: row.at("since")? })
}
