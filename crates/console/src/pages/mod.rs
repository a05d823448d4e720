//! The pages. Each file holds one: its template's struct, its handler, and what its form is sent to.
//!
//! A page's struct has a [`Frame`] and derives `askama::Template` over a file of `templates/` that extends `layout.html`.
//! Nothing is inline, neither style nor script: lengths are drawn as SVG, whose attributes the policy lets pass.

mod account;
mod audit;
pub(crate) mod behind;
pub(crate) mod callbacks;
pub(crate) mod calls;
mod entries;
mod export;
pub(crate) mod figures;
mod health;
pub(crate) mod home;
mod link;
pub(crate) mod live;
mod login;
pub(crate) mod money;
mod nav;
pub(crate) mod posts;
mod prove;
mod publisher_keys;
pub(crate) mod reading;
mod reference;
pub(crate) mod refused;
pub(crate) mod reports;
mod simulate;
mod start;
pub(crate) mod story;
pub mod suppressions;
pub(crate) mod tokens;
mod trunks;
pub(crate) mod users;
mod webhooks;
pub mod when;

use std::sync::Arc;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use store::{Role, User};

use crate::{Console, actor::Actor, routes::Routes};
pub use link::link_url;
pub use nav::{Group, Link};

/// What every page has round its content.
pub struct Frame {
    /// Who looks at it.
    pub user: User,
    /// What each of its forms carries in its field `csrf`.
    pub csrf: String,
    /// The path of its line in the navigation.
    pub place: &'static str,
    groups: Vec<Group>,
}

impl Frame {
    /// The frame of a page that stands at this path in the navigation.
    pub fn of(actor: &Actor, place: &'static str) -> Self {
        Self { user: actor.user.clone(), csrf: actor.csrf(), place, groups: nav::of(actor) }
    }

    /// The navigation: what this actor may open.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The role, as people say it.
    pub const fn role(&self) -> &'static str {
        role_name(self.user.role)
    }

    /// The address of an asset.
    pub fn asset(&self, name: &str) -> String {
        asset(name)
    }
}

/// The address of an asset.
pub(crate) fn asset(name: &str) -> String {
    crate::assets::url(name)
}

/// A role, as people say it.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::OfferManager => "Offer manager",
        Role::Finance => "Finance",
        Role::Auditor => "Auditor",
        Role::Support => "Support",
    }
}

/// A page as an answer.
pub fn shown(page: &impl Template) -> Response {
    shown_as(StatusCode::OK, page)
}

/// A page under a status of its own.
pub fn shown_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => crate::problem::Problem::unavailable(&error).into_response(),
    }
}

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = reports::routes(money::routes(posts::routes(live::routes(home::routes(routes)))));
    let routes = link::routes(login::routes(routes));
    let routes = story::routes(callbacks::routes(calls::routes(routes)));
    let routes = audit::routes(tokens::routes(users::routes(webhooks::routes(routes))));
    let routes = trunks::routes(health::routes(suppressions::routes(routes)));
    let routes = start::routes(simulate::routes(prove::routes(publisher_keys::routes(routes))));
    reference::routes(account::routes(entries::routes(routes)))
}

/// The console, as handlers take it.
pub(crate) type Shared = axum::extract::State<Arc<Console>>;
