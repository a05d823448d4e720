//! The winner's acceptance races the caller's hang-up: told in any order, twice, late or never, they are decided once, by
//! the carrier's times (domain.md 9, reliability 32).

use std::collections::BTreeMap;

use journey::{Command, DialResult, Ended, Event, SeatNow, Stage, Verdict};

use super::{asked_for, chance::Chance, seeds};
use crate::world::*;

const RACES: u64 = 100_000;
/// When the buyer accepts, in milliseconds from the arrival.
const ACCEPTS: u64 = 9_000;
/// The longest talk that is no bridge.
const BRIDGE_MIN: u64 = 1_000;
/// What is counted in whole seconds, or read from a look-up, is that far off.
const COARSE: u64 = 2_000;

/// What really happened.
#[derive(Debug)]
struct Truth {
    screened: bool,
    leaves: u64,
    payable: u64,
    says_bridged: bool,
}

impl Truth {
    fn of(chance: &mut Chance) -> Self {
        Self {
            screened: chance.one_in(2),
            leaves: ACCEPTS - 1_500 + chance.below(6_000),
            payable: chance.one_of(&[0, 2_000, 90_000]),
            says_bridged: !chance.one_in(3),
        }
    }

    fn ended_at(&self) -> u64 {
        self.leaves.max(ACCEPTS)
    }

    fn took(&self) -> Told {
        if self.screened { accepted(1, ACCEPTS) } else { picked_up(1, ACCEPTS) }
    }

    fn dial_ended(&self, by_look_up: bool) -> Told {
        let bridged = (self.says_bridged && !by_look_up).then_some(self.leaves > ACCEPTS);
        let lasted = Some(secs((self.ended_at() - ACCEPTS) / 1_000));
        Event::DialEnded { n: 1, result: DialResult::Completed, bridged, lasted }
    }

    fn leg_ended(&self) -> Told {
        leg_ended(1, DialResult::Completed, Some((self.ended_at() - ACCEPTS) / 1_000))
    }

    /// When each thing is told, and what: some of it twice, some never. The acceptance by a key is a request, which is
    /// not lost in silence.
    fn told(&self, chance: &mut Chance) -> BTreeMap<(u64, u32), Told> {
        let all = [
            (ACCEPTS, self.took(), !self.screened),
            (self.leaves, caller_gone(self.leaves), true),
            (self.ended_at(), self.leg_ended(), true),
            (self.ended_at(), self.dial_ended(false), true),
        ];
        let mut told = BTreeMap::new();
        for (place, (at, event, may_be_lost)) in (0..).zip(all) {
            let times = if may_be_lost && chance.one_in(8) { 0 } else { 1 + chance.below(2) };
            for time in 0..times {
                let late = if chance.one_in(3) { chance.below(8_000) } else { chance.below(400) };
                // Nobody is bridged before the request that accepts was answered.
                let late = if may_be_lost || time > 0 || place > 0 { late } else { 0 };
                told.insert((at + late, place * 10 + u32::try_from(time).unwrap_or(0)), event.clone());
            }
        }
        told
    }
}

/// Tells all, then asks the carrier at every deadline.
fn tell(truth: &Truth, chance: &mut Chance) -> (Story, bool) {
    let c = with(bid("c", 91), |c| c.payable_after = ms(truth.payable));
    let c = if truth.screened { screened(c) } else { c };
    let mut story = Story::of(campaign()).told(ringing(vec![c]));
    let told = truth.told(chance);
    let was_heard = |what: fn(&Told) -> bool| told.values().any(what);
    let all_heard =
        was_heard(|event| matches!(event, Event::BuyerAccepted { .. } | Event::BuyerPickedUp { .. }))
            && was_heard(|event| matches!(event, Event::CallerHungUp { .. }))
            && was_heard(|event| matches!(event, Event::DialEnded { .. }));
    let mut now = at(0);
    for ((millis, _), event) in told {
        now = at(millis);
        // The request at a dial's end says by the way that the caller is gone.
        if let Event::DialEnded { n, lasted, .. } = event {
            let at = story.journey.left_at(now, n, lasted);
            story.tell(now, Event::CallerHungUp { at });
        }
        story.tell(now, event);
    }
    while let Some(by) = story.journey.deadline() {
        now = now.max(by);
        story.tell(now, caller_gone(truth.leaves));
        story.tell(now, truth.dial_ended(true));
        if story.journey.deadline().is_some_and(|by| by <= now) {
            story.tell(now, Event::DeadlinePassed { at: now });
        }
    }
    (story, all_heard)
}

