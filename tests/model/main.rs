//! The protocol as a model: everything that two nodes, the stores, the carrier and the buyers can do to one journey, in
//! every order, with crashes, repeats, losses, delays and unknown outcomes between any two steps.
//!
//! The decisions are the real `Journey`'s, folded from the model's journal; the shell around it is modelled, so that
//! each of its rules can be taken away. Without any of them something breaks that holds with all of them.

mod action;
mod carrier;
mod casting;
mod commit;
mod drive;
mod history;
mod outbox;
mod print;
mod rules;
mod safety;
mod search;
mod state;
mod stores;
mod told;

use casting::First;
use drive::Shell;
use history::Library;
use rules::{Bounds, Posts, Rules};
use search::{Explored, explore};

const CALL: Bounds = Bounds {
    first: First::PicksUp,
    mischief: 1,
    switches: 2,
    posts: Posts::AtOnce,
    says_bridged: true,
    contended: true,
};

fn explored(rules: Rules, bounds: Bounds) -> Explored {
    let shell = Shell { library: Library::new(bounds.first), rules, bounds };
    let explored = explore(&shell);
    println!("{} states, {} ends: {bounds:?}", explored.states, explored.ends);
    if let Some(broken) = &explored.broken {
        println!("{}:", broken.why);
        for action in &broken.trace {
            println!("    {action:?}");
        }
        println!("    {:?}", broken.state);
    }
    explored
}

#[test]
fn nothing_breaks_with_all_rules() {
    for (first, mischief, switches, contended) in [
        (First::PicksUp, 0, 0, false),
        (First::PicksUp, 0, 1, false),
        (First::PicksUp, 0, 2, false),
        (First::PicksUp, 1, 0, false),
        (First::PicksUp, 0, 3, false),
        (First::PicksUp, 1, 1, false),
        (First::PicksUp, 1, 2, false),
        (First::Screened, 0, 1, false),
    ] {
        let explored = explored(Rules::ALL, Bounds { first, mischief, switches, contended, ..CALL });
        assert!(explored.broken.is_none());
    }
}
