//! The guard before every route: who asks, from which site, and whether this one may. Deny by default.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use secrecy::SecretString;
use store::TOKEN_PREFIX;

use crate::{
    BODY_BYTES_MAX, Console, Needs, Surface,
    access::csrf,
    actor::{Actor, Through},
    answer::RequestId,
    problem::Problem,
};

/// How long after the password was given secrets may be looked at.
pub const PROVEN_FOR_MAX: Duration = Duration::from_secs(10 * 60);

/// The longest page address that one returns to after a login.
const NEXT_CHARS_MAX: usize = 512;

#[derive(Clone)]
struct Gate {
    console: Arc<Console>,
    needs: Needs,
    surface: Surface,
}

/// The handlers of a route behind the guard.
pub(crate) fn guarded(
    console: &Arc<Console>,
    needs: Needs,
    surface: Surface,
    handlers: MethodRouter<Arc<Console>>,
) -> MethodRouter<Arc<Console>> {
    let gate = Gate { console: Arc::clone(console), needs, surface };
    handlers.route_layer(middleware::from_fn_with_state(gate, enter))
}

async fn enter(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match admitted(&gate, request).await {
        Ok(request) => next.run(request).await,
        Err(refused) => refused,
    }
}

/// The request with its [`Actor`], or what is answered instead.
async fn admitted(gate: &Gate, request: Request) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    let actor = actor(&gate.console, gate.surface, &parts).await.map_err(IntoResponse::into_response)?;
    let body = match &actor {
        Some(Actor { through: Through::Token(_), .. }) => body,
        _ if parts.method.is_safe() => body,
        _ => from_here(&gate.console, actor.as_ref(), &parts, body)
            .await
            .map_err(IntoResponse::into_response)?,
    };
    match (gate.needs, &actor) {
        (Needs::Nobody, _) | (Needs::Somebody, Some(_)) => {}
        (_, None) => return Err(unknown(gate, &parts)),
        (Needs::May(permission) | Needs::Proven(permission), Some(actor)) if !actor.may(permission) => {
            return Err(Problem::forbidden(permission.word()).into_response());
        }
        (Needs::Proven(_), Some(actor)) if !is_proven(&gate.console, actor) => {
            return Err(unproven(gate, &parts));
        }
        (Needs::May(_) | Needs::Proven(_), Some(_)) => {}
    }
    if let Some(actor) = actor {
        parts.extensions.insert(actor);
    }
    Ok(Request::from_parts(parts, body))
}

async fn actor(console: &Console, surface: Surface, parts: &Parts) -> Result<Option<Actor>, Problem> {
    let request_id = RequestId::of(&parts.extensions).0;
    let address = address(console, parts);
    if surface == Surface::Api
        && let Some(given) = parts.headers.get(header::AUTHORIZATION)
    {
        let token = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        if !token.starts_with(TOKEN_PREFIX) {
            return Err(Problem::unauthenticated());
        }
        let found = console.store.token(console.now(), &SecretString::from(token)).await?;
        let (token, user) = found.ok_or_else(Problem::unauthenticated)?;
        return Ok(Some(Actor { user, through: Through::Token(token), address, request_id }));
    }
    let Some(secret) = cookie(&parts.headers, console.origin.cookie()) else { return Ok(None) };
    let found = console.store.session(console.now(), &secret).await?;
    Ok(found.map(|(session, user)| Actor {
        user,
        through: Through::Session { session, secret },
        address,
        request_id,
    }))
}

/// The value of a cookie. One that is there twice is none: somebody else set the other.
fn cookie(headers: &HeaderMap, name: &str) -> Option<SecretString> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(key, value)| *key == name && !value.is_empty());
    let (_, value) = found.next()?;
    found.next().is_none().then(|| SecretString::from(value))
}

