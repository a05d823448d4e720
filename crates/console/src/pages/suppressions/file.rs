//! A file of numbers, read as it comes: no more of it is held than a part of it, whatever its size.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    response::Response,
};
use futures_util::StreamExt;
use http::StatusCode;
use store::{Imported, NumberList, NumberReader};

use super::{BAD_SHOWN, page};
use crate::{
    Console,
    actor::Actor,
    pages::{Shared, shown, shown_as},
    problem::Problem,
};

/// The largest file, in bytes.
pub const SUPPRESSION_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long it may take to come in.
pub const SUPPRESSION_FILE_WAIT_MAX: Duration = Duration::from_secs(600);
/// Bytes behind a refused part of a file that are let in and dropped.
pub const SUPPRESSION_FILE_REST_MAX: usize = 64 * 1024 * 1024;
/// How many numbers are read before they are put on the list.
const PART: usize = 1_000;

/// Takes a file in, and says what it came to.
pub(super) async fn take(console: Shared, actor: Actor, body: Body) -> Result<Response, Problem> {
    let mut imported = Imported::default();
    let mut parts = body.into_data_stream();
    let reading = async {
        let read = read(&console, &actor, &mut parts, &mut imported).await?;
        if read.is_err() {
            drain(&mut parts).await;
        }
        Ok::<_, Problem>(read)
    };
    let read = tokio::time::timeout(SUPPRESSION_FILE_WAIT_MAX, reading).await;
    let read = read.unwrap_or_else(|_| Ok(Err("it did not come in time".to_owned())))?;
    let mut page = page(&console, &actor).await?;
    let Imported { added, known } = imported;
    match read {
        Ok(list) => {
            page.said = format!(
                "Imported: {added} new, {known} known, {} named twice, {} unreadable.",
                list.repeated, list.bad_lines
            );
            page.bad = list.bad.iter().take(BAD_SHOWN).map(ToString::to_string).collect();
            page.more_bad = list.bad_lines - page.bad.len() as u64;
            Ok(shown(&page))
        }
        Err(wrong) => {
            page.file_wrong = format!(
                "{wrong}. {added} new numbers were imported before; the same file may be imported again"
            );
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Reads it to its end; what is wrong with it as a whole is said in words.
async fn read(
    console: &Console,
    actor: &Actor,
    parts: &mut BodyDataStream,
    imported: &mut Imported,
) -> Result<Result<NumberList, String>, Problem> {
    let (mut reader, mut ready, mut bytes, mut any) = (NumberReader::default(), vec![], 0, false);
    while let Some(part) = parts.next().await {
        let Ok(part) = part else { return Ok(Err("its connection broke".to_owned())) };
        bytes += part.len();
        if bytes > SUPPRESSION_FILE_BYTES_MAX {
            let most = SUPPRESSION_FILE_BYTES_MAX / 1024 / 1024;
            return Ok(Err(format!("it is larger than {most} MiB: split it")));
        }
        if let Err(wrong) = reader.push(&part) {
            return Ok(Err(wrong.to_string()));
        }
        ready.extend(reader.numbers());
        if ready.len() >= PART {
            any = true;
            put(console, actor, &std::mem::take(&mut ready), imported).await?;
        }
    }
    let list = match reader.finish() {
        Ok(list) => list,
        Err(wrong) => return Ok(Err(wrong.to_string())),
    };
    ready.extend(list.numbers.iter().cloned());
    if ready.is_empty() && !any {
        return Ok(Err("no line of it names a number".to_owned()));
    }
    put(console, actor, &ready, imported).await?;
    Ok(Ok(list))
}

/// Lets the rest of a refused file come in: a browser that is answered and hung up on while it still sends shows a broken
/// connection, and not what is wrong.
async fn drain(parts: &mut BodyDataStream) {
    let mut bytes = 0;
    while let Some(Ok(part)) = parts.next().await {
        bytes += part.len();
        if bytes > SUPPRESSION_FILE_REST_MAX {
            return;
        }
    }
}

async fn put(
    console: &Console,
    actor: &Actor,
    numbers: &[lead::Pii<lead::E164>],
    imported: &mut Imported,
) -> Result<(), Problem> {
    let part = console.store.import_suppressions(console.now(), actor.by(), numbers).await?;
    imported.added += part.added;
    imported.known += part.known;
    Ok(())
}
