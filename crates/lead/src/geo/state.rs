//! `State`: what may stand before a zip in a US address.

use super::fixed_text;

/// In the order of the codes. AA, AE and AP are the armed forces abroad.
const STATES: [(&str, &str); 59] = [
    ("AA", "Armed Forces Americas"),
    ("AE", "Armed Forces Europe"),
    ("AK", "Alaska"),
    ("AL", "Alabama"),
    ("AP", "Armed Forces Pacific"),
    ("AR", "Arkansas"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DC", "District of Columbia"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("IA", "Iowa"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("MA", "Massachusetts"),
    ("MD", "Maryland"),
    ("ME", "Maine"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MO", "Missouri"),
    ("MP", "Northern Mariana Islands"),
    ("MS", "Mississippi"),
    ("MT", "Montana"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("NE", "Nebraska"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NV", "Nevada"),
    ("NY", "New York"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VA", "Virginia"),
    ("VI", "U.S. Virgin Islands"),
    ("VT", "Vermont"),
    ("WA", "Washington"),
    ("WI", "Wisconsin"),
    ("WV", "West Virginia"),
    ("WY", "Wyoming"),
];

/// Other names that people write. "Washington" alone is the state.
const ALIASES: [(&str, &str); 5] = [
    ("DC", "Washington DC"),
    ("DC", "Washington D.C."),
    ("DC", "Washington, D.C."),
    ("DC", "D.C."),
    ("VI", "Virgin Islands"),
];

/// A US state, D.C., a territory, or the armed forces abroad, by its postal code of two letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State([u8; 2]);

fixed_text!(State, State::parse, "a US state, ex: FL");

impl State {
    /// Reads a code or a name in any case, ex: `FL`, `fl`, `Florida`; blanks around it do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let found = STATES
            .iter()
            .find(|(code, name)| code.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(text));
        let found = found.or_else(|| ALIASES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)));
        found.map(|(code, _)| Self::of(code))
    }

    /// All of them, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.iter().map(|(code, _)| Self::of(code))
    }

    /// The full name, ex: `Florida`.
    pub fn name(self) -> &'static str {
        let at = STATES.binary_search_by_key(&self.as_str(), |(code, _)| code);
        STATES[at.expect("a state is only made from the list")].1
    }

    /// Whether it is an address of the armed forces abroad, which has no place and no clock.
    pub fn is_military(self) -> bool {
        matches!(&self.0, b"AA" | b"AE" | b"AP")
    }

    fn of(code: &str) -> Self {
        Self(code.as_bytes().try_into().expect("codes have two letters"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn every_state_reads_back_from_its_code_and_its_name() {
        assert!(STATES.is_sorted());
        assert_eq!(State::all().count(), 50 + 1 + 5 + 3);
        for state in State::all() {
            assert_eq!(State::parse(state.as_str()), Some(state));
            assert_eq!(State::parse(&state.as_str().to_lowercase()), Some(state));
            assert_eq!(State::parse(state.name()), Some(state));
            assert_eq!(State::parse(&state.name().to_uppercase()), Some(state));
            assert_eq!(text::read(&text::written(&state)), Ok(state));
        }
    }

    #[test]
    fn florida_in_every_spelling() {
        let florida = State::parse("FL").expect("a state");
        assert_eq!([" fl ", "Florida", "FLORIDA"].map(State::parse), [Some(florida); 3]);
        assert_eq!((florida.to_string().as_str(), florida.name()), ("FL", "Florida"));
        assert_eq!(format!("{florida:?} {florida:>3}"), "State(FL)  FL");
        assert_eq!(text::written(&florida), "FL");
    }

    #[test]
    fn washington_is_the_state_unless_it_says_dc() {
        assert_eq!(State::parse("Washington"), State::parse("WA"));
        assert_eq!(State::parse("washington d.c."), State::parse("DC"));
    }

    #[test]
    fn what_is_no_state() {
        for text in ["", "F", "XX", "FLO", "Ontario", "ON", "FM", "ﬂ"] {
            assert_eq!(State::parse(text), None, "{text}");
        }
        let error = text::read::<State>("secret").expect_err("no state");
        assert_eq!(error.to_string(), "expected a US state, ex: FL");
    }
}
