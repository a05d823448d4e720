//! A test call of an offer: placed by the simulator with answers that the offer lets pass, or awaited from a telephone that
//! somebody holds. What was asked for stands below, and says of itself when its call has come.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response, sse::Event};
use http::StatusCode;
use lead::{Channel, E164, OfferId};
use store::{TEST_CALL_WAIT_MAX, TestCall};

use super::super::{
    Frame, Shared, shown, shown_as,
    simulate::{Chosen, Filled},
};
use crate::{
    Carrier, Console, Needs, Permission, Phones,
    actor::Actor,
    edits,
    form::Form,
    live,
    path::Path,
    problem::Problem,
    query::Query,
    routes::Routes,
    simulated::NotPlaced,
    test_calls::{self, NotTried, Trial},
};

#[derive(Template)]
#[template(path = "test_call.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    /// A real carrier takes the calls.
    is_real: bool,
    /// It is switched off, and tried all the same.
    is_off: bool,
    /// It buys calls.
    takes_calls: bool,
    /// Those of what it buys that have a number, by id and name.
    campaigns: Vec<(String, String)>,
    campaign: String,
    campaign_id: String,
    /// The numbers of the chosen one.
    numbers: Vec<String>,
    filled: Filled,
    refused: String,
    wait_mins: u64,
    now: Now,
    zone: String,
}

/// What changes: it is sent by itself as well.
#[derive(Template)]
#[template(path = "test_calls_now.html")]
struct Now {
    headline: String,
    calls: Vec<CallView>,
}

/// One test call that was asked for.
struct CallView {
    asked: String,
    asked_utc: String,
    number: String,
    state: String,
    class: &'static str,
    /// The call that it became; empty: none yet.
    call: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let write = Needs::May(Permission::WriteSettings);
    routes.get(write, "/offers/{id}/test-call", form).post(write, "/offers/{id}/test-call", ask).get(
        write,
        "/offers/{id}/test-call/stream",
        stream,
    )
}

async fn form(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    Ok(shown(&page(&console, &actor, &id, query.text("campaign")).await?))
}

