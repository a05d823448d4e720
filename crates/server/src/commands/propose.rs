//! `pingpost offer propose`: a buyer's sample reply becomes the `wire` of an offer, to be looked at before it is kept.

use std::{fmt::Write as _, io::Read as _, path::Path};

use anyhow::Context;
use auction::{Destination, Whereto, Wire};
use buyer::proposal::{self, Leaf, Proposal};
use serde_json::json;

use super::{Failure, printed};

/// The longest sample, as long as the longest reply that is read.
const SAMPLE_BYTES_MAX: u64 = 64 * 1024;

/// Reads a sample from a file, or from the standard input, and prints what it would be read by.
pub(super) fn run(file: Option<&Path>) -> Result<(), Failure> {
    let sample = sample(file)?;
    match proposal::propose(&sample) {
        Ok(proposal) => printed(&told(&proposal, &sample)?),
        Err(why) => Err(Failure::Wrong(vec![format!(
            "the sample cannot be read ({}); paste one whole reply, JSON with an object at its root or XML",
            word(&why)
        )])),
    }
}

fn sample(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let mut sample = Vec::new();
    let read = match file {
        Some(file) => std::fs::File::open(file)
            .and_then(|file| file.take(SAMPLE_BYTES_MAX + 1).read_to_end(&mut sample))
            .context("reading the sample"),
        None => std::io::stdin()
            .take(SAMPLE_BYTES_MAX + 1)
            .read_to_end(&mut sample)
            .context("reading the sample from the standard input"),
    };
    read?;
    if sample.len() as u64 > SAMPLE_BYTES_MAX {
        return Err(Failure::Wrong(vec![format!("a reply has at most {SAMPLE_BYTES_MAX} bytes")]));
    }
    Ok(sample)
}

fn told(proposal: &Proposal, sample: &[u8]) -> Result<String, Failure> {
    let mut text = String::new();
    text.push_str(&wire(&proposal.wire)?);
    let mapping = match &proposal.wire {
        Wire::Json(mapping) | Wire::Xml(mapping) => mapping,
        Wire::Own => unreachable!("a proposal is a mapping"),
    };
    if mapping.bid.is_empty() {
        text.push_str(
            "\n# No value is called as a price usually is: write the path of the price behind `bid`.\n",
        );
    } else {
        let _ = writeln!(text, "\n# With it, the sample is {}.", reading(&proposal.wire, sample));
    }
    text.push_str("#\n# All values of the sample; one that may be the price has a * before it.\n");
    for Leaf { path, shown, is_price, .. } in &proposal.leaves {
        let star = if *is_price { "*" } else { " " };
        let _ = writeln!(
            text,
            "# {star} {path}  {}",
            shown.as_deref().map_or("nothing".to_owned(), |it| format!("{it:?}"))
        );
    }
    Ok(text)
}

/// As it stands in a settings file, below its offer.
fn wire(wire: &Wire) -> Result<String, Failure> {
    let mut value = serde_json::to_value(wire).context("writing the mapping")?;
    if let Some(mapping) = value.as_object_mut().and_then(|it| it.values_mut().next()?.as_object_mut()) {
        mapping.retain(|_, place| !place.is_null());
    }
    let text = toml::to_string(&json!({ "offer": { "wire": value } })).context("writing the mapping")?;
    Ok(text)
}

fn reading(wire: &Wire, sample: &[u8]) -> String {
    match proposal::read(wire, sample) {
        Ok(bid) => {
            let to = |to: &Destination| match to {
                Destination::Phone(number) => number.as_str().to_owned(),
                Destination::Sip(uri) => uri.as_str().to_owned(),
            };
            let to = match &bid.whereto {
                Whereto::Own => "the offer's own destination".to_owned(),
                Whereto::Named(named) => named.iter().map(to).collect::<Vec<_>>().join(", else "),
            };
            format!("a bid of {} to {to}", bid.price)
        }
        Err(why) => format!("no bid: {}", why.code()),
    }
}

fn word(why: &auction::Malformed) -> String {
    let word = serde_json::to_value(why).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or("malformed").replace('_', " ")
}
