//! `AreaCode` and `NumberClass`: what the first digits of a North American number say.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{State, digits, fixed_text, lines};

/// An area code of the North American plan, ex: `305`. It need not be in use: see [`AreaCode::class`].
///
/// A number can be taken along, so the state is a hint and not a fact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode([u8; 3]);

fixed_text!(AreaCode, AreaCode::parse, "an area code, ex: 305");

/// What kind of number it is, as far as its first digits say. Only two of these are ordinary to dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberClass {
    /// A place in the United States or one of its territories.
    Geographic,
    /// A place in Canada.
    Canada,
    /// Another country behind +1, mostly Caribbean: priced as international, and known for toll fraud.
    Caribbean,
    /// The called party pays, ex: 800.
    TollFree,
    /// The caller pays extra: 900, and 976 as an exchange.
    Premium,
    /// Follows a person or a service and not a place, ex: 500, 700.
    NonGeographic,
    /// Not in the table, or no number at all.
    Unknown,
}

struct Row {
    code: AreaCode,
    class: NumberClass,
    state: Option<State>,
    zones: Vec<&'static str>,
}

/// In the order of the codes.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows: Vec<_> = lines(include_str!("../../data/area_codes.csv")).map(Row::read).collect();
    assert!(rows.is_sorted_by(|a, b| a.code < b.code), "area_codes.csv is in order");
    rows
});

impl AreaCode {
    /// Reads three digits as the plan allows them: the first is 2 to 9, and not a service code such as 911.
    pub fn parse(text: &str) -> Option<Self> {
        let code = digits::<3>(text)?;
        (code[0] >= b'2' && !code.ends_with(b"11")).then_some(Self(code))
    }

    /// What kind of number it begins.
    pub fn class(self) -> NumberClass {
        self.row().map_or(NumberClass::Unknown, |row| row.class)
    }

    /// The US state or territory it belongs to.
    pub fn state(self) -> Option<State> {
        self.row().and_then(|row| row.state)
    }

    /// Every IANA time zone in which its numbers may be, in the order of their names. Empty if it is of no place.
    pub fn zones(self) -> &'static [&'static str] {
        self.row().map_or(&[], |row| &row.zones)
    }

    /// Every IANA time zone of a state or territory: those of all its area codes.
    pub fn zones_of(state: State) -> BTreeSet<&'static str> {
        ROWS.iter().filter(|row| row.state == Some(state)).flat_map(|row| row.zones.iter().copied()).collect()
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.binary_search_by_key(&self, |row| row.code).ok().map(|at| &ROWS[at])
    }
}

/// The class of ten digits without the country code. What the plan does not allow is [`NumberClass::Unknown`].
///
/// Exchange 976 is premium under every area code but a toll-free one. Exchanges such as 555 and 411 are not told
/// apart from others: they cost nothing extra.
pub fn class_of_nanp(digits10: &str) -> NumberClass {
    let Some(number) = digits::<10>(digits10) else { return NumberClass::Unknown };
    let Some(code) = AreaCode::parse(&digits10[..3]) else { return NumberClass::Unknown };
    if number[3] < b'2' {
        return NumberClass::Unknown;
    }
    match code.class() {
        class @ (NumberClass::Unknown | NumberClass::TollFree) => class,
        _ if is_premium_exchange(&digits10[3..6]) => NumberClass::Premium,
        class => class,
    }
}

/// Whether an exchange, the three digits after the area code, costs the caller extra wherever it is: 976.
pub fn is_premium_exchange(exchange: &str) -> bool {
    exchange == "976"
}

