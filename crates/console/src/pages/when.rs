//! Times as people read them, with the zone named.

use lead::Timestamp;

/// A time to the minute, in UTC, ex: `21 Sep 2026, 14:13 UTC`.
pub fn minute(at: Timestamp) -> String {
    shown(at, "%-d %b %Y, %H:%M UTC")
}

/// A time to the second, in UTC, ex: `21 Sep 2026, 14:13:20 UTC`.
pub fn second(at: Timestamp) -> String {
    shown(at, "%-d %b %Y, %H:%M:%S UTC")
}

/// How long ago, in the unit that matters, ex: `12 min ago`.
pub fn ago(now: Timestamp, at: Timestamp) -> String {
    match now.since(at).as_secs() {
        0..60 => "just now".to_owned(),
        secs @ 60..3_600 => format!("{} min ago", secs / 60),
        secs @ 3_600..172_800 => format!("{} h ago", secs / 3_600),
        secs => format!("{} days ago", secs / 86_400),
    }
}

fn shown(at: Timestamp, form: &str) -> String {
    let time = jiff::Timestamp::from_microsecond(at.micros());
    time.map_or_else(|_| at.to_string(), |time| time.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_names_its_zone() {
        let at = Timestamp::from_secs(1_790_000_000);
        assert_eq!(minute(at), "21 Sep 2026, 14:13 UTC");
        assert_eq!(second(at), "21 Sep 2026, 14:13:20 UTC");
        assert_eq!(ago(at + Duration::from_secs(59), at), "just now");
        assert_eq!(ago(at + Duration::from_secs(3_599), at), "59 min ago");
        assert_eq!(ago(at + Duration::from_secs(7_200), at), "2 h ago");
        assert_eq!(ago(at + Duration::from_secs(3 * 86_400), at), "3 days ago");
    }
}
