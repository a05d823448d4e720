//! Who sends: a publisher's program by its secret key, a page by the widget's key and its origin.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use secrecy::SecretString;
use store::{KeyKind, LEAD_KEY_PREFIX, PublisherKey, WIDGET_KEY_PREFIX};

use super::Intake;
use crate::problem::Problem;

/// The most characters of a key.
const KEY_CHARS_MAX: usize = 100;

/// The publisher's key of a program.
pub(super) async fn of_a_program(intake: &Intake, headers: &HeaderMap) -> Result<PublisherKey, Problem> {
    let unknown = || {
        let detail = "Send your publisher's key: Authorization: Bearer pingpost_lead_…";
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Who are you?", detail);
        problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = given.and_then(|text| text.strip_prefix("Bearer ")).map(str::trim).unwrap_or_default();
    found(intake, text, LEAD_KEY_PREFIX, KeyKind::Lead).await?.ok_or_else(unknown)
}

/// The widget's key of a page, whose origin may use it. What opens nothing and what may not are refused alike.
pub(super) async fn of_a_page(
    intake: &Intake,
    text: &str,
    origin: Option<&str>,
) -> Result<PublisherKey, Problem> {
    let key = found(intake, text, WIDGET_KEY_PREFIX, KeyKind::Widget).await?;
    let fits = |key: &PublisherKey| origin.is_some_and(|origin| key.origins.iter().any(|own| own == origin));
    key.filter(fits).ok_or_else(|| {
        let detail =
            "This key is not for this page. Add the page's origin to the key, or take the page's own key.";
        Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "Not from this page", detail)
    })
}

async fn found(
    intake: &Intake,
    text: &str,
    prefix: &str,
    kind: KeyKind,
) -> Result<Option<PublisherKey>, Problem> {
    if !text.starts_with(prefix) || text.len() > KEY_CHARS_MAX {
        return Ok(None);
    }
    let key = intake.store.publisher_key(intake.now(), &SecretString::from(text)).await?;
    // A publisher that is no more in the settings hands in nothing.
    let settings = intake.settings();
    Ok(key.filter(|key| key.kind == kind && settings.publisher(&key.publisher).is_some()))
}

/// Where a request comes from: the last address that is none of our proxies'.
pub(super) fn address(intake: &Intake, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let mut from = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())?;
    let named = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
    for name in named.iter().rev() {
        let Some(before) = name.parse::<IpAddr>().ok().filter(|_| intake.proxies.contains(&from)) else {
            break;
        };
        from = before.to_canonical();
    }
    Some(from)
}
