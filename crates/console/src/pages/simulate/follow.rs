//! One simulated call as it goes on. Without script it is the call of this moment; with it the server sends it whenever it
//! has changed.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::response::{Response, sse::Event};
use lead::JourneyId;
use store::{SaleState, Story};
use uuid::Uuid;

use super::super::{Frame, Shared, shown};
use crate::{Console, Needs, Permission, actor::Actor, live, path::Path, problem::Problem, routes::Routes};

#[derive(Template)]
#[template(path = "simulated.html")]
struct Page {
    frame: Frame,
    now: Now,
    id: Uuid,
    zone: String,
}

/// What changes: it is sent by itself as well.
#[derive(Template)]
#[template(path = "simulated_now.html")]
struct Now {
    id: Uuid,
    headline: String,
    /// How it came out, once it is over.
    verdict: String,
    class: &'static str,
    steps: Vec<(String, String, bool)>,
    money: String,
    campaign: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let write = Needs::May(Permission::WriteSettings);
    routes.get(write, "/simulate/{id}", page).get(write, "/simulate/{id}/stream", stream)
}

async fn page(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let now = now(&console, &actor, id).await?;
    let zone = console.business().zone_name();
    Ok(shown(&Page { frame: Frame::of(&actor, "/simulate"), now, id, zone }))
}

async fn stream(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let console = Arc::clone(&console);
    let last = Arc::new(Mutex::new(String::new()));
    let (of, who) = (Arc::clone(&console), actor.clone());
    live::open(&console, actor, move || {
        let (console, actor, last) = (Arc::clone(&of), who.clone(), Arc::clone(&last));
        async move {
            let Ok(Ok(text)) = now(&console, &actor, id).await.map(|now| now.render()) else { return vec![] };
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == text {
                return vec![];
            }
            last.clone_from(&text);
            vec![Event::default().event("list").data(text)]
        }
    })
}

async fn now(console: &Console, actor: &Actor, id: Uuid) -> Result<Now, Problem> {
    let money = actor.may(Permission::ReadMoney);
    let business = console.business();
    let told = console.store().story(JourneyId::from_uuid(id), None, &business.names_for(money)).await;
    let Some(told) = told.map_err(|error| Problem::unavailable(&error))? else { return Ok(not_yet(id)) };
    let sale = told.sale();
    let (verdict, class) = verdict(&told);
    let step = |it: &store::StoryStep| {
        (format!("{}.{} s", it.since.as_secs(), it.since.subsec_millis() / 100), it.text.clone(), it.key)
    };
    Ok(Now {
        id,
        headline: told.reason.as_ref().map_or_else(|| going_on(&told), |reason| reason.text.clone()),
        verdict,
        class,
        steps: told.steps.iter().map(step).collect(),
        money: sale.filter(|_| money).map_or_else(String::new, |(sale, _)| {
            let state = match sale.state {
                SaleState::Pending => "booked, and pending until it is payable",
                SaleState::Earned => "earned",
                SaleState::Void => "void: nothing is owed",
            };
            format!("{}, {state}", business.money(sale.price))
        }),
        campaign: told.campaign.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

/// Before the carrier's first webhook, and for ever of an id that is none.
fn not_yet(id: Uuid) -> Now {
    Now {
        id,
        headline: "The call is on its way".to_owned(),
        verdict: String::new(),
        class: "",
        steps: vec![],
        money: String::new(),
        campaign: String::new(),
    }
}

fn going_on(told: &Story) -> String {
    match told.sale() {
        Some(_) => "Sold, and they are talking".to_owned(),
        None if !told.attempts.is_empty() => "A buyer's telephone rings".to_owned(),
        None if !told.auctions.is_empty() => "The buyers are asked".to_owned(),
        None => "The caller answers the script".to_owned(),
    }
}

fn verdict(told: &Story) -> (String, &'static str) {
    match (&told.reason, told.sale()) {
        (None, _) => (String::new(), ""),
        (Some(_), Some((sale, _))) if sale.state == SaleState::Earned => {
            ("The call is over, and the sale is earned.".to_owned(), "good")
        }
        (Some(_), Some((sale, _))) if sale.state == SaleState::Pending => {
            ("The call is over, and the sale is booked.".to_owned(), "good")
        }
        (Some(reason), _) => (format!("The call is over. {}.", reason.text.trim_end_matches('.')), "near"),
    }
}
