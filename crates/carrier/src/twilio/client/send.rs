//! One request with its repeats: what may be sent again, and what not.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use reqwest::{RequestBuilder, Response};

use super::{TwilioClient, resource};

/// A request is sent at most so often.
const TRIES_MAX: u32 = 3;
/// An answer longer than this is cut.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Doing it twice is doing it once.
    Always,
    /// Only what was certainly not executed: no connection, or 429, which was "never processed"
    /// (twilio.com/docs/api/errors/20429).
    Unsent,
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Why there is no answer. `None` as the cause: the time ran out.
#[derive(Debug)]
pub(super) enum SendError {
    /// It was certainly not executed.
    NotSent(Option<reqwest::Error>),
    /// It may have been executed.
    Unknown(Option<reqwest::Error>),
}

/// Why something could not be fetched. It never repeats what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Twilio refused.
    #[error("Twilio answered {status}, code {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Twilio's code, else the HTTP status.
        code: u32,
    },
    /// Twilio could not be reached.
    #[error("Twilio could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Twilio did not answer in time.
    #[error("Twilio did not answer in time")]
    TimedOut,
    /// The answer was not understood.
    #[error("Twilio's answer was not understood")]
    Unreadable,
    /// There is more than is fetched.
    #[error("it is longer than is fetched")]
    TooLong,
}

impl Answer {
    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Twilio's code, else the HTTP status.
    pub(super) fn code(&self) -> u32 {
        resource::code(&self.body).unwrap_or_else(|| u32::from(self.status))
    }
}

impl From<SendError> for FetchError {
    fn from(why: SendError) -> Self {
        match why {
            SendError::NotSent(Some(why)) | SendError::Unknown(Some(why)) => Self::Unreachable(why),
            SendError::NotSent(None) | SendError::Unknown(None) => Self::TimedOut,
        }
    }
}

impl TwilioClient {
    /// Sends until there is an answer that no repeat would better, or the time is over.
    pub(super) async fn send(
        &self,
        request: impl Fn() -> RequestBuilder,
        repeat: Repeat,
    ) -> Result<Answer, SendError> {
        let under_way = AtomicBool::new(false);
        let sending = async {
            let _place = self.in_flight.acquire().await.expect("it is never closed");
            self.send_repeatedly(request, repeat, &under_way).await
        };
        match tokio::time::timeout(self.config.request_timeout, sending).await {
            Ok(result) => result,
            Err(_) if under_way.load(Ordering::Relaxed) => Err(SendError::Unknown(None)),
            Err(_) => Err(SendError::NotSent(None)),
        }
    }

    async fn send_repeatedly(
        &self,
        request: impl Fn() -> RequestBuilder,
        repeat: Repeat,
        under_way: &AtomicBool,
    ) -> Result<Answer, SendError> {
        let mut wait = self.config.back_off;
        for _ in 1..TRIES_MAX {
            let tried = once(&request, repeat, under_way).await;
            if !worth_repeating(&tried, repeat) {
                return tried;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        once(&request, repeat, under_way).await
    }
}

async fn once(
    request: &impl Fn() -> RequestBuilder,
    repeat: Repeat,
    under_way: &AtomicBool,
) -> Result<Answer, SendError> {
    under_way.store(true, Ordering::Relaxed);
    let response = match request().send().await {
        Ok(response) => response,
        Err(why) if why.is_connect() || why.is_builder() => {
            under_way.store(false, Ordering::Relaxed);
            return Err(SendError::NotSent(Some(why.without_url())));
        }
        Err(why) => return Err(SendError::Unknown(Some(why.without_url()))),
    };
    let status = response.status().as_u16();
    if status == 429 {
        under_way.store(false, Ordering::Relaxed);
    }
    match body(response, ANSWER_BYTES_MAX).await {
        Ok(body) => Ok(Answer { status, body }),
        // The status alone says that it was executed, and it may not be repeated.
        Err(_) if repeat == Repeat::Unsent => Ok(Answer { status, body: Bytes::new() }),
        Err(FetchError::Unreachable(why)) => Err(SendError::Unknown(Some(why))),
        Err(_) => Ok(Answer { status, body: Bytes::new() }),
    }
}

fn worth_repeating(tried: &Result<Answer, SendError>, repeat: Repeat) -> bool {
    match tried {
        Ok(answer) => answer.status == 429 || (repeat == Repeat::Always && answer.status >= 500),
        Err(SendError::NotSent(_)) => true,
        Err(SendError::Unknown(_)) => repeat == Repeat::Always,
    }
}

/// Reads a body up to its limit.
pub(super) async fn body(mut response: Response, bytes_max: usize) -> Result<Bytes, FetchError> {
    let mut whole = BytesMut::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|why| FetchError::Unreachable(why.without_url()))?
    {
        if whole.len() + chunk.len() > bytes_max {
            return Err(FetchError::TooLong);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}
