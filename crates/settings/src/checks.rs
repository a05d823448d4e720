//! What is wrong with entries seen together, each at its line.

mod asked;
mod campaigns;
mod fields;
mod offers;
mod possible;
mod references;

pub(super) use self::asked::Asked;
use super::draft::Draft;

/// Checks everything that no entry shows alone.
pub(super) fn run(draft: &Draft<'_>) {
    references::check(draft);
    for offer in &draft.offers {
        offers::check(offer);
        fields::check(offer, &Asked::of(&offer.value.vertical, draft));
    }
    campaigns::check(draft);
}
