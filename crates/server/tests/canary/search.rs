//! The search: what was found where, who may be found there, and whether it would have found anybody.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::canary::{Crowd, Sighting, Trait, in_disguise};

use crate::people::Person;

/// A trait of a person: the number, which some may see.
const PHONE: usize = 0;

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A ping.
    Ping,
    /// A ping of the offer whose pings carry the number.
    PingWithNumber,
    /// A confirm.
    Confirm,
    /// A confirm of the offer whose confirms carry the number.
    ConfirmWithNumber,
    /// The post of a lead to its buyer.
    Post,
    /// A document for the carrier.
    Document,
    /// A document that dials, and may show the caller's number to the one offer that says so.
    DialDocument,
    /// A URL that anybody was given.
    Url,
    /// An answer to who is not the carrier.
    Answer,
    /// The log.
    Log,
    /// The figures.
    Figures,
    /// What a command said.
    Command,
    /// A file.
    File,
}

/// Bytes of a place.
pub struct Found {
    place: Place,
    bytes: Vec<u8>,
}

/// The search, and what it has seen so far.
pub struct Search {
    crowd: Crowd,
    people: Vec<Vec<Trait>>,
    seen: BTreeMap<Place, (usize, usize)>,
    leaks: BTreeMap<Place, Vec<Sighting>>,
    posted: BTreeSet<usize>,
}

impl Found {
    pub const fn new(place: Place, bytes: Vec<u8>) -> Self {
        Self { place, bytes }
    }
}

impl Search {
    pub fn new(people: &[Person]) -> Self {
        let people: Vec<_> = people.iter().map(Person::traits).collect();
        Self {
            crowd: Crowd::new(&people),
            people,
            seen: BTreeMap::new(),
            leaks: BTreeMap::new(),
            posted: BTreeSet::new(),
        }
    }

    /// Looks through all of it. A place that was not seen before is shown to be searched at all: somebody is planted there.
    pub fn through(mut self, found: Vec<Found>) -> Self {
        for Found { place, bytes } in found {
            if !self.seen.contains_key(&place) && !bytes.is_empty() {
                self.would_be_found(place, &bytes);
            }
            let seen = self.seen.entry(place).or_default();
            *seen = (seen.0 + 1, seen.1 + bytes.len());
            let sightings = self.crowd.found_in(&bytes);
            match place {
                Place::Post => self.is_one_persons(sightings),
                Place::PingWithNumber | Place::ConfirmWithNumber | Place::DialDocument => {
                    self.leaked(place, sightings.into_iter().filter(|it| it.which != PHONE));
                }
                _ => self.leaked(place, sightings),
            }
        }
        self
    }

    fn leaked(&mut self, place: Place, sightings: impl IntoIterator<Item = Sighting>) {
        self.leaks.entry(place).or_default().extend(sightings);
    }

    /// A post holds its own lead, and nobody else.
    fn is_one_persons(&mut self, sightings: Vec<Sighting>) {
        let people: BTreeSet<_> = sightings.iter().map(|it| it.person).collect();
        if people.len() > 1 {
            self.leaked(Place::Post, sightings.clone());
        }
        // The first name, which every caller who gets so far says.
        if sightings.iter().any(|it| it.which == 2) {
            self.posted.extend(people);
        }
    }

    /// A planted canary is found in this place, in whatever disguise.
    fn would_be_found(&self, place: Place, bytes: &[u8]) {
        let middle = bytes.len() / 2;
        // A whole file would be read once for each disguise.
        let (before, behind) =
            (&bytes[middle.saturating_sub(2_000)..middle], &bytes[middle..bytes.len().min(middle + 2_000)]);
        let person = self.people.len() / 2;
        for (which, one) in self.people[person].iter().enumerate() {
            for disguise in in_disguise(one) {
                let planted = [before, b" \"", &disguise, b"\" ", behind].concat();
                let seen = self.crowd.found_in(&planted);
                assert!(
                    seen.iter().any(|it| (it.person, it.which) == (person, which)),
                    "{one:?} was planted in {place:?} as {:?} and not found",
                    String::from_utf8_lossy(&disguise)
                );
            }
        }
    }

    /// Nobody was found, and everything was looked at.
    #[expect(clippy::print_stderr, reason = "what was looked through is the result of a long run")]
    pub fn ended(self, callers: usize) {
        for (place, (pieces, bytes)) in &self.seen {
            eprintln!("{place:?}: {pieces} pieces, {bytes} bytes");
        }
        eprintln!("{callers} callers, {} posted", self.posted.len());
        let leaks: Vec<_> = self
            .leaks
            .iter()
            .filter(|(_, all)| !all.is_empty())
            .map(|(place, all)| told(*place, all))
            .collect();
        assert!(leaks.is_empty(), "{}", leaks.join("\n"));
        for place in [
            Place::Ping,
            Place::PingWithNumber,
            Place::Confirm,
            Place::ConfirmWithNumber,
            Place::Post,
            Place::Document,
            Place::DialDocument,
            Place::Url,
            Place::Answer,
            Place::Log,
            Place::Figures,
            Place::Command,
            Place::File,
        ] {
            assert!(
                self.seen.get(&place).is_some_and(|(pieces, _)| *pieces > 0),
                "nothing of {place:?} was searched"
            );
        }
        // The positive control: the winners' posts do hold their leads.
        assert!(
            self.posted.len() >= callers / 5,
            "only {} of {callers} leads were posted",
            self.posted.len()
        );
    }
}

/// Who was found in a place, one example of each trait in each encoding.
fn told(place: Place, all: &[Sighting]) -> String {
    let mut kinds = BTreeMap::<_, (usize, &str)>::new();
    for it in all {
        kinds.entry((it.which, it.encoding)).or_insert((0, &it.context)).0 += 1;
    }
    let lines = kinds.iter().map(|((which, encoding), (count, context))| {
        format!("  trait {which}, {encoding:?}, {count} times, ex: {context}")
    });
    format!("{place:?}:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
