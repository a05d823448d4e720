//! What happened in a call, line by line. Nothing personal stands in a line.

use std::time::Duration;

use auction::Kind;
use ivr::Input;
use journey::{Answerer, DialResult, Event, Standby};
use lead::{Pii, Timestamp};

use super::{Names, attempts::StoryAttempt};
use crate::{
    EntryKind, Post, PostState, Recorded, Sale, SaleEntry,
    views::reasons::{self, OfferFigures},
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryStep {
    /// When.
    pub at: Timestamp,
    /// How long after the arrival.
    pub since: Duration,
    /// The code of what happened: an event's, a sale entry's, or a post's.
    pub code: String,
    /// What happened, in a sentence.
    pub text: String,
    /// The call turned on it.
    pub key: bool,
}

/// The lines, in the order of their times.
pub(super) fn of(
    events: &[Recorded],
    attempts: &[StoryAttempt],
    sales: &[(Sale, Vec<SaleEntry>)],
    posts: &[Post],
    names: &Names,
) -> Vec<StoryStep> {
    let begun = events.first().map_or_else(Timestamp::default, |first| first.at);
    let step = |at: Timestamp, code: &str, text: String, key: bool| StoryStep {
        at,
        since: at.since(begun),
        code: code.to_owned(),
        text,
        key,
    };
    let mut steps: Vec<_> = events
        .iter()
        .map(|entry| {
            let (text, key) = event_text(&entry.event, attempts, names);
            step(entry.at, entry.event.name(), text, key)
        })
        .collect();
    for (sale, entries) in sales {
        for entry in entries {
            let text = entry_text(sale, entry, names);
            let key = matches!(entry.kind, EntryKind::Pending | EntryKind::Earned | EntryKind::Void);
            steps.push(step(entry.at, entry.kind.as_str(), text, key));
        }
    }
    for post in posts {
        let at = post.settled_at.unwrap_or(post.created_at);
        steps.push(step(at, post.kind.as_str(), post_text(post, names), false));
    }
    steps.sort_by_key(|step| step.at);
    steps
}

fn event_text(event: &Event<Pii<String>>, attempts: &[StoryAttempt], names: &Names) -> (String, bool) {
    let whose = |n: u32| {
        let offer = attempts.iter().find(|attempt| attempt.n == n).map(|attempt| &attempt.offer);
        offer.map_or_else(|| "A buyer".to_owned(), |offer| names.offer(offer))
    };
    let money = |amount| names.amounts.text(amount);
    if let Some(text) = lead_text(event, &whose) {
        return (text, is_key(event));
    }
    if let Some(text) = question_text(event, names) {
        return (text, false);
    }
    let text = match event {
        Event::Arrived { caller, standby, .. } => arrived_text(caller.is_some(), standby, names),
        Event::Heard { input, .. } => heard_text(input).to_owned(),
        Event::AuctionOpened { .. } => "The auction opens: no name and no number is shown".to_owned(),
        Event::AuctionReopened { .. } => "The auction begins anew: whoever ran it is gone".to_owned(),
        Event::AuctionClosed { ranking } => {
            let bids = ranking.ranked.iter().filter(|ranked| ranked.kind == Kind::Bid).count();
            let best = ranking.ranked.first().map_or_else(String::new, |best| {
                format!("; {} stands first at {}", names.offer(&best.offer), money(best.price))
            });
            format!("The auction closes with {}{best}", counted(bids, "bid"))
        }
        Event::BidJoined { ranked, .. } => {
            let (offer, price) = (names.offer(&ranked.offer), money(ranked.price));
            format!("A bid that nobody waited for joins: {offer} at {price}")
        }
        Event::Reserved { n } => {
            let price = attempts.iter().find(|attempt| attempt.n == *n).map(|attempt| attempt.price);
            let at = price.map_or_else(String::new, |price| format!(" at {}", money(price)));
            format!("{} is reserved{at}", whose(*n))
        }
        Event::ReserveRefused { why, offer, full, .. } => {
            let whose = offer.as_ref().map_or_else(|| "The next award".to_owned(), |it| names.offer(it));
            let amounts = names.amounts.clone();
            let figures = OfferFigures { full: *full, amounts, ..OfferFigures::default() };
            format!("{whose} cannot be reserved: {}", reasons::refused_text(why, &figures))
        }
        Event::Confirmed { n, .. } => format!("{} confirms that it takes the call", whose(*n)),
        Event::Unconfirmed { n, .. } => format!("{} does not confirm", whose(*n)),
        Event::Pushed { .. } => "The carrier is told to move the caller to the dial".to_owned(),
        Event::PushFailed { .. } => "The carrier did not move the caller; the next poll will".to_owned(),
        Event::DialTaken { n, .. } => format!("{} is dialled", whose(*n)),
        Event::BuyerRang { n, .. } => format!("{} rings", whose(*n)),
        Event::BuyerPickedUp { n, .. } => format!("{} picks up", whose(*n)),
        Event::BuyerAccepted { n, .. } => format!("{} accepts", whose(*n)),
        Event::BuyerDeclined { n, .. } => format!("{} does not accept", whose(*n)),
        Event::LegEnded { n, result, .. } => {
            format!("The leg of {} ends: {}", whose(*n), result_text(*result))
        }
        Event::DialEnded { n, result, lasted, .. } => {
            let lasted = lasted
                .map_or_else(String::new, |lasted| format!(", {} s after the pick-up", lasted.as_secs()));
            format!("The dial to {} ends: {}{lasted}", whose(*n), result_text(*result))
        }
        Event::DialNotFound { n } => format!("The carrier knows of no call to {}", whose(*n)),
        Event::CallerHungUp { .. } => "The caller hangs up".to_owned(),
        Event::Dropped { n } => format!("The leg of {} is ended by us", whose(*n)),
        Event::DropFailed { n } => format!("The leg of {} could not be ended", whose(*n)),
        Event::DeadlinePassed { .. } => "A deadline passes".to_owned(),
        Event::RecordingReady { .. } => "The recording is there".to_owned(),
        Event::TransferAsked { .. } => "An operator moves the caller".to_owned(),
        Event::Transferred => "The caller is moved".to_owned(),
        Event::TransferFailed => "The caller could not be moved".to_owned(),
        // Told above, or of a newer release.
        other => other.name().replace('_', " "),
    };
    (text, is_key(event))
}

/// Whether a story turns on it.
const fn is_key(event: &Event<Pii<String>>) -> bool {
    matches!(
        event,
        Event::AuctionClosed { .. }
            | Event::Reserved { .. }
            | Event::BuyerPickedUp { .. }
            | Event::BuyerAccepted { .. }
            | Event::PostTaken { .. }
            | Event::LeadAnswered { .. }
    )
}

/// What happened to a question about a buyer. `None`: it is something else.
fn question_text(event: &Event<Pii<String>>, names: &Names) -> Option<String> {
    Some(match event {
        Event::AskPushed { .. } => "The carrier is told to move the caller to the question".to_owned(),
        Event::AskPushFailed { .. } => {
            "The carrier did not move the caller to the question; the next poll will".to_owned()
        }
        Event::CallerAsked { offer, .. } => {
            format!("The caller is asked whether {} may have their details", names.offer(offer))
        }
        Event::RecordingBegan { .. } => "The carrier records the caller's leg".to_owned(),
        Event::RecordFailed => "The carrier did not begin to record".to_owned(),
        _ => return None,
    })
}

/// What happened to a lead that was handed in, or is rung by us. `None`: it is something else.
fn lead_text(event: &Event<Pii<String>>, whose: &dyn Fn(u32) -> String) -> Option<String> {
    Some(match event {
        Event::FormReceived { .. } => "The form arrives".to_owned(),
        Event::CallbackAsked { .. } => "Somebody asks to be called".to_owned(),
        Event::LeadForbidden { rule, until, .. } => {
            let later = until.map_or("", |_| " They are called at the first minute that is allowed.");
            format!("The call is not allowed now. {}{later}", rule.sentence())
        }
        Event::CodeSent { .. } => "A one-time code is sent to their number".to_owned(),
        Event::CodeNotSent { .. } => "The one-time code was not sent".to_owned(),
        Event::CodeAskedAgain => "They ask for another code".to_owned(),
        Event::NumberProven => "They enter the code: the number is theirs".to_owned(),
        Event::LeadDialled { .. } => "Their phone is called".to_owned(),
        Event::LeadDialFailed { sure: true, .. } => "The carrier did not place the call".to_owned(),
        Event::LeadDialFailed { sure: false, .. } => {
            "Whether the carrier placed the call is not known: it is not placed twice".to_owned()
        }
        Event::LeadAnswered { by, .. } => match by {
            Answerer::Human | Answerer::Unknown => "Somebody answers, and is asked to press 1".to_owned(),
            Answerer::Machine => "A machine answers, and hears nothing".to_owned(),
        },
        Event::LeadLegEnded { how, .. } => format!("Their leg ends: {}", result_text(*how)),
        Event::CallbackCancelled => "The callback is cancelled: no further try is made".to_owned(),
        Event::PostTaken { n, .. } => format!("{} takes the lead", whose(*n)),
        Event::PostRefused { n, why } => {
            format!("{} refuses the lead: {}", whose(*n), why.replace('_', " "))
        }
        Event::PostUnsettled { n } => format!("{} does not say whether it takes the lead", whose(*n)),
        _ => return None,
    })
}

const fn heard_text(input: &Input<Pii<String>>) -> &'static str {
    match input {
        Input::Keys(_) => "The caller pressed keys",
        Input::Words { .. } => "The caller spoke an answer",
        Input::Silence => "The caller gave no answer",
    }
}

