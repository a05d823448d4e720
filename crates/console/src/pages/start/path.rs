//! The way to the first sale.

use store::{CallFilter, SaleFilter};

use super::Line;
use crate::{Carrier, Console, problem::Problem};

/// Whether the first call was sold: then nobody has to be led any more.
pub(crate) async fn is_complete(console: &Console) -> Result<bool, Problem> {
    Ok(first_sale(console).await?.is_some())
}

/// The steps, in the order in which each needs those before it.
pub(super) async fn lines(console: &Console) -> Result<Vec<Line>, Problem> {
    let settings = super::published(console).await;
    let settings = settings.as_ref();
    let buyers = settings.map_or(0, |it| it.buyers().count());
    let offers = settings.map_or(0, |it| it.offers().count());
    let campaigns = settings.map_or(0, |it| it.campaigns().count());
    let numbers = settings.map_or(0, |it| it.numbers().count());
    let without = settings.and_then(|it| {
        it.campaigns().find(|campaign| !it.numbers().any(|number| number.campaign == campaign.id))
    });
    let called = console.store().calls(&CallFilter { limit: Some(1), ..CallFilter::default() }).await;
    let called = called.map_err(|error| Problem::unavailable(&error))?;
    let is_called = !called.calls.is_empty();
    let sale = first_sale(console).await?;
    let number = Line::new("A number of the campaign", numbers > 0, count(numbers, "number"));
    let number = match without {
        Some(campaign) if numbers == 0 => {
            number.to("Give it one", format!("/campaigns/{}#numbers", campaign.id))
        }
        _ => number.to("Campaigns", "/campaigns"),
    };
    let sold =
        Line::new("The sale on the screen", sale.is_some(), "What the winner paid, and why the others lost.");
    let sold = match sale {
        Some(sale) => sold.to("Its story", format!("/calls/{}", sale.journey)),
        None => sold.to("Calls", "/calls"),
    };
    Ok(vec![
        carrier(&console.premises.carrier),
        Line::new("The first buyer", buyers > 0, count(buyers, "buyer")).to("New buyer", "/buyers/new"),
        Line::new("The first offer", offers > 0, count(offers, "offer")).to("New offer", "/offers/new"),
        Line::new("The first campaign, with its script", campaigns > 0, count(campaigns, "campaign"))
            .to("New campaign", "/campaigns/new"),
        number,
        match console.premises.carrier {
            Carrier::Simulated(_) => {
                let says = if is_called { "A call has come." } else { "You choose what the caller answers." };
                Line::new("A simulated call", is_called, says).to("Simulate a call", "/simulate")
            }
            Carrier::Real(_) => {
                let says =
                    if is_called { "A call has come." } else { "Ring the number with your own telephone." };
                Line::new("The first call", is_called, says).to("Watch for it", "/live")
            }
        },
        sold,
    ])
}

fn carrier(carrier: &Carrier) -> Line {
    match carrier {
        Carrier::Simulated(_) => Line::new(
            "A carrier, or the built-in simulator",
            true,
            "The simulator carries the calls: no real call is taken.",
        ),
        Carrier::Real(_) => Line::new(
            "A carrier, or the built-in simulator",
            true,
            "The account that [twilio] names carries the calls.",
        ),
    }
}

async fn first_sale(console: &Console) -> Result<Option<store::Sale>, Problem> {
    let sales = console.store().sales(SaleFilter { limit: Some(1), ..SaleFilter::default() }).await;
    Ok(sales.map_err(|error| Problem::unavailable(&error))?.into_iter().next())
}

fn count(n: usize, what: &str) -> String {
    match n {
        0 => "None yet.".to_owned(),
        1 => format!("One {what}."),
        n => format!("{n} {what}s."),
    }
}
