//! `pingpost post list|replay|enable|offers`: the posts as people see them, beside a running server or without one.

use anyhow::Context;
use lead::{OfferId, SaleId, Timestamp};
use store::{EndpointState, Post, PostEndpoint, PostFilter, PostState, Replay, Replayed, Store};

use super::{Failure, PostCommand, Replayable, printed};
use crate::{app::open_store, clock::Clock, config::Config};

/// Does what the command line says.
pub(super) async fn run(config: &Config, command: PostCommand) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let done = match command {
        PostCommand::List { state, offer, limit, json } => {
            let filter = PostFilter { state, offer, limit: Some(limit), ..PostFilter::default() };
            list(&store, filter, json).await
        }
        PostCommand::Replay(which) => replay(&store, which).await,
        PostCommand::Enable { offer, note } => enable(&store, offer, note).await,
        PostCommand::Offers { json } => offers(&store, json).await,
    };
    store.close().await;
    done
}

async fn list(store: &Store, filter: PostFilter, json: bool) -> Result<(), Failure> {
    let posts = store.posts(filter).await.context("reading the posts")?;
    let lines = posts.iter().map(|post| if json { as_json(post) } else { as_text(post) });
    let head = "SALE                                  KIND           STATE      TRIES  STATUS  CODE          WHEN                         OFFER";
    let head = (!json && !posts.is_empty()).then(|| head.to_owned());
    let none = (!json && posts.is_empty()).then(|| "no posts".to_owned());
    printed_lines(head.into_iter().chain(lines).chain(none))
}

/// What a person reads: when it was settled, or else when it is due.
fn as_text(post: &Post) -> String {
    let status = post.last_status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let disputed = if post.disputed { "  disputed" } else { "" };
    format!(
        "{}  {:<13}  {:<9}  {:>5}  {status:>6}  {:<12}  {}  {}{disputed}",
        post.sale,
        post.kind.as_str(),
        post.state.as_str(),
        post.tries,
        post.last_error.as_deref().unwrap_or("-"),
        post.settled_at.unwrap_or(post.due_at),
        post.offer,
    )
}

fn as_json(post: &Post) -> String {
    let at = |at: Timestamp| at.to_string();
    let line = serde_json::json!({
        "sale": post.sale.to_string(),
        "journey": post.journey.to_string(),
        "kind": post.kind.as_str(),
        "offer": post.offer.as_str(),
        "state": post.state.as_str(),
        "tries": post.tries,
        "created_at": at(post.created_at),
        "due_at": at(post.due_at),
        "settled_at": post.settled_at.map(at),
        "status": post.last_status,
        "code": post.last_error,
        "disputed": post.disputed,
    });
    line.to_string()
}

async fn replay(store: &Store, which: Replayable) -> Result<(), Failure> {
    let now = Clock::start().now();
    let Replayable { sales, offer, .. } = which;
    let mut done = Replayed::default();
    let mut nothing = vec![];
    for which in match offer {
        Some(offer) => vec![Replay::DeadOf(offer)],
        None if sales.is_empty() => vec![Replay::AllDead],
        None => sales.into_iter().map(|sale| Replay::Sale(SaleId::from_uuid(sale))).collect(),
    } {
        let replayed = store.replay_posts(now, which.clone()).await.context("replaying posts")?;
        if let (Replay::Sale(sale), Replayed { due: 0, held: 0 }) = (which, replayed) {
            nothing.push(sale.to_string());
        }
        done.due += replayed.due;
        done.held += replayed.held;
    }
    let mut lines = vec![format!("due: {}; a running server sends them within seconds", done.due)];
    if done.held > 0 {
        lines.push(format!("held: {}; `pingpost post enable OFFER` makes them due", done.held));
    }
    printed_lines(lines.into_iter())?;
    if nothing.is_empty() {
        return Ok(());
    }
    Err(Failure::Running(anyhow::anyhow!(
        "nothing to send again of {}: there is no post, it is due or on its way, or the sale is void",
        nothing.join(", ")
    )))
}

async fn enable(store: &Store, offer: OfferId, note: String) -> Result<(), Failure> {
    let now = Clock::start().now();
    let because = ("command line".to_owned(), note);
    let was =
        store.enable_posts(now, offer.clone(), None, because).await.context("enabling an offer's posts")?;
    printed(&match was {
        true => format!(
            "{offer} is enabled: it is asked for bids again, and its held posts are sent, the oldest first\n"
        ),
        false => format!("nothing changed: the posts of {offer} are not disabled\n"),
    })
}

async fn offers(store: &Store, json: bool) -> Result<(), Failure> {
    let endpoints = store.post_endpoints().await.context("reading the offers' post URLs")?;
    let none = (!json && endpoints.is_empty()).then(|| "every offer's post URL is well".to_owned());
    let lines = endpoints.iter().map(|endpoint| endpoint_line(endpoint, json));
    printed_lines(lines.chain(none))
}

fn endpoint_line(endpoint: &PostEndpoint, json: bool) -> String {
    let PostEndpoint { offer, buyer, state, since, failures, .. } = endpoint;
    let (who, why) = endpoint.changed.clone().unzip();
    if json {
        let line = serde_json::json!({
            "offer": offer.as_str(),
            "buyer": buyer.as_str(),
            "state": state.as_str(),
            "since": since.to_string(),
            "failures": failures,
            "changed_by": who,
            "changed_why": why,
        });
        return line.to_string();
    }
    let because = match (state, who, why) {
        (EndpointState::Disabled, Some(who), Some(why)) => format!(" by {who}: {why}"),
        _ => String::new(),
    };
    format!("{offer}: {} since {since}, {failures} tries failed{because}", state.as_str())
}

fn printed_lines(lines: impl Iterator<Item = String>) -> Result<(), Failure> {
    printed(&lines.map(|line| line + "\n").collect::<String>())
}

/// The state of this name, for the command line.
pub(super) fn state(text: &str) -> Result<PostState, String> {
    PostState::parse(text).ok_or_else(|| {
        let known: Vec<_> = PostState::ALL.into_iter().map(PostState::as_str).collect();
        format!("write one of {}", known.join(", "))
    })
}

/// An offer's id, for the command line.
pub(super) fn offer(text: &str) -> Result<OfferId, lead::SlugError> {
    OfferId::parse(text)
}

/// How many rows a list shows, for the command line.
pub(super) fn limit(text: &str) -> Result<u32, String> {
    let limit = text.parse().ok().filter(|limit| (1..=store::ROWS_MAX).contains(&i64::from(*limit)));
    limit.ok_or_else(|| format!("write a number from 1 to {}", store::ROWS_MAX))
}
