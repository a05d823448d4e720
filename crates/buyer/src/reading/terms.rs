//! The small fields of a reply: ids, seconds, times, and what must equal ours.

use std::time::Duration;

use auction::Malformed;
use lead::Timestamp;

use super::{Decimal, Found};

/// The longest id that is taken, in characters.
pub const ID_CHARS_MAX: usize = 256;

/// 1–256 printable ASCII characters; a number is taken as its decimal text.
///
/// # Errors
/// When the id has another form.
pub fn id(found: &Found) -> Result<Option<String>, Malformed> {
    let text = match found {
        Found::Absent => return Ok(None),
        Found::Text(text) | Found::Number(text) => text,
        Found::Flag(_) | Found::Other => return Err(Malformed::BidId),
    };
    let is_printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_printable && text.len() <= ID_CHARS_MAX { Ok(Some(text.clone())) } else { Err(Malformed::BidId) }
}

/// How long a bid lives from its receipt: seconds as a number or its string, cut. Below zero it has no life.
///
/// # Errors
/// When the seconds are no number.
pub fn life(found: &Found) -> Result<Option<Duration>, Malformed> {
    let Some(seconds) = decimal(found, Malformed::Expiry)? else { return Ok(None) };
    Ok(Some(if seconds.is_signed() { Duration::ZERO } else { Duration::from_secs(seconds.cut(0)) }))
}

/// From how many seconds of talk on a call is payable; cut.
///
/// # Errors
/// When the seconds are no number, or below zero.
pub fn payable_after(found: &Found) -> Result<Option<Duration>, Malformed> {
    match decimal(found, Malformed::PayableAfter)? {
        None => Ok(None),
        Some(below) if below.is_signed() && !below.is(0) => Err(Malformed::PayableAfter),
        Some(seconds) => Ok(Some(Duration::from_secs(seconds.cut(0)))),
    }
}

/// A Unix time in milliseconds, as a number or its string, cut.
///
/// # Errors
/// When it is no number.
pub fn epoch_millis(found: &Found) -> Result<Option<Timestamp>, Malformed> {
    let Some(millis) = decimal(found, Malformed::Expiry)? else { return Ok(None) };
    let micros = i64::try_from(millis.cut(3)).unwrap_or(i64::MAX);
    Ok(Some(Timestamp::from_micros(if millis.is_signed() { 0 } else { micros })))
}

/// `2026-05-05T06:26:06.534Z`: a date, a time and a zone (RFC 3339, 5.6).
///
/// # Errors
/// When the text has another form, or there is no such time.
pub fn rfc3339(found: &Found) -> Result<Option<Timestamp>, Malformed> {
    let text = match found {
        Found::Absent => return Ok(None),
        Found::Text(text) if has_rfc3339_form(text) => text,
        _ => return Err(Malformed::Expiry),
    };
    let at: jiff::Timestamp = text.parse().map_err(|_| Malformed::Expiry)?;
    Ok(Some(Timestamp::from_micros(at.as_microsecond())))
}

/// Absent, or the same text as ours without regard to case; anything else breaks `rule`.
///
/// # Errors
/// `rule`
pub fn same(found: &Found, ours: &str, rule: Malformed) -> Result<(), Malformed> {
    match found {
        Found::Absent => Ok(()),
        Found::Text(text) if text.eq_ignore_ascii_case(ours) => Ok(()),
        _ => Err(rule),
    }
}

fn decimal(found: &Found, rule: Malformed) -> Result<Option<Decimal>, Malformed> {
    match found {
        Found::Absent => Ok(None),
        Found::Number(text) | Found::Text(text) => Decimal::parse(text).map(Some).ok_or(rule),
        Found::Flag(_) | Found::Other => Err(rule),
    }
}

