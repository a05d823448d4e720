//! Who may come in: the list, an invitation, and one user with role, link and sessions.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use store::{NewUser, Refused, Role, SessionId, User, UserChange, UserId};
use uuid::Uuid;

use super::{Frame, Shared, account, link_url, role_name, shown, shown_as, when};
use crate::{
    Console, Needs, Permission,
    access::people::{self, NAME_CHARS_MAX},
    actor::Actor,
    form::Form,
    path::Path,
    problem::Problem,
    query::Query,
    routes::Routes,
};

/// A role to choose, with what it may.
struct Choice {
    word: &'static str,
    name: &'static str,
    means: &'static str,
    chosen: bool,
}

/// A user as a line.
struct Line {
    id: UserId,
    name: String,
    email: String,
    role: &'static str,
    since: String,
    state: &'static str,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "users.html")]
struct Users {
    frame: Frame,
    lines: Vec<Line>,
    may_write: bool,
    roles: Vec<Choice>,
    name: String,
    email: String,
    name_wrong: String,
    email_wrong: String,
    /// Whom the link is for, and the link, right after it was made.
    invited: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "user.html")]
struct One {
    frame: Frame,
    user: User,
    role: &'static str,
    since: String,
    roles: Vec<Choice>,
    may_write: bool,
    sessions: Vec<account::Shown>,
    name_wrong: String,
    link: Option<String>,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadUsers), Needs::May(Permission::WriteUsers));
    routes
        .get(read, "/users", list)
        .post(write, "/users", invite)
        .get(read, "/users/{id}", one)
        .post(write, "/users/{id}", change)
        .post(write, "/users/{id}/link", link)
        .post(write, "/users/{id}/disable", disable)
        .post(write, "/users/{id}/enable", enable)
        .post(write, "/users/{id}/sessions/{session}/end", end)
}

async fn list(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let mut page = users(&console, &actor, Role::Support).await?;
    let wanted = query.text("q").to_lowercase();
    page.lines.retain(|line| line.name.to_lowercase().contains(&wanted) || line.email.contains(&wanted));
    Ok(shown(&page))
}

async fn users(console: &Console, actor: &Actor, chosen: Role) -> Result<Users, Problem> {
    let users = console.store.users().await?;
    Ok(Users {
        frame: Frame::of(actor, "/users"),
        lines: users.iter().map(line).collect(),
        may_write: actor.may(Permission::WriteUsers),
        roles: roles(actor, chosen),
        name: String::new(),
        email: String::new(),
        name_wrong: String::new(),
        email_wrong: String::new(),
        invited: None,
    })
}

fn line(user: &User) -> Line {
    let (state, kind) = match (user.disabled_at, user.has_password) {
        (Some(_), _) => ("disabled", "bad"),
        (None, false) => ("invited", "near"),
        (None, true) => ("active", ""),
    };
    Line {
        id: user.id,
        name: user.name.clone(),
        email: user.email.clone(),
        role: role_name(user.role),
        since: when::minute(user.created_at),
        state,
        kind,
    }
}

/// The roles that this actor may give.
fn roles(actor: &Actor, chosen: Role) -> Vec<Choice> {
    let fits = |role: &Role| *role != Role::Owner || actor.role() == Role::Owner;
    let choice = |role| Choice {
        word: Role::word(role),
        name: role_name(role),
        means: means(role),
        chosen: role == chosen,
    };
    Role::ALL.into_iter().filter(fits).map(choice).collect()
}

const fn means(role: Role) -> &'static str {
    match role {
        Role::Owner => "everything, and who else owns",
        Role::Admin => "everything but owners",
        Role::OfferManager => "offers, buyers, campaigns and posts",
        Role::Finance => "money and calls, to look at",
        Role::Auditor => "everything but credentials, to look at",
        Role::Support => "calls with the caller masked, and posts",
    }
}

