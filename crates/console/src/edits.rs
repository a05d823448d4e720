//! A change of the settings by a person or a program: the newest document is read, one thing of it changed, the whole read as
//! a server reads it, and published with its line in the audit. What does not hold together is never published.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use settings::{Document, EditProblem, Kind, Settings, SettingsProblem};
use sha2::Sha256;
use store::{Change, ChangedSettings, Refused};

use crate::{
    Console,
    actor::Actor,
    problem::{FieldProblem, Problem},
};

/// Times that a change is made again because somebody published meanwhile.
pub const PUBLISH_TRIES_MAX: u32 = 3;
/// The most problems that one answer names.
pub const PROBLEMS_SHOWN_MAX: usize = 50;

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// A new entry, under its own id.
    Add(Kind, Map<String, Value>),
    /// An entry in the place of the one with this id.
    Replace(Kind, String, Map<String, Value>),
    /// Some keys of an entry, as RFC 7396 says: `null` takes one away.
    Merge(Kind, String, Map<String, Value>),
    /// An entry goes.
    Remove(Kind, String),
    /// Some of the keys above all entries.
    General(Map<String, Value>),
    /// All numbers of a campaign.
    Numbers(String, Vec<Map<String, Value>>),
    /// Everything, as a text.
    Whole(SecretString),
}

/// The settings that were published last.
pub(crate) struct Latest {
    /// Their version; 0: none yet.
    pub(crate) version: u64,
    /// Their document.
    pub(crate) document: Document,
}

/// The settings that were published last.
pub(crate) async fn latest(console: &Console) -> Result<Latest, Problem> {
    let stored = console.store.latest_settings().await?;
    let (version, text) =
        stored.map_or_else(|| (0, SecretString::from("")), |stored| (stored.version, stored.body));
    let document = Document::parse(text.expose_secret()).map_err(|problem| refused(&problem, ""))?;
    Ok(Latest { version, document })
}

/// The settings that were published last, as this server reads them; or that it cannot.
pub(crate) async fn in_force(console: &Console) -> Result<Settings, Problem> {
    let text = latest(console).await?.document.text();
    console.read_settings(&text).map_err(|_| {
        let detail =
            "The published settings cannot be read on this server; /settings and `pingpost doctor` say why.";
        Problem::new(StatusCode::CONFLICT, "settings_unread", "The settings cannot be read", detail)
    })
}

/// The document that was published last, with its secrets, once the audit holds who took it. Its version is beside it.
pub(crate) async fn exported(console: &Console, actor: &Actor) -> Result<(u64, SecretString), Problem> {
    let stored = console.store.latest_settings().await?.ok_or_else(Problem::not_found)?;
    let change = Change::of("settings.exported", "settings", stored.version);
    console.store.note(console.now(), actor.by(), change).await?;
    Ok((stored.version, stored.body))
}

/// Makes a change and publishes it, if the entry is still the one that `tag` names; gives what the settings are now.
pub(crate) async fn publish(
    console: &Console,
    actor: &Actor,
    edit: &Edit,
    tag: Option<&str>,
) -> Result<Latest, Problem> {
    for _ in 0..PUBLISH_TRIES_MAX {
        let before = latest(console).await?;
        let from = before.version;
        let (shown, was) = (edit.shown(&before.document), before.document.active_offers());
        let mut edited = tried(console, edit, tag, before)?;
        let text = edit.text(&edited.document);
        let now = edit.shown(&edited.document);
        if shown == now && !matches!(edit, Edit::Whole(_)) {
            return Ok(edited);
        }
        let changed = ChangedSettings {
            from,
            body: text,
            note: edit.note(),
            change: difference(edit.change(), shown, now),
            paused: edited.document.switched_off(&was),
        };
        match console.store.publish_change(console.now(), actor.by(), changed).await? {
            Ok(version) => {
                edited.version = version;
                return Ok(edited);
            }
            Err(Refused::Changed) => {}
            Err(_) => break,
        }
    }
    let detail = "Others publish settings at this very moment. Read it again, and repeat the change.";
    Err(Problem::new(StatusCode::CONFLICT, "busy", "The settings change too often", detail))
}

/// What a change would come to. Nothing is published.
pub(crate) async fn rehearse(console: &Console, edit: &Edit, tag: Option<&str>) -> Result<Latest, Problem> {
    tried(console, edit, tag, latest(console).await?)
}

/// The settings as they would be after a change. Nothing is published.
pub(crate) async fn drafted(console: &Console, edit: &Edit) -> Result<Settings, Problem> {
    Ok(read(console, edit, None, latest(console).await?)?.1)
}