/// The form alone; whether the day exists is for the calendar to say.
fn has_rfc3339_form(text: &str) -> bool {
    let digits_as = |text: &str, form: &str| {
        text.len() == form.len()
            && text.bytes().zip(form.bytes()).all(|(found, wanted)| match wanted {
                b'0' => found.is_ascii_digit(),
                b'T' => matches!(found, b'T' | b't' | b' '),
                b'+' => matches!(found, b'+' | b'-'),
                other => found == other,
            })
    };
    let Some((start, rest)) = text.split_at_checked(19) else { return false };
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = &rest[..rest.len() - zone.len()];
    let is_fraction = fraction.strip_prefix('.').map_or(fraction.is_empty(), |it| {
        (1..=9).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_digit())
    });
    digits_as(start, "0000-00-00T00:00:00")
        && is_fraction
        && (matches!(zone, "Z" | "z") || digits_as(zone, "+00:00"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    fn number(text: &str) -> Found {
        Found::Number(text.to_owned())
    }

    #[test]
    fn an_id_is_printable_ascii_or_a_number() {
        assert_eq!(id(&text("RTB959b")), Ok(Some("RTB959b".to_owned())));
        assert_eq!(id(&number("26635027")), Ok(Some("26635027".to_owned())));
        assert_eq!(id(&number("1e3")), Ok(Some("1e3".to_owned())));
        assert_eq!(id(&Found::Absent), Ok(None));
        assert_eq!(id(&text(&"x".repeat(256))).map(|it| it.is_some()), Ok(true));
        for odd in [
            text(&"x".repeat(257)),
            text("é"),
            text("a\tb"),
            text("a\u{7f}"),
            Found::Flag(true),
            Found::Other,
        ] {
            assert_eq!(id(&odd), Err(Malformed::BidId));
        }
    }

    #[test]
    fn seconds_are_a_number_or_its_string() {
        for (found, seconds) in [
            (number("60"), 60),
            (text("60"), 60),
            (number("60.9"), 60),
            (text("6e1"), 60),
            (number("0"), 0),
            (number("0.9"), 0),
            (number("-5"), 0),
        ] {
            assert_eq!(life(&found), Ok(Some(Duration::from_secs(seconds))), "{found:?}");
        }
        assert_eq!(life(&Found::Absent), Ok(None));
        for odd in [text("soon"), text("60s"), text(" 60"), Found::Flag(true), Found::Other] {
            assert_eq!(life(&odd), Err(Malformed::Expiry), "{odd:?}");
        }
        assert_eq!(life(&number("1e400")), Ok(Some(Duration::from_secs(u64::MAX))));
        assert_eq!(payable_after(&number("120.5")), Ok(Some(Duration::from_secs(120))));
        assert_eq!(payable_after(&number("-0")), Ok(Some(Duration::ZERO)));
        assert_eq!(payable_after(&number("-1")), Err(Malformed::PayableAfter));
        assert_eq!(payable_after(&text("long")), Err(Malformed::PayableAfter));
    }

    #[test]
    fn an_epoch_is_in_milliseconds() {
        let at = Some(Timestamp::from_micros(1_790_000_000_123_000));
        assert_eq!(epoch_millis(&number("1790000000123")), Ok(at));
        assert_eq!(epoch_millis(&text("1790000000123")), Ok(at));
        assert_eq!(epoch_millis(&number("1.790000000123e12")), Ok(at));
        assert_eq!(epoch_millis(&number("-1")), Ok(Some(Timestamp::from_micros(0))));
        assert_eq!(epoch_millis(&number("1e300")), Ok(Some(Timestamp::from_micros(i64::MAX))));
        assert_eq!(epoch_millis(&text("2026-05-05T06:26:06Z")), Err(Malformed::Expiry));
    }

    #[test]
    fn a_time_has_a_zone() {
        for shown in [
            "2026-05-05T06:26:06.534Z",
            "2026-05-05T06:26:06.534z",
            "2026-05-05 08:26:06.534+02:00",
            "2026-05-05t01:26:06.534000-05:00",
        ] {
            assert_eq!(
                rfc3339(&text(shown)),
                Ok(Some(Timestamp::from_micros(1_777_962_366_534_000))),
                "{shown}"
            );
        }
        for odd in [
            "2026-05-05T06:26:06",
            "2026-05-05",
            "2026-05-05T06:26Z",
            "2026-02-30T06:26:06Z",
            "2026-05-05T24:00:00Z",
            "20260505T062606Z",
            "2026-05-05T06:26:06.Z",
            "2026-05-05T06:26:06,5Z",
            "2026-05-05T06:26:06+0200",
            "2026-05-05T06:26:06Z[UTC]",
            "+2026-05-05T06:26:06Z",
            "1777962366",
            "soon",
            "é026-05-05T06:26:0Z",
        ] {
            assert_eq!(rfc3339(&text(odd)), Err(Malformed::Expiry), "{odd}");
        }
        assert_eq!(rfc3339(&number("1777962366")), Err(Malformed::Expiry));
        assert_eq!(rfc3339(&Found::Absent), Ok(None));
    }

    #[test]
    fn what_must_be_ours_is_ours_or_absent() {
        assert_eq!(same(&text("usd"), "USD", Malformed::Currency), Ok(()));
        assert_eq!(same(&Found::Absent, "USD", Malformed::Currency), Ok(()));
        assert_eq!(same(&text("EUR"), "USD", Malformed::Currency), Err(Malformed::Currency));
        assert_eq!(same(&number("1"), "USD", Malformed::Currency), Err(Malformed::Currency));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(shown in any::<String>()) {
            let found = text(&shown);
            let _ = (id(&found), life(&found), payable_after(&found), epoch_millis(&found), rfc3339(&found));
        }

        #[test]
        fn a_time_with_any_zone_is_the_same_moment(seconds in 0_i64..4_000_000_000, zone in -720_i64..=840) {
            let local = jiff::Timestamp::from_second(seconds + zone * 60).unwrap().to_string();
            let sign = if zone < 0 { '-' } else { '+' };
            let shown = format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), zone.abs() / 60, zone.abs() % 60);
            prop_assert_eq!(rfc3339(&text(&shown)), Ok(Some(Timestamp::from_secs(seconds))));
        }
    }
}