async fn invite(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let role = form.text("role").parse().unwrap_or(Role::Support);
    only_owners_make_owners(&actor, role)?;
    let (name, email) = (people::name(&form.text("name")), people::email(&form.text("email")));
    let (name, email) = match (name, email) {
        (Ok(name), Ok(email)) => (name, email),
        (name, email) => {
            let mut page = users(&console, &actor, role).await?;
            (page.name, page.email) = (form.text("name"), form.text("email"));
            page.name_wrong = name.err().map(|it| it.to_string()).unwrap_or_default();
            page.email_wrong = email.err().map(|it| it.to_string()).unwrap_or_default();
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let new = NewUser { email: email.clone(), name: name.clone(), role };
    let now = console.now();
    match console.store.add_user(now, actor.by(), new).await? {
        Ok(user) => {
            let secret = console.store.add_link(now, actor.by(), Some(user.id)).await?;
            let secret = secret.map_err(|_| Problem::not_found())?;
            let mut page = users(&console, &actor, Role::Support).await?;
            page.invited = Some((name, link_url(&console.origin, &secret)));
            Ok(shown_as(StatusCode::CREATED, &page))
        }
        Err(_) => {
            let mut page = users(&console, &actor, role).await?;
            (page.name, page.email) = (name, email);
            "somebody has this address already".clone_into(&mut page.email_wrong);
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

async fn page_of(console: &Console, actor: &Actor, id: Uuid) -> Result<One, Problem> {
    let user = console.store.user(UserId::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    let now = console.now();
    let this = actor.session().map(|session| session.id);
    let sessions = console.store.sessions(now, Some(user.id)).await?;
    let may_write =
        actor.may(Permission::WriteUsers) && (user.role != Role::Owner || actor.role() == Role::Owner);
    Ok(One {
        frame: Frame::of(actor, "/users"),
        role: role_name(user.role),
        since: when::minute(user.created_at),
        roles: roles(actor, user.role),
        may_write,
        sessions: sessions.iter().map(|session| account::Shown::of(now, session, this)).collect(),
        name_wrong: String::new(),
        link: None,
        user,
    })
}

async fn one(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    Ok(shown(&page_of(&console, &actor, id).await?))
}

async fn change(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let mut page = page_of(&console, &actor, id).await?;
    let role = form.text("role").parse().map_err(|_| Problem::not_found())?;
    only_owners_make_owners(&actor, role)?;
    let name = match people::name(&form.text("name")) {
        Ok(name) => name,
        Err(error) => {
            page.user.name = form.text("name");
            page.name_wrong = error.to_string();
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    done(&console, &actor, id, UserChange { name: Some(name), role: Some(role), ..UserChange::default() })
        .await
}

async fn disable(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    done(&console, &actor, id, UserChange { disabled: Some(true), ..UserChange::default() }).await
}

async fn enable(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    done(&console, &actor, id, UserChange { disabled: Some(false), ..UserChange::default() }).await
}

async fn done(console: &Console, actor: &Actor, id: Uuid, to: UserChange) -> Result<Response, Problem> {
    changed(console, actor, UserId::from_uuid(id), to).await?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}

async fn link(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let mut page = page_of(&console, &actor, id).await?;
    only_owners_change(&actor, &page.user)?;
    let made = console.store.add_link(console.now(), actor.by(), Some(page.user.id)).await?;
    page.link = Some(link_url(&console.origin, &made.map_err(|_| Problem::not_found())?));
    Ok(shown_as(StatusCode::CREATED, &page))
}

async fn end(
    console: Shared,
    actor: Actor,
    Path((id, session)): Path<(Uuid, Uuid)>,
) -> Result<Response, Problem> {
    let user = console.store.user(UserId::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    only_owners_change(&actor, &user)?;
    let session = SessionId::from_uuid(session);
    let ended = console.store.end_session(console.now(), actor.by(), session, Some(user.id)).await?;
    ended.map_err(|_| Problem::not_found())?;
    Ok(Redirect::to(&format!("/users/{id}")).into_response())
}

/// Changes a user as far as this actor may, for pages and the API alike.
pub(crate) async fn changed(
    console: &Console,
    actor: &Actor,
    id: UserId,
    to: UserChange,
) -> Result<User, Problem> {
    let user = console.store.user(id).await?.ok_or_else(Problem::not_found)?;
    only_owners_change(actor, &user)?;
    if let Some(role) = to.role {
        only_owners_make_owners(actor, role)?;
    }
    console.store.change_user(console.now(), actor.by(), id, to).await?.map_err(refused)
}

/// What the store did not do, as a problem.
pub(crate) fn refused(refused: Refused) -> Problem {
    let conflict = |code, title, detail: &str| Problem::new(StatusCode::CONFLICT, code, title, detail);
    match refused {
        Refused::Unknown => Problem::not_found(),
        Refused::Taken => {
            conflict("email_taken", "Somebody has this address", "Each user has an address of its own.")
        }
        Refused::Changed => {
            let detail = "Read it again and repeat your change on what is there now.";
            Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "changed_meanwhile",
                "It was changed meanwhile",
                detail,
            )
        }
        Refused::TooMany => {
            let detail = "Revoke some that nobody uses any more.";
            conflict("too_many", "There are too many already", detail)
        }
        Refused::LastOwner => {
            let detail = "Make somebody else an owner first: else nobody could manage owners any more.";
            conflict("last_owner", "This is the last owner", detail)
        }
    }
}

/// An admin manages everybody but owners.
pub(crate) fn only_owners_change(actor: &Actor, user: &User) -> Result<(), Problem> {
    only_owners_make_owners(actor, user.role)
}

/// Only an owner makes an owner.
pub(crate) fn only_owners_make_owners(actor: &Actor, role: Role) -> Result<(), Problem> {
    if role == Role::Owner && actor.role() != Role::Owner {
        let detail = "Only an owner can add, change or disable owners.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "owners_only", "Only for owners", detail));
    }
    Ok(())
}
