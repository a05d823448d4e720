//! `RedisAt`: which Redis, and how long it may take.

use std::time::Duration;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use secrecy::{ExposeSecret, SecretString};

use crate::limits::REDIS_DEADLINE;

/// Which Redis: one address is a single server, several are nodes of a Cluster.
#[derive(Clone)]
pub struct RedisAt {
    nodes: Vec<ConnectionInfo>,
    /// How long one operation may take; then it counts as unanswered.
    pub(super) deadline: Duration,
}

/// Why an address cannot be used. It does not say the address, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisAtError {
    /// There is none.
    #[error("there is no address")]
    Empty,
    /// It is no URL of a Redis server.
    #[error(
        "one of the addresses is no URL of a Redis server, ex: redis://10.0.0.5:6379, or rediss:// for TLS"
    )]
    NotAUrl,
    /// A password stands in it.
    #[error("a password stands in one of the addresses")]
    Password,
    /// TLS without checking the certificate.
    #[error("one of the addresses asks for TLS without a check of its certificate")]
    Insecure,
    /// A Cluster has no databases beside 0.
    #[error("an address of a Cluster names a database")]
    Database,
}

impl RedisAt {
    /// Reads addresses of the form `redis://[user@]host[:port][/database]`, `rediss://` for TLS.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn parse(urls: &[String], password: Option<&SecretString>) -> Result<Self, RedisAtError> {
        let nodes = urls.iter().map(|url| node(url, password)).collect::<Result<Vec<_>, _>>()?;
        if nodes.is_empty() {
            return Err(RedisAtError::Empty);
        }
        if nodes.len() > 1 && nodes.iter().any(|node| node.redis_settings().db() != 0) {
            return Err(RedisAtError::Database);
        }
        Ok(Self { nodes, deadline: REDIS_DEADLINE })
    }

    /// The same with another deadline of an operation.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Which of a server's databases; another one's news are another deployment's.
    pub(crate) fn database(&self) -> i64 {
        self.nodes.first().map_or(0, |node| node.redis_settings().db())
    }

    pub(super) fn nodes(&self) -> &[ConnectionInfo] {
        &self.nodes
    }
}

impl std::fmt::Debug for RedisAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses: Vec<_> = self.nodes.iter().map(|node| node.addr().to_string()).collect();
        f.debug_struct("RedisAt").field("nodes", &addresses).field("deadline", &self.deadline).finish()
    }
}

fn node(url: &str, password: Option<&SecretString>) -> Result<ConnectionInfo, RedisAtError> {
    let info = url.into_connection_info().map_err(|_| RedisAtError::NotAUrl)?;
    match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => return Err(RedisAtError::Insecure),
        ConnectionAddr::Tcp(..) | ConnectionAddr::TcpTls { .. } | ConnectionAddr::Unix(_) => {}
        _ => return Err(RedisAtError::NotAUrl),
    }
    let settings = info.redis_settings().clone();
    if settings.password().is_some() {
        return Err(RedisAtError::Password);
    }
    Ok(match password {
        Some(password) => info.set_redis_settings(settings.set_password(password.expose_secret())),
        None => info,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(urls: &[&str]) -> Result<RedisAt, RedisAtError> {
        let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
        RedisAt::parse(&urls, Some(&SecretString::from("hunter2")))
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_no_password_is_shown() {
        for (urls, why) in [
            (&[][..], RedisAtError::Empty),
            (&["http://a"], RedisAtError::NotAUrl),
            (&["redis://:secret@a"], RedisAtError::Password),
            (&["rediss://a/#insecure"], RedisAtError::Insecure),
            (&["redis://a", "redis://b/2"], RedisAtError::Database),
        ] {
            assert_eq!(parse(urls).expect_err("it is refused"), why, "{urls:?}");
        }
        for urls in [&["redis://a:7000/2"][..], &["rediss://pingpost@a"], &["redis://a", "redis://b:7001"]] {
            let at = parse(urls).expect("it can be used");
            let shown = format!("{at:?}");
            assert!(shown.contains('a') && !shown.contains("hunter2"), "{shown}");
        }
    }
}
