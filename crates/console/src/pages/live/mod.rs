//! The calls that go on: where each stands, who is asked and who has bid, and how long the round still waits. Without script
//! it is the list of this moment; with it the server sends the list whenever it changes.

mod view;

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::response::{Response, sse::Event};

use super::{Frame, Shared, figures::counted, shown};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    business::Business,
    live::{self, LIVE_CALLS_MAX, LiveRow, Now, RoundNow},
    problem::Problem,
    routes::Routes,
};
use view::CallView;

#[derive(Template)]
#[template(path = "live.html")]
struct Page {
    frame: Frame,
    list: List,
    zone: String,
}

/// What changes: it is sent by itself as well.
#[derive(Template)]
#[template(path = "live_list.html")]
struct List {
    headline: String,
    calls: Vec<CallView>,
    more: usize,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let read = Needs::May(Permission::ReadCalls);
    routes.get(read, "/live", page).get(read, "/live/stream", stream)
}

async fn page(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let now = read(&console).await?;
    let business = console.business();
    let list = list(&console, &actor, &now);
    Ok(shown(&Page { frame: Frame::of(&actor, "/live"), list, zone: business.zone_name() }))
}

/// The list again, whenever it is another one.
async fn stream(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let console = Arc::clone(&console);
    let last = Arc::new(Mutex::new(None));
    let (of, who) = (Arc::clone(&console), actor.clone());
    live::open(&console, actor, move || {
        let (console, actor, last) = (Arc::clone(&of), who.clone(), Arc::clone(&last));
        async move {
            let Ok(now) = read(&console).await else { return vec![] };
            let business = console.business();
            let seen = (now.count, rows(&console, &business, &now, actor.may(Permission::ReadMoney)));
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.as_ref() == Some(&seen) {
                return vec![];
            }
            *last = Some(seen);
            let list = list(&console, &actor, &now).render();
            list.map(|text| vec![Event::default().event("list").data(text)]).unwrap_or_default()
        }
    })
}

/// What is known of the calls that go on.
pub(crate) async fn read(console: &Console) -> Result<Arc<Now>, Problem> {
    console.board.now(console.store()).await.map_err(|error| Problem::unavailable(&error))
}

/// The same as programs are sent it.
pub(crate) fn rows(console: &Console, business: &Business, now: &Now, money: bool) -> Vec<LiveRow> {
    let round = |id| (console.rounds)(id);
    now.calls.iter().map(|call| LiveRow::of(call, round(call.journey).as_ref(), business, money)).collect()
}

fn list(console: &Console, actor: &Actor, now: &Now) -> List {
    let (business, at) = (console.business(), console.now());
    let money = actor.may(Permission::ReadMoney);
    let view = |call: &store::LiveCall| {
        let round: Option<RoundNow> = (console.rounds)(call.journey);
        CallView::of(call, round.as_ref(), &business, (at, money))
    };
    List {
        headline: match now.count {
            0 => "No calls now".to_owned(),
            n => {
                let counted = counted(n as u64, "call");
                let mut letters = counted.chars();
                let first = letters.next().map(|first| first.to_uppercase().to_string());
                format!("{}{} now", first.unwrap_or_default(), letters.as_str())
            }
        },
        calls: now.calls.iter().map(view).collect(),
        more: now.count.saturating_sub(LIVE_CALLS_MAX),
    }
}
