//! What a lead's person agreed to, as it was kept when it came in.

use std::collections::BTreeSet;

use journey::{Event, Submitted};
use lead::{Consent, Covers, JourneyId, Pii};
use serde::de::DeserializeOwned;

use crate::{
    ReadFailed, Recorded, Store,
    durable::{Row, binds, odd},
};

/// A consent, with its proof in custody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryConsent {
    /// What was agreed to, when, and what it allows.
    pub consent: Consent,
    /// Where and how it was given, of a form: what it is and the value.
    pub proof: Vec<(&'static str, Pii<String>)>,
}

impl Store {
    /// The consents of a journey, the first first. The proof stands in the event of its form.
    pub(super) async fn consents(
        &self,
        id: JourneyId,
        events: &[Recorded],
    ) -> Result<Vec<StoryConsent>, ReadFailed> {
        const CONSENTS: &str = "SELECT text_version, given_at, covers, sellers, recording FROM consents WHERE journey = $1 \
            ORDER BY given_at, text_version";
        let rows = self.durable.rows(CONSENTS, binds![id]).await?;
        let form = events.iter().find_map(|entry| match &entry.event {
            Event::FormReceived { form } | Event::CallbackAsked { form } => Some(form),
            _ => None,
        });
        let each = rows.iter().map(|row| {
            let consent = consent(row)?;
            let written = form.filter(|form| form.consent.as_ref() == Some(&consent));
            Ok(StoryConsent { proof: written.map(|form| proof(form)).unwrap_or_default(), consent })
        });
        Ok(each.collect::<Result<_, sqlx::Error>>()?)
    }
}

fn proof(form: &Submitted<Pii<String>>) -> Vec<(&'static str, Pii<String>)> {
    let each = [("page", &form.page), ("address", &form.address), ("certificate", &form.certificate)];
    each.into_iter().filter_map(|(what, value)| Some((what, value.clone()?))).collect()
}

fn consent(row: &Row) -> Result<Consent, sqlx::Error> {
    Ok(Consent {
        text_version: row.text("text_version")?,
        given_at: row.at("given_at")?,
        covers: list::<BTreeSet<Covers>>(row, "covers")?,
        sellers: list(row, "sellers")?,
        recording: row.text_opt("recording")?,
    })
}

/// A JSON list. A row of an earlier release has none.
fn list<T: DeserializeOwned + Default>(row: &Row, column: &'static str) -> Result<T, sqlx::Error> {
    let Some(text) = row.text_opt(column)? else { return Ok(T::default()) };
    serde_json::from_str(&text).map_err(|_| odd(column, "no list"))
}
