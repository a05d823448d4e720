//! The settings of the servers under test: the same offers, each in its server's own form.

use std::{fmt::Write, net::SocketAddr};

use sandbox::load::Seat;

/// The number that is called.
pub(super) const NUMBER: &str = "+18005550100";
/// The campaign.
pub(super) const CAMPAIGN: &str = "home";
/// Who hands in forms.
pub(super) const PUBLISHER: &str = "pages";
/// How long a buyer may take.
pub(super) const TIMEOUT_MS: u64 = 2_000;

/// Whether an offer says what it bids at most, so that a round may close early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// It does.
    Yes,
    /// It does not.
    No,
}

const CAMPAIGN_TEXT: &str = r#"
[[campaign]]
id = "home"
vertical = "home_insurance"

[campaign.script]
closing = "One moment please."

[[campaign.script.question]]
field = "zip"
audience = "bidders"
ask = "Please enter your five digit zip code."
check = "zip"

[[campaign.script.question]]
field = "homeowner"
audience = "bidders"
ask = "Please enter the four digits of your home."
check = { number = { min = 1000, max = 9999 } }
keys = 4

[[campaign.script.question]]
field = "agreed"
audience = "bidders"
ask = "To be connected with a licensed agent press 1."
check = "yes_no"

[campaign.form]
sell = "data"
consent_required = false

[[campaign.form.field]]
name = "zip"
type = "zip"
audience = "bidders"
required = true

[[campaign.form.field]]
name = "homeowner"
type = { number = { min = 1000, max = 9999 } }
audience = "bidders"
required = true

[[campaign.form.field]]
name = "agreed"
type = "yes_no"
audience = "bidders"
required = true

[[campaign.form.field]]
name = "first_name"
type = "name"
audience = "winner"

[[publisher]]
id = "pages"
"#;

/// Ours. Every offer must be told every answer, so that the auction opens at the last one, as the other server's does.
pub(super) fn ours(seats: &[Seat], declared: Declared, caller_id: &str) -> String {
    let mut text = CAMPAIGN_TEXT.to_owned();
    let _ = write!(text, "\n[[number]]\nnumber = \"{NUMBER}\"\ncampaign = \"home\"\n");
    for (n, seat) in seats.iter().enumerate() {
        let Seat { ping_url, post_url, number, bid_max } = seat;
        let _ = write!(
            text,
            "\n[[buyer]]\nid = \"buyer-{n}\"\n\n[[offer]]\nid = \"offer-{n}\"\nbuyer = \"buyer-{n}\"\n\
             vertical = \"home_insurance\"\nping_url = \"{ping_url}\"\npost_url = \"{post_url}\"\n\
             timeout = \"{TIMEOUT_MS}ms\"\nmin_bid = \"1.00\"\ndestination = \"{number}\"\n\
             required = [\"zip\", \"homeowner\", \"agreed\"]\nchannels = [\"call\", \"form\"]\n\
             caller_id = \"{caller_id}\"\n"
        );
        if declared == Declared::Yes {
            let _ = writeln!(text, "bid_max = \"{bid_max}\"");
        }
    }
    text
}

/// The configuration of a server with one trunk.
pub(super) fn trunk(at: SocketAddr, telephones: SocketAddr) -> String {
    format!(
        "[sip]\nudp = \"{at}\"\nports = \"30000-39999\"\ncalls_max = 2000\n\n[sip.trunk.bench]\n\
         sources = [\"{}\"]\nproxy = \"{telephones}\"\nprobe = \"off\"\ncalls_max = 2000\n",
        telephones.ip()
    )
}

/// The other server's.
pub(super) fn peers(seats: &[Seat]) -> String {
    let offer = |(n, seat): (usize, &Seat)| {
        serde_json::json!({
            "id": format!("offer-{n}"),
            "pingUrl": seat.ping_url,
            "postUrl": seat.post_url,
            "timeoutMs": TIMEOUT_MS,
            "floor": 1,
        })
    };
    serde_json::Value::from_iter(seats.iter().enumerate().map(offer)).to_string()
}
