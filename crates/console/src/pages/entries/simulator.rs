//! A script played in the page: each answer is what a caller would press or say, and the very interview of a call reads it.
//! Nothing of it is kept; the page itself carries what was answered.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use ivr::{Input, InputKind, Interview, Refusal, Script, Speech, Step, Why};
use lead::{CampaignId, Pii, Timestamp};

use super::super::{Frame, Shared, shown};
use crate::{
    Needs, Permission, actor::Actor, edits, form::Form, path::Path, problem::Problem, routes::Routes,
};

/// The most answers of a played call.
pub const PLAYED_ANSWERS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "simulator.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    /// What was answered so far, as the form carries it.
    heard: Vec<String>,
    played: Played,
}

/// A call as far as it was played.
struct Played {
    turns: Vec<Turn>,
    /// What is said now, and how the caller may answer; nothing once it is over.
    now: Option<(Vec<String>, String)>,
    verdict: String,
    kind: &'static str,
    /// What every ping would say.
    told: Vec<(String, String)>,
}

struct Turn {
    said: Vec<String>,
    answered: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let read = Needs::May(Permission::ReadSettings);
    routes.get(read, "/campaigns/{id}/simulator", begin).post(read, "/campaigns/{id}/simulator", answer)
}

async fn begin(console: Shared, actor: Actor, Path(id): Path<String>) -> Result<Response, Problem> {
    page(&console, &actor, &id, vec![]).await
}

async fn answer(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let mut heard = form.all("heard").to_vec();
    let answer = form.text("answer");
    heard.push(match &*form.text("how") {
        "silence" => "s:".to_owned(),
        "words" => format!("w:{answer}"),
        _ => format!("k:{answer}"),
    });
    heard.truncate(PLAYED_ANSWERS_MAX);
    page(&console, &actor, &id, heard).await
}

async fn page(console: &Shared, actor: &Actor, id: &str, heard: Vec<String>) -> Result<Response, Problem> {
    let text = edits::latest(console).await?.document.text();
    let settings = console.read_settings(&text).map_err(|_| Problem::not_found())?;
    let campaign =
        CampaignId::parse(id).ok().and_then(|id| settings.campaign(&id)).ok_or_else(Problem::not_found)?;
    let played = play(&campaign.script, console.now(), &heard);
    let frame = Frame::of(actor, "/campaigns");
    Ok(shown(&Page { frame, id: id.to_owned(), name: campaign.name.clone(), heard, played }))
}

fn play(script: &Arc<Script>, now: Timestamp, heard: &[String]) -> Played {
    let mut interview = Interview::begin(Arc::clone(script));
    let mut turns = vec![];
    for one in heard {
        let Some(ask) = interview.ask() else { break };
        let (input, answered) = input(one);
        interview.on_input(now, &input);
        turns.push(Turn { said: said(&ask.say), answered });
    }
    let told = interview.profile_so_far(None);
    let told = told.values().map(|(field, value)| (field.as_str().replace('_', " "), value.text())).collect();
    match interview.step() {
        Step::Asking => {
            let now = interview.ask().map(|ask| (said(&ask.say), expects(&ask.expect)));
            Played { turns, now, verdict: String::new(), kind: "", told }
        }
        Step::Done => {
            turns.push(Turn { said: said(&interview.closing()), answered: String::new() });
            let verdict = "The interview is done: the auction goes on with these answers.".to_owned();
            Played { turns, now: None, verdict, kind: "good", told }
        }
        Step::Refused(Refusal { field, why, say }) => {
            turns.push(Turn { said: said(&say), answered: String::new() });
            let why = match why {
                Why::Disqualified => "the script excludes the answer",
                Why::NoAnswer => "nobody answered in all tries",
                Why::ConsentRefused => "the caller did not agree",
            };
            let verdict = format!("The interview ended at {}: {why}.", field.as_str().replace('_', " "));
            Played { turns, now: None, verdict, kind: "near", told }
        }
    }
}

fn input(heard: &str) -> (Input<Pii<String>>, String) {
    let (how, text) = heard.split_once(':').unwrap_or(("s", ""));
    let own = || Pii::new(text.to_owned());
    match how {
        "k" => (Input::Keys(own()), format!("pressed {text}")),
        "w" => (Input::Words { text: own(), confidence_millis: None }, format!("said “{text}”")),
        _ => (Input::Silence, "said nothing".to_owned()),
    }
}

fn said(speech: &[Speech]) -> Vec<String> {
    let one = |part: &Speech| match part {
        Speech::Say(text) => text.clone(),
        Speech::Play(url) => format!("(plays {url})"),
    };
    speech.iter().map(one).collect()
}

fn expects(kind: &InputKind) -> String {
    match kind {
        InputKind::Keys(_) => "Keys",
        InputKind::Voice(_) => "Words",
        InputKind::Either { .. } => "Keys or words",
    }
    .to_owned()
}