fn tried(console: &Console, edit: &Edit, tag: Option<&str>, before: Latest) -> Result<Latest, Problem> {
    Ok(read(console, edit, tag, before)?.0)
}

fn read(
    console: &Console,
    edit: &Edit,
    tag: Option<&str>,
    before: Latest,
) -> Result<(Latest, Settings), Problem> {
    if let Some(tag) = tag
        && edit.tag(console, &before) != tag
    {
        let detail = "Read it again, and repeat the change on what it is now.";
        return Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "changed",
            "It was changed meanwhile",
            detail,
        ));
    }
    let Latest { version, document } = before;
    let document = edit.done(console, document)?;
    let read = console.read_settings(edit.text(&document).expose_secret());
    let settings = read.map_err(|problems| Problem::invalid(placed(edit, &document, &problems)))?;
    Ok((Latest { version, document }, settings))
}

/// The tag of an entry, for `ETag` and `If-Match`. It tells nothing about a secret.
pub(crate) fn tag_of(console: &Console, document: &Document, kind: Kind, id: &str) -> String {
    tagged(console, &document.bare(kind, id).unwrap_or_default())
}

/// The tag of the whole, by its version.
pub(crate) fn tag_of_version(version: u64) -> String {
    format!("\"{version}\"")
}

/// What `If-Match` asks for; `*` and nothing ask for nothing.
pub(crate) fn condition(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(header::IF_MATCH)?.to_str().unwrap_or_default().trim();
    (given != "*").then(|| given.to_owned())
}

fn tagged(console: &Console, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&console.cursor_key).expect("a key may have any length");
    mac.update(b"tag");
    mac.update(text.as_bytes());
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..12]))
}

impl Edit {
    fn done(&self, console: &Console, mut document: Document) -> Result<Document, Problem> {
        match self {
            Self::Add(kind, entry) => document.add(*kind, entry).map_err(|it| refused(&it, kind.word()))?,
            Self::Replace(kind, id, entry) => {
                let named = entry.get(kind.id()).and_then(Value::as_str);
                if named.is_some_and(|named| named != id) {
                    let mend = "leave it out, or write the id of the address; an id never changes";
                    let error =
                        FieldProblem::new("/id", "another_id", "this is the id of something else", mend);
                    return Err(Problem::invalid(vec![error]));
                }
                document.replace(*kind, id, entry).map_err(|it| refused(&it, kind.word()))?;
            }
            Self::Merge(kind, id, patch) => {
                let mut entry = document.entry(*kind, id).ok_or_else(Problem::not_found)?;
                merge(&mut entry, patch);
                return Self::Replace(*kind, id.clone(), entry).done(console, document);
            }
            Self::Remove(kind, id) => document.remove(*kind, id).map_err(|it| refused(&it, kind.word()))?,
            Self::General(keys) => document.set_general(keys),
            Self::Numbers(campaign, numbers) => {
                document.entry(Kind::Campaign, campaign).ok_or_else(Problem::not_found)?;
                return numbers_of(document, campaign, numbers);
            }
            Self::Whole(text) => {
                let text = text.expose_secret();
                return Document::parse(text).map_err(|_| {
                    // The reading says in which line it is not TOML.
                    let problems = console.read_settings(text).err().unwrap_or_default();
                    Problem::invalid(placed(self, &document, &problems))
                });
            }
        }
        Ok(document)
    }

    /// What is published: a whole document as it was given, to the letter.
    fn text(&self, document: &Document) -> SecretString {
        match self {
            Self::Whole(text) => text.clone(),
            _ => SecretString::from(document.text()),
        }
    }

    fn tag(&self, console: &Console, before: &Latest) -> String {
        match self {
            Self::Add(..) => String::new(),
            Self::Replace(kind, id, _) | Self::Merge(kind, id, _) | Self::Remove(kind, id) => {
                tag_of(console, &before.document, *kind, id)
            }
            Self::Numbers(campaign, _) => tagged(console, &json!(before.numbers_of(campaign)).to_string()),
            Self::General(_) | Self::Whole(_) => tag_of_version(before.version),
        }
    }

    /// What the audit shows of it, before or after; secrets hidden.
    fn shown(&self, document: &Document) -> Option<Value> {
        match self {
            Self::Add(kind, entry) => {
                document.entry(*kind, entry.get(kind.id())?.as_str()?).map(Value::Object)
            }
            Self::Replace(kind, id, _) | Self::Merge(kind, id, _) | Self::Remove(kind, id) => {
                document.entry(*kind, id).map(|entry| with_mark(entry, document, *kind, id))
            }
            Self::General(_) => Some(Value::Object(document.general())),
            Self::Numbers(campaign, _) => Some(json!({ "numbers": numbers_in(document, campaign) })),
            Self::Whole(_) => {
                let counts = Kind::ALL.map(|kind| (kind.word().to_owned(), json!(document.ids(kind).len())));
                Some(Value::Object(counts.into_iter().collect()))
            }
        }
    }

