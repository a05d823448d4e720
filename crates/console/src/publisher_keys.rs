//! What pages and the API share of publishers' keys: what is read of a new one.

use lead::{CampaignId, PublisherId};
use store::{KeyKind, NewPublisherKey};
use url::{Origin, Url};

use crate::{access::people, business::Business};

/// The most requests that a key may have in a minute.
pub const PER_MINUTE_MAX: u32 = 6_000;
/// The most origins of a widget's key.
pub const ORIGINS_MAX: usize = 20;
/// What a program's and a widget's key have in a minute, if nobody says anything.
pub(crate) const PER_MINUTE_USUAL: [u32; 2] = [120, 60];

/// A new key, as somebody writes it.
#[derive(Debug)]
pub struct Written {
    /// `lead` or `widget`.
    pub kind: String,
    /// The publisher's id.
    pub publisher: String,
    /// The campaign's id; empty: any.
    pub campaign: String,
    /// What people call it.
    pub name: String,
    /// The origins of a widget's pages.
    pub origins: Vec<String>,
    /// Most requests in a minute; what is usual, if it is not there.
    pub per_minute: Option<u32>,
}

impl Written {
    /// The key.
    ///
    /// # Errors
    /// What is wrong with which field, each with its mend.
    pub fn read(self, business: &Business) -> Result<NewPublisherKey, Vec<(&'static str, String)>> {
        let mut wrong = vec![];
        let mut no = |field, mend: &str| wrong.push((field, mend.to_owned()));
        let kind = KeyKind::parse(&self.kind);
        if kind.is_none() {
            no("kind", "write lead or widget");
        }
        let publisher = PublisherId::parse(&self.publisher).ok();
        let publisher = publisher.filter(|id| business.publishers.contains_key(id));
        if publisher.is_none() {
            no("publisher", "name a publisher that is in the settings");
        }
        let named = CampaignId::parse(&self.campaign).ok();
        let campaign = named.filter(|id| business.campaigns.contains_key(id));
        match (self.campaign.is_empty(), &campaign) {
            (true, _) if kind == Some(KeyKind::Widget) => {
                no("campaign", "a widget is for one campaign: name it")
            }
            (false, None) => no("campaign", "name a campaign that is in the settings"),
            _ => {}
        }
        let name = people::name(&self.name).map_err(|error| no("name", &error.to_string())).ok();
        let origins: Option<Vec<String>> = self.origins.iter().map(|text| origin(text)).collect();
        match (&origins, kind) {
            (None, _) => no("origins", "write origins without a path, ex: https://quotes.example"),
            (Some(origins), Some(KeyKind::Widget)) if origins.is_empty() => {
                no("origins", "name the origins whose pages may use it, ex: https://quotes.example");
            }
            (Some(origins), Some(KeyKind::Lead)) if !origins.is_empty() => {
                no("origins", "a program's key is secret and has none: leave them out");
            }
            (Some(origins), _) if origins.len() > ORIGINS_MAX => no("origins", "name at most 20"),
            _ => {}
        }
        let usual = PER_MINUTE_USUAL[usize::from(kind == Some(KeyKind::Widget))];
        let per_minute = self.per_minute.unwrap_or(usual);
        if !(1..=PER_MINUTE_MAX).contains(&per_minute) {
            no("per_minute", "write a whole number from 1 to 6000");
        }
        match (kind, publisher, name, origins) {
            (Some(kind), Some(publisher), Some(name), Some(mut origins)) if wrong.is_empty() => {
                origins.sort_unstable();
                origins.dedup();
                Ok(NewPublisherKey { kind, publisher, campaign, name, origins, per_minute })
            }
            _ => Err(wrong),
        }
    }
}

/// An origin as a browser writes it: secure, or of this machine.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let host = url.host_str()?;
    let local = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
    let plain =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let secure = url.scheme() == "https" || (url.scheme() == "http" && local);
    match url.origin() {
        origin @ Origin::Tuple(..) if plain && secure => Some(origin.ascii_serialization()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for (text, read) in [
            ("https://quotes.example", Some("https://quotes.example")),
            (" https://Quotes.Example:443/ ", Some("https://quotes.example")),
            ("https://quotes.example:8443", Some("https://quotes.example:8443")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://quotes.example", None),
            ("https://quotes.example/page", None),
            ("https://a@quotes.example", None),
            ("*", None),
            ("null", None),
            ("file:///a", None),
        ] {
            assert_eq!(origin(text).as_deref(), read, "{text}");
        }
    }
}
