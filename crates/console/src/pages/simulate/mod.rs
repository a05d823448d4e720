//! A simulated call: which number is called, what the caller answers, what the buyers' telephones do. It goes through the
//! same webhooks, auction and store as a real one, and the page behind the form follows it until it is over.

mod follow;

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::{CampaignId, E164};
use settings::Settings;

use super::{Frame, Shared, shown, shown_as};
use crate::{
    Carrier, Console, Needs, Permission, Phones, TextMessage,
    actor::Actor,
    edits,
    form::Form,
    problem::Problem,
    query::Query,
    routes::Routes,
    simulated::{
        self, Asked, NotPlaced, SIMULATED_ANSWER_CHARS_MAX, SIMULATED_TALK_SECS_MAX, TALK_SECS, Wanted,
    },
};

#[derive(Template)]
#[template(path = "simulate.html")]
struct Page {
    frame: Frame,
    /// A real carrier takes the calls.
    is_real: bool,
    /// Those that have a number, by id and name.
    campaigns: Vec<(String, String)>,
    campaign: String,
    campaign_id: String,
    /// The numbers of the chosen one.
    numbers: Vec<String>,
    number: String,
    from: String,
    from_wrong: String,
    questions: Vec<Field>,
    phones: String,
    talk: String,
    talk_wrong: String,
    refused: String,
    /// What was written to telephones that do not exist, the newest first.
    texts: Vec<TextMessage>,
}

/// One question of the script.
struct Field {
    asked: Asked,
    value: String,
    wrong: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let write = Needs::May(Permission::WriteSettings);
    follow::routes(routes.get(write, "/simulate", form).post(write, "/simulate", place))
}

async fn form(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let settings = edits::in_force(&console).await?;
    let page = page(&console, &actor, &settings, query.text("campaign"));
    Ok(shown(&page))
}

async fn place(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    if let Carrier::Real(_) = console.premises.carrier {
        return Err(simulated::no_simulator());
    }
    let settings = edits::in_force(&console).await?;
    let mut page = page(&console, &actor, &settings, &form.text("campaign"));
    page.number = form.text("number");
    page.from = form.text("from");
    page.talk = form.text("talk");
    page.phones = form.text("phones");
    for field in &mut page.questions {
        field.value = form.text(&format!("a.{}", field.asked.field));
        if field.value.chars().count() > SIMULATED_ANSWER_CHARS_MAX {
            field.wrong = format!("write at most {SIMULATED_ANSWER_CHARS_MAX} characters");
        }
    }
    let from = match &*page.from {
        "" => None,
        text => E164::parse(text).inspect_err(|_| page.from_wrong = NUMBER.to_owned()).ok(),
    };
    let talk = page.talk.parse().ok().filter(|secs| (1..=SIMULATED_TALK_SECS_MAX).contains(secs));
    if talk.is_none() {
        page.talk_wrong = format!("write whole seconds, 1 to {SIMULATED_TALK_SECS_MAX}");
    }
    let (Ok(to), Some(talk_secs), Ok(phones)) =
        (E164::parse(&page.number), talk, Phones::parse(&page.phones))
    else {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    if !page.from_wrong.is_empty() || page.questions.iter().any(|it| !it.wrong.is_empty()) {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let answer = |it: &Field| (it.asked.field.clone(), it.value.clone());
    let answers: BTreeMap<_, _> = page.questions.iter().map(answer).collect();
    let wanted = Wanted { to, from, answers, phones, talk_secs };
    match simulated::place(&console, wanted).await {
        Ok(journey) => Ok(Redirect::to(&format!("/simulate/{journey}")).into_response()),
        Err(NotPlaced::Problem(problem)) => Err(problem),
        Err(NotPlaced::Simulator(why)) => {
            page.refused = why;
            Ok(shown_as(StatusCode::CONFLICT, &page))
        }
        // Somebody published other settings meanwhile.
        Err(NotPlaced::Number | NotPlaced::Answer(..)) => {
            "The campaign was changed meanwhile. Look at it again.".clone_into(&mut page.refused);
            Ok(shown_as(StatusCode::CONFLICT, &page))
        }
    }
}

const NUMBER: &str = "write it in E.164 form, ex: +13055550142, or leave it empty: the caller withholds it";

fn page(console: &Console, actor: &Actor, settings: &Settings, campaign: &str) -> Page {
    let has_number = |id: &CampaignId| settings.numbers().any(|it| it.campaign == *id);
    let callable: Vec<_> = settings.campaigns().filter(|it| has_number(&it.id)).collect();
    let chosen = callable.iter().find(|it| it.id.as_str() == campaign).or(callable.first());
    let of_chosen = |it: &&settings::Number| chosen.is_some_and(|chosen| chosen.id == it.campaign);
    let numbers: Vec<_> =
        settings.numbers().filter(of_chosen).map(|it| it.number.as_str().to_owned()).collect();
    let asked = chosen.map_or_else(Vec::new, |it| simulated::asked(it));
    Page {
        frame: Frame::of(actor, "/simulate"),
        is_real: matches!(console.premises.carrier, Carrier::Real(_)),
        campaign: chosen.map(|it| it.name.clone()).unwrap_or_default(),
        campaign_id: chosen.map(|it| it.id.to_string()).unwrap_or_default(),
        campaigns: callable.iter().map(|it| (it.id.to_string(), it.name.clone())).collect(),
        number: numbers.first().cloned().unwrap_or_default(),
        numbers,
        from: simulated::usual_caller(console.now()),
        from_wrong: String::new(),
        questions: asked
            .into_iter()
            .map(|asked| Field { value: asked.usual.clone(), asked, wrong: String::new() })
            .collect(),
        phones: Phones::Answer.word().to_owned(),
        talk: TALK_SECS.to_string(),
        talk_wrong: String::new(),
        refused: String::new(),
        texts: match &console.premises.carrier {
            Carrier::Simulated(simulator) => (simulator.texts)(),
            Carrier::Real(_) => vec![],
        },
    }
}
