//! How news are written for other nodes: words in one line, the first of which says the form. A node of another release
//! passes over what it does not know: other forms, other channels, and words behind those that it knows.

use std::borrow::Cow;

use lead::{JourneyId, Timestamp};
use uuid::Uuid;

use super::News;
use crate::{chance, limits::NEWS_BYTES_MAX};

/// The form that is written, and the only one that is read.
const FORM: &str = "1";
/// The longest name of a stage.
const STAGE_BYTES_MAX: usize = 32;

/// Who tells: a node does not hear itself.
pub(super) struct Origin(String);

/// Where what is told.
pub(super) struct Channels {
    settings: String,
    stages: String,
}

impl Origin {
    pub(super) fn drawn() -> Self {
        // Without chance all nodes have one name, and hear nothing of each other: time, once more.
        Self(format!("{:016x}", u64::from_be_bytes(chance::bytes::<8>().unwrap_or_default())))
    }
}

impl Channels {
    /// Those of a database: Redis itself does not keep channels of its databases apart.
    pub(super) fn of(database: i64) -> Self {
        let of = |what: &str| format!("pingpost:{database}:{what}");
        Self { settings: of("settings"), stages: of("stages") }
    }

    pub(super) fn all(&self) -> [String; 2] {
        [self.settings.clone(), self.stages.clone()]
    }

    /// Where it is told, and how. `None`: it is not for others.
    pub(super) fn write(&self, Origin(origin): &Origin, news: &News) -> Option<(&str, String)> {
        match news {
            News::Settings { version } => Some((&self.settings, format!("{FORM} {origin} {version}"))),
            News::Stage { journey, stage, at } => {
                Some((&self.stages, format!("{FORM} {origin} {journey} {stage} {}", at.micros())))
            }
            News::Gap => None,
        }
    }

    /// What was told. `None`: it is this node's own, or not understood.
    pub(super) fn read(&self, Origin(origin): &Origin, channel: &str, text: &[u8]) -> Option<News> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= NEWS_BYTES_MAX)?;
        let mut words = text.split(' ');
        words.next().filter(|form| *form == FORM)?;
        words.next().filter(|from| from != origin)?;
        if channel == self.settings {
            return Some(News::Settings { version: words.next()?.parse().ok()? });
        }
        if channel != self.stages {
            return None;
        }
        let journey = JourneyId::from_uuid(Uuid::parse_str(words.next()?).ok()?);
        let stage = words.next().filter(|stage| is_name(stage))?;
        let at = Timestamp::from_micros(words.next()?.parse().ok()?);
        Some(News::Stage { journey, stage: Cow::Owned(stage.to_owned()), at })
    }
}

fn is_name(stage: &str) -> bool {
    (1..=STAGE_BYTES_MAX).contains(&stage.len())
        && stage.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage() -> News {
        News::Stage {
            journey: JourneyId::of_call("AC", "1"),
            stage: "auction".into(),
            at: Timestamp::from_secs(7),
        }
    }

    #[test]
    fn what_one_node_writes_another_one_reads_and_itself_does_not() {
        let channels = Channels::of(3);
        let (one, two) = (Origin("1".repeat(16)), Origin("2".repeat(16)));
        for news in [News::Settings { version: u64::MAX }, stage()] {
            let (channel, text) = channels.write(&one, &news).expect("it is for others");
            assert_eq!(channels.read(&two, channel, text.as_bytes()), Some(news));
            assert_eq!(channels.read(&one, channel, text.as_bytes()), None);
            assert_eq!(Channels::of(4).read(&two, channel, text.as_bytes()), None, "another database's");
        }
        assert_eq!(channels.write(&one, &News::Gap), None);
    }

    #[test]
    fn what_a_newer_release_says_more_is_passed_over_and_nonsense_is_nothing() {
        let (channels, origin) = (Channels::of(0), Origin("0".repeat(16)));
        let read = |channel: &str, text: &[u8]| channels.read(&origin, channel, text);
        let settings = "pingpost:0:settings";
        assert_eq!(read(settings, b"1 me 7 and more"), Some(News::Settings { version: 7 }));
        let (channel, text) = channels.write(&Origin("me".to_owned()), &stage()).expect("it is for others");
        assert_eq!(read(channel, format!("{text} more").as_bytes()), Some(stage()));
        let long = format!("1 me 7 {}", "x".repeat(NEWS_BYTES_MAX));
        for text in [&b""[..], b"1", b"1 me", b"2 me 7", b"1 me -7", b"1 me \xff", long.as_bytes()] {
            assert_eq!(read(settings, text), None, "{text:?}");
        }
        let id = JourneyId::of_call("AC", "1");
        for rest in ["", "nobody auction 7", &format!("{id} +13055550142 7"), &format!("{id} auction x")] {
            assert_eq!(read(channel, format!("1 me {rest}").as_bytes()), None, "{rest}");
        }
        assert_eq!(read("pingpost:0:other", b"1 me 7"), None);
    }
}
