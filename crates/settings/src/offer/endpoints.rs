//! How a buyer is asked and told: URLs, authentication, headers, signatures.

use std::collections::BTreeMap;

use auction::{Auth, Credential, Endpoints, Wire};
use base64::{Engine, engine::general_purpose::STANDARD};
use buyer::{
    exchange::{HEADERS_NOT_TAKEN, Target, TargetError},
    shaped::Shapes,
};
use http::{
    HeaderName, HeaderValue,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};

use super::{
    super::{field::Field, keys::Section, table::Table},
    shape, wire,
};

/// Reads the endpoints of an offer.
pub(super) fn read(table: &Table<'_>) -> Endpoints {
    let post = table.needed("post_url", "say where the full lead goes once the buyer has answered");
    let auth = table.field("auth").and_then(|field| auth(&field)).unwrap_or(Auth::None);
    Endpoints {
        ping_url: table.field("ping_url").and_then(|field| url(&field)),
        post_url: post.and_then(|field| url(&field)).unwrap_or_default(),
        confirm_url: table.field("confirm_url").and_then(|field| url(&field)),
        headers: table.field("headers").map(|field| headers(&field, &auth)).unwrap_or_default(),
        auth,
        signing_secrets: signing_secrets(table),
        ping: table.field("ping").and_then(|field| shape::read(&field, Shapes::Ping)),
        post: table.field("post").and_then(|field| shape::read(&field, Shapes::Post)),
        wire: table.field("wire").and_then(|field| wire::read(&field)).unwrap_or(Wire::Own),
    }
}

fn url(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    let mend = match Target::parse(text, &field.report.surroundings.policy) {
        Ok(_) => return Some(text.to_owned()),
        Err(TargetError::UserInfo) => "write it without them",
        Err(TargetError::Fragment) => "write it without that part",
        Err(
            TargetError::Scheme
            | TargetError::Port(_)
            | TargetError::PrivateAddress(_)
            | TargetError::LocalName,
        ) => "use the buyer's public https URL; for development, turn exchange.allow_private_targets on",
        Err(TargetError::NotAUrl | TargetError::TooLong) => "copy the URL whole from the buyer's documents",
    };
    let error = Target::parse(text, &field.report.surroundings.policy).err();
    field.wrong(error.map(|error| error.to_string()).unwrap_or_default(), mend)
}

/// A secret: `env:NAME`, or the secret itself, which is warned of.
pub(super) fn credential(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    if text.is_empty() {
        return field
            .wrong("the secret is empty", "write \"env:NAME\", and set that variable of the environment");
    }
    let Some(name) = text.strip_prefix("env:") else {
        let mend = "write \"env:NAME\", and set that variable of the environment";
        field.report.warning(&field.spot, "a secret stands in the file itself", mend);
        return Some(text.to_owned());
    };
    let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if name.is_empty() || !name.bytes().all(legal) {
        let mend = "write capital letters, digits and _ after env:, ex: \"env:BUYER_C_TOKEN\"";
        return field.wrong("this names no variable of the environment", mend);
    }
    match (field.report.surroundings.credential)(name) {
        Some(secret) => Some(secret),
        None => field.wrong(
            format!("the variable {name} is not set"),
            format!("set {name} in the server's environment"),
        ),
    }
}

fn auth(field: &Field<'_>) -> Option<Auth> {
    if field.value.is_str() {
        return field.word_or(&[("none", ())], "{ bearer = \"env:NAME\" }").map(|()| Auth::None);
    }
    let table = field.table(Section::Auth)?;
    let mend = "write { bearer = \"env:NAME\" }, or { header = \"X-Api-Key\", key = \"env:NAME\" }";
    match (table.field("bearer"), table.field("header"), table.field("key")) {
        (Some(bearer), None, None) => {
            let secret = credential(&bearer)?;
            value(&bearer, &format!("Bearer {secret}")).map(|_| Auth::Bearer(Credential::new(secret)))
        }
        (None, Some(header), Some(key)) => {
            let name = header_name(&header, header.text()?);
            let secret = credential(&key);
            let secret = secret.and_then(|secret| value(&key, &secret).map(|_| secret));
            Some(Auth::ApiKey { header: name?.to_string(), key: Credential::new(secret?) })
        }
        (None, None, None) => field.wrong("the authentication is empty", mend),
        _ => field.wrong("the authentication is neither a bearer token nor a header with its key", mend),
    }
}

fn headers(field: &Field<'_>, auth: &Auth) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(table) = field.open_table() else { return found };
    for (key, at, item) in table.fields() {
        let named = Field { spot: at, ..item.clone() };
        let Some(name) = header_name(&named, key) else { continue };
        let taken = match auth {
            Auth::None => false,
            Auth::Bearer(_) => name == AUTHORIZATION,
            Auth::ApiKey { header, .. } => name.as_str().eq_ignore_ascii_case(header),
        };
        if taken {
            named.wrong::<()>("the authentication writes this header already", "keep one of the two");
            continue;
        }
        let secret = ["auth", "key", "token", "secret"].iter().any(|word| name.as_str().contains(word));
        let text = match item.value.as_str() {
            Some(text) if secret || text.trim().starts_with("env:") => credential(&item),
            _ => item.text().map(str::to_owned),
        };
        if let Some(text) = text.filter(|text| value(&item, text).is_some()) {
            found.insert(name.to_string(), text);
        }
    }
    found
}

/// A header's name that an offer may name.
fn header_name(field: &Field<'_>, text: &str) -> Option<HeaderName> {
    let Ok(name) = text.trim().parse::<HeaderName>() else {
        return field.wrong("this is no header's name", "write letters, digits and -, ex: \"X-Api-Key\"");
    };
    let ours = HEADERS_NOT_TAKEN.contains(&name)
        || name == USER_AGENT
        || name == CONTENT_TYPE
        || name == ACCEPT
        || name == "idempotency-key"
        || name.as_str().starts_with("webhook-")
        || name.as_str().starts_with("proxy-");
    if ours { field.wrong("the server writes this header itself", "remove it") } else { Some(name) }
}

/// Checks a header's value; it is not repeated.
fn value(field: &Field<'_>, text: &str) -> Option<()> {
    match HeaderValue::from_str(text) {
        Ok(value) if value.to_str().is_ok() => Some(()),
        _ => field.wrong("no header can hold this value", "write visible ASCII characters in one line"),
    }
}

/// Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
fn signing_secrets(table: &Table<'_>) -> Vec<Credential> {
    let items = table.field("signing_secrets").map(|field| field.list()).unwrap_or_default();
    let secret = |item: &Field<'_>| {
        let text = credential(item)?;
        let bytes = text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        if bytes.is_some_and(|bytes| (24..=64).contains(&bytes.len())) {
            return Some(Credential::new(text));
        }
        item.wrong(
            "this is no signing secret",
            "write whsec_ and 24 to 64 bytes in base64, as Standard Webhooks asks",
        )
    };
    items.iter().filter_map(secret).collect()
}
