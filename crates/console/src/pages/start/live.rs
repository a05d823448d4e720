//! What must hold before real callers come.

use settings::Settings;
use store::{PostFilter, PostState};

use super::Line;
use crate::{Carrier, Console, Permission, actor::Actor, problem::Problem};

/// The most offers that are looked up one by one; the first that are missing are named.
const OFFERS_LOOKED_AT_MAX: usize = 100;
/// The most names in one line.
const NAMED: usize = 3;

/// The list. The carrier is asked only where somebody wants it: it may take seconds.
pub(super) async fn lines(console: &Console, actor: &Actor, ask: bool) -> Result<Vec<Line>, Problem> {
    let settings = super::published(console).await;
    let settings = settings.as_ref();
    let mut lines = vec![carrier(console), public_url(console), numbers(console, ask).await];
    lines.extend(settings.map(fallbacks));
    if let Some(settings) = settings {
        lines.push(endpoints(console, settings).await?);
    }
    lines.push(targets(console));
    lines.push(kept(console));
    if actor.may(Permission::ReadUsers) {
        lines.push(users(console).await?);
    }
    lines.push(Line::unknown(
        "A copy of the master key",
        "Whoever loses store.master_key loses the personal data. Nobody can know from here whether you keep a copy: keep one \
            outside of this machine, and of the database as well.",
    ));
    lines.push(Line::unknown(
        "Nothing that a doctor would find",
        "The command pingpost doctor on the server looks for more, and says the mend of each.",
    ));
    Ok(lines)
}

fn carrier(console: &Console) -> Line {
    match console.premises.carrier {
        Carrier::Real(_) => Line::new("A carrier that takes real calls", true, "[twilio] names its account."),
        Carrier::Simulated(_) => Line::new(
            "A carrier that takes real calls",
            false,
            "The simulator takes none. Set carrier.kind = \"twilio\" and the account's id and token, and begin with a store \
                of its own, so that simulated sales stand in no real book.",
        ),
    }
}

fn public_url(console: &Console) -> Line {
    let what = "A public URL with https";
    match console.premises.public_base_url.as_deref() {
        Some(url) if url.starts_with("https://") => Line::new(what, true, url),
        Some(_) => Line::new(
            what,
            false,
            "http.public_base_url is not https: callers' answers would travel in the clear.",
        ),
        None => Line::new(what, false, "Set http.public_base_url: the carrier must reach this server."),
    }
}

async fn numbers(console: &Console, ask: bool) -> Line {
    let what = "The carrier's numbers lead here";
    let Carrier::Real(numbers) = &console.premises.carrier else {
        return Line::unknown(
            what,
            "The simulator has none. A carrier's are asked for here once one is configured.",
        );
    };
    if !ask {
        return Line::unknown(what, "The carrier was not asked.").to("Ask the carrier", "/start?ask=carrier");
    }
    let again = |line: Line| line.to("Ask again", "/start?ask=carrier");
    match numbers().await {
        Ok(wrong) if wrong.is_empty() => {
            again(Line::new(what, true, "Every number of yours leads to this server."))
        }
        Ok(wrong) => again(Line::new(what, false, shortened(&wrong, "; "))),
        Err(why) => again(Line::unknown(what, format!("The carrier gave no answer: {why}."))),
    }
}

fn fallbacks(settings: &Settings) -> Line {
    let without: Vec<_> = settings.campaigns().filter(|it| it.fallback.dial.is_none()).collect();
    let what = "A fallback for callers whom nobody buys";
    match without.first() {
        None if settings.campaigns().count() == 0 => Line::new(what, false, "There is no campaign yet."),
        None => Line::new(what, true, "Every campaign connects them to a number of yours."),
        Some(first) => {
            let names: Vec<_> = without.iter().map(|it| it.name.clone()).collect();
            let says =
                format!("They hear a farewell, and are connected to nobody: {}.", shortened(&names, ", "));
            Line::new(what, false, says).to("Mend it", format!("/campaigns/{}", first.id))
        }
    }
}

/// An offer is proven once its buyer took a lead: a simulated one does.
async fn endpoints(console: &Console, settings: &Settings) -> Result<Line, Problem> {
    let what = "Every buyer's endpoint took a lead";
    let active = settings.offers().filter(|it| it.active).take(OFFERS_LOOKED_AT_MAX);
    let mut untried = vec![];
    for offer in active {
        let filter = PostFilter {
            offer: Some(offer.id.clone()),
            state: Some(PostState::Delivered),
            limit: Some(1),
            ..PostFilter::default()
        };
        if console.store().posts(filter).await.map_err(|error| Problem::unavailable(&error))?.is_empty() {
            untried.push(offer);
        }
    }
    Ok(match untried.first() {
        None if !settings.offers().any(|it| it.active) => Line::new(what, false, "No offer is active yet."),
        None => Line::new(what, settings.offers().any(|it| it.active), "Each took a lead and said so.")
            .to("Offers", "/offers"),
        Some(first) => {
            let names: Vec<_> = untried.iter().map(|it| it.name.clone()).collect();
            let says = format!(
                "No lead was delivered yet of {}. A test ping shows how it answers.",
                shortened(&names, ", ")
            );
            let to = if first.endpoints.ping_url.is_some() { "/ping" } else { "" };
            Line::new(what, false, says).to("Try the first", format!("/offers/{}{to}", first.id))
        }
    })
}

fn targets(console: &Console) -> Line {
    let says = if console.premises.private_targets {
        "exchange.allow_private_targets is on, as in development: a buyer's URL may lead into your own network."
    } else {
        "Buyers' URLs lead to public addresses with https alone."
    };
    Line::new("Buyers' URLs lead outside", !console.premises.private_targets, says)
}

fn kept(console: &Console) -> Line {
    let says = if console.premises.forgets {
        "store.path is :temp:, so everything is gone when the process ends."
    } else {
        "Calls, sales and settings outlive the process."
    };
    Line::new("A store that lasts", !console.premises.forgets, says)
}

async fn users(console: &Console) -> Result<Line, Problem> {
    let users = console.store().users().await.map_err(|error| Problem::unavailable(&error))?;
    let active = users.iter().filter(|it| it.disabled_at.is_none()).count();
    let says = match active {
        0 | 1 => {
            "You are alone: nobody could come in for you. Invite others, each with the least role that does."
                .to_owned()
        }
        n => format!("{n} people may come in, each by a role."),
    };
    Ok(Line::new("Users with roles", active > 1, says).to("Users", "/users"))
}

/// The first few, and how many more.
fn shortened(all: &[String], between: &str) -> String {
    let first: Vec<_> = all.iter().take(NAMED).map(String::as_str).collect();
    let more = all.len().saturating_sub(NAMED);
    let first = first.join(between);
    if more == 0 { first } else { format!("{first}, and {more} more") }
}
