//! A simulated call: which number is called, what the caller answers, what the buyers' telephones do. It goes through the
//! same webhooks, auction and store as a real one, and the page behind the form follows it until it is over.

mod filled;
mod follow;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::CampaignId;
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
    simulated::{self, NotPlaced, Wanted},
};
pub(super) use filled::{Chosen, Filled};

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
    filled: Filled,
    refused: String,
    /// What was written to telephones that do not exist, the newest first.
    texts: Vec<TextMessage>,
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
    let Some(chosen) = page.filled.read(&form) else {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let Chosen { to, from, answers, phones, talk_secs } = chosen;
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
        filled: Filled::usual(console.now(), asked, numbers.first().cloned().unwrap_or_default()),
        numbers,
        refused: String::new(),
        texts: match &console.premises.carrier {
            Carrier::Simulated(simulator) => (simulator.texts)(),
            Carrier::Real(_) => vec![],
        },
    }
}
