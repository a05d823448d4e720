//! Who did what, when and from where; and whether the record is as it was written.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use serde_json::Value;
use store::{AuditEntry, AuditFilter, UserId, Verified, Who};
use uuid::Uuid;

use super::{Frame, Shared, shown, when};
use crate::{Needs, Permission, actor::Actor, problem::Problem, query::Query, routes::Routes};

/// The entries of a page.
const PAGE: u32 = 50;

struct Line {
    n: i64,
    at: String,
    who: String,
    action: String,
    object: String,
    changes: Vec<(String, String, String)>,
    address: String,
    request: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    frame: Frame,
    lines: Vec<Line>,
    people: Vec<(String, String, bool)>,
    action: String,
    /// The address of the next page.
    older: Option<String>,
    verified: Verified,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadAudit), "/audit", audit)
}

async fn audit(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let action = query.text("action").to_owned();
    let person = query.text("person").parse::<Uuid>().ok().map(UserId::from_uuid);
    let filter = AuditFilter {
        before: query.text("before").parse().ok(),
        person,
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        limit: Some(PAGE + 1),
    };
    let mut entries = console.store.audit(&filter).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let older = entries.last().filter(|_| more).map(|last| {
        let whose = person.map(|id| id.to_string()).unwrap_or_default();
        let mut filters = url::form_urlencoded::Serializer::new(String::new());
        filters.append_pair("action", &action).append_pair("person", &whose);
        format!("/audit?{}", filters.append_pair("before", &last.n.to_string()).finish())
    });
    let users = console.store.users().await?;
    let names: BTreeMap<UserId, String> = users.into_iter().map(|user| (user.id, user.name)).collect();
    let people = names.iter().map(|(id, name)| (id.to_string(), name.clone(), person == Some(*id))).collect();
    let verified = console.store.verify_audit().await?;
    let lines = entries.iter().map(|entry| line(entry, &names)).collect();
    Ok(shown(&Audit { frame: Frame::of(&actor, "/audit"), lines, people, action, older, verified }))
}

fn line(entry: &AuditEntry, names: &BTreeMap<UserId, String>) -> Line {
    let name = |id: &UserId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let who = match &entry.by.who {
        Who::Nobody => "nobody known".to_owned(),
        Who::Command => "a command on the server".to_owned(),
        Who::User(user) => name(user),
        Who::Token { user, .. } => format!("{}, by a token", name(user)),
    };
    let object = entry.object.parse().ok().map(UserId::from_uuid);
    let named = object.filter(|_| entry.object_kind == "user").and_then(|id| names.get(&id).cloned());
    Line {
        n: entry.n,
        at: when::second(entry.at),
        who,
        action: entry.action.clone(),
        object: format!("{} {}", entry.object_kind, named.unwrap_or_else(|| entry.object.clone())),
        changes: changes(entry.before.as_ref(), entry.after.as_ref()),
        address: entry.by.address.clone().unwrap_or_default(),
        request: entry.by.request.clone().unwrap_or_default(),
    }
}

/// What differs, field by field: its name, what it was, what it is.
fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<(String, String, String)> {
    let fields = |value: Option<&Value>| match value {
        Some(Value::Object(fields)) => fields.clone(),
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        Some(other) => other.to_string(),
    };
    let mut names: Vec<_> = before.keys().chain(after.keys()).cloned().collect();
    names.sort();
    names.dedup();
    let changed = names.into_iter().filter(|name| before.get(name) != after.get(name));
    changed
        .map(|name| (text(before.get(&name)), text(after.get(&name)), name))
        .map(|(was, is, name)| (name, was, is))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::changes;

    #[test]
    fn only_what_differs_is_shown() {
        let (before, after) =
            (json!({ "role": "admin", "disabled": false }), json!({ "role": "admin", "disabled": true }));
        let expected = vec![("disabled".to_owned(), "no".to_owned(), "yes".to_owned())];
        assert_eq!(changes(Some(&before), Some(&after)), expected);
        let expected = vec![("role".to_owned(), String::new(), "owner".to_owned())];
        assert_eq!(changes(None, Some(&json!({ "role": "owner" }))), expected);
    }
}
