//! Forms that are handed in while the storm is on, each several times at once, as publishers' programs that saw no answer do.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use http::StatusCode;
use sandbox::medicare::ZIP;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::{cast::Person, plan::Plan, world::World};

/// Copies of each form, which may come to as many nodes.
const COPIES: usize = 5;
/// The longest that one copy is sent again; then the run fails.
pub const ACCEPTED_IN_MAX: Duration = Duration::from_secs(240);
/// How long a program waits before it sends a copy again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// The longest that it waits for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// A form that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Who filled it in.
    pub(crate) person: Person,
    /// The leads that its copies were answered to be: one, if all is well.
    pub(crate) leads: BTreeSet<Uuid>,
}

impl Form {
    /// The journey that it is.
    pub(crate) fn journey(&self) -> Uuid {
        self.leads.first().copied().unwrap_or_default()
    }
}

/// Hands in all forms of a plan, evenly over the time of its calls, and waits until each copy of each is accepted.
pub(crate) async fn hand_in(world: Arc<World>, plan: Plan) -> anyhow::Result<Vec<Form>> {
    if plan.forms == 0 {
        return Ok(vec![]);
    }
    let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_MAX).build();
    let client = client.context("making a publisher's client")?;
    let all = Duration::from_secs(plan.calls) / plan.rate.max(1);
    let mut tick = tokio::time::interval(all / u32::try_from(plan.forms).unwrap_or(u32::MAX));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sending = vec![];
    for n in 0..plan.forms {
        tick.tick().await;
        let person = Person::filling(plan.seed, n);
        let copies: Vec<_> = (0..COPIES)
            .map(|_| tokio::spawn(accepted(client.clone(), Arc::clone(&world), person.clone())))
            .collect();
        sending.push((person, copies));
    }
    let mut forms = Vec::with_capacity(sending.len());
    for (person, copies) in sending {
        let mut leads = BTreeSet::new();
        for copy in copies {
            leads.insert(copy.await.context("a publisher's program broke off")??);
        }
        forms.push(Form { person, leads });
    }
    Ok(forms)
}

/// Sends a form until somebody says that it is accepted, and gives the lead that it is then.
async fn accepted(client: reqwest::Client, world: Arc<World>, person: Person) -> anyhow::Result<Uuid> {
    let url = format!("{}/v1/leads", world.base);
    let body = serde_json::json!({
        "phone": person.number(), "zip": ZIP, "age": person.age(), "consent": "web-2026-01",
    });
    let mut tick = tokio::time::interval(AGAIN_AFTER);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let sending = async {
        loop {
            tick.tick().await;
            let request = client.post(&url).bearer_auth(&world.publisher_key);
            let request = request.header("idempotency-key", format!("form-{}", person.n()));
            let request = request.header("content-type", "application/json").body(body.to_string());
            let Ok(answer) = request.send().await else { continue };
            let (status, text) = (answer.status(), answer.text().await);
            let Ok(text) = text else { continue };
            if status.is_success() {
                let answer: serde_json::Value = serde_json::from_str(&text).context("reading a lead")?;
                let id = answer["id"].as_str().context("a lead without an id")?;
                return id.parse().context("a lead's id");
            }
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                bail!("a form was refused with {status}: {text}");
            }
        }
    };
    tokio::time::timeout(ACCEPTED_IN_MAX, sending).await.context("no node accepts a form")?
}
