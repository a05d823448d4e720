//! `pingpost call simulate`: a call in the simulator of a running server, by its API, and what came of it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Failure, people, printed};
use crate::{
    chance,
    config::{Config, api_token},
};

/// The longest that the end of a simulated call is waited for, in seconds.
const WAIT_SECS_MAX: u32 = 3_600;
/// How long one request to the server may take.
const REQUEST_MAX: Duration = Duration::from_secs(10);
/// How often the call is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(clap::Args)]
pub(super) struct Options {
    /// The number that is called, of a campaign, ex: +18005550100
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// The caller's number; empty: withheld. Without it, one that is never given to anybody
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// What the caller answers to a question, ex: zip=33109; empty behind the sign: silence
    #[arg(long = "answer", value_name = "FIELD=TEXT", value_parser = answer)]
    answers: Vec<(String, String)>,
    /// What every buyer's telephone does: answers, busy or no_answer
    #[arg(long, default_value = "answers", value_parser = ["answers", "busy", "no_answer"])]
    buyer: String,
    /// For how long they talk, in seconds of the call's own time
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    talk: u32,
    /// For how many seconds the end of the call is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=i64::from(WAIT_SECS_MAX)))]
    wait: u32,
    /// As one JSON line
    #[arg(long)]
    json: bool,
}

fn answer(text: &str) -> Result<(String, String), String> {
    let (field, answer) = text.split_once('=').ok_or("write the field, =, and the answer, ex: zip=33109")?;
    Ok((field.trim().to_owned(), answer.trim().to_owned()))
}

/// A running server.
struct Api {
    client: Client,
    base: String,
    token: SecretString,
}

/// Places the call, waits for its end, and prints it.
pub(super) async fn run(config: &Config, options: Options) -> Result<(), Failure> {
    let Some(token) = api_token() else {
        let mend = "set PINGPOST_API_TOKEN; `pingpost token add EMAIL --name simulate --scope settings:write --scope \
            calls:read --scope money:read` makes one";
        return Err(Failure::Wrong(vec![mend.to_owned()]));
    };
    let base = people::origin(config)?.text().to_owned();
    let client = Client::builder().timeout(REQUEST_MAX).build().context("making a client")?;
    let api = Api { client, base, token };
    let answers: BTreeMap<_, _> = options.answers.iter().cloned().collect();
    let mut body =
        json!({ "to": options.to, "answers": answers, "buyer": options.buyer, "talk_s": options.talk });
    if let Some(from) = &options.from {
        body["from"] = json!(from);
    }
    let key: String = chance::key().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = api.client.post(format!("{}/v1/simulated-calls", api.base));
    let (status, placed) = api.ask(request.header("idempotency-key", key).json(&body)).await?;
    if status != StatusCode::CREATED {
        return Err(Failure::Wrong(said(&placed)));
    }
    let id = placed["id"].as_str().context("the server names the call")?.to_owned();
    let wait = Duration::from_secs(u64::from(options.wait));
    let call = api.ended(&id, wait).await?;
    let page = &placed["page"];
    if options.json {
        let sale = call["sales"].get(0);
        let line = json!({
            "id": id, "outcome": call["reason"]["code"], "text": call["reason"]["text"],
            "sale": sale.map(|sale| json!({
                "offer": sale["offer"], "buyer": sale["buyer"], "price": sale["price"], "state": sale["state"],
            })),
            "page": page,
        });
        return printed(&format!("{line}\n"));
    }
    let text = call["reason"]["text"].as_str().unwrap_or_default().trim_end_matches('.');
    printed(&format!("{text}.\n{}\n", page.as_str().unwrap_or_default()))
}

impl Api {
    async fn ask(&self, request: RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
        let answer = request.bearer_auth(self.token.expose_secret()).send().await;
        let answer = answer.with_context(|| format!("asking {}, where the console should be", self.base))?;
        let status = answer.status();
        Ok((status, answer.json().await.context("reading the server's answer")?))
    }

    /// The call once it is over and its sale is no more pending.
    async fn ended(&self, id: &str, wait: Duration) -> anyhow::Result<Value> {
        let until = Instant::now() + wait;
        loop {
            let (status, call) = self.ask(self.client.get(format!("{}/v1/calls/{id}", self.base))).await?;
            match status {
                StatusCode::OK => {
                    let is_pending = call["sales"].get(0).is_some_and(|sale| sale["state"] == "pending");
                    if !call["ended_at"].is_null() && !is_pending {
                        return Ok(call);
                    }
                }
                // Its first webhook is on the way.
                StatusCode::NOT_FOUND => {}
                _ => bail!("{}", said(&call).join("; ")),
            }
            if Instant::now() >= until {
                bail!(
                    "call {id} is not over after {} s; it goes on, and --wait waits for longer",
                    wait.as_secs()
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// What a problem says, a line for each field.
fn said(problem: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = problem["errors"].as_array().cloned().unwrap_or_default();
    if fields.is_empty() {
        return vec![format!("{}: {}", text(&problem["title"]), text(&problem["detail"]))];
    }
    let line =
        |it: &Value| format!("{}: {}; {}", text(&it["pointer"]), text(&it["message"]), text(&it["mend"]));
    fields.iter().map(line).collect()
}
