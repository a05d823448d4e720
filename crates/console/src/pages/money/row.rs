//! A line of a statement, and a sale of a list: the same on the screen, in the CSV, in the NDJSON and in the API.

use serde::Serialize;
use store::{MoneyBy, MoneyFigures, MoneyLine, Sale, SaleIs};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::business::Business;

/// A line of a statement. Amounts are decimal strings in the business's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MoneyRow {
    /// The day or month of the business's zone in which its sales were booked.
    #[schema(example = "2026-11")]
    pub(crate) period: String,
    /// Whose it is: a buyer's or a publisher's id. Nothing, where it is nobody's.
    pub(crate) who: Option<String>,
    /// Sales.
    pub(crate) sales: u64,
    /// Accepted, and not settled yet.
    pub(crate) pending: String,
    /// Owed.
    pub(crate) earned: String,
    /// What is owed more, or less, by corrections.
    pub(crate) adjusted: String,
    /// What buyers owe: earned and adjusted.
    #[schema(example = "91.00")]
    pub(crate) due: String,
    /// Never owed.
    pub(crate) void: String,
    /// Owed once, and taken back.
    pub(crate) returned: String,
    /// Of what is pending or owed, what is disputed.
    pub(crate) disputed: String,
    /// What publishers are owed.
    pub(crate) payout: String,
    /// What is left of what is due.
    pub(crate) left: String,
    #[serde(skip)]
    pub(crate) shown: ShownMoney,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownMoney {
    pub(crate) who: String,
    pub(crate) pending: String,
    pub(crate) earned: String,
    pub(crate) adjusted: String,
    pub(crate) due: String,
    pub(crate) void: String,
    pub(crate) returned: String,
    pub(crate) disputed: String,
    pub(crate) payout: String,
    pub(crate) left: String,
}

/// The columns of a statement's CSV, in their order.
pub(crate) const MONEY_COLUMNS: [&str; 12] = [
    "period", "who", "sales", "pending", "earned", "adjusted", "due", "void", "returned", "disputed",
    "payout", "left",
];

/// A sale of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct SaleRow {
    /// Its id, which its buyer knows as well.
    pub(crate) id: Uuid,
    /// The call.
    pub(crate) call: Uuid,
    /// When it was booked, in UTC.
    pub(crate) booked_at: String,
    /// The same in the business's zone, with its offset.
    pub(crate) booked_local: String,
    /// The buyer.
    pub(crate) buyer: String,
    /// The offer.
    pub(crate) offer: String,
    /// The campaign.
    pub(crate) campaign: String,
    /// Who sent the lead.
    pub(crate) publisher: Option<String>,
    /// What is owed if it is earned.
    #[schema(example = "91.00")]
    pub(crate) price: String,
    /// The best static price that stood.
    pub(crate) static_price: Option<String>,
    /// `pending`, `earned`, `void` or `returned`.
    pub(crate) state: &'static str,
    /// Its buyer disputes it.
    pub(crate) disputed: bool,
    /// What its buyer owes more, or less.
    pub(crate) adjusted: String,
    /// What its publisher is owed.
    pub(crate) payout: String,
    /// Whether its buyer has the lead.
    pub(crate) delivery: &'static str,
    /// A cap was full when it was booked.
    pub(crate) over_cap: bool,
    /// It is a test.
    pub(crate) test: bool,
    #[serde(skip)]
    pub(crate) shown: ShownSale,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownSale {
    pub(crate) day: String,
    pub(crate) buyer: String,
    pub(crate) offer: String,
    pub(crate) publisher: String,
    pub(crate) class: &'static str,
    pub(crate) price: String,
    pub(crate) adjusted: String,
    pub(crate) payout: String,
}

/// The columns of the sales' CSV, in their order.
pub(crate) const SALE_COLUMNS: [&str; 17] = [
    "id",
    "call",
    "booked_at",
    "booked_local",
    "buyer",
    "offer",
    "campaign",
    "publisher",
    "price",
    "static_price",
    "state",
    "disputed",
    "adjusted",
    "payout",
    "delivery",
    "over_cap",
    "test",
];

impl MoneyRow {
    pub(crate) fn of(line: &MoneyLine, by: MoneyBy, business: &Business) -> Self {
        let who = match (&line.key, by) {
            (None, MoneyBy::Period) => "All".to_owned(),
            (None, _) => "Nobody".to_owned(),
            (Some(id), MoneyBy::Buyer) => {
                lead::BuyerId::parse(id).map_or_else(|_| id.clone(), |id| business.names.buyer(&id))
            }
            (Some(id), _) => {
                lead::PublisherId::parse(id).map_or_else(|_| id.clone(), |id| business.publisher(&id))
            }
        };
        Self::made(line.period.clone(), line.key.clone(), who, &line.figures, business)
    }