    fn change(&self) -> Change {
        match self {
            Self::Add(kind, entry) => {
                let id = entry.get(kind.id()).and_then(Value::as_str).unwrap_or_default();
                Change::of(words(*kind)[0], kind.word(), id)
            }
            Self::Replace(kind, id, _) | Self::Merge(kind, id, _) => {
                Change::of(words(*kind)[1], kind.word(), id)
            }
            Self::Remove(kind, id) => Change::of(words(*kind)[2], kind.word(), id),
            Self::General(_) => Change::of("settings.changed", "settings", "general"),
            Self::Numbers(campaign, _) => Change::of("campaign.numbers", "campaign", campaign),
            Self::Whole(_) => Change::of("settings.imported", "settings", "document"),
        }
    }

    fn note(&self) -> String {
        let change = self.change();
        match change.object_kind {
            "settings" => change.action.replace('.', " "),
            _ => format!("{} {}", change.action.replace('.', " "), change.object),
        }
    }
}

impl Latest {
    /// The numbers of a campaign.
    pub(crate) fn numbers_of(&self, campaign: &str) -> Vec<Map<String, Value>> {
        numbers_in(&self.document, campaign)
    }

    /// The tag of a campaign's numbers.
    pub(crate) fn tag_of_numbers(&self, console: &Console, campaign: &str) -> String {
        tagged(console, &json!(self.numbers_of(campaign)).to_string())
    }
}

const fn words(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::Buyer => ["buyer.added", "buyer.changed", "buyer.removed"],
        Kind::Offer => ["offer.added", "offer.changed", "offer.removed"],
        Kind::Publisher => ["publisher.added", "publisher.changed", "publisher.removed"],
        Kind::Number => ["number.added", "number.changed", "number.removed"],
        Kind::Campaign => ["campaign.added", "campaign.changed", "campaign.removed"],
    }
}

/// A secret that is another shows in the audit as changed, and not as what it is.
fn with_mark(entry: Map<String, Value>, document: &Document, kind: Kind, id: &str) -> Value {
    let bare = document.bare(kind, id).unwrap_or_default();
    let shown = Value::Object(entry.clone()).to_string();
    if bare == shown {
        return Value::Object(entry);
    }
    let mut hash = <Sha256 as sha2::Digest>::new();
    sha2::Digest::update(&mut hash, bare.as_bytes());
    let mut entry = entry;
    // Only whether it is the same as before is looked at; see `difference`.
    let hash = sha2::Digest::finalize(hash);
    entry.insert("secrets".to_owned(), json!(BASE64_URL_SAFE_NO_PAD.encode(hash)));
    Value::Object(entry)
}

/// The audit's entry with the keys alone that differ.
fn difference(change: Change, before: Option<Value>, after: Option<Value>) -> Change {
    let (Some(Value::Object(mut before)), Some(Value::Object(mut after))) = (before.clone(), after.clone())
    else {
        let plain = |value: Option<Value>| value.map(without_mark);
        let change = Change { before: plain(before), ..change };
        return Change { after: plain(after), ..change };
    };
    let secrets_differ = before.get("secrets") != after.get("secrets");
    before.remove("secrets");
    after.remove("secrets");
    let same: Vec<_> = before
        .iter()
        .filter(|(key, value)| after.get(*key) == Some(value))
        .map(|(key, _)| key.clone())
        .collect();
    for key in same {
        before.remove(&key);
        after.remove(&key);
    }
    if secrets_differ && before.is_empty() && after.is_empty() {
        after.insert("secrets".to_owned(), json!("changed"));
    }
    change.from(Value::Object(before)).to(Value::Object(after))
}

fn without_mark(value: Value) -> Value {
    match value {
        Value::Object(mut entry) => {
            entry.remove("secrets");
            Value::Object(entry)
        }
        other => other,
    }
}

/// RFC 7396.
fn merge(entry: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (entry.get_mut(key), value) {
            (_, Value::Null) => drop(entry.remove(key)),
            (Some(Value::Object(there)), Value::Object(patch)) => merge(there, patch),
            (_, Value::Object(patch)) => {
                let mut made = Map::new();
                merge(&mut made, patch);
                entry.insert(key.clone(), Value::Object(made));
            }
            (_, value) => drop(entry.insert(key.clone(), value.clone())),
        }
    }
}

