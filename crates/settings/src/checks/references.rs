//! Ids that name other entries.

use std::fmt::Display;

use super::super::{draft::Draft, entity::Written, table::Table};
use crate::nearest::nearest;

/// Every id that is named must be there.
pub(super) fn check(draft: &Draft<'_>) {
    let buyers = ids(&draft.buyers, |buyer| &buyer.id);
    let publishers = ids(&draft.publishers, |publisher| &publisher.id);
    let campaigns = ids(&draft.campaigns, |campaign| &campaign.id);
    for offer in &draft.offers {
        known(&offer.table, "buyer", Some(&offer.value.buyer), &buyers);
    }
    for number in &draft.numbers {
        known(&number.table, "campaign", number.value.campaign.as_ref(), &campaigns);
        known(&number.table, "publisher", number.value.publisher.as_ref(), &publishers);
    }
    for (campaign, handed) in draft.campaigns.iter().zip(&draft.handed) {
        let id = &campaign.value.id;
        // Of one that takes forms, none need be reached by a call.
        if handed.forms().next().is_none()
            && !draft.numbers.iter().any(|number| number.value.campaign.as_ref() == Some(id))
        {
            let mend = format!("add a [[number]] with campaign = \"{id}\", or remove the campaign");
            campaign.table.report.warning(&campaign.table.here(), "no number reaches this campaign", mend);
        }
    }
    for buyer in &draft.buyers {
        let id = &buyer.value.id;
        if !draft.offers.iter().any(|offer| offer.value.buyer == *id) {
            let mend = format!("add an [[offer]] with buyer = \"{id}\", or remove the buyer");
            buyer.table.report.warning(&buyer.table.here(), "this buyer has no offer", mend);
        }
    }
}

fn ids<T, I: Display>(entries: &[Written<'_, T>], id: impl Fn(&T) -> &I) -> Vec<String> {
    entries.iter().map(|entry| id(&entry.value).to_string()).collect()
}

fn known<I: Display>(table: &Table<'_>, key: &str, named: Option<&I>, known: &[String]) {
    let Some(named) = named.map(ToString::to_string) else { return };
    if known.contains(&named) || !table.has(key) || table.is_broken(key) {
        return;
    }
    let mend = match nearest(&named, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean \"{meant}\"?"),
        None => format!("add a [[{key}]] with this id, or name one that is there"),
    };
    table.problem(key, format!("there is no {key} with this id"), mend);
}
