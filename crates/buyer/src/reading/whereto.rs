//! Where a bid sends its call: the SIP address first, then the number.

use auction::{Destination, SipUri, Whereto};
use lead::E164;

use super::Found;

/// What a reply names and can be read, in the order of preference. What is allowed is for the round to say.
pub fn whereto(sip_address: &Found, phone_number: &Found) -> Whereto {
    if matches!((sip_address, phone_number), (Found::Absent, Found::Absent)) {
        return Whereto::Own;
    }
    let sip = match sip_address {
        Found::Text(text) => SipUri::parse(text).ok().map(Destination::Sip),
        _ => None,
    };
    let phone = match phone_number {
        Found::Text(text) => number(text).map(Destination::Phone),
        Found::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            number(text).map(Destination::Phone)
        }
        _ => None,
    };
    Whereto::Named(sip.into_iter().chain(phone).collect())
}

/// Punctuation and blanks dropped: `+` E.164, 11 digits from 1, or 10 digits meaning +1. Anything else, a letter
/// or a URI, is no number and is never dialled as digits.
fn number(text: &str) -> Option<E164> {
    let dropped: String = text.chars().filter(|c| !" \t\u{a0}-.()/".contains(*c)).collect();
    let full = match dropped.strip_prefix('+') {
        Some(_) => dropped,
        None if dropped.len() == 11 && dropped.starts_with('1') => format!("+{dropped}"),
        None if dropped.len() == 10 => format!("+1{dropped}"),
        None => return None,
    };
    E164::parse(&full).ok().filter(is_possible)
}

/// In the North American plan neither the area code nor the exchange begins with 0 or 1.
fn is_possible(number: &E164) -> bool {
    number.nanp().is_none_or(|digits| !digits.starts_with(['0', '1']) && !digits[3..].starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    fn phone(number: &str) -> Destination {
        Destination::Phone(E164::parse(number).unwrap())
    }

    #[test]
    fn a_number_has_several_spellings() {
        for shown in [
            "+13055550142",
            "13055550142",
            "3055550142",
            "(305) 555-0142",
            "+1 305.555.0142",
            "1/305/555/0142",
            "+1\u{a0}305 555 0142",
        ] {
            assert_eq!(
                whereto(&Found::Absent, &text(shown)),
                Whereto::Named(vec![phone("+13055550142")]),
                "{shown}"
            );
        }
        assert_eq!(
            whereto(&Found::Absent, &text("+35924930101")),
            Whereto::Named(vec![phone("+35924930101")])
        );
        assert_eq!(
            whereto(&Found::Absent, &Found::Number("13055550142".to_owned())),
            Whereto::Named(vec![phone("+13055550142")])
        );
    }

    #[test]
    fn what_is_no_number_is_never_dialled() {
        for shown in [
            "sip:13055550142@evil.example",
            "tel:+13055550142",
            "13055550142@evil.example",
            "305555014",
            "305555014a",
            "1-800-FLOWERS",
            "3055550142;x=1",
            "3055550142x7",
            "++13055550142",
            "+1+3055550142",
            "+03055550142",
            "٣٠٥٥٥٥٠١٤٢",
            "911",
            "0113055550142",
            "1055550142",
            "3051550142",
            "-",
            "+",
        ] {
            assert_eq!(whereto(&Found::Absent, &text(shown)), Whereto::Named(Vec::new()), "{shown}");
        }
        for odd in [
            Found::Flag(true),
            Found::Other,
            Found::Number("1.3055550142e10".to_owned()),
            Found::Number("-3055550142".to_owned()),
        ] {
            assert_eq!(whereto(&Found::Absent, &odd), Whereto::Named(Vec::new()), "{odd:?}");
        }
    }

    #[test]
    fn the_sip_address_stands_first() {
        let sip = Destination::Sip(SipUri::parse("a@rtb.example.com").unwrap());
        assert_eq!(
            whereto(&text("a@rtb.example.com"), &text("3055550142")),
            Whereto::Named(vec![sip.clone(), phone("+13055550142")])
        );
        assert_eq!(whereto(&text("sip:a@rtb.example.com"), &Found::Absent), Whereto::Named(vec![sip]));
        assert_eq!(
            whereto(&text("a@rtb.example.com;maddr=10.0.0.1"), &text("3055550142")),
            Whereto::Named(vec![phone("+13055550142")])
        );
        assert_eq!(whereto(&text("3055550142"), &Found::Absent), Whereto::Named(Vec::new()));
        for length in 240..260 {
            let long = format!("{}@rtb.example.com", "a".repeat(length - "@rtb.example.com".len()));
            let Whereto::Named(named) = whereto(&text(&long), &Found::Absent) else { panic!("{length}") };
            for to in named {
                let written = serde_json::to_string(&to).unwrap();
                assert_eq!(serde_json::from_str::<Destination>(&written).ok(), Some(to), "{length}");
            }
        }
        assert_eq!(whereto(&Found::Absent, &Found::Absent), Whereto::Own);
    }
}