fn arrived_text(known: bool, standby: &Standby, names: &Names) -> String {
    let number = if known { "" } else { "; the number is withheld" };
    let before = match standby {
        Standby::New => "",
        Standby::SameBuyer(_) => "; the same caller is connected to the same buyer again",
        Standby::Without(_) => "; the buyers that had this caller are left out",
        Standby::Ending => "; the campaign does not take this caller again so soon",
        Standby::Test(offer) => {
            let offer = names.offer(offer);
            return format!(
                "A test call of {offer} arrives{number}: only it takes part, and nothing is charged"
            );
        }
    };
    format!("The call arrives{number}{before}")
}

fn entry_text(sale: &Sale, entry: &SaleEntry, names: &Names) -> String {
    let buyer = names.buyer(&sale.buyer);
    let talk = entry.talk.filter(|talk| *talk > Duration::ZERO);
    let talk = talk.map_or_else(String::new, |talk| format!(" after {} s of talk", talk.as_secs()));
    let why = entry.reason.as_ref().map_or_else(String::new, |why| format!(": {}", why.replace('_', " ")));
    let amount = names.amounts.text(entry.amount);
    match entry.kind {
        EntryKind::Pending => format!("Sold to {buyer} for {amount}: pending until it is payable"),
        EntryKind::Earned => format!("{amount} is earned{talk}"),
        EntryKind::Void => format!("The sale is void{talk}{why}"),
        EntryKind::Payout => format!("{amount} is owed to the publisher"),
        EntryKind::Reversal => format!("{amount} is taken back from the publisher{why}"),
        EntryKind::Dispute => format!("{buyer} does not want the lead: the sale is disputed{why}"),
    }
}

