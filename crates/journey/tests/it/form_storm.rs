//! Forms in random order: whatever is heard of a post, twice, late or of another attempt, one person is sold once.

use std::collections::{BTreeMap, BTreeSet};

use auction::Outcome;
use journey::{Command, Ended, Event, HANDOVER_MAX, Unsold};
use lead::{AttemptId, SaleId};

use crate::{
    forms::{data, form, refused, took},
    sim::chance::Chance,
    world::*,
};

/// How many journeys are told.
const JOURNEYS: u64 = 3_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Award {
    Held,
    Handed,
    Voided,
    Booked,
}

#[derive(Default)]
struct Books {
    awards: BTreeMap<AttemptId, Award>,
    sales: Vec<SaleId>,
    settled: Vec<SaleId>,
    taken: bool,
}

impl Books {
    fn keep(&mut self, command: &Command, refused: &BTreeSet<u32>) {
        match command {
            Command::Reserve(reserve) if refused.contains(&reserve.n) => {}
            Command::Reserve(reserve) => {
                let open = self.awards.values().find(|award| matches!(award, Award::Held | Award::Handed));
                assert!(open.is_none() && !self.taken, "two buyers at once have the lead: {open:?}");
                self.awards.insert(reserve.attempt, Award::Held);
            }
            Command::HandOver(post) => {
                let was = self.awards.insert(post.attempt(), Award::Handed);
                assert_eq!(was, Some(Award::Held), "handed over without a reservation, or twice");
            }
            Command::Void { attempt, .. } => {
                let was = self.awards.insert(*attempt, Award::Voided);
                assert_eq!(was, Some(Award::Handed), "given back what was not refused");
            }
            Command::Book(post) => {
                let was = self.awards.insert(post.attempt(), Award::Booked);
                assert_eq!(was, Some(Award::Handed), "booked what nobody took");
                self.sales.push(post.sale());
                self.taken = true;
            }
            Command::Settle { sale, .. } => self.settled.push(*sale),
            _ => {}
        }
    }
}

#[test]
fn one_person_is_sold_once_in_any_order() {
    let (mut sold, mut unknown, mut refused_by_all, mut late) = (0, 0, 0, 0);
    for seed in 0..JOURNEYS {
        let mut chance = Chance::of(seed);
        let bidders = chance.below(6);
        let ranked: Vec<_> = (0..bidders).map(|n| data(&format!("b{n}"), 90 - n as i64)).collect();
        let (mut story, mut unreserved) = (Story::of(campaign()), BTreeSet::new());
        for n in 1..=bidders as u32 {
            if chance.one_in(6) {
                unreserved.insert(n);
                story = story.refusing(n, Outcome::Capped);
            }
        }
        story = story.told([(0, form()), (100, opened(0)), (900, closed(0, ranked.clone()))]);
        let (mut millis, mut was_late) = (1_000, false);
        for _ in 0..chance.below(14) {
            millis += chance.below(30_000);
            // Mostly of the attempt that is under way.
            let now_at = story.journey.handed_over().map_or(1, |handover| handover.n());
            let n = if chance.below(4) == 0 { 1 + chance.below(6) as u32 } else { now_at };
            let event = match chance.below(8) {
                0 => took(n, millis),
                1..=3 => refused(n),
                4 => Event::PostUnsettled { n },
                5 => form(),
                6 => caller_gone(millis),
                _ => {
                    if chance.below(8) == 0 {
                        millis += u64::try_from(HANDOVER_MAX.as_millis()).expect("some days");
                    }
                    deadline(millis)
                }
            };
            let was_over = story.journey.ended().is_some();
            let changed = story.tell(at(millis), event.clone());
            was_late |= changed && was_over && matches!(event, Event::PostTaken { .. });
        }
        let mut books = Books::default();
        story.commands.iter().for_each(|command| books.keep(command, &unreserved));
        assert!(books.sales.len() <= 1, "seed {seed}: sold twice");
        assert_eq!(books.sales, books.settled, "seed {seed}: what is taken is earned");
        let handed = books.awards.values().filter(|award| **award != Award::Held).count();
        assert!(handed <= campaign().policy.attempts_max as usize, "seed {seed}: shown to too many");
        assert_eq!(books.taken, story.journey.ended() == Some(&Ended::Sold), "seed {seed}");
        story.is_its_fold();
        match story.journey.ended() {
            Some(Ended::Sold) => sold += 1,
            Some(Ended::Unsold(Unsold::HandoverUnknown)) => unknown += 1,
            Some(Ended::Unsold(Unsold::NobodyTook)) => refused_by_all += 1,
            _ => {}
        }
        late += u32::from(was_late);
    }
    assert!(
        sold > 200 && unknown > 100 && refused_by_all > 100 && late > 5,
        "{sold} {unknown} {refused_by_all} {late}"
    );
}
