//! A one-time link: its person chooses a password, or the first owner says who that is, and is logged in.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use store::{Link, NewUser, Refused, Role, User};

use super::{Shared, login, shown, shown_as};
use crate::{
    Needs, Origin, PASSWORD_CHARS_MIN, Passwords,
    access::people::{self, NAME_CHARS_MAX},
    form::Form,
    path::Path,
    problem::Problem,
    routes::Routes,
};

#[derive(Template)]
#[template(path = "link.html")]
struct Page {
    /// `None`: the first owner.
    user: Option<User>,
    secret: String,
    name: String,
    email: String,
    name_wrong: String,
    email_wrong: String,
    password_wrong: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::Nobody, "/link/{secret}", link).post(Needs::Nobody, "/link/{secret}", choose)
}

/// The address of a link. It opens the door once, so it is shown to one person and never logged.
pub fn link_url(origin: &Origin, secret: &SecretString) -> String {
    format!("{}/link/{}", origin.text(), secret.expose_secret())
}

impl Page {
    fn of(link: Link, secret: &SecretString) -> Self {
        let user = match link {
            Link::FirstOwner => None,
            Link::Password(user) => Some(user),
        };
        let empty = String::new;
        Self {
            user,
            secret: secret.expose_secret().to_owned(),
            name: empty(),
            email: empty(),
            name_wrong: empty(),
            email_wrong: empty(),
            password_wrong: empty(),
        }
    }

    fn is_wrong_at_password(&self) -> bool {
        self.name_wrong.is_empty() && self.email_wrong.is_empty() && !self.password_wrong.is_empty()
    }

    fn is_wrong(&self) -> bool {
        !(self.name_wrong.is_empty() && self.email_wrong.is_empty() && self.password_wrong.is_empty())
    }
}

async fn link(console: Shared, Path(secret): Path<String>) -> Result<Response, Problem> {
    let secret = SecretString::from(secret);
    let link = console.store.link(console.now(), &secret).await?.ok_or_else(spent)?;
    Ok(shown(&Page::of(link, &secret)))
}

async fn choose(
    console: Shared,
    caller: login::Caller,
    Path(secret): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let secret = SecretString::from(secret);
    let now = console.now();
    let link = console.store.link(now, &secret).await?.ok_or_else(spent)?;
    let mut page = Page::of(link, &secret);
    let password = form.secret("password");
    let is_first = page.user.is_none();
    let owner = match &page.user {
        Some(_) => None,
        None => {
            let (name, email) = (people::name(&form.text("name")), people::email(&form.text("email")));
            (page.name, page.email) = (form.text("name"), form.text("email"));
            page.name_wrong = name.as_ref().err().map(ToString::to_string).unwrap_or_default();
            page.email_wrong = email.as_ref().err().map(ToString::to_string).unwrap_or_default();
            name.ok().zip(email.ok()).map(|(name, email)| NewUser { name, email, role: Role::Owner })
        }
    };
    let own = match (&page.user, &owner) {
        (Some(user), _) => [user.email.clone(), user.name.clone()],
        (None, _) => [page.email.clone(), page.name.clone()],
    };
    if let Err(weak) = Passwords::check(&password, &[&*own[0], &*own[1]]) {
        page.password_wrong = weak.to_string();
    } else if password.expose_secret() != form.secret("again").expose_secret() {
        "the two are not the same; write it once more".clone_into(&mut page.password_wrong);
    }
    if page.is_wrong() {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let hash = console.passwords.hash(password).await;
    match console.store.use_link(now, caller.by.clone(), &secret, owner, hash).await? {
        // The first owner finds an empty house.
        Ok(user) => {
            let to = if is_first { "/start" } else { "/" };
            login::let_in(&console, &user, caller, to).await
        }
        Err(Refused::Taken) => {
            "somebody has this address already".clone_into(&mut page.email_wrong);
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(Refused::Unknown | Refused::Changed | Refused::LastOwner | Refused::TooMany) => Err(spent()),
    }
}

fn spent() -> Problem {
    let detail = "It was used, its day is over, or a newer one was made. Ask for another: an owner or admin makes one under \
        Users, and `pingpost user link` on the server.";
    Problem::new(StatusCode::NOT_FOUND, "link_spent", "This link opens nothing any more", detail)
}
