//! The settings of a run: the shipped example with short deadlines and with caps and seats that run out.

use anyhow::Context;
use sandbox::Medicare;
use toml::{Table, Value};

use crate::{cast::NUMBERS, plan::Plan};

/// The example that the project ships.
const EXAMPLE: &str = include_str!("../../../config/demo-settings.toml");
/// The variable of the secret that posts are signed with.
pub(crate) const SECRET: &str = "POST_SECRET";
/// What C and A pay without an auction, in micro-units, as the example says.
pub(crate) const STATIC: [(sandbox::medicare::Name, i64); 2] =
    [(sandbox::medicare::Name::A, 38_000_000), (sandbox::medicare::Name::C, 45_000_000)];

/// What may not be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Callers that B may be connected to in all.
    pub(crate) answered_by_b: i64,
    /// Telephones of A that may be busy with us at once.
    pub(crate) seats_of_a: usize,
}

impl Bounds {
    /// So that both run out before the run ends.
    pub(crate) fn of(plan: &Plan) -> Self {
        let calls = i64::try_from(plan.calls).unwrap_or(i64::MAX);
        Self { answered_by_b: calls / 12 + 2, seats_of_a: (plan.rate as usize / 3).max(2) }
    }
}

/// The shipped example with short deadlines, a whisper at A, a confirm at C, and a B that is never waited for where
/// another bids more.
pub(crate) fn settings(medicare: &Medicare, bounds: Bounds) -> anyhow::Result<String> {
    let mut table: Table = EXAMPLE.parse().context("reading the example settings")?;
    let mut list = |key: &str| match table.get_mut(key) {
        Some(Value::Array(list)) => Ok(std::mem::take(list)),
        _ => anyhow::bail!("the example settings have no {key}"),
    };
    let (mut campaigns, mut offers, mut buyers, mut numbers) =
        (list("campaign")?, list("offer")?, list("buyer")?, list("number")?);
    set(&mut campaigns, 0, "take_max = '10s'\nring_extra = '0s'\nmargin = '5s'\nrecording = 'off'")?;
    for n in 0..offers.len() {
        set(&mut offers, n, "timeout = '2s'\nring = '5s'\ntalk_max = '1m'\npayable_after = '15s'")?;
        set(&mut offers, n, &format!("signing_secrets = ['env:{SECRET}']"))?;
        if let Some(offer) = offers[n].as_table_mut() {
            offer.remove("caps");
            offer.remove("payable_max");
        }
    }
    let (answered, seats) = (bounds.answered_by_b, bounds.seats_of_a);
    let a = format!("whisper = 'Medicare from {{state}}'\nscreening = 'press_one'\nconcurrency = {seats}");
    set(&mut offers, 0, &a)?;
    let b = format!("caps = [{{ counts = 'answered', period = 'total', max = {answered} }}]");
    set(&mut offers, 1, &format!("bid_max = '72.00'\n{b}"))?;
    set(&mut offers, 2, "confirm_url = 'http://127.0.0.1:9103/confirm'\nconfirm = { timeout = '1s' }")?;
    let c = "caps = [{ counts = 'payable', period = 'total', max = 1000000 }]\nconcurrency = 10000";
    set(&mut offers, 2, c)?;
    set(&mut buyers, 1, "concurrency = 10000")?;
    set(&mut buyers, 2, "caps = [{ counts = 'attempts', period = 'total', max = 1000000 }]")?;
    for (number, _) in &NUMBERS[1..] {
        let other = numbers.first().cloned().context("the example settings have no number")?;
        numbers.push(other);
        let last = numbers.len() - 1;
        set(&mut numbers, last, &format!("number = '{number}'"))?;
    }
    for (key, list) in [("campaign", campaigns), ("offer", offers), ("buyer", buyers), ("number", numbers)] {
        table.insert(key.to_owned(), Value::Array(list));
    }
    let mut text = toml::to_string(&table).context("writing the settings")?;
    for (n, buyer) in medicare.buyers.iter().enumerate() {
        text = text.replace(&format!("http://127.0.0.1:{}", 9_101 + n), &buyer.origin());
    }
    Ok(text)
}

fn set(list: &mut [Value], n: usize, keys: &str) -> anyhow::Result<()> {
    let entry = list.get_mut(n).and_then(Value::as_table_mut);
    let entry = entry.context("the example settings are shorter than they were")?;
    entry.extend(keys.parse::<Table>().context("reading a change of the settings")?);
    Ok(())
}
