//! How full the caps and seats of offers and buyers are, for pages and for programs.

use std::collections::BTreeMap;

use lead::{BuyerId, Money, OfferId, Timestamp};
use serde::Serialize;
use settings::Settings;
use store::{Gauge, Usage};
use utoipa::ToSchema;

use crate::{Console, Permission, actor::Actor, business::Business, pages::figures::count, problem::Problem};

/// From here on a limit is nearly full, in thousandths.
const NEARLY: u64 = 800;

/// One limit, as a program reads it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GaugeBody {
    /// Whose it is: `offer`, or `buyer` for one over all offers of its buyer.
    level: &'static str,
    /// The offer or the buyer.
    id: String,
    /// `attempts`, `answered`, `payable`, `money` or `concurrency`.
    counts: &'static str,
    /// `hour`, `day`, `week`, `month` or `total`; null for `concurrency`.
    period: Option<&'static str>,
    /// How much of it is used: a whole number, or an amount. Null: an amount, without the scope `money:read`.
    #[schema(example = "40")]
    used: Option<String>,
    /// The most of it.
    #[schema(example = "40")]
    max: String,
    /// Whether it is full.
    full: bool,
    /// When it is counted afresh; null: never.
    resets_at: Option<String>,
}

/// One limit, as a page shows it.
pub(crate) struct GaugeView {
    /// What is limited, ex: `Answered calls a day`.
    pub(crate) what: String,
    /// How full it is, ex: `40 of 40`.
    pub(crate) figure: String,
    /// When it is counted afresh.
    pub(crate) resets: String,
    /// The setting, ex: `/buyers/buyer-c#caps`.
    pub(crate) to: String,
    /// Its mark: full, nearly full, or none.
    pub(crate) state: &'static str,
    /// How full it is, in thousandths.
    pub(crate) fullness: u64,
    /// From how many thousandths on it is nearly full.
    pub(crate) nearly: u64,
}

/// The limits of an offer and those that it shares with its buyer's others. `None`: there is no such offer.
pub(crate) async fn of_offer(
    console: &Console,
    settings: &Settings,
    id: &str,
) -> Result<Option<Vec<Limit>>, Problem> {
    let limits = OfferId::parse(id).ok().and_then(|id| over(settings, &id, console.now()));
    let Some(limits) = limits else { return Ok(None) };
    let (ids, gauges) = limits.into_iter().unzip();
    Ok(Some(read(console, ids, gauges).await?))
}

/// The limits of a buyer over all its offers. `None`: there is no such buyer.
pub(crate) async fn of_buyer(
    console: &Console,
    settings: &Settings,
    id: &str,
) -> Result<Option<Vec<Limit>>, Problem> {
    let buyer = BuyerId::parse(id).ok().and_then(|id| settings.buyer(&id));
    let Some(buyer) = buyer else { return Ok(None) };
    let gauges = buyer.gauges(console.now());
    let ids = vec![buyer.id.to_string(); gauges.len()];
    Ok(Some(read(console, ids, gauges).await?))
}

/// The fullest limit of each offer that has one, its buyer's among them.
pub(crate) async fn fullest(
    console: &Console,
    settings: &Settings,
) -> Result<BTreeMap<String, Limit>, Problem> {
    let now = console.now();
    let (mut whose, mut ids, mut gauges) = (vec![], vec![], vec![]);
    for offer in settings.offers() {
        for (id, gauge) in over(settings, &offer.id, now).unwrap_or_default() {
            whose.push(offer.id.to_string());
            ids.push(id);
            gauges.push(gauge);
        }
    }
    let mut found: BTreeMap<String, Limit> = BTreeMap::new();
    for (offer, limit) in whose.into_iter().zip(read(console, ids, gauges).await?) {
        match found.get(&offer) {
            Some(known) if known.usage.fullness() >= limit.usage.fullness() => {}
            _ => drop(found.insert(offer, limit)),
        }
    }
    Ok(found)
}

