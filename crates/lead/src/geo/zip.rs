//! `Zip`: a US postal code of five digits that exists.

use std::sync::LazyLock;

use super::{State, digits, fixed_text, lines};

/// A zip, ex: `33109`. It is text and not a number: zips begin with zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zip([u8; 5]);

// What was stored was known when it was stored. A table of later years must still read it, so only the shape counts.
fixed_text!(Zip, Zip::shaped, "a zip of five digits, ex: 33109");

/// Why a text is no zip. The text never repeats the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    /// It does not look like a zip.
    #[error("a zip has five digits, ex: 33109")]
    Shape,
    /// It looks like one and there is none such.
    #[error("there is no such zip")]
    Unknown,
}

struct Range {
    from: Zip,
    to: Zip,
    state: Option<State>,
    zone: Option<&'static str>,
}

/// In order and without overlap. The gaps between the zips of a range are not valid zips.
static RANGES: LazyLock<Vec<Range>> = LazyLock::new(|| {
    let ranges: Vec<_> = lines(include_str!("../../data/zip_ranges.csv")).map(Range::read).collect();
    assert!(ranges.iter().all(|range| range.from <= range.to), "zip_ranges.csv has no empty range");
    assert!(ranges.is_sorted_by(|a, b| a.to < b.from), "zip_ranges.csv is in order");
    ranges
});

/// By the first three digits; bit `n` says whether the zip with the last two digits `n` exists.
static VALID: LazyLock<Vec<u128>> = LazyLock::new(|| {
    let mut valid = vec![0; 1000];
    for line in lines(include_str!("../../data/zip_valid.txt")) {
        let (prefix, bits) = line.split_once(' ').expect("zip_valid.txt has two columns");
        let prefix: usize = prefix.parse().expect("zip_valid.txt has prefixes of three digits");
        valid[prefix] = u128::from_str_radix(bits, 16).expect("zip_valid.txt has hexadecimal bits");
    }
    valid
});

impl Zip {
    /// Reads a zip that exists. Of a ZIP+4 the first five digits count; blanks around it do not matter.
    ///
    /// # Errors
    /// Says whether the text does not look like a zip, or whether there is none such.
    pub fn parse(text: &str) -> Result<Self, ZipError> {
        let text = text.trim();
        let five = match text.split_once('-') {
            Some((five, four)) => digits::<4>(four).map(|_| five).ok_or(ZipError::Shape)?,
            None => text,
        };
        let zip = Self::shaped(five).ok_or(ZipError::Shape)?;
        if zip.exists() { Ok(zip) } else { Err(ZipError::Unknown) }
    }

    /// The state, territory or armed forces it belongs to. `None` for the freely associated states, ex: Palau.
    pub fn state(self) -> Option<State> {
        self.range().and_then(|range| range.state)
    }

    /// Its IANA time zone. `None` for the armed forces, which may be anywhere.
    pub fn zone(self) -> Option<&'static str> {
        self.range().and_then(|range| range.zone)
    }

    /// The first three digits: the sorting centre.
    pub fn prefix3(&self) -> &str {
        &self.as_str()[..3]
    }

    /// Whether it lies in that state.
    pub fn agrees_with(self, state: State) -> bool {
        self.state() == Some(state)
    }

    fn shaped(text: &str) -> Option<Self> {
        digits(text).map(Self)
    }

    fn exists(self) -> bool {
        let [a, b, c, d, e] = self.0.map(|digit| usize::from(digit - b'0'));
        VALID[a * 100 + b * 10 + c] >> (d * 10 + e) & 1 == 1
    }

    fn range(self) -> Option<&'static Range> {
        let after = RANGES.partition_point(|range| range.from <= self);
        RANGES[..after].last().filter(|range| self <= range.to)
    }
}