/// Where a request comes from: the last address that is none of our proxies'.
pub(crate) fn address(console: &Console, parts: &Parts) -> String {
    let peer =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let Some(mut from) = peer else { return String::new() };
    let named = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> = named.flat_map(|value| value.split(',')).map(str::trim).collect();
    for name in named.iter().rev() {
        let Some(before) = name.parse::<std::net::IpAddr>().ok().filter(|_| console.proxies.contains(&from))
        else {
            break;
        };
        from = before.to_canonical();
    }
    from.to_string()
}

/// Whether a request that may change something was sent by a page of ours: by its origin, and by the session's token.
async fn from_here(
    console: &Console,
    actor: Option<&Actor>,
    parts: &Parts,
    body: Body,
) -> Result<Body, Problem> {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let same = match (text("origin"), text("sec-fetch-site")) {
        (Some(origin), _) => origin == console.origin.text(),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    };
    if !same {
        return Err(Problem::foreign());
    }
    let Some(Actor { through: Through::Session { secret, .. }, .. }) = actor else { return Ok(body) };
    if let Some(given) = text(csrf::HEADER) {
        return if csrf::fits(secret, given) { Ok(body) } else { Err(Problem::foreign()) };
    }
    if !text("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Err(Problem::foreign());
    }
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        let detail = format!("Send at most {BODY_BYTES_MAX} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "This is too much at once", detail)
    })?;
    let given = url::form_urlencoded::parse(&body).find(|(name, _)| name == csrf::FIELD);
    match given {
        Some((_, given)) if csrf::fits(secret, &given) => Ok(Body::from(body)),
        _ => Err(Problem::foreign()),
    }
}

/// Whether the password was given a moment ago. A token is proof by itself: it was made for what its scopes say, and no
/// program has a password.
pub(crate) fn is_proven(console: &Console, actor: &Actor) -> bool {
    match &actor.through {
        Through::Session { session, .. } => console.now().since(session.proven_at) < PROVEN_FOR_MAX,
        Through::Token(_) => true,
    }
}

fn unknown(gate: &Gate, parts: &Parts) -> Response {
    match gate.surface {
        Surface::Api => Problem::unauthenticated().into_response(),
        Surface::Page => Redirect::to(&with_next("/login", parts)).into_response(),
    }
}

fn unproven(gate: &Gate, parts: &Parts) -> Response {
    let console = &gate.console;
    match gate.surface {
        Surface::Api => {
            let detail = "Open it in the console, which asks for your password again, or come with a token of this scope.";
            Problem::new(StatusCode::FORBIDDEN, "password_needed", "Your password is asked for again", detail)
                .into_response()
        }
        Surface::Page if parts.method == Method::GET => {
            Redirect::to(&with_next("/prove", parts)).into_response()
        }
        // What a form was sent to is no page to return to; the page that it stood on is.
        Surface::Page => {
            let from = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
            let from = from.and_then(|from| from.strip_prefix(console.origin.text()));
            let next = from.filter(|from| next_or_home(from) == *from).unwrap_or("/");
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            Redirect::to(&format!("/prove?next={next}")).into_response()
        }
    }
}

/// An address with the page to go on to, where that is a page that can be opened.
fn with_next(path: &str, parts: &Parts) -> String {
    let next = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    if parts.method != Method::GET || next == "/" || next.len() > NEXT_CHARS_MAX {
        return path.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}?next={next}")
}

/// The page to go on to: a path of this console and nothing else.
pub(crate) fn next_or_home(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= NEXT_CHARS_MAX
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_somebody_else_set_as_well_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=1; pingpost-loopback=secret; b=2".parse().unwrap());
        assert!(cookie(&headers, "pingpost-loopback").is_some());
        assert!(cookie(&headers, "loopback").is_none());
        headers.append(header::COOKIE, "pingpost-loopback=other".parse().unwrap());
        assert!(cookie(&headers, "pingpost-loopback").is_none());
    }

    #[test]
    fn a_login_leads_to_pages_of_ours_alone() {
        assert_eq!(next_or_home("/users?role=owner"), "/users?role=owner");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "users", "", "/a\nb"] {
            assert_eq!(next_or_home(foreign), "/", "{foreign:?}");
        }
    }
}
