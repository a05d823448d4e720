//! One form of a load: handed in as a publisher's program does, and over when its winner has the lead.

use std::time::Duration;

use super::{
    desk::{Call, Desk},
    webhook::Webhooks,
};
use crate::lock::lock;

/// Its first word stands in every caller's name, by which it is known where it should not be.
const NAME: &str = "QUILLFEATHER";
/// The longest from the answer to a form to its post: longer than any round.
const POST_MAX: Duration = Duration::from_secs(20);

/// Hands the form in, and waits for its post where somebody bids for it.
pub(super) async fn hand_in(desk: &Desk, webhooks: &Webhooks, call: &Call) -> Result<(), String> {
    let forms = webhooks.target.forms.as_ref().ok_or("this server takes no forms")?;
    lock(&call.seen).handed_in_at = Some(desk.micros());
    let body = serde_json::json!({
        "phone": call.from, "zip": "33109", "homeowner": call.code, "agreed": true, "first_name": NAME,
    });
    let which = usize::try_from(call.n).unwrap_or_default() % forms.keys.len().max(1);
    let key = forms.keys.get(which).ok_or("nobody may hand in forms")?;
    let answer = webhooks.hand_in(desk, &forms.url, key, &call.sid, body.to_string()).await?;
    let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
    let id = answer["id"].as_str().ok_or("a lead without an id")?;
    let Some((_, best)) = call.bids.first() else { return Ok(()) };
    tokio::time::timeout(POST_MAX, call.posted.notified()).await.map_err(|_| "it was not sold".to_owned())?;
    let (accepted, replied_at) = {
        let seen = lock(&call.seen);
        (seen.accepted, seen.replied_at)
    };
    desk.count(|played| {
        played.wrong.wrong_winner += u64::from(accepted != Some(*best));
        if let Some(at) = replied_at.filter(|_| call.measured) {
            played.replies.push((id.to_owned(), at));
        }
    });
    Ok(())
}
