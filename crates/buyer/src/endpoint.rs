//! An offer's URLs, headers and signing keys, checked and made ready once for each settings version.

use auction::{Auth, Endpoints};
use http::{HeaderName, HeaderValue, Method, header};
use lead::Timestamp;

use crate::{
    exchange::{ExchangePolicy, HEADERS_NOT_TAKEN, HttpRequest, Target, TargetError},
    shaped::Written,
    standard_webhooks::{self, SecretError, Signer},
};

/// At most this many further fixed headers.
pub const HEADERS_MAX: usize = 20;

/// Where an offer's requests go and what every one of them carries.
#[derive(Debug, Clone)]
pub struct Endpoint {
    ping: Option<Target>,
    post: Target,
    confirm: Option<Target>,
    headers: Vec<(HeaderName, HeaderValue)>,
    signer: Signer,
}

/// Which request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The anonymous question.
    Ping,
    /// The reserved winner, asked once more. Goes to the ping's URL where there is none of its own.
    Confirm,
    /// The full lead, and what becomes of it.
    Post,
}

/// A setting of an offer that cannot be used, by the name of its field. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct SettingError {
    /// The field, as the settings name it, ex: `ping_url`, `headers.x-source`, `wire.bid`.
    pub field: String,
    /// The rule that it breaks.
    pub problem: Problem,
}

/// The rule that a setting breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Of URLs.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// Of signing secrets.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A header's name.
    #[error("this is no name of a header")]
    HeaderName,
    /// A header's value or a credential.
    #[error("a header's value holds visible ASCII characters only")]
    HeaderValue,
    /// A header that every request has anyway, or that frames it.
    #[error("this header is written by the server itself")]
    HeaderNotTaken,
    /// More headers than [`HEADERS_MAX`].
    #[error("at most {HEADERS_MAX} headers are allowed")]
    TooManyHeaders,
    /// A mapping's JSONPath.
    #[error("this is no JSONPath, ex: $.response.price")]
    JsonPath,
    /// A JSONPath that a reply could make long work of.
    #[error(
        "a path has at most 256 characters, one `..` and one filter, and no list, function, parenthesis or second $"
    )]
    JsonPathTooWide,
    /// A mapping's element path.
    #[error(transparent)]
    ElementPath(#[from] crate::xml::ElementPathError),
    /// How many names a shape has.
    #[error("a request has 1 to {} names", crate::shaped::FIELDS_MAX)]
    ShapeFields,
    /// A name of a shape.
    #[error(
        "a name is 1 to {} visible characters; in JSON and XML its steps are joined by dots, at most {}",
        crate::shaped::PATH_BYTES_MAX,
        crate::shaped::PATH_DEPTH_MAX
    )]
    ShapePath,
    /// A name of a shape inside another one's value.
    #[error("another name of the request lies inside this one, or is the same")]
    ShapeClash,
    /// A text of a shape.
    #[error("a text has at most {} characters in one line", crate::shaped::TEXT_BYTES_MAX)]
    ShapeText,
    /// Braces of a shape.
    #[error("the braces do not match, or are more than {}", crate::shaped::BRACES_MAX)]
    ShapeBraces,
    /// What stands in the braces of a shape.
    #[error("the braces name nothing that this request has")]
    ShapeName,
    /// How a value is said.
    #[error("a value is said as text, name, 3, digits, national, birth_year, yes_no, 1_0, epoch or epoch_ms")]
    ShapeWay,
    /// A map of a shape.
    #[error("a map stands under a field's name and has 1 to {} words", crate::shaped::MAP_WORDS_MAX)]
    ShapeMap,
    /// The root of an XML request, or one of its elements.
    #[error("this is no name of an element")]
    ElementName,
    /// A number in a URL is logged by every machine on its way.
    #[error("a number never stands in a URL; write the ping as a form, JSON or XML")]
    PhoneInUrl,
    /// A lead in a URL is logged by every machine on its way.
    #[error("a lead never stands in a URL; write the post as a form, JSON or XML")]
    PostInUrl,
    /// Without a price nothing is ever a bid.
    #[error("a mapping names where the price is")]
    NoPrice,
}

