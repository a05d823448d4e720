//! Health: whether this process takes calls, what it stands on, who is asked less often, and what a doctor finds.

use askama::Template;
use axum::response::Response;

use super::{Frame, Shared, shown};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    problem::Problem,
    routes::Routes,
    vitals::{Ask, State, Vitals},
};

#[derive(Template)]
#[template(path = "health.html")]
struct Health {
    frame: Frame,
    headline: &'static str,
    sub: String,
    since_utc: String,
    signs: Vec<SignView>,
    findings: Vec<FindingView>,
    tired: Vec<Tired>,
    has_asked: bool,
    may_ask: bool,
}

/// One thing that this process stands on.
struct SignView {
    name: &'static str,
    word: &'static str,
    class: &'static str,
    says: String,
}

/// One thing that is to be mended or looked at.
struct FindingView {
    code: &'static str,
    word: &'static str,
    class: &'static str,
    at: String,
    /// The page where it is mended; empty: none of ours.
    to: String,
    what: String,
    mend: String,
}

/// An offer that is asked in fewer auctions than all.
struct Tired {
    id: String,
    name: String,
    why: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadSettings), "/health", health).post(
        Needs::May(Permission::WriteSettings),
        "/health",
        ask,
    )
}

async fn health(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let vitals = console.vitals(Ask::Nobody).await;
    Ok(shown(&page(&console, &actor, vitals, false)))
}

/// The same, once the carrier and the buyers were asked as well.
async fn ask(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let vitals = console.vitals(Ask::Others).await;
    Ok(shown(&page(&console, &actor, vitals, true)))
}

fn page(console: &Console, actor: &Actor, vitals: Vitals, has_asked: bool) -> Health {
    let business = console.business();
    let since = business.time(vitals.since, "%-d %b %Y, %H:%M:%S %Z");
    let tired = business.names.offers.iter().filter_map(|(id, name)| {
        let throttled = console.throttled(id)?;
        let why = format!("asked in 1 of {} auctions: {}", throttled.one_in, throttled.why);
        Some(Tired { id: id.to_string(), name: name.clone(), why })
    });
    Health {
        frame: Frame::of(actor, "/health"),
        headline: match vitals.state() {
            State::Well => "All is well",
            State::Worry => "Calls are taken, and something is to be looked at",
            State::Bad => "No new calls are taken here",
        },
        sub: format!("pingpost {}, this process since {since}.", vitals.version),
        since_utc: vitals.since.to_string(),
        tired: tired.collect(),
        signs: vitals
            .signs
            .into_iter()
            .map(|sign| SignView {
                name: sign.name,
                word: match sign.state {
                    State::Well => "well",
                    State::Worry => "look at it",
                    State::Bad => "bad",
                },
                class: match sign.state {
                    State::Well => "won",
                    State::Worry => "near",
                    State::Bad => "bad",
                },
                says: sign.says,
            })
            .collect(),
        findings: vitals
            .findings
            .into_iter()
            .map(|found| FindingView {
                code: found.code,
                word: if found.is_grave { "mend it" } else { "look at it" },
                class: if found.is_grave { "bad" } else { "near" },
                to: where_it_is_mended(&found.at),
                at: found.at,
                what: found.what,
                mend: found.mend,
            })
            .collect(),
        has_asked,
        may_ask: actor.may(Permission::WriteSettings),
    }
}

/// `offer.buyer-c` is mended at `/offers/buyer-c`.
fn where_it_is_mended(at: &str) -> String {
    let Some((kind, rest)) = at.split_once('.') else {
        return if at == "users" { "/users".to_owned() } else { String::new() };
    };
    let id = rest.split('.').next().unwrap_or_default();
    match kind {
        "offer" | "buyer" | "campaign" | "publisher" => format!("/{kind}s/{id}"),
        "token" => "/tokens".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_page_leads_there() {
        for (at, to) in [
            ("offer.buyer-c-medicare", "/offers/buyer-c-medicare"),
            ("offer.buyer-c-medicare.ping_url", "/offers/buyer-c-medicare"),
            ("campaign.medicare", "/campaigns/medicare"),
            ("users", "/users"),
            ("token.0f1e", "/tokens"),
            ("http.listen", ""),
            ("store", ""),
        ] {
            assert_eq!(where_it_is_mended(at), to, "{at}");
        }
    }
}
