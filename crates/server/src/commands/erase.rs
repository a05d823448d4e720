//! `pingpost erase`: forgets a person, beside a running server or without one, and says who else must.

mod report;

use std::io::Read;

use anyhow::Context;
use lead::{E164, JourneyId, Pii, SaleId};
use store::{Erased, Found, Scrubbed, Store, Whose};

use self::report::{Report, State};
use super::{Failure, printed};
use crate::{
    app::{client, open_store},
    clock::Clock,
    config::{Config, Database},
    erasures::{DELETE_AGAIN_MAX, Keepers, delete_recordings},
    switchboard::Recordings,
};

/// How a number may be given: a longer text is none.
const NUMBER_BYTES_MAX: u64 = 64;

/// Who is to be erased, as the command line names the person.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Who {
    /// The caller's number, ex: +13055550142; `-` reads it from standard input, so that no shell remembers it
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone: Option<String>,
    /// A call of the person's, as logs and posts name it
    #[arg(long, value_name = "ID")]
    journey: Option<uuid::Uuid>,
    /// A sale of the person's, as its post names it
    #[arg(long, value_name = "ID")]
    sale: Option<uuid::Uuid>,
}

/// How the result is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// For people.
    Text,
    /// One line for programs.
    Json,
}

impl Who {
    fn whose(&self) -> Result<Whose, Failure> {
        if let Some(journey) = self.journey {
            return Ok(Whose::Journey(JourneyId::from_uuid(journey)));
        }
        if let Some(sale) = self.sale {
            return Ok(Whose::Sale(SaleId::from_uuid(sale)));
        }
        let given = self.phone.as_deref().unwrap_or_default();
        let mut text = String::new();
        if given == "-" {
            let mut stdin = std::io::stdin().lock().take(NUMBER_BYTES_MAX);
            stdin.read_to_string(&mut text).context("reading the number from standard input")?;
        } else {
            given.clone_into(&mut text);
        }
        number(&text).map(|number| Whose::Caller(Pii::new(number)))
    }
}

/// A number as people write it. The message never repeats it.
fn number(text: &str) -> Result<E164, Failure> {
    let kept: String = text.chars().filter(|c| !c.is_whitespace() && !"-.()/".contains(*c)).collect();
    let digits = kept.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match kept.len() {
        10 if digits => format!("+1{kept}"),
        11 if digits && kept.starts_with('1') => format!("+{kept}"),
        _ => kept,
    };
    E164::parse(&whole).map_err(|error| Failure::Wrong(vec![format!("--phone: {error}")]))
}

/// Erases, or without `yes` says what would be.
pub(super) async fn run(config: &Config, who: &Who, yes: bool, shown: As) -> Result<(), Failure> {
    let whose = who.whose()?;
    if matches!(config.store.database, Database::Temporary) {
        return Err(Failure::Wrong(vec![
            "store.path names no file that could hold anybody: set it to the server's".to_owned(),
        ]));
    }
    let store = open_store(&config.store).await?;
    let done = if yes { erase(config, &store, &whose).await } else { preview(config, &store, &whose).await };
    store.close().await;
    let report = done?;
    printed(&match shown {
        As::Text => report.text(),
        As::Json => format!("{}\n", report.json()),
    })?;
    if report.state == State::Held {
        return Err(Failure::Wrong(vec!["nothing was erased: repeat it with --yes".to_owned()]));
    }
    let left = report.left();
    if left.is_empty() { Ok(()) } else { Err(Failure::Found(left)) }
}

async fn preview(config: &Config, store: &Store, whose: &Whose) -> Result<Report, Failure> {
    match store.held(whose).await.context("looking for the person")? {
        Found::Nothing => Ok(Report::nothing()),
        Found::Held(journeys) => report::of(config, store, State::Held, None, journeys).await,
        Found::Erased(before) => {
            let journeys = before.journeys.clone();
            report::of(config, store, State::Before, Some(before), journeys).await
        }
    }
}

async fn erase(config: &Config, store: &Store, whose: &Whose) -> Result<Report, Failure> {
    let now = Clock::start().now();
    let (state, forgotten) = match store.erase(now, whose).await.context("erasing")? {
        // A call that is only in flight is forgotten when it ends; nothing of it is kept yet.
        Erased::Nothing => return Ok(Report::nothing()),
        Erased::Now(forgotten) => (State::Erased, forgotten),
        Erased::Before(forgotten) => (State::Before, forgotten),
    };
    let twilio = config.twilio.as_ref().map(client).transpose()?;
    let recordings = config.sip.as_ref().map(Recordings::of).transpose()?.flatten();
    let keepers = Keepers { twilio: twilio.as_ref(), recordings: recordings.as_ref() };
    // Whoever asks does not wait for the next try of the server.
    delete_recordings(store, keepers, (now, now + DELETE_AGAIN_MAX))
        .await
        .context("having recordings deleted")?;
    let clean = store.scrub().await.context("taking what was erased out of the file")? == Scrubbed::Clean;
    let journeys = forgotten.journeys.clone();
    let report = report::of(config, store, state, Some(forgotten), journeys).await?;
    Ok(report.scrubbed(clean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it_and_never_repeated() {
        for text in ["+13055550142", "(305) 555-0142", "1 305.555.0142", " 3055550142\n", "+1 305 555 0142"] {
            assert_eq!(
                number(text).ok().map(|it| it.as_str().to_owned()).as_deref(),
                Some("+13055550142"),
                "{text}"
            );
        }
        for text in ["", "-", "212555014", "+0305555014", "Dolores 3055550142"] {
            let Err(Failure::Wrong(lines)) = number(text) else { panic!("{text} is no number") };
            assert!(lines.iter().all(|line| text.len() < 2 || !line.contains(text)), "{lines:?}");
        }
    }
}