impl Endpoint {
    /// Checks an offer's settings.
    ///
    /// # Errors
    /// Every setting that breaks a rule, not only the first.
    pub fn new(endpoints: &Endpoints, policy: &ExchangePolicy) -> Result<Self, Vec<SettingError>> {
        let mut errors = Vec::new();
        let mut target = |field: &str, url: Option<&str>| {
            let parsed = url.map(|url| Target::parse(url, policy)).transpose();
            parsed.unwrap_or_else(|error| {
                errors.push(SettingError { field: field.to_owned(), problem: error.into() });
                None
            })
        };
        let ping = target("ping_url", endpoints.ping_url.as_deref());
        let post = target("post_url", Some(&endpoints.post_url));
        let confirm = target("confirm_url", endpoints.confirm_url.as_deref());
        let headers = headers(endpoints, &mut errors);
        let secrets = endpoints.signing_secrets.iter().map(auction::Credential::expose);
        let signer = Signer::parse(secrets).unwrap_or_else(|error| {
            errors.push(SettingError { field: "signing_secrets".to_owned(), problem: error.into() });
            Signer::default()
        });
        match post {
            Some(post) if errors.is_empty() => Ok(Self { ping, post, confirm, headers, signer }),
            _ => Err(errors),
        }
    }

    /// A request, authenticated and signed. `id` is the same on every repeat of it. None: the offer has no URL for it.
    pub fn request(&self, now: Timestamp, purpose: Purpose, id: &str, body: Vec<u8>) -> Option<HttpRequest> {
        let url = match purpose {
            Purpose::Ping => self.ping.as_ref()?,
            Purpose::Confirm => self.confirm.as_ref().or(self.ping.as_ref())?,
            Purpose::Post => &self.post,
        };
        Some(self.addressed(now, (Method::POST, url.clone()), id, body))
    }

    /// A ping in a shape of the offer's own.
    pub fn shaped_ping(&self, now: Timestamp, id: &str, written: Written) -> Option<HttpRequest> {
        let url = written.at(self.ping.as_ref()?);
        Some(self.addressed(now, (written.method, url), id, written.body))
    }

    /// As [`Endpoint::request`], to the URL that every offer has.
    pub fn post(&self, now: Timestamp, id: &str, body: Vec<u8>) -> HttpRequest {
        let mut request = self.addressed(now, (Method::POST, self.post.clone()), id, body);
        if let Ok(key) = HeaderValue::from_str(id) {
            request.headers.push((HeaderName::from_static("idempotency-key"), key));
        }
        request
    }

    fn addressed(
        &self,
        now: Timestamp,
        (method, url): (Method, Target),
        id: &str,
        body: Vec<u8>,
    ) -> HttpRequest {
        let content_type =
            content_type(&body).map(|value| (header::CONTENT_TYPE, HeaderValue::from_static(value)));
        let mut headers: Vec<_> = content_type.into_iter().chain(self.headers.iter().cloned()).collect();
        headers.extend(self.signer.headers(now, id, &body));
        HttpRequest { method, url, headers, body: body.into() }
    }
}

/// What a body is. A post is written once and sent again later, perhaps after its offer's shape has changed, so the body
/// itself says it: a form begins with neither character.
fn content_type(body: &[u8]) -> Option<&'static str> {
    Some(match body.first()? {
        b'{' => "application/json",
        b'<' => "application/xml; charset=utf-8",
        _ => "application/x-www-form-urlencoded",
    })
}

