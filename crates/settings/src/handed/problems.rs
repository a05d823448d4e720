//! What is wrong with a campaign's forms as a whole, put at the lines where it is mended.

use lead::E164;
use publisher::{Form, Sell, Trouble};

use super::{
    super::{report::Spot, table::Table},
    Handed,
};

/// Reports everything that must be mended in a campaign's forms.
pub(in super::super) fn report(campaign: &Table<'_>, handed: &Handed, ours: &[&E164]) {
    if let Some(form) = &handed.form {
        each(campaign, "form", form);
        if form.sell == Sell::Call && handed.callback.is_none() && !campaign.has("callback") {
            let spot = inner(campaign, "form").map_or_else(|| campaign.here(), |table| table.spot("sell"));
            let mend = "add [campaign.callback], which says how a person is rung, or write sell = \"data\"";
            campaign.report.problem(&spot, "a lead's person is rung, and nothing says how", mend);
        }
    }
    if let Some(callback) = &handed.callback {
        each(campaign, "callback", &callback.form);
        let foreign = callback.from.as_ref().is_some_and(|from| !ours.contains(&from));
        if foreign && !ours.is_empty() {
            let spot =
                inner(campaign, "callback").map_or_else(|| campaign.here(), |table| table.spot("from"));
            let mend = "write one that a [[number]] gives to this campaign, or leave it out";
            campaign.report.problem(&spot, "this number is none of the campaign's", mend);
        }
        if ours.is_empty() {
            let spot = campaign.spot("callback");
            let mend = format!(
                "add a [[number]] with campaign = \"{}\"; it is what the person's phone shows",
                handed.campaign
            );
            campaign.report.problem(&spot, "no number of this campaign calls the person", mend);
        }
    }
}

fn each(campaign: &Table<'_>, key: &str, form: &Form) {
    let Some(table) = inner(campaign, key) else { return };
    let item = |list: &str, n: usize| {
        let items = table.field(list).map(|field| field.list()).unwrap_or_default();
        items.get(n).and_then(|item| item.table_again())
    };
    for (at, trouble) in form.troubles() {
        let (what, mend) = trouble.text();
        let place = match at {
            None => Some(table.clone()),
            Some(n) if n < form.fields.len() => item("field", n),
            Some(n) => item("consent", n - form.fields.len()),
        };
        let Some(place) = place else { continue };
        let spot: Spot = place.spot(key_of(trouble));
        if !campaign.report.is_broken(&spot.path) {
            campaign.report.problem(&spot, what, mend);
        }
    }
}

/// The key that mends a trouble.
const fn key_of(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::DuplicateField | Trouble::ReservedField => "name",
        Trouble::PersonalForBidders => "audience",
        Trouble::Geography | Trouble::Range | Trouble::Choice => "type",
        Trouble::Label => "label",
        Trouble::TooManyFields => "field",
        Trouble::ConsentText => "text",
        Trouble::DuplicateConsent => "version",
        Trouble::TooManyConsents => "consent",
        Trouble::NothingToAgreeTo => "consent_required",
        Trouble::ConsentAllowsNoCall => "covers",
    }
}

fn inner<'d>(campaign: &Table<'d>, key: &str) -> Option<Table<'d>> {
    campaign.field(key).and_then(|field| field.table_again())
}