/// Who was billed in the end, and how often each thing was decided.
fn decided(story: &Story) -> bool {
    let count = |is: fn(&Command) -> bool| story.commands.iter().filter(|command| is(command)).count();
    assert!(count(|command| matches!(command, Command::Book(_))) <= 1, "booked twice");
    let verdicts: Vec<_> = story.commands.iter().filter_map(verdict).collect();
    assert!(
        matches!(
            verdicts[..],
            [] | [Verdict::Earned | Verdict::TooShort | Verdict::Abandoned]
                | [Verdict::Earned, Verdict::Paid | Verdict::Abandoned]
        ),
        "decided more than once: {verdicts:?}"
    );
    let given_back = count(|command| matches!(command, Command::FreeSeat { .. }));
    let voided_free = seats(story).iter().filter(|seat| **seat == SeatNow::Free).count();
    assert_eq!(given_back + voided_free, 1, "a seat is given back once");
    let returned = count(|command| matches!(command, Command::Return { .. }));
    assert_eq!(
        returned,
        usize::from(verdicts.last() == Some(&Verdict::Abandoned)),
        "told of what it was not"
    );
    matches!(verdicts.last(), Some(Verdict::Earned | Verdict::Paid))
}

const fn verdict(command: &Command) -> Option<Verdict> {
    match command {
        Command::Settle { verdict, .. } => Some(*verdict),
        _ => None,
    }
}

fn one(seed: u64, seen: &mut BTreeMap<&'static str, u32>) {
    let mut chance = Chance::of(seed);
    let truth = Truth::of(&mut chance);
    let (story, all_heard) = tell(&truth, &mut chance);
    let told: Vec<_> = story.stored.iter().skip(6).map(|(now, event)| (now.since(ARRIVES), event)).collect();
    let stands = decided(&story);
    let ended = story.journey.ended().expect("it has ended");
    let billable = truth.leaves >= ACCEPTS + BRIDGE_MIN && truth.leaves - ACCEPTS >= truth.payable;
    let blurred = |limit: u64| truth.leaves.abs_diff(ACCEPTS + limit) <= COARSE;
    // Where all was heard, the times are the carrier's own; else some are counted in whole seconds.
    let exact = all_heard && truth.says_bridged;
    let slack = (!exact && blurred(0)) || (truth.payable > 0 && blurred(truth.payable));
    assert!(slack || stands == billable, "{ended:?} of {truth:?} by {told:#?}");
    let was_gone = truth.leaves <= ACCEPTS;
    assert!(!was_gone || !stands, "billed for a caller who was gone");
    let dead = matches!(ended, Ended::WonAbandoned | Ended::Abandoned(Stage::Ring));
    assert!(!was_gone || dead, "{ended:?} of {truth:?} by {told:#?}");
    if seed.is_multiple_of(16) {
        story.is_its_fold();
    }
    *seen.entry(ended.code()).or_default() += 1;
    *seen.entry(if stands { "billed" } else { "not billed" }).or_default() += 1;
    *seen.entry(if all_heard { "all heard" } else { "something lost" }).or_default() += 1;
    let order: Vec<_> = story.stored.iter().filter_map(|(_, event)| first_of(event)).collect();
    *seen.entry(order.first().copied().unwrap_or("neither")).or_default() += 1;
}

const fn first_of(event: &Told) -> Option<&'static str> {
    match event {
        Event::CallerHungUp { .. } => Some("hang-up first"),
        Event::BuyerAccepted { .. } | Event::BuyerPickedUp { .. } => Some("acceptance first"),
        _ => None,
    }
}

#[test]
fn races() {
    let Some(count) = asked_for(RACES, one) else { return };
    let seen = seeds(count, one);
    println!("{seen:#?}");
    let few = u32::try_from(count / 100).expect("it fits");
    for what in
        ["billed", "won_abandoned", "abandoned_ring", "hang-up first", "acceptance first", "something lost"]
    {
        assert!(seen.get(what).copied().unwrap_or_default() >= few, "{what}: {seen:?}");
    }
}