/// What limits an offer: its own limits, then those over all offers of its buyer, each with whose it is.
fn over(settings: &Settings, id: &OfferId, now: Timestamp) -> Option<Vec<(String, Gauge)>> {
    let offer = settings.offer(id)?;
    let buyer = settings.buyer(&offer.buyer)?;
    let own = offer.gauges(now, &buyer).into_iter().map(|gauge| (offer.id.to_string(), gauge));
    let shared = buyer.gauges(now).into_iter().map(|gauge| (buyer.id.to_string(), gauge));
    Some(own.chain(shared).collect())
}

/// A limit, whose it is, and how much of it is used.
pub(crate) struct Limit {
    id: String,
    usage: Usage,
}

async fn read(console: &Console, ids: Vec<String>, gauges: Vec<Gauge>) -> Result<Vec<Limit>, Problem> {
    if gauges.is_empty() {
        return Ok(vec![]);
    }
    let usages = console.store().usage(console.now(), gauges).await;
    let usages = usages.map_err(|error| Problem::unavailable(&error))?;
    Ok(ids.into_iter().zip(usages).map(|(id, usage)| Limit { id, usage }).collect())
}

impl Limit {
    fn is_money(&self) -> bool {
        self.usage.gauge.of.counts() == "money"
    }

    /// For programs.
    pub(crate) fn body(&self, actor: &Actor) -> GaugeBody {
        let gauge = &self.usage.gauge;
        let figure = |n: i64| match self.is_money() {
            true => Money::from_micros(n).to_string(),
            false => n.to_string(),
        };
        let may = !self.is_money() || actor.may(Permission::ReadMoney);
        GaugeBody {
            level: gauge.level.as_str(),
            id: self.id.clone(),
            counts: gauge.of.counts(),
            period: gauge.of.period(),
            used: may.then(|| figure(self.usage.used)),
            max: figure(gauge.max),
            full: self.usage.used >= gauge.max,
            resets_at: gauge.until.map(|at| at.to_string()),
        }
    }

    /// For a page; `own` is whose page it is.
    pub(crate) fn view(&self, business: &Business, own: &str, actor: &Actor) -> GaugeView {
        let gauge = &self.usage.gauge;
        let figure = |n: i64| match self.is_money() {
            true if actor.may(Permission::ReadMoney) => business.money(Money::from_micros(n)),
            true => "•••".to_owned(),
            false => count(u64::try_from(n).unwrap_or_default()),
        };
        let fullness = self.usage.fullness();
        let is_buyers = gauge.level.as_str() == "buyer";
        let whose = if is_buyers && own != "buyer" { ", over all offers of its buyer" } else { "" };
        let key = if gauge.of.period().is_some() { "caps" } else { "concurrency" };
        let page = if is_buyers { "buyers" } else { "offers" };
        GaugeView {
            what: format!("{}{whose}", named(gauge.of.counts(), gauge.of.period())),
            figure: format!("{} of {}", figure(self.usage.used), figure(gauge.max)),
            resets: match (gauge.until, gauge.of.period()) {
                (Some(at), _) => format!("counted afresh {}", business.time(at, "%a %-d %b, %H:%M %Z")),
                (None, Some(_)) => "never counted afresh".to_owned(),
                (None, None) => "taken until their calls end".to_owned(),
            },
            to: format!("/{page}/{}#{key}", self.id),
            state: if fullness >= 1000 {
                "full"
            } else if fullness >= NEARLY {
                "nearly full"
            } else {
                ""
            },
            fullness,
            nearly: NEARLY,
        }
    }
}

fn named(counts: &str, period: Option<&str>) -> String {
    let what = match counts {
        "attempts" => "Awards",
        "answered" => "Answered calls",
        "payable" => "Payable calls",
        "money" => "Money",
        _ => "Calls at once",
    };
    match period {
        None => what.to_owned(),
        Some("total") => format!("{what} in all"),
        Some(period) => {
            let article = if period == "hour" { "an" } else { "a" };
            format!("{what} {article} {period}")
        }
    }
}
