//! The calls that go on, as a list and as a stream.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    response::{Response, sse::Event},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Permission,
    actor::Actor,
    live::{self, LiveRow, Stages},
    pages::{
        Shared,
        live::{read, rows},
    },
    problem::{Problem, ProblemBody},
};

/// The calls that go on.
#[derive(Serialize, ToSchema)]
pub(super) struct Live {
    /// The latest first, at most 200.
    data: Vec<LiveRow>,
    /// How many there are.
    count: Stages,
}

/// The calls that go on
///
/// The latest first, at most 200 of them. Who is asked and has bid is known of rounds that the node that answers runs.
#[utoipa::path(get, path = "/v1/live", tag = "calls", responses((status = 200, description = "The calls", body = Live)))]
pub(super) async fn list(console: Shared, actor: Actor) -> Result<Json<Live>, Problem> {
    let now = read(&console).await?;
    let data = rows(&console, &console.business(), &now, actor.may(Permission::ReadMoney));
    Ok(Json(Live { data, count: Stages::of(&now.calls, now.count) }))
}

/// The calls that go on, as it happens
///
/// Server-sent events (`text/event-stream`): `call` with a call that is new or has changed, `gone` with `{"id": …}` of one that
/// is over, `count` with how many stand where. A stream begins with a `call` for each that goes on, and ends with its token or
/// session, when the server stops, and after an hour; then open another.
#[utoipa::path(get, path = "/v1/events/stream", tag = "calls",
    responses((status = 200, description = "The events", content_type = "text/event-stream", body = LiveRow),
        (status = 503, description = "There are too many streams", body = ProblemBody)))]
pub(super) async fn stream(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let console = Arc::clone(&console);
    let told: Arc<Mutex<Told>> = Arc::default();
    let (of, money) = (Arc::clone(&console), actor.may(Permission::ReadMoney));
    live::open(&console, actor, move || {
        let (console, told) = (Arc::clone(&of), Arc::clone(&told));
        async move {
            let Ok(now) = read(&console).await else { return vec![] };
            let rows = rows(&console, &console.business(), &now, money);
            let count = Stages::of(&now.calls, now.count);
            told.lock().unwrap_or_else(PoisonError::into_inner).changes(rows, count)
        }
    })
}

/// What a stream has told.
#[derive(Default)]
struct Told {
    calls: BTreeMap<Uuid, LiveRow>,
    count: Option<Stages>,
}

impl Told {
    /// What differs since, as events.
    fn changes(&mut self, rows: Vec<LiveRow>, count: Stages) -> Vec<Event> {
        let mut events = vec![];
        let now: BTreeMap<Uuid, LiveRow> = rows.into_iter().map(|row| (row.id, row)).collect();
        for (id, row) in &now {
            if self.calls.get(id) != Some(row) {
                events.extend(Event::default().event("call").json_data(row));
            }
        }
        for id in self.calls.keys().filter(|id| !now.contains_key(id)) {
            events.extend(Event::default().event("gone").json_data(serde_json::json!({ "id": id })));
        }
        if self.count.as_ref() != Some(&count) {
            events.extend(Event::default().event("count").json_data(&count));
        }
        (self.calls, self.count) = (now, Some(count));
        events
    }
}