impl Row {
    fn read(line: &'static str) -> Self {
        let fields: Vec<_> = line.split(',').collect();
        let [code, class, state, zones] = fields[..] else { panic!("area_codes.csv has four columns") };
        let class = match class {
            "geographic" => NumberClass::Geographic,
            "canada" => NumberClass::Canada,
            "caribbean" => NumberClass::Caribbean,
            "toll_free" => NumberClass::TollFree,
            "premium" => NumberClass::Premium,
            "non_geographic" => NumberClass::NonGeographic,
            _ => panic!("area_codes.csv has six classes"),
        };
        Self {
            code: AreaCode::parse(code).expect("area_codes.csv holds area codes"),
            class,
            state: State::parse(state),
            zones: zones.split_terminator(';').collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    fn code(text: &str) -> AreaCode {
        AreaCode::parse(text).unwrap()
    }

    #[test]
    fn miami() {
        assert_eq!(code("305").class(), NumberClass::Geographic);
        assert_eq!(code("305").state(), State::parse("FL"));
        assert_eq!(code("305").zones(), ["America/New_York"]);
        assert_eq!(text::read(&text::written(&code("305"))), Ok(code("305")));
    }

    #[test]
    fn a_code_and_its_overlay_have_all_zones_of_their_ground() {
        for panhandle in ["850", "448"] {
            assert_eq!(code(panhandle).zones(), ["America/Chicago", "America/New_York"]);
        }
        assert_eq!(code("208").zones(), code("986").zones());
        assert_eq!(code("931").zones(), ["America/Chicago"]);
    }

    #[test]
    fn a_state_has_all_zones_of_its_area_codes() {
        let of =
            |state: &str| AreaCode::zones_of(State::parse(state).unwrap()).into_iter().collect::<Vec<_>>();
        assert_eq!(of("FL"), ["America/Chicago", "America/New_York"]);
        assert_eq!(of("AZ"), ["America/Denver", "America/Phoenix"]);
        assert!(
            State::all().filter(|state| !state.is_military()).all(|state| !of(state.as_str()).is_empty())
        );
    }

    #[test]
    fn every_row_is_sound() {
        let counted = include_str!("../../data/area_codes.csv").lines().nth(2).unwrap();
        assert_eq!(counted, format!("# npa,class,state,zones: {} codes", ROWS.len()));
        for row in ROWS.iter() {
            let code = row.code;
            assert_eq!(AreaCode::parse(code.as_str()), Some(code));
            let place =
                matches!(row.class, NumberClass::Geographic | NumberClass::Canada | NumberClass::Caribbean);
            assert_eq!(place, !row.zones.is_empty(), "{code} has a zone exactly if it has a place");
            assert_eq!(row.class == NumberClass::Geographic, row.state.is_some(), "{code} and its state");
            for zone in &row.zones {
                assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{code}: {zone}");
            }
        }
    }

    #[test]
    fn every_state_and_territory_has_an_area_code() {
        for state in State::all().filter(|state| !state.is_military()) {
            assert!(ROWS.iter().any(|row| row.state == Some(state)), "{state}");
        }
        let territories =
            ["340", "670", "671", "684", "787", "939"].map(|npa| code(npa).state().unwrap().to_string());
        assert_eq!(territories, ["VI", "MP", "GU", "AS", "PR", "PR"]);
        assert_eq!(code("202").state(), State::parse("DC"));
    }

    #[test]
    fn another_country_is_never_geographic() {
        let countries = "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876";
        for npa in countries.split(' ') {
            assert_eq!(class_of_nanp(&format!("{npa}5550142")), NumberClass::Caribbean);
            assert_eq!(code(npa).state(), None);
        }
    }

    #[test]
    fn classes() {
        let cases = [
            ("3055550142", NumberClass::Geographic),
            ("3054111234", NumberClass::Geographic),
            ("7875550142", NumberClass::Geographic),
            ("4165550142", NumberClass::Canada),
            ("8005550142", NumberClass::TollFree),
            ("8229765555", NumberClass::TollFree),
            ("9005550142", NumberClass::Premium),
            ("3059761234", NumberClass::Premium),
            ("4169761234", NumberClass::Premium),
            ("8769761234", NumberClass::Premium),
            ("5005550142", NumberClass::NonGeographic),
            ("7105550142", NumberClass::NonGeographic),
            ("2005550142", NumberClass::Unknown),
            ("2009761234", NumberClass::Unknown),
            ("3051550142", NumberClass::Unknown),
            ("3050550142", NumberClass::Unknown),
            ("0305550142", NumberClass::Unknown),
            ("9115550142", NumberClass::Unknown),
            ("305555014", NumberClass::Unknown),
            ("13055550142", NumberClass::Unknown),
            ("+305555014", NumberClass::Unknown),
            ("３055550", NumberClass::Unknown),
            ("", NumberClass::Unknown),
        ];
        for (number, class) in cases {
            assert_eq!(class_of_nanp(number), class, "{number}");
        }
    }

    #[test]
    fn what_is_no_area_code() {
        for text in ["", "30", "3055", "105", "055", "911", "30a", " 305"] {
            assert_eq!(AreaCode::parse(text), None, "{text}");
        }
        assert_eq!(
            (code("299").class(), code("299").state(), code("299").zones().len()),
            (NumberClass::Unknown, None, 0)
        );
    }
}