    /// The sum of some lines.
    pub(crate) fn total(lines: &[MoneyLine], business: &Business) -> Self {
        let mut sum = MoneyFigures::default();
        lines.iter().for_each(|line| sum.add(&line.figures));
        Self::made("Total".to_owned(), None, String::new(), &sum, business)
    }

    fn made(
        period: String,
        who: Option<String>,
        name: String,
        sum: &MoneyFigures,
        business: &Business,
    ) -> Self {
        let left = sum.due() - sum.payout;
        let money = |amount| business.money(amount);
        Self {
            period,
            who,
            sales: sum.sales,
            pending: sum.pending.to_string(),
            earned: sum.earned.to_string(),
            adjusted: sum.adjusted.to_string(),
            due: sum.due().to_string(),
            void: sum.void.to_string(),
            returned: sum.returned.to_string(),
            disputed: sum.disputed.to_string(),
            payout: sum.payout.to_string(),
            left: left.to_string(),
            shown: ShownMoney {
                who: name,
                pending: money(sum.pending),
                earned: money(sum.earned),
                adjusted: money(sum.adjusted),
                due: money(sum.due()),
                void: money(sum.void),
                returned: money(sum.returned),
                disputed: money(sum.disputed),
                payout: money(sum.payout),
                left: money(left),
            },
        }
    }

    /// Its cells, in the order of [`MONEY_COLUMNS`].
    pub(crate) fn cells(&self) -> [String; 12] {
        [
            self.period.clone(),
            self.who.clone().unwrap_or_default(),
            self.sales.to_string(),
            self.pending.clone(),
            self.earned.clone(),
            self.adjusted.clone(),
            self.due.clone(),
            self.void.clone(),
            self.returned.clone(),
            self.disputed.clone(),
            self.payout.clone(),
            self.left.clone(),
        ]
    }
}

impl SaleRow {
    pub(crate) fn of(sale: &Sale, business: &Business) -> Self {
        Self {
            id: sale.id.uuid(),
            call: sale.journey.uuid(),
            booked_at: sale.booked_at.to_string(),
            booked_local: business.time(sale.booked_at, "%Y-%m-%dT%H:%M:%S%:z"),
            buyer: sale.buyer.to_string(),
            offer: sale.offer.to_string(),
            campaign: sale.campaign.to_string(),
            publisher: sale.publisher.as_ref().map(ToString::to_string),
            price: sale.price.to_string(),
            static_price: sale.best_static.map(|price| price.to_string()),
            state: sale.is().as_str(),
            disputed: sale.disputed,
            adjusted: sale.adjusted.to_string(),
            payout: sale.payout.to_string(),
            delivery: sale.delivery.as_str(),
            over_cap: sale.over_cap,
            test: sale.test,
            shown: ShownSale {
                day: business.time(sale.booked_at, "%-d %b %Y, %H:%M"),
                buyer: business.names.buyer(&sale.buyer),
                offer: business.names.offer(&sale.offer),
                publisher: sale.publisher.as_ref().map(|id| business.publisher(id)).unwrap_or_default(),
                class: class(sale.is()),
                price: business.money(sale.price),
                adjusted: match sale.adjusted {
                    lead::Money::ZERO => String::new(),
                    amount => business.money(amount),
                },
                payout: business.money(sale.payout),
            },
        }
    }

    /// Its cells, in the order of [`SALE_COLUMNS`].
    pub(crate) fn cells(&self) -> [String; 17] {
        let flag = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        [
            self.id.to_string(),
            self.call.to_string(),
            self.booked_at.clone(),
            self.booked_local.clone(),
            self.buyer.clone(),
            self.offer.clone(),
            self.campaign.clone(),
            self.publisher.clone().unwrap_or_default(),
            self.price.clone(),
            self.static_price.clone().unwrap_or_default(),
            self.state.to_owned(),
            flag(self.disputed),
            self.adjusted.clone(),
            self.payout.clone(),
            self.delivery.to_owned(),
            flag(self.over_cap),
            flag(self.test),
        ]
    }
}

/// Green for what is owed, amber for what may be, grey for the rest.
pub(super) const fn class(is: SaleIs) -> &'static str {
    match is {
        SaleIs::Earned => "won",
        SaleIs::Pending | SaleIs::Disputed => "near",
        SaleIs::Returned => "bad",
        SaleIs::Void => "",
    }
}
