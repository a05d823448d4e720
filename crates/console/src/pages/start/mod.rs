//! The first ten minutes: the way from the first login to the first sale on the screen, and what must hold before real
//! callers come. Every line is read from what there is; what cannot be known says so.

mod live;
mod path;

use askama::Template;
use axum::response::Response;

use super::{Frame, Shared, shown};
use crate::{
    Console, Needs, Permission, actor::Actor, edits, problem::Problem, query::Query, routes::Routes,
};
pub(crate) use path::is_complete;

#[derive(Template)]
#[template(path = "start.html")]
struct Page {
    frame: Frame,
    headline: String,
    sub: String,
    /// The step that comes next.
    next: &'static str,
    path: Vec<Line>,
    live: Vec<Line>,
    open: usize,
}

/// One thing to do.
struct Line {
    what: &'static str,
    state: State,
    says: String,
    /// What the way to it is called, and where it leads; nothing: it is done outside of this console.
    to: Option<(&'static str, String)>,
}

/// Whether it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Open,
    /// Nobody can know it from here.
    Unknown,
}

impl Line {
    fn new(what: &'static str, is_done: bool, says: impl Into<String>) -> Self {
        let state = if is_done { State::Done } else { State::Open };
        Self { what, state, says: says.into(), to: None }
    }

    fn unknown(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, state: State::Unknown, says: says.into(), to: None }
    }

    fn to(self, label: &'static str, path: impl Into<String>) -> Self {
        Self { to: Some((label, path.into())), ..self }
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Done => "done",
            State::Open => "to do",
            State::Unknown => "not known",
        }
    }

    fn class(&self) -> &'static str {
        match self.state {
            State::Done => "won",
            State::Open => "near",
            State::Unknown => "",
        }
    }
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::WriteSettings), "/start", start)
}

async fn start(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let path = path::lines(&console).await?;
    let live = live::lines(&console, &actor, query.text("ask") == "carrier").await?;
    Ok(shown(&page(&actor, path, live)))
}

fn page(actor: &Actor, path: Vec<Line>, live: Vec<Line>) -> Page {
    let next = path.iter().find(|line| line.state == State::Open);
    let (headline, sub) = match next {
        Some(next) => {
            let done = path.iter().filter(|line| line.state == State::Done).count();
            (
                format!("Next: {}", next.what),
                format!("{done} of {} steps to the first sale are done.", path.len()),
            )
        }
        None => {
            let sub = "What follows must hold before real callers come.";
            ("The first call is sold".to_owned(), sub.to_owned())
        }
    };
    let next = next.map_or("", |line| line.what);
    let open = live.iter().filter(|line| line.state == State::Open).count();
    Page { frame: Frame::of(actor, "/start"), headline, sub, next, path, live, open }
}

/// Reads what there is of the settings, or nothing where none can be read.
async fn published(console: &Console) -> Option<settings::Settings> {
    edits::in_force(console).await.ok()
}
