//! Session timers (RFC 4028): who refreshes a session and when, so that a lost goodbye does not leave it standing.

use std::time::Duration;

use crate::limits::{SESSION_MIN_SECS, SESSION_SECS};

/// Who sends the refreshes, seen from the request that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answered it.
    Uas,
}

/// A `Session-Expires` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expires {
    /// Seconds.
    pub secs: u64,
    /// Who refreshes, where it says so.
    pub refresher: Option<Refresher>,
}

impl Expires {
    /// Reads the header's value, ex: `1800;refresher=uac`. `None`: it cannot be read.
    pub fn read(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let secs = parts.next()?.parse().ok()?;
        let mut refresher = None;
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            if name.trim().eq_ignore_ascii_case("refresher") {
                refresher = match value.trim() {
                    it if it.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                    it if it.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                    _ => return None,
                };
            }
        }
        Some(Self { secs, refresher })
    }

    /// The header's value.
    pub fn write(&self) -> String {
        match self.refresher {
            None => self.secs.to_string(),
            Some(Refresher::Uac) => format!("{};refresher=uac", self.secs),
            Some(Refresher::Uas) => format!("{};refresher=uas", self.secs),
        }
    }
}

/// What is done about a request's session timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// There is none.
    No,
    /// It is shorter than we refresh: 422 with `Min-SE`.
    TooBrief {
        /// What must be asked for at least.
        min: u64,
    },
    /// There is one.
    Timer {
        /// The answer's `Session-Expires`.
        expires: Expires,
        /// Whether the answer requires the extension: the other side refreshes.
        require: bool,
        /// What we do.
        ours: Timer,
    },
}

/// What a session's timer asks of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// Refresh the session each time after this.
    Refresh(Duration),
    /// End the session when no refresh has come for this long.
    Await(Duration),
}

impl Timer {
    fn of(secs: u64, we_refresh: bool) -> Self {
        if we_refresh {
            return Self::Refresh(Duration::from_secs(secs / 2));
        }
        // A goodbye is said a little before the end: a third of it, 32 s at most (RFC 4028, 10).
        Self::Await(Duration::from_secs(secs - (secs / 3).min(32)))
    }

    /// The time of it.
    pub fn after(self) -> Duration {
        match self {
            Self::Refresh(after) | Self::Await(after) => after,
        }
    }
}

/// How a request is answered. `supported`: whether it names `timer` as supported.
pub fn grant(asked: Option<Expires>, min: Option<u64>, supported: bool) -> Granted {
    let Some(asked) = asked else { return Granted::No };
    if asked.secs < SESSION_MIN_SECS {
        // Who does not support the extension cannot be told so; a proxy put the header there, and we refresh at our pace.
        if supported {
            return Granted::TooBrief { min: SESSION_MIN_SECS };
        }
    }
    let floor = min.unwrap_or(SESSION_MIN_SECS).max(SESSION_MIN_SECS);
    let secs = asked.secs.min(SESSION_SECS).max(floor);
    let refresher = match asked.refresher {
        _ if !supported => Refresher::Uas,
        Some(said) => said,
        None => Refresher::Uac,
    };
    let expires = Expires { secs, refresher: Some(refresher) };
    let we_refresh = refresher == Refresher::Uas;
    Granted::Timer { expires, require: !we_refresh, ours: Timer::of(secs, we_refresh) }
}

/// What an answer to our request means for us. `None`: there is no timer.
pub fn granted(answer: Option<Expires>) -> Option<Timer> {
    let answer = answer?;
    let we_refresh = answer.refresher != Some(Refresher::Uas);
    Some(Timer::of(answer.secs.max(SESSION_MIN_SECS), we_refresh))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECS: fn(u64) -> Duration = Duration::from_secs;

    fn asked(text: &str) -> Option<Expires> {
        Some(Expires::read(text).unwrap())
    }

    #[test]
    fn the_header_is_read_and_written() {
        assert_eq!(Expires::read("1800"), Some(Expires { secs: 1_800, refresher: None }));
        let said = Expires { secs: 90, refresher: Some(Refresher::Uac) };
        assert_eq!(Expires::read(" 90 ; refresher = UAC;x=y"), Some(said));
        assert_eq!(Expires::read(&said.write()), Some(said));
        assert_eq!(Expires::read("soon"), None);
        assert_eq!(Expires::read("90;refresher=both"), None);
    }

    #[test]
    fn who_asks_refreshes_unless_it_says_otherwise_or_cannot() {
        let timer = |secs, refresher, require, ours| Granted::Timer {
            expires: Expires { secs, refresher: Some(refresher) },
            require,
            ours,
        };
        let await_600 = Timer::Await(SECS(600 - 32));
        assert_eq!(grant(asked("600"), None, true), timer(600, Refresher::Uac, true, await_600));
        let refresh_600 = Timer::Refresh(SECS(300));
        assert_eq!(
            grant(asked("600;refresher=uas"), None, true),
            timer(600, Refresher::Uas, false, refresh_600)
        );
        assert_eq!(
            grant(asked("600;refresher=uac"), None, false),
            timer(600, Refresher::Uas, false, refresh_600)
        );
        assert_eq!(grant(None, None, true), Granted::No);
    }

    #[test]
    fn too_brief_is_refused_and_too_long_is_cut() {
        assert_eq!(grant(asked("60"), None, true), Granted::TooBrief { min: 90 });
        let Granted::Timer { expires, .. } = grant(asked("60"), None, false) else { panic!("a timer") };
        assert_eq!(expires.secs, 90);
        let Granted::Timer { expires, .. } = grant(asked("86400"), None, true) else { panic!("a timer") };
        assert_eq!(expires.secs, 1_800);
        let Granted::Timer { expires, .. } = grant(asked("86400"), Some(3_600), true) else {
            panic!("a timer")
        };
        assert_eq!(expires.secs, 3_600);
    }

    #[test]
    fn an_answer_says_who_refreshes() {
        assert_eq!(granted(None), None);
        assert_eq!(granted(asked("1800;refresher=uac")), Some(Timer::Refresh(SECS(900))));
        assert_eq!(granted(asked("90;refresher=uas")), Some(Timer::Await(SECS(60))));
    }
}
