//! Presets: what is known of a network becomes the draft of an offer, to be looked at, tried and saved by a person. A draft is
//! paused until somebody sets it active.

use serde_json::{Map, Value, json};

/// A network that a draft can be made for.
pub(super) struct Preset {
    /// Its word, as `wire` knows it.
    pub(super) word: &'static str,
    /// What it is called.
    pub(super) name: &'static str,
}

const ALL: [(&str, &str); 5] = [
    ("ringba", "Ringba"),
    ("trackdrive", "TrackDrive"),
    ("retreaver", "Retreaver"),
    ("elocal", "eLocal"),
    ("boberdoo", "boberdoo"),
];

/// All of them.
pub(super) fn all() -> Vec<Preset> {
    ALL.iter().map(|(word, name)| Preset { word, name }).collect()
}

/// The draft for a network, and what is still to be done by hand. `key` is what was pasted: an id, or a URL of its
/// instructions.
pub(super) fn draft(network: &str, key: &str) -> Option<(Map<String, Value>, String)> {
    let (word, name) = *ALL.iter().find(|(word, _)| *word == network)?;
    let url = url_in(key);
    let mut entry = Map::new();
    entry.insert("name".to_owned(), json!(name));
    entry.insert("active".to_owned(), json!(false));
    entry.insert("wire".to_owned(), json!(word));
    let mut still = vec!["the vertical", "the buyer", "the least bid"];
    match (word, url) {
        ("ringba", url) => {
            // The call must come with the number that the bid was made for, within the bid's life.
            let ping = match (url, id_in(key)) {
                (Some(url), _) => Some(url),
                (None, Some(id)) => Some(format!("https://rtb.ringba.com/v1/production/{id}.json")),
                (None, None) => None,
            };
            if let Some(ping) = ping {
                entry.insert("post_url".to_owned(), json!(ping));
                entry.insert("ping_url".to_owned(), json!(ping));
            }
            entry.insert("phone_in_ping".to_owned(), json!(true));
            entry.insert("caller_id".to_owned(), json!("pass"));
            entry.insert("caller_id_required".to_owned(), json!(true));
            entry.insert("allowed".to_owned(), json!({ "sip_domains": ["rtb.ringba.sip.telnyx.com"] }));
            let fields = json!({ "CID": "{phone:digits}", "exposeCallerId": "yes", "zipcode": "{zip}", "sipOk": "yes" });
            entry.insert("ping".to_owned(), json!({ "as": "json", "fields": fields }));
            still.push("whether this buyer may have the caller's number in its ping, which Ringba asks for");
        }
        ("elocal", url) => {
            if let Some(url) = url {
                entry.insert("ping_url".to_owned(), json!(url));
                entry.insert("post_url".to_owned(), json!(url));
            }
            let fields = json!({ "ping.key": "env:ELOCAL_KEY", "ping.zip_code": "{zip}", "ping.need_id": "", "ping.sender_id": "{ping_id}" });
            entry.insert("ping".to_owned(), json!({ "as": "json", "fields": fields }));
            still.push("the key and the need_id of your instructions, in the ping's fields");
        }
        (_, Some(url)) => {
            entry.insert("ping_url".to_owned(), json!(url));
            entry.insert("post_url".to_owned(), json!(url));
            still.push("the names of its fields, under “How are requests written?”");
        }
        (_, None) => still.push("the URLs of its instructions"),
    }
    still.push("the post URL, which is often another");
    Some((
        entry,
        format!("A draft for {name}, paused. Still to be said: {}. Then send a test ping.", still.join(", ")),
    ))
}

/// The first https URL in a text.
fn url_in(text: &str) -> Option<String> {
    let begin = text.find("https://")?;
    let rest = &text[begin..];
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>')).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches(['.', ',', ';']).to_owned())
}

/// The first id of letters and digits in a text that is long enough to be one.
fn id_in(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_or_instructions_become_a_paused_draft() {
        let (entry, _) = draft("ringba", "Your RTB ID is a1b2c3d4e5f6a7b8c9d0e1f2.").expect("it is known");
        assert_eq!(
            entry["ping_url"],
            json!("https://rtb.ringba.com/v1/production/a1b2c3d4e5f6a7b8c9d0e1f2.json")
        );
        assert_eq!(entry["active"], json!(false));
        let (entry, says) =
            draft("boberdoo", "Post to: https://leads.example/post.php?TYPE=19, with Mode=ping")
                .expect("it is known");
        assert_eq!(entry["ping_url"], json!("https://leads.example/post.php?TYPE=19"));
        assert!(says.contains("names of its fields"));
        assert!(draft("nobody", "").is_none());
    }
}