/// What is accepted, the offer's own headers, then its authentication, which none of them replaces.
fn headers(endpoints: &Endpoints, errors: &mut Vec<SettingError>) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers =
        vec![(header::ACCEPT, HeaderValue::from_static("application/json, application/xml, text/xml"))];
    let mut take = |field: String, pair: Result<(HeaderName, HeaderValue), Problem>| match pair {
        Ok(pair) => headers.push(pair),
        Err(problem) => errors.push(SettingError { field, problem }),
    };
    if endpoints.headers.len() > HEADERS_MAX {
        take("headers".to_owned(), Err(Problem::TooManyHeaders));
    }
    for (name, value) in &endpoints.headers {
        take(format!("headers.{name}"), pair(name, value));
    }
    match &endpoints.auth {
        Auth::None => {}
        Auth::Bearer(token) => {
            take("auth.bearer".to_owned(), pair("authorization", &format!("Bearer {}", token.expose())));
        }
        Auth::ApiKey { header, key } => take("auth.api_key".to_owned(), pair(header, key.expose())),
    }
    headers
}

fn pair(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Problem> {
    let name: HeaderName = name.to_ascii_lowercase().parse().map_err(|_| Problem::HeaderName)?;
    if HEADERS_NOT_TAKEN.contains(&name)
        || standard_webhooks::HEADERS.contains(&name)
        || name == "idempotency-key"
    {
        return Err(Problem::HeaderNotTaken);
    }
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Problem::HeaderValue);
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| Problem::HeaderValue)?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use auction::{Credential, Wire};

    use super::*;

    fn endpoints() -> Endpoints {
        Endpoints {
            ping_url: Some("https://buyer.example/ping".to_owned()),
            post_url: "https://buyer.example/post".to_owned(),
            confirm_url: None,
            auth: Auth::Bearer(Credential::new("t0ken".to_owned())),
            headers: [("X-Source".to_owned(), "7".to_owned())].into(),
            signing_secrets: vec![Credential::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())],
            ping: None,
            post: None,
            wire: Wire::Own,
        }
    }

    fn problems(endpoints: &Endpoints) -> Vec<String> {
        let errors = Endpoint::new(endpoints, &ExchangePolicy::default()).unwrap_err();
        errors.into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn every_request_is_authenticated_and_signed() {
        let endpoint = Endpoint::new(&endpoints(), &ExchangePolicy::default()).unwrap();
        let now = Timestamp::from_secs(1_790_000_000);
        let request = endpoint.post(now, "sale-1", b"{}".to_vec());
        let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "content-type",
                "accept",
                "x-source",
                "authorization",
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "idempotency-key",
            ]
        );
        assert_eq!(request.headers[3].1, "Bearer t0ken");
        assert!(!format!("{request:?} {endpoint:?}").contains("t0ken"));
        let confirm = endpoint.request(now, Purpose::Confirm, "a", Vec::new()).unwrap();
        assert_eq!(confirm.url, endpoint.request(now, Purpose::Ping, "a", Vec::new()).unwrap().url);
    }

    #[test]
    fn every_broken_setting_is_named_and_no_secret_shown() {
        let mut broken = endpoints();
        broken.ping_url = Some("http://buyer.example/ping".to_owned());
        broken.post_url = "https://u:p4ss@buyer.example/".to_owned();
        broken.confirm_url = Some("https://10.0.0.1/".to_owned());
        broken.auth = Auth::ApiKey { header: "Cookie".to_owned(), key: Credential::new("s3cret".to_owned()) };
        broken.headers =
            [("Host", "a"), ("a b", "a"), ("x-a", "a\nb"), ("webhook-id", "1"), ("Content-Length", "5")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        broken.signing_secrets = vec![Credential::new("s3cret".to_owned())];
        assert_eq!(
            problems(&broken),
            [
                "ping_url: only https URLs are allowed",
                "post_url: a URL may not hold a user name or password; use the offer's authentication instead",
                "confirm_url: the host is a private address, which may not be connected to",
                "headers.Content-Length: this header is written by the server itself",
                "headers.Host: this header is written by the server itself",
                "headers.a b: this is no name of a header",
                "headers.webhook-id: this header is written by the server itself",
                "headers.x-a: a header's value holds visible ASCII characters only",
                "auth.api_key: this header is written by the server itself",
                "signing_secrets: a signing secret is whsec_ and the base64 of 24 to 64 bytes",
            ]
        );
    }
}
