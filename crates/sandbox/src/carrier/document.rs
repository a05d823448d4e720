//! From a URL to a document that can be performed, with Twilio's complaints and its fallback.

use super::{
    exchange::Exchange,
    faults::Kind,
    leg::Leg,
    request::{Ask, Reply},
    twiml::{self, Document, Method},
};
use std::sync::Arc;
use url::Url;

/// The largest document that Twilio takes.
const MAX_BYTES: usize = 64 * 1024;

/// Where a document comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Ask(Ask),
    Inline(String),
}

struct Complaint {
    code: u32,
    words: String,
}

impl Exchange {
    /// The document and the URL that its relative URLs resolve against; nothing if even the fallback fails.
    pub(crate) async fn document(
        self: &Arc<Self>,
        leg: &Arc<Leg>,
        source: Source,
    ) -> Option<(Document, Url)> {
        let ask = match source {
            Source::Inline(text) => {
                let nowhere = Url::parse("http://inline.invalid/").expect("a constant URL");
                return match twiml::read(&text) {
                    Ok(document) => Some((document, nowhere)),
                    Err(words) => {
                        leg.call.alert(12100, words, nowhere.as_str());
                        None
                    }
                };
            }
            Source::Ask(ask) => ask,
        };
        let complaint = match self.fetched(leg, ask.clone()).await {
            Ok(document) => return Some((document, ask.url)),
            Err(complaint) => complaint,
        };
        leg.call.alert(complaint.code, complaint.words, ask.url.as_str());
        let fallback = Url::parse(leg.fallback.as_deref()?).ok()?;
        let mut params = self.standard_params(leg);
        params.push(("ErrorCode".to_owned(), complaint.code.to_string()));
        params.push(("ErrorUrl".to_owned(), ask.url.to_string()));
        let second = Ask { kind: Kind::Fallback, url: fallback.clone(), method: Method::Post, params };
        match self.fetched(leg, second).await {
            Ok(document) => Some((document, fallback)),
            Err(complaint) => {
                leg.call.alert(complaint.code, complaint.words, fallback.as_str());
                None
            }
        }
    }

    async fn fetched(self: &Arc<Self>, leg: &Arc<Leg>, ask: Ask) -> Result<Document, Complaint> {
        let url = ask.url.to_string();
        let reply = self.ask(leg, ask).await.map_err(|words| Complaint { code: 11205, words })?;
        let document = executable(&reply)?;
        for warning in &document.warnings {
            leg.call.alert(12200, warning.clone(), &url);
        }
        Ok(document)
    }
}

fn executable(reply: &Reply) -> Result<Document, Complaint> {
    let complaint = |code, words: String| Err(Complaint { code, words });
    if reply.status >= 400 {
        return complaint(11200, format!("HTTP {}", reply.status));
    }
    if reply.body.len() > MAX_BYTES {
        return complaint(11750, format!("{} bytes", reply.body.len()));
    }
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return complaint(12100, "an empty document".to_owned());
    }
    let kind = reply.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "text/xml" | "application/xml") {
        return complaint(12300, format!("the content type is {kind:?}"));
    }
    match std::str::from_utf8(&reply.body).map_err(|error| error.to_string()).and_then(twiml::read) {
        Ok(document) => Ok(document),
        Err(words) => complaint(12100, words),
    }
}
