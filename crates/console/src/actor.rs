//! `Actor`: who asks, as the guard of every route found out. A handler takes it as an argument.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use secrecy::SecretString;
use store::{ApiToken, By, Role, Session, User, Who};

use crate::{Permission, access::csrf, problem::Problem};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person, or whose token it is.
    pub user: User,
    /// How it is known.
    pub through: Through,
    /// From where.
    pub address: String,
    /// The request.
    pub request_id: String,
}

/// How it is known who asks.
#[derive(Debug, Clone)]
pub enum Through {
    /// By a session.
    Session {
        /// Which.
        session: Session,
        /// What opens it.
        secret: SecretString,
    },
    /// By a token.
    Token(ApiToken),
}

impl Actor {
    /// Whether this actor may: the role has the permission, and a token its scope.
    pub fn may(&self, permission: Permission) -> bool {
        let scoped = match &self.through {
            Through::Session { .. } => true,
            Through::Token(token) => token.scopes.iter().any(|scope| scope == permission.word()),
        };
        scoped && permission.is_of(self.user.role)
    }

    /// The role of the person.
    pub const fn role(&self) -> Role {
        self.user.role
    }

    /// As the audit names this actor.
    pub fn by(&self) -> By {
        let who = match &self.through {
            Through::Session { .. } => Who::User(self.user.id),
            Through::Token(token) => Who::Token { token: token.id, user: self.user.id },
        };
        By { who, address: Some(self.address.clone()), request: Some(self.request_id.clone()) }
    }

    /// The session, if it is one.
    pub const fn session(&self) -> Option<&Session> {
        match &self.through {
            Through::Session { session, .. } => Some(session),
            Through::Token(_) => None,
        }
    }

    /// What every form of a page must carry in its field `csrf`. Empty for a token, which needs none.
    pub fn csrf(&self) -> String {
        match &self.through {
            Through::Session { secret, .. } => csrf::token(secret),
            Through::Token(_) => String::new(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