impl Range {
    fn read(line: &'static str) -> Self {
        let fields: Vec<_> = line.split(',').collect();
        let [from, to, state, zone] = fields[..] else { panic!("zip_ranges.csv has four columns") };
        let zip = |text| Zip::shaped(text).expect("zip_ranges.csv holds zips");
        Self {
            from: zip(from),
            to: zip(to),
            state: State::parse(state),
            zone: Some(zone).filter(|zone| !zone.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::text;
    use super::*;

    fn zip(text: &str) -> Zip {
        Zip::parse(text).unwrap()
    }

    fn existing() -> impl Iterator<Item = Zip> {
        (0..100_000).filter_map(|n| Zip::parse(&format!("{n:05}")).ok())
    }

    fn state(code: &str) -> State {
        State::parse(code).unwrap()
    }

    #[test]
    fn miami_beach() {
        let zip = zip("33109");
        assert_eq!((zip.state(), zip.zone()), (Some(state("FL")), Some("America/New_York")));
        assert!(zip.agrees_with(state("FL")) && !zip.agrees_with(state("GA")));
        assert_eq!((zip.prefix3(), zip.to_string().as_str()), ("331", "33109"));
        assert_eq!(text::read(&text::written(&zip)), Ok(zip));
    }

    #[test]
    fn five_digits_or_nine_with_a_hyphen() {
        assert_eq!(Zip::parse("33109-1234"), Ok(zip(" 33109\n")));
        for text in
            ["", "3310", "331090", "3310a", "33109-", "33109-123", "33109-12345", "33109-1234-1", "-33109"]
        {
            assert_eq!(Zip::parse(text), Err(ZipError::Shape), "{text}");
        }
        assert_eq!(Zip::parse("３3109"), Err(ZipError::Shape));
        for text in ["00000", "99999", "33100", "00000-0000"] {
            assert_eq!(Zip::parse(text), Err(ZipError::Unknown), "{text}");
        }
    }

    #[test]
    fn as_many_as_the_table_says_and_each_has_its_place() {
        let counted = include_str!("../../data/zip_valid.txt").lines().nth(2).unwrap();
        let counted = counted.rsplit_once(": ").unwrap().1;
        assert_eq!(format!("{} zips", existing().count()), counted);
        assert_eq!(VALID.iter().map(|bits| u128::BITS - bits.leading_zeros()).max(), Some(100));
        for zip in existing() {
            assert!(zip.range().is_some(), "{zip}");
            assert!(zip.zone().is_some() || zip.state().is_some_and(State::is_military), "{zip}");
        }
    }

    #[test]
    fn every_range_is_sound() {
        let counted = include_str!("../../data/zip_ranges.csv").lines().nth(2).unwrap();
        assert_eq!(counted, format!("# from,to,state,zone: {} ranges", RANGES.len()));
        assert!(RANGES.iter().all(|range| range.from.exists() && range.to.exists()));
        for zone in RANGES.iter().filter_map(|range| range.zone).collect::<BTreeSet<_>>() {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
        let states: BTreeSet<_> = RANGES.iter().filter_map(|range| range.state).collect();
        assert!(states.into_iter().eq(State::all()));
    }

    #[test]
    fn a_divided_state_has_both_its_zones() {
        let places: BTreeSet<_> = existing().filter_map(|zip| Some((zip.state()?, zip.zone()?))).collect();
        for (code, zones) in [
            ("FL", ["America/Chicago", "America/New_York"]),
            ("ID", ["America/Boise", "America/Los_Angeles"]),
            ("TN", ["America/Chicago", "America/New_York"]),
            ("TX", ["America/Chicago", "America/Denver"]),
        ] {
            let found: Vec<_> =
                places.iter().filter(|place| place.0 == state(code)).map(|place| place.1).collect();
            assert_eq!(found, zones, "{code}");
        }
        for (text, zone) in [
            ("32501", "America/Chicago"),
            ("83814", "America/Los_Angeles"),
            ("37201", "America/Chicago"),
            ("37902", "America/New_York"),
            ("79901", "America/Denver"),
        ] {
            assert_eq!(zip(text).zone(), Some(zone), "{text}");
        }
    }

    #[test]
    fn the_armed_forces_have_no_clock_and_palau_is_no_state() {
        assert_eq!((zip("09001").state(), zip("09001").zone()), (State::parse("AE"), None));
        assert_eq!((zip("96939").state(), zip("96939").zone()), (None, Some("Pacific/Palau")));
    }

    #[test]
    fn a_stored_zip_reads_back_even_when_it_is_gone() {
        let gone: Zip = text::read("00000").unwrap();
        assert_eq!((gone.state(), gone.zone()), (None, None));
        let error = text::read::<Zip>("secret").unwrap_err();
        assert_eq!(error.to_string(), "expected a zip of five digits, ex: 33109");
    }
}
