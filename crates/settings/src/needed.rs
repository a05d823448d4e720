//! What a campaign takes from its offers: the fields that its auction waits for, and how long a round may take.

use auction::Offer;
use journey::Campaign;
use lead::{Audience, Channel, FieldName};

use super::{campaign::BUDGET_DEFAULT, draft::Draft, entity::Written};

/// The campaign with what follows from the active offers of its vertical.
///
/// Needed is what one of them requires or filters by, as far as the script asks it for bidders. A state that the script
/// does not ask comes from the zip, so the zip is needed in its place.
pub(super) fn complete(campaign: &Written<'_, Campaign>, draft: &Draft<'_>) -> Campaign {
    let (given, mut campaign) = (campaign.table.has("budget"), campaign.value.clone());
    let offers = draft.offers.iter().map(|offer| &offer.value);
    let offers: Vec<&Offer> =
        offers.filter(|offer| offer.active && offer.vertical == campaign.vertical).collect();
    if !given {
        let longest = offers.iter().map(|offer| offer.timeout).max();
        campaign.rules.budget = longest.unwrap_or(BUDGET_DEFAULT).max(BUDGET_DEFAULT);
    }
    let by_script = |offer: &&&Offer| {
        offer.channels.contains(&Channel::Call) || offer.channels.contains(&Channel::Callback)
    };
    let named = offers
        .iter()
        .filter(by_script)
        .flat_map(|offer| offer.required.iter().chain(offer.filters.iter().map(|filter| &filter.field)));
    let questions =
        campaign.script.questions.iter().filter(|question| question.audience == Audience::Bidders);
    let asked: Vec<&FieldName> = questions.map(|question| &question.field).collect();
    let needed = named.map(|field| source(field, &asked)).filter(|field| asked.contains(&field)).collect();
    campaign.needed = needed;
    let numbers = draft.numbers.iter().map(|number| &number.value);
    let ours = numbers
        .filter(|number| number.campaign.as_ref() == Some(&campaign.id))
        .filter_map(|number| number.number.as_ref());
    let handed = draft.handed.iter().find(|handed| handed.campaign == campaign.id);
    campaign.callback = handed.and_then(|handed| handed.callback.as_ref()).and_then(|it| it.of_journey(ours));
    campaign
}

/// The question that a field's value comes from.
fn source(field: &FieldName, asked: &[&FieldName]) -> FieldName {
    let by_zip = *field == FieldName::state() && !asked.contains(&field);
    if by_zip { FieldName::zip() } else { field.clone() }
}
