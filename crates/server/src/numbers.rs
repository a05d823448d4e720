//! What the carrier has of our numbers, against what this server answers.

use anyhow::Context;
use carrier::twilio::{Mistake, OwnNumber, TwilioClient};
use settings::Settings;

/// Asks the carrier, and says of each number that does not lead here what mends it.
///
/// # Errors
/// When the carrier gives no answer.
pub(crate) async fn astray(
    carrier: &TwilioClient,
    settings: &Settings,
    public_base: &str,
) -> anyhow::Result<Vec<String>> {
    let numbers = carrier.numbers().await.context("asking the carrier for its numbers")?;
    Ok(compare(settings, &numbers, public_base))
}

/// What the carrier would request, against what we answer. A number is named by the campaign it belongs to.
fn compare(settings: &Settings, numbers: &[OwnNumber], public_base: &str) -> Vec<String> {
    let mut found = Vec::new();
    for ours in settings.numbers() {
        let campaign = &ours.campaign;
        let Some(theirs) = numbers.iter().find(|number| number.number == ours.number) else {
            found.push(format!("campaign {campaign}: a number of it is not in the carrier's account"));
            continue;
        };
        found.extend(theirs.mistakes(public_base).into_iter().map(|mistake| {
            let Mistake { setting, needed, found } = mistake;
            let is = found.as_deref().unwrap_or("not set");
            format!("campaign {campaign}: {setting} of a number of it is {is}; set it to {needed}")
        }));
    }
    found
}