fn post_text(post: &Post, names: &Names) -> String {
    let offer = names.offer(&post.offer);
    let what = match post.kind {
        crate::PostKind::Sold => "The whole lead",
        crate::PostKind::Returned => "The notice that the lead came to nothing",
    };
    let tries = if post.tries > 1 { format!(" at the {} try", ordinal(post.tries)) } else { String::new() };
    match post.state {
        PostState::Delivered if post.last_error.is_some() => {
            format!("{what} has gone to {offer}{tries}, which refused it")
        }
        PostState::Delivered => {
            let status = post.last_status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
            format!("{what} has gone to {offer}{tries}{status}")
        }
        PostState::Waiting => format!("{what} for {offer} waits for the post before it"),
        PostState::Due | PostState::Claimed => format!("{what} is on its way to {offer}"),
        PostState::Held => format!("{what} for {offer} is held: its posts are disabled"),
        PostState::Dead => format!("{what} could not be given to {offer}: somebody should look"),
        PostState::Cancelled => format!("{what} is not sent to {offer}"),
    }
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn counted(n: usize, word: &str) -> String {
    match n {
        0 => format!("no {word}"),
        1 => format!("one {word}"),
        n => format!("{n} {word}s"),
    }
}

const fn result_text(result: DialResult) -> &'static str {
    match result {
        DialResult::Completed => "it was answered",
        DialResult::Busy => "busy",
        DialResult::NoAnswer => "nobody answered",
        DialResult::Failed => "it could not be reached",
        DialResult::Canceled => "cancelled before it was answered",
    }
}
