//! The protocol as a model: everything that two nodes, the stores, the carrier and the buyers can do to one journey, in
//! every order, with crashes, repeats, losses, delays and unknown outcomes between any two steps.
//!
//! The decisions are the real `Journey`'s, folded from the model's journal; the shell around it is modelled, so that
//! each of its rules can be taken away. Without any of them something breaks that holds with all of them.
//!
//! `PINGPOST_MODEL_MISCHIEF=<n>` and `PINGPOST_MODEL_SWITCHES=<n>` let more go wrong in `a_call_in_worse_weather`; each
//! one more costs about ten times the states.

mod action;
mod carrier;
mod casting;
mod choice;
mod commit;
mod drive;
mod history;
mod outbox;
mod print;
mod rules;
mod safety;
mod search;
mod state;
mod step;
mod stores;
mod told;

use casting::First;
use drive::Shell;
use history::Library;
use rules::{Bounds, Posts, Rules};
use search::{Broken, Explored, explore};

/// One call with two offers, of which the first is sold by the pick-up, and one thing that goes wrong.
const CALL: Bounds = Bounds {
    first: First::PicksUp,
    mischief: 1,
    switches: 0,
    posts: Posts::AtOnce,
    says_bridged: true,
    contended: false,
};

#[expect(
    clippy::print_stdout,
    reason = "how much was explored, and the way to what broke, are what a reader wants"
)]
fn explored(rules: Rules, bounds: Bounds, wanted: Option<&'static str>) -> Explored {
    let explored = explore(&Shell { library: Library::new(bounds.first), rules, bounds, wanted });
    println!("{} states, {} ends: {bounds:?}", explored.states, explored.ends);
    if let Some(Broken { why, trace, state }) = &explored.broken {
        println!("{why}:");
        trace.iter().for_each(|action| println!("    {action:?}"));
        println!("    {state:?}");
    }
    explored
}

#[expect(clippy::disallowed_methods, reason = "a longer search than everybody's is asked for by hand")]
fn variable(name: &str) -> Option<u8> {
    std::env::var(name).ok()?.parse().ok()
}

/// Within the bounds nothing breaks, and so many states at least are there to break in.
#[track_caller]
fn holds(bounds: Bounds, states_min: usize) {
    let explored = explored(Rules::ALL, bounds, None);
    assert!(explored.broken.is_none(), "a promise is broken");
    assert!(explored.states >= states_min, "only {} states were explored", explored.states);
}

/// Without the rule this breaks within the bounds, and with it nothing does.
#[track_caller]
fn breaks(bounds: Bounds, why: &'static str, without: impl FnOnce(&mut Rules)) {
    let mut rules = Rules::ALL;
    without(&mut rules);
    assert!(
        explored(rules, bounds, Some(why)).broken.is_some(),
        "without the rule this does not break: {why}"
    );
}

#[test]
fn a_call_on_two_nodes() {
    holds(Bounds { mischief: 0, switches: 3, ..CALL }, 100_000);
}

#[test]
fn a_call_on_two_nodes_in_bad_weather() {
    holds(Bounds { switches: 1, ..CALL }, 1_000_000);
}

#[test]
fn a_call_in_worse_weather() {
    let mischief = variable("PINGPOST_MODEL_MISCHIEF").unwrap_or(2);
    let switches = variable("PINGPOST_MODEL_SWITCHES").unwrap_or(0);
    holds(Bounds { mischief, switches, ..CALL }, 500_000);
}

#[test]
fn a_screened_call() {
    let first = First::Screened;
    holds(Bounds { first, ..CALL }, 100_000);
    holds(Bounds { first, mischief: 0, switches: 1, ..CALL }, 100_000);
}

#[test]
fn a_contended_cap() {
    holds(Bounds { contended: true, ..CALL }, 200_000);
    holds(Bounds { contended: true, mischief: 0, switches: 1, ..CALL }, 100_000);
}

#[test]
fn a_carrier_that_does_not_say_who_was_bridged() {
    holds(Bounds { says_bridged: false, ..CALL }, 50_000);
}

#[test]
fn posts_step_by_step() {
    holds(Bounds { posts: Posts::StepByStep, ..CALL }, 200_000);
}

#[test]
fn without_rule_2() {
    let two = Bounds { first: First::Screened, mischief: 0, switches: 2, ..CALL };
    breaks(two, "a buyer that accepted is turned away", |rules| rules.reads_again = false);
    breaks(CALL, "an auction is run twice", |rules| rules.never_sends_again = false);
    breaks(CALL, "an attempt is dialled twice", |rules| rules.gives_a_dial_once = false);
    let worse = Bounds { mischief: 2, ..CALL };
    breaks(worse, "an attempt is dialled twice", |rules| rules.names_apart = false);
}

#[test]
fn without_rule_4() {
    let two = Bounds { mischief: 0, switches: 2, ..CALL };
    breaks(two, "a sale that its journey does not know", |rules| rules.compares_heads = false);
    breaks(CALL, "a seat is not given back", |rules| rules.counts_in_the_commit = false);
}

#[test]
fn without_rule_5() {
    let two = Bounds { switches: 1, ..CALL };
    breaks(two, "an auction is run twice", |rules| rules.acts_after_its_commit = false);
}

#[test]
fn without_rule_6() {
    let worse = Bounds { mischief: 2, ..CALL };
    breaks(worse, "a push tears down a leg that is there", |rules| rules.dials_in_time = false);
    breaks(worse, "a leg still rings when its attempt's deadline passes", |rules| {
        rules.dials_in_time = false
    });
}

#[test]
fn without_rule_7() {
    breaks(CALL, "two who talk are cut off", |rules| rules.looks_up = false);
    let screened = Bounds { first: First::Screened, mischief: 2, ..CALL };
    breaks(screened, "a sale without an acceptance", |rules| rules.looks_at_its_own = false);
}

#[test]
fn without_rule_8() {
    breaks(CALL, "two talked, and nothing is sold", |rules| rules.hears_late = false);
    breaks(CALL, "a seat is not given back", |rules| rules.hears_late = false);
}

#[test]
fn without_rule_9() {
    let posts = Bounds { posts: Posts::StepByStep, ..CALL };
    let calm = Bounds { mischief: 0, ..posts };
    breaks(calm, "a lead is posted whose sale was void before", |rules| rules.void_cancels = false);
    let early = "a buyer is told that a lead came to nothing before it has it";
    breaks(calm, early, |rules| rules.return_waits = false);
    let late = "a buyer gets a lead after it was told that it came to nothing";
    breaks(posts, late, |rules| rules.sends_in_its_lease = false);
    breaks(posts, late, |rules| rules.settles_its_own = false);
}