async fn ask(console: Shared, actor: Actor, Path(id): Path<String>, form: Form) -> Result<Response, Problem> {
    let mut page = page(&console, &actor, &id, &form.text("campaign")).await?;
    let offer = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    let Some(chosen) = page.read(&form) else {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let Chosen { to: number, from, answers, phones, talk_secs } = chosen;
    let trial = Trial { offer, number, from, answers, phones, talk_secs };
    match test_calls::ask(&console, &actor, trial).await {
        Ok(test_calls::Tried { journey: Some(journey), .. }) => {
            Ok(Redirect::to(&format!("/simulate/{journey}")).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!("/offers/{id}/test-call")).into_response()),
        Err(NotTried::Problem(problem) | NotTried::NotPlaced(NotPlaced::Problem(problem))) => Err(problem),
        Err(why) => {
            page.refused = refused(why);
            Ok(shown_as(StatusCode::CONFLICT, &page))
        }
    }
}

fn refused(why: NotTried) -> String {
    match why {
        NotTried::NotPlaced(NotPlaced::Simulator(why)) => why,
        NotTried::NoCalls => "This offer buys no calls. Add call to its channels first.".to_owned(),
        NotTried::TooMany => "Too many test calls wait already. Wait until one of them is over.".to_owned(),
        // Somebody published other settings meanwhile.
        _ => "The campaign was changed meanwhile. Look at it again.".to_owned(),
    }
}

/// The list again, whenever it is another one.
async fn stream(console: Shared, actor: Actor, Path(id): Path<String>) -> Result<Response, Problem> {
    let offer = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    let console = Arc::clone(&console);
    let last = Arc::new(Mutex::new(String::new()));
    let of = Arc::clone(&console);
    live::open(&console, actor, move || {
        let (console, offer, last) = (Arc::clone(&of), offer.clone(), Arc::clone(&last));
        async move {
            let Ok(Ok(text)) = now(&console, &offer).await.map(|now| now.render()) else { return vec![] };
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == text {
                return vec![];
            }
            last.clone_from(&text);
            vec![Event::default().event("list").data(text)]
        }
    })
}

async fn page(console: &Console, actor: &Actor, id: &str, campaign: &str) -> Result<Page, Problem> {
    let settings = edits::in_force(console).await?;
    let offer = OfferId::parse(id).ok().and_then(|id| settings.offer(&id)).ok_or_else(Problem::not_found)?;
    let is_real = matches!(console.premises.carrier, Carrier::Real(_));
    let campaigns = test_calls::campaigns(&settings, &offer.id);
    let chosen = campaigns.iter().find(|it| it.id == campaign).or(campaigns.first());
    let numbers = chosen.map_or_else(Vec::new, |chosen| chosen.numbers.clone());
    let asked = chosen.map_or_else(Vec::new, |chosen| chosen.asked(&settings, &offer.id));
    let mut filled = Filled::usual(console.now(), asked, numbers.first().cloned().unwrap_or_default());
    if is_real {
        filled.from.clear();
    }
    Ok(Page {
        frame: Frame::of(actor, "/offers"),
        id: id.to_owned(),
        name: offer.name.clone(),
        is_real,
        is_off: !offer.active,
        takes_calls: offer.channels.contains(&Channel::Call),
        campaign: chosen.map(|it| it.name.clone()).unwrap_or_default(),
        campaign_id: chosen.map(|it| it.id.clone()).unwrap_or_default(),
        campaigns: campaigns.iter().map(|it| (it.id.clone(), it.name.clone())).collect(),
        numbers,
        filled,
        refused: String::new(),
        wait_mins: TEST_CALL_WAIT_MAX.as_secs() / 60,
        now: now(console, &offer.id).await?,
        zone: console.business().zone_name(),
    })
}

impl Page {
    /// Takes over what was typed. `None`: something is wrong, and stands beside its field.
    fn read(&mut self, form: &Form) -> Option<Chosen> {
        if !self.is_real {
            let chosen = self.filled.read(form)?;
            if chosen.from.is_none() {
                FROM.clone_into(&mut self.filled.from_wrong);
                return None;
            }
            return Some(chosen);
        }
        self.filled.number = form.text("number");
        self.filled.from = form.text("from");
        let from =
            E164::parse(&self.filled.from).inspect_err(|_| FROM.clone_into(&mut self.filled.from_wrong));
        Some(Chosen {
            to: E164::parse(&self.filled.number).ok()?,
            from: Some(from.ok()?),
            answers: std::collections::BTreeMap::new(),
            phones: Phones::Answer,
            talk_secs: 0,
        })
    }
}

const FROM: &str = "write it in E.164 form, ex: +13055550142";

async fn now(console: &Console, offer: &OfferId) -> Result<Now, Problem> {
    let asked = console.store().test_calls_of(offer).await.map_err(|error| Problem::unavailable(&error))?;
    let at = console.now();
    let business = console.business();
    let view = |it: &TestCall| {
        let until = business.time(it.ends_at, "%H:%M");
        let (state, class) = match &it.journey {
            Some(_) => ("It came".to_owned(), "won"),
            None if at < it.ends_at => (format!("Waits until {until}"), "near"),
            None => ("Nobody called".to_owned(), ""),
        };
        CallView {
            asked: business.time(it.asked_at, "%-d %b, %H:%M:%S"),
            asked_utc: it.asked_at.to_string(),
            number: it.dnis.as_str().to_owned(),
            state,
            class,
            call: it.journey.map(|call| call.to_string()).unwrap_or_default(),
        }
    };
    let headline = match asked.first() {
        Some(last) if last.journey.is_some() => "The test call has come".to_owned(),
        Some(last) if at < last.ends_at => format!("Call {} now", last.dnis.as_str()),
        _ => "Try it by a call".to_owned(),
    };
    Ok(Now { headline, calls: asked.iter().map(view).collect() })
}
