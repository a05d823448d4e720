//! Campaigns: their scripts and prompts, their rounds against their offers, verticals that nobody buys or sells.

use std::collections::BTreeSet;

use ivr::{Script, Speech};
use journey::{BuyerConsent, Campaign, Recording};
use publisher::{Form, Sell};

use super::super::{draft::Draft, entity::Written, handed, report::Spot, script, table::Table};
use crate::wait::written;

/// Checks all campaigns.
pub(super) fn check(draft: &Draft<'_>) {
    for (campaign, taken) in draft.campaigns.iter().zip(&draft.handed) {
        let id = &campaign.value.id;
        let ours = draft.numbers.iter().map(|number| &number.value);
        let ours = ours.filter(|number| number.campaign.as_ref() == Some(id));
        let ours: Vec<_> = ours.filter_map(|number| number.number.as_ref()).collect();
        handed::report(&campaign.table, taken, &ours);
        if let Some(callback) = &taken.callback {
            prompt(&campaign.table, callback.gate(), inner(&campaign.table, "callback", "prompt"));
            prompt(&campaign.table, callback.stopped(), inner(&campaign.table, "callback", "stopped"));
        }
        if campaign.value.buyer_consent != BuyerConsent::NotAsked {
            named(campaign, taken.form.as_deref(), !ours.is_empty());
        }
        script::report(&campaign.table, &campaign.value.script);
        prompts(campaign);
        budget(campaign, draft);
        let vertical = &campaign.value.vertical;
        if !draft.offers.iter().any(|offer| offer.value.active && offer.value.vertical == *vertical) {
            let spot = campaign.table.spot("vertical");
            let mend = "add an [[offer]] of this vertical; until then every caller gets the fallback";
            campaign.table.report.warning(&spot, "no active offer buys this vertical", mend);
        }
    }
    let sold: BTreeSet<_> = draft.campaigns.iter().map(|campaign| &campaign.value.vertical).collect();
    for offer in draft.offers.iter().filter(|offer| !sold.contains(&offer.value.vertical)) {
        let spot = offer.table.spot("vertical");
        let mend = "correct the vertical, or add a [[campaign]] that sells it";
        offer.table.report.warning(&spot, "no campaign sells this vertical", mend);
    }
}

/// A round that is shorter than an offer's timeout would cut that offer off.
fn budget(campaign: &Written<'_, Campaign>, draft: &Draft<'_>) {
    let budget = campaign.value.rules.budget;
    if !campaign.table.has("budget") || campaign.table.is_broken("budget") {
        return;
    }
    let of_vertical = draft.offers.iter().filter(|offer| offer.value.vertical == campaign.value.vertical);
    for offer in of_vertical.filter(|offer| offer.value.active && offer.value.timeout > budget) {
        let (id, timeout) = (&campaign.value.id, written(offer.value.timeout));
        let what =
            format!("the round of campaign \"{id}\" ends after {}, before this timeout", written(budget));
        let mend = format!("raise the campaign's budget to {timeout}, or lower the timeout");
        offer.table.problem("timeout", what, mend);
    }
}

/// A consent that names the buyer is spoken in a recording, or stands on a form that names somebody.
fn named(campaign: &Written<'_, Campaign>, form: Option<&Form>, takes_calls: bool) {
    let table = &campaign.table;
    if let BuyerConsent::Named { ask, .. } = &campaign.value.buyer_consent {
        prompt(table, ask, inner(table, "buyer_consent", "ask"));
    }
    if takes_calls && campaign.value.recording == Recording::Off && !table.is_broken("recording") {
        let what = "a consent to the buyer is spoken in a recording, and calls are not recorded";
        table.report.problem(
            &table.spot("buyer_consent"),
            what,
            "add recording = { notice = \"This call is recorded.\" }",
        );
    }
    let nobody =
        |form: &Form| form.sell == Sell::Data && form.consents.iter().all(|it| it.sellers.is_empty());
    if form.is_some_and(nobody) {
        let what = "no consent text of its form names a seller: nobody gets its leads";
        let mend = "add `sellers` to a consent of the form, each as its buyer is named";
        table.report.warning(&table.spot("buyer_consent"), what, mend);
    }
}

/// The prompts that are no part of the script keep the same rules.
fn prompts(campaign: &Written<'_, Campaign>) {
    let (campaign, table) = (&campaign.value, &campaign.table);
    prompt(table, &campaign.hold_audio, table.spot("hold_audio"));
    prompt(table, &campaign.fallback.say, inner(table, "fallback", "say"));
    if let Recording::On { notice } = &campaign.recording {
        prompt(table, notice, inner(table, "recording", "notice"));
    }
}

fn prompt(table: &Table<'_>, prompt: &[Speech], spot: Spot) {
    if table.report.is_broken(&spot.path) {
        return;
    }
    let alone = Script { greeting: prompt.to_vec(), ..Script::default() };
    for problem in alone.problems() {
        let text = problem.trouble.to_string();
        let (what, mend) = text.split_once("; ").unwrap_or((&text, "mend the prompt"));
        table.report.problem(&spot, what, mend);
    }
}

fn inner(table: &Table<'_>, outer: &str, key: &str) -> Spot {
    let inner = table.field(outer).and_then(|field| field.table_again());
    inner.map_or_else(|| table.spot(outer), |inner| inner.spot(key))
}
