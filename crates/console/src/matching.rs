//! Whom a draft of an offer would match: what the last auctions showed bidders, judged by what it says, before it is saved.

use std::time::Duration;

use lead::OfferId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use settings::Kind;
use store::{Preview, Reason};
use utoipa::ToSchema;

use crate::{
    Console,
    business::Business,
    edits::{self, Edit},
    pages::figures::count,
    problem::Problem,
};

/// How long such a look may take.
pub const PREVIEW_FOR_MAX: Duration = Duration::from_secs(2);

/// What an offer is called that has no id yet.
const UNNAMED: &str = "a-new-offer";

/// Whom a draft would match, as a program reads it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewBody {
    /// How many of the last auctions of its vertical were looked at, at most 500.
    of: u64,
    /// In how many of them it would have been asked.
    asked: u64,
    /// Why not in the others, the most frequent first.
    not: Vec<NotAsked>,
    /// When the earliest of them was opened.
    since: Option<String>,
}

/// Why a draft would not have been asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotAsked {
    /// A code of the reference, `other_vertical` or `other_channel`.
    #[schema(example = "filtered")]
    reason: String,
    /// In a sentence.
    text: String,
    /// The field of the offer behind it, as a pointer into the body.
    #[schema(example = "/filters/state")]
    pointer: String,
    times: u64,
}

/// The same, as a page shows it.
pub(crate) struct PreviewView {
    /// What it comes to, in a sentence.
    pub(crate) headline: String,
    /// Which auctions these are.
    pub(crate) says: String,
    /// Why it would not have been asked: what, its field on this page, how often, and its bar in thousandths.
    pub(crate) not: Vec<(String, String, String, u64)>,
}

/// Judges a draft: `id` of an offer that is there, or none.
pub(crate) async fn of_draft(
    console: &Console,
    id: Option<&str>,
    mut entry: Map<String, Value>,
) -> Result<Preview, Problem> {
    let edit = match id {
        Some(id) => Edit::Replace(Kind::Offer, id.to_owned(), entry),
        None => {
            entry.entry("id").or_insert_with(|| json!(UNNAMED));
            Edit::Add(Kind::Offer, entry)
        }
    };
    let named = match &edit {
        Edit::Add(_, entry) => entry.get("id").and_then(Value::as_str).unwrap_or_default().trim().to_owned(),
        _ => id.unwrap_or_default().to_owned(),
    };
    let settings = edits::drafted(console, &edit).await?;
    let offer =
        OfferId::parse(&named).ok().and_then(|id| settings.offer(&id)).ok_or_else(Problem::not_found)?;
    let of_vertical = settings.campaigns().filter(|campaign| campaign.vertical == offer.vertical);
    let campaigns = of_vertical.map(|campaign| campaign.id.clone()).collect();
    let looking = tokio::time::timeout(PREVIEW_FOR_MAX, console.store().preview(&offer, campaigns));
    match looking.await {
        Ok(preview) => preview.map_err(|error| Problem::unavailable(&error)),
        Err(_) => {
            let detail = "The store was too busy to look. Nothing was changed; ask again in a moment.";
            Err(Problem::new(http::StatusCode::SERVICE_UNAVAILABLE, "too_slow", "This took too long", detail))
        }
    }
}

impl PreviewBody {
    /// For programs.
    pub(crate) fn of(preview: Preview) -> Self {
        let not = |(reason, times): (Reason, u64)| NotAsked {
            pointer: pointer(&reason),
            reason: reason.code,
            text: reason.text,
            times,
        };
        Self {
            of: preview.of,
            asked: preview.asked,
            not: preview.not.into_iter().map(not).collect(),
            since: preview.since.map(|at| at.to_string()),
        }
    }
}

impl PreviewView {
    /// For a page.
    pub(crate) fn of(preview: &Preview, business: &Business) -> Self {
        let since = preview.since.map(|at| business.time(at, "%-d %b %H:%M %Z")).unwrap_or_default();
        let (headline, says) = match preview.of {
            0 => (
                "Nobody has come yet for whom it could be asked".to_owned(),
                "No campaign of its vertical has had an auction lately; a simulated call makes one."
                    .to_owned(),
            ),
            of => (
                format!("It would have been asked in {} of {}", count(preview.asked), auctions(of)),
                format!(
                    "The last auctions of its vertical, since {since}. Whether it is active, its caps, duplicates and \
                    health are left out of this; its hours count as of then."
                ),
            ),
        };
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let not = |(reason, times): &(Reason, u64)| {
            let key = reason.behind.setting().map_or("", |setting| setting.key);
            let width = crate::pages::figures::bar(signed(*times), signed(preview.of));
            (reason.text.clone(), key.to_owned(), count(*times), width)
        };
        Self { headline, says, not: preview.not.iter().map(not).collect() }
    }
}

fn auctions(n: u64) -> String {
    format!("{} auction{}", count(n), if n == 1 { "" } else { "s" })
}

/// The field behind a reason, as a pointer into the offer.
fn pointer(reason: &Reason) -> String {
    let setting = reason.behind.setting();
    setting.map_or_else(String::new, |setting| {
        let entry = setting.entry.as_ref().map_or_else(String::new, |entry| format!("/{entry}"));
        format!("/{}{entry}", setting.key)
    })
}
