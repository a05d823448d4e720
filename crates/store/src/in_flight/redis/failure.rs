//! Why Redis did not do what it was asked to, and how often that was.

use std::sync::atomic::{AtomicU64, Ordering};

use redis::{ErrorKind, RedisError};

/// Why Redis did not do what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisFailure {
    /// It was away a moment ago, and was not asked.
    Away,
    /// It did not answer in time.
    Deadline,
    /// The connection failed.
    Connection,
    /// The key is served by another node of the Cluster; followed there.
    Moved,
    /// The key is just being moved to another node; followed there.
    Ask,
    /// Keys are being moved, or a primary is just replaced.
    ClusterDown,
    /// It reads its data from its disk.
    Loading,
    /// It is a replica, or became one.
    ReadOnly,
    /// It has no more memory.
    OutOfMemory,
    /// A script named keys of more than one slot: a defect.
    CrossSlot,
    /// It had to be given a script anew.
    NoScript,
    /// A list was not there, or not whole, although a journey was known to be light.
    Lost,
    /// Anything else.
    Other,
}

impl RedisFailure {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 13] = [
        Self::Away,
        Self::Deadline,
        Self::Connection,
        Self::Moved,
        Self::Ask,
        Self::ClusterDown,
        Self::Loading,
        Self::ReadOnly,
        Self::OutOfMemory,
        Self::CrossSlot,
        Self::NoScript,
        Self::Lost,
        Self::Other,
    ];

    /// Its name, as a metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Deadline => "deadline",
            Self::Connection => "connection",
            Self::Moved => "moved",
            Self::Ask => "ask",
            Self::ClusterDown => "cluster_down",
            Self::Loading => "loading",
            Self::ReadOnly => "read_only",
            Self::OutOfMemory => "out_of_memory",
            Self::CrossSlot => "cross_slot",
            Self::NoScript => "no_script",
            Self::Lost => "lost",
            Self::Other => "other",
        }
    }

    /// What an error of the client means. Its text is not looked at: it may hold what was sent.
    pub(super) fn of(error: &RedisError) -> Self {
        match error.code() {
            Some("MOVED") => Self::Moved,
            Some("ASK") => Self::Ask,
            Some("CLUSTERDOWN" | "TRYAGAIN" | "MASTERDOWN") => Self::ClusterDown,
            Some("LOADING") => Self::Loading,
            Some("READONLY" | "NOREPLICAS" | "MISCONF") => Self::ReadOnly,
            Some("OOM") => Self::OutOfMemory,
            Some("CROSSSLOT") => Self::CrossSlot,
            Some("NOSCRIPT") => Self::NoScript,
            Some(_) => Self::Other,
            None if error.kind() == ErrorKind::ClusterConnectionNotFound => Self::Connection,
            None if error.is_timeout() => Self::Deadline,
            None if error.is_io_error() || error.is_unrecoverable_error() => Self::Connection,
            None => Self::Other,
        }
    }

    /// Whether nothing else is worth asking until a probe has been answered.
    pub(super) const fn is_away(self) -> bool {
        match self {
            Self::Deadline
            | Self::Connection
            | Self::Moved
            | Self::Ask
            | Self::ClusterDown
            | Self::Loading
            | Self::ReadOnly => true,
            Self::Away | Self::OutOfMemory | Self::CrossSlot | Self::NoScript | Self::Lost | Self::Other => {
                false
            }
        }
    }
}

/// How often each of them was.
#[derive(Default)]
pub(super) struct Counts([AtomicU64; RedisFailure::ALL.len()]);

impl Counts {
    pub(super) fn note(&self, failure: RedisFailure) -> RedisFailure {
        self.0[failure as usize].fetch_add(1, Ordering::Relaxed);
        failure
    }

    pub(super) fn all(&self) -> [(RedisFailure, u64); RedisFailure::ALL.len()] {
        RedisFailure::ALL.map(|failure| (failure, self.0[failure as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_place_and_name() {
        for (place, failure) in RedisFailure::ALL.into_iter().enumerate() {
            assert_eq!(failure as usize, place, "{}", failure.as_str());
        }
    }

    #[test]
    fn what_a_server_says_is_told_apart() {
        for (said, failure) in [
            ("MOVED 1 127.0.0.1:1", RedisFailure::Moved),
            ("ASK 1 127.0.0.1:1", RedisFailure::Ask),
            ("TRYAGAIN now", RedisFailure::ClusterDown),
            ("CLUSTERDOWN now", RedisFailure::ClusterDown),
            ("LOADING it", RedisFailure::Loading),
            ("READONLY it", RedisFailure::ReadOnly),
            ("OOM no", RedisFailure::OutOfMemory),
            ("CROSSSLOT no", RedisFailure::CrossSlot),
            ("NOSCRIPT no", RedisFailure::NoScript),
            ("WRONGTYPE no", RedisFailure::Other),
        ] {
            let error = redis::parse_redis_value(format!("-{said}\r\n").as_bytes());
            let error = error.and_then(redis::Value::extract_error).expect_err("it is an error");
            assert_eq!(RedisFailure::of(&error), failure, "{said}");
        }
    }
}
