//! Connection overrides: the fragment of a webhook's URL, which Twilio obeys and does not send.

use std::time::Duration;
use url::Url;

/// How one webhook is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overrides {
    pub(crate) retries: u32,
    pub(crate) read: Duration,
    pub(crate) total: Duration,
    retry_on: Vec<String>,
}

/// Why an attempt came to nothing, in the words of `rp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Connect,
    Read,
    /// The answer began and did not end: whatever the URL says, it is not asked again.
    Partial,
    Status(u16),
}

impl Overrides {
    /// Reads the fragment; what is missing or out of range has Twilio's default.
    pub(crate) fn of(url: &Url) -> Self {
        let mut found = Self {
            retries: 1,
            read: Duration::from_secs(15),
            total: Duration::from_secs(15),
            retry_on: vec!["ct".to_owned()],
        };
        for (name, value) in url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes()) {
            let number = value.parse::<u64>().ok();
            match (name.as_ref(), number) {
                ("rc", Some(count @ 0..=5)) => found.retries = u32::try_from(count).unwrap_or(1),
                ("rt", Some(ms @ 100..=15_000)) => found.read = Duration::from_millis(ms),
                ("tt", Some(ms @ 100..=15_000)) => found.total = Duration::from_millis(ms),
                ("rp", _) => found.retry_on = value.split(',').map(str::to_owned).collect(),
                _ => {}
            }
        }
        found
    }

    pub(crate) fn retries_after(&self, trouble: Trouble) -> bool {
        let word = match trouble {
            Trouble::Connect => "ct",
            Trouble::Read => "rt",
            Trouble::Partial => return false,
            Trouble::Status(400..=499) => "4xx",
            Trouble::Status(_) => "5xx",
        };
        self.retry_on.iter().any(|named| named == word || named == "all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_is_read() {
        let url = Url::parse("http://a/b?x=1#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx&tt=14000").unwrap();
        let found = Overrides::of(&url);
        assert_eq!((found.retries, found.read.as_millis(), found.total.as_millis()), (2, 6000, 14000));
        assert!(found.retries_after(Trouble::Status(503)) && found.retries_after(Trouble::Read));
        assert!(!found.retries_after(Trouble::Status(404)));
    }

    #[test]
    fn without_a_fragment_only_a_failed_connection_is_tried_again() {
        let found = Overrides::of(&Url::parse("http://a/b").unwrap());
        assert_eq!(found.retries, 1);
        assert!(found.retries_after(Trouble::Connect) && !found.retries_after(Trouble::Read));
    }
}
