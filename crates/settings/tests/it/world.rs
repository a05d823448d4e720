//! The surroundings of the tests, and a small file to break.

use buyer::exchange::ExchangePolicy;
use settings::{Settings, SettingsProblem, Surroundings};

/// The shipped example.
pub const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

/// The secret behind every `env:SET…`.
pub const SECRET: &str = "s3cr3t-of-the-environment";

/// A whole small file: one campaign, and one offer with its URLs and these lines, which begin at line 30.
pub fn small_offer(lines: &str) -> String {
    format!("{HEAD}{URLS}{lines}\n")
}

const HEAD: &str = r#"[[campaign]]
id = "medicare"
vertical = "medicare"
[[campaign.script.question]]
field = "zip"
audience = "bidders"
ask = "Your zip?"
check = "zip"
[[campaign.script.question]]
field = "home"
audience = "bidders"
ask = "Owner or renter?"
check = { choice = { keys = { "1" = "owner", "2" = "renter" } } }
[[campaign.script.question]]
field = "first_name"
audience = "winner"
ask = "Your name?"
check = "name"
[[number]]
number = "+18005550100"
campaign = "medicare"
[[buyer]]
id = "c"
[[offer]]
id = "c-medicare"
buyer = "c"
vertical = "medicare"
"#;

/// The URLs that an offer needs.
pub const URLS: &str = "ping_url = \"https://c.example/ping\"\npost_url = \"https://c.example/post\"\n";

/// Reads a text as a server in production does.
pub fn parse(text: &str) -> Result<Settings, Vec<SettingsProblem>> {
    parse_with(text, false)
}

/// Reads a text, perhaps with private targets.
pub fn parse_with(text: &str, allow_private_targets: bool) -> Result<Settings, Vec<SettingsProblem>> {
    let policy = ExchangePolicy { allow_private_targets, own_addresses: Vec::new() };
    Settings::parse(text, "settings.toml", &Surroundings { policy, credential: &credential })
}

fn credential(name: &str) -> Option<String> {
    match name {
        "SET" => Some(SECRET.to_owned()),
        "SET_SIGNING" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        _ => None,
    }
}

/// The problems of a text, one a line, as people read them.
pub fn problems(text: &str) -> Vec<String> {
    parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// What each broken file says. All that differ are shown at once.
#[track_caller]
pub fn says(rows: impl IntoIterator<Item = (String, String)>) {
    let said = |(text, expected): (String, String)| {
        (expected, problems(&text).join("\n").replace("settings.toml:", ""))
    };
    let differ: Vec<_> = rows.into_iter().map(said).filter(|(expected, said)| expected != said).collect();
    assert!(differ.is_empty(), "expected and said: {differ:#?}");
}