fn numbers_in(document: &Document, campaign: &str) -> Vec<Map<String, Value>> {
    let all = document.entries(Kind::Number).into_iter().map(|(_, entry)| entry);
    all.filter(|entry| entry.get("campaign").and_then(Value::as_str) == Some(campaign)).collect()
}

/// The numbers of a campaign are exactly these. One that another campaign has is refused.
fn numbers_of(
    mut document: Document,
    campaign: &str,
    numbers: &[Map<String, Value>],
) -> Result<Document, Problem> {
    let before = numbers_in(&document, campaign);
    let number = |entry: &Map<String, Value>| {
        entry.get("number").and_then(Value::as_str).map(|it| it.trim().to_owned())
    };
    let wanted: Vec<_> = numbers.iter().map(number).collect();
    for gone in before.iter().filter_map(number).filter(|it| !wanted.contains(&Some(it.clone()))) {
        document.remove(Kind::Number, &gone).map_err(|it| refused(&it, "number"))?;
    }
    for (at, entry) in numbers.iter().enumerate() {
        let mut entry = entry.clone();
        entry.insert("campaign".to_owned(), json!(campaign));
        let id = number(&entry).ok_or_else(|| {
            let pointer = format!("/numbers/{at}/number");
            Problem::invalid(vec![FieldProblem::new(
                pointer,
                "missing",
                "it is missing",
                "write it in E.164 form",
            )])
        })?;
        let known = before.iter().filter_map(number).any(|it| it == id);
        let done = if known {
            document.replace(Kind::Number, &id, &entry)
        } else {
            document.add(Kind::Number, &entry)
        };
        done.map_err(|_| {
            let pointer = format!("/numbers/{at}/number");
            let mend = "name it once, and take it from the other campaign first";
            Problem::invalid(vec![FieldProblem::new(pointer, "taken", "this number stands already", mend)])
        })?;
    }
    Ok(document)
}

fn refused(problem: &EditProblem, what: &str) -> Problem {
    match problem {
        EditProblem::Unknown => Problem::not_found(),
        EditProblem::Exists => {
            let detail = format!("Another {what} has this id. Choose another id, or change that one.");
            Problem::new(StatusCode::CONFLICT, "exists", "There is one with this id", detail)
        }
        EditProblem::NoSecret(pointer) => {
            let mend = "write the secret itself, or \"env:NAME\"";
            Problem::invalid(vec![FieldProblem::new(pointer, "no_secret", "no secret is kept here", mend)])
        }
        EditProblem::Form(pointer) => Problem::invalid(vec![FieldProblem::new(
            pointer,
            "missing",
            "it is missing",
            "write it as a text",
        )]),
        EditProblem::NotToml => {
            let detail = "The published settings are not TOML. Publish a whole document.";
            Problem::new(StatusCode::CONFLICT, "not_toml", "The settings cannot be read", detail)
        }
    }
}

/// Each problem where it is in what was sent.
fn placed(edit: &Edit, document: &Document, problems: &[SettingsProblem]) -> Vec<FieldProblem> {
    let pointer = |problem: &SettingsProblem| match edit {
        Edit::Add(kind, entry) => {
            let id = entry.get(kind.id()).and_then(Value::as_str)?;
            settings::pointer(problem, *kind, id, document.place(*kind, id)?)
        }
        Edit::Replace(kind, id, _) | Edit::Merge(kind, id, _) => {
            settings::pointer(problem, *kind, id, document.place(*kind, id)?)
        }
        Edit::Numbers(_, numbers) => numbers.iter().enumerate().find_map(|(at, entry)| {
            let id = entry.get("number").and_then(Value::as_str)?;
            let inner = settings::pointer(problem, Kind::Number, id, document.place(Kind::Number, id)?)?;
            Some(format!("/numbers/{at}{inner}"))
        }),
        Edit::General(_) if !problem.path.contains(['.', '[']) => Some(format!("/{}", problem.path)),
        Edit::General(_) | Edit::Remove(..) | Edit::Whole(_) => None,
    };
    let one = |problem: &SettingsProblem| match (pointer(problem), edit) {
        (Some(pointer), _) => FieldProblem::new(pointer, "invalid", &*problem.what, &*problem.mend),
        (None, Edit::Whole(_)) => {
            let place = format!("line {}, column {}: {}", problem.line, problem.column, problem.what);
            FieldProblem::new(&*problem.path, "invalid", place, &*problem.mend)
        }
        // Something else holds to what was changed, ex: an offer to its buyer.
        (None, _) => {
            let elsewhere = format!("{}: {}", problem.path, problem.what);
            FieldProblem::new("", "held_elsewhere", elsewhere, &*problem.mend)
        }
    };
    problems.iter().take(PROBLEMS_SHOWN_MAX).map(one).collect()
}
