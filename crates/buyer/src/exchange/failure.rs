//! Why there was no answer to a request.

use std::{error::Error, io};

use super::wire::TooManyBytes;

/// There was no answer that could be read. Holds nothing of what was sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, or it broke before the whole answer was there.
    #[error("unreachable: {0}")]
    Unreachable(Unreachable),
    /// The whole answer was not there at the deadline.
    #[error("no whole answer in time")]
    Timeout,
    /// The answer's body is larger than allowed, as sent or after decompression.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer is a redirect, with its status. None is ever followed.
    #[error("redirect {0} not allowed")]
    RedirectNotAllowed(u16),
    /// The body's `content-encoding` is not gzip, or the gzip stream is damaged.
    #[error("the answer's encoding cannot be read")]
    BadEncoding,
    /// What came back is no HTTP answer.
    #[error("the answer is not HTTP")]
    NotHttp,
}

impl Failure {
    /// A stable word for records and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable(why) => why.code(),
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::RedirectNotAllowed(_) => "redirect_not_allowed",
            Self::BadEncoding => "bad_encoding",
            Self::NotHttp => "not_http",
        }
    }
}

/// What kept a request from being answered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The name does not exist, or no name server answered.
    #[error("the name could not be looked up")]
    DnsFailed,
    /// Every address of the name is one that may not be connected to.
    #[error("the name leads to an address that may not be connected to")]
    PrivateAddress,
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// The connection was not there in its own time limit.
    #[error("no connection in time")]
    ConnectTimeout,
    /// The network knows no way there.
    #[error("no way to the address")]
    NoRoute,
    /// The certificate is not valid for the name, or the handshake failed. Never tried again without TLS.
    #[error("no secure connection")]
    TlsFailed,
    /// The connection broke before the whole answer was there.
    #[error("the connection broke")]
    Reset,
}

impl Unreachable {
    /// A stable word for records and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::DnsFailed => "dns_failed",
            Self::PrivateAddress => "private_address",
            Self::Refused => "refused",
            Self::ConnectTimeout => "connect_timeout",
            Self::NoRoute => "no_route",
            Self::TlsFailed => "tls_failed",
            Self::Reset => "reset",
        }
    }
}

/// Reads an error chain: our connector's own reason, an answer that is too long or not HTTP, else a broken
/// connection.
pub(super) fn of(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(it) = cause {
        if let Some(why) = it.downcast_ref::<Unreachable>() {
            return Failure::Unreachable(*why);
        }
        if let Some(failure) = it.downcast_ref().and_then(of_io) {
            return failure;
        }
        if it.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Failure::NotHttp;
        }
        cause = it.source();
    }
    Failure::Unreachable(Unreachable::Reset)
}

/// Our own end of a stream without one, or a chunk that `hyper` cannot read, which it tells as an input or output error.
/// An `io::Error` gives its content's source, never the content, so that the chain alone does not show it.
fn of_io(error: &io::Error) -> Option<Failure> {
    let content = error.get_ref();
    if content.is_some_and(|it| it.is::<TooManyBytes>()) {
        return Some(Failure::TooLarge);
    }
    let is_invalid = matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
    let is_secure = content.is_some_and(|it| it.is::<rustls::Error>());
    (is_invalid && !is_secure).then_some(Failure::NotHttp)
}
