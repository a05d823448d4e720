//! Numbers as trunks write them.

use lead::E164;

/// A number in E.164 form: as it is, or a national one of the NANP. `None`: it is a name, or nothing that could be rung.
pub(super) fn e164(user: &str) -> Option<E164> {
    // What follows a semicolon are parameters of the user part (RFC 3966), ex: `;npdi`.
    let user = user.split(';').next().unwrap_or_default();
    let mut plain: String = user.chars().filter(|c| !"-.() ".contains(*c)).take(32).collect();
    if plain.len() == 10 && plain.starts_with(|c: char| ('2'..='9').contains(&c)) {
        plain.insert_str(0, "+1");
    } else if plain.len() == 11 && plain.starts_with('1') {
        plain.insert(0, '+');
    }
    E164::parse(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunks_write_numbers_with_and_without_their_country() {
        for text in ["+18005550100", "18005550100", "8005550100", "800-555-0100", "+18005550100;npdi"] {
            assert_eq!(e164(text).as_ref().map(E164::as_str), Some("+18005550100"), "{text}");
        }
        for text in ["", "anonymous", "sales", "911", "+", "1234567890123456789"] {
            assert_eq!(e164(text), None, "{text}");
        }
    }
}
