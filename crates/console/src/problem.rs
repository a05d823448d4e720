//! `Problem`: why something was not done, for programs as RFC 9457 and for people as a page; always with its mend.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// Why something was not done. A handler returns it; `answer.rs` writes it as JSON or as a page.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldProblem>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where it is: a JSON pointer into the body, or the name of a query parameter, ex: `/role`.
    pub pointer: String,
    /// A word for programs, ex: `unknown_field`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

/// `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `about:blank`, as RFC 9457 says of a problem that its status names.
    pub r#type: &'static str,
    /// What kind it is.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What happened.
    pub detail: String,
    /// A word for programs; it never changes inside `/v1`.
    pub code: String,
    /// What is wrong with single fields.
    pub errors: Vec<FieldProblem>,
    /// The request, as logs and the audit name it.
    pub request_id: String,
}

impl Problem {
    /// A problem of a status, under a word for programs.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, code, title, detail: detail.into(), errors: vec![], headers: vec![] }
    }

    /// There is no such thing, or nobody who asks so may know of it.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such thing",
            "Nothing is kept under this name.",
        )
    }

    /// Who asks is not known.
    pub fn unauthenticated() -> Self {
        let detail = "Log in, or send a token: Authorization: Bearer pingpost_live_…";
        let problem = Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Who are you?", detail);
        problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// Who asks may not.
    pub fn forbidden(permission: &str) -> Self {
        let detail = format!(
            "This needs the permission {permission}. An owner or admin can give you a role that has it."
        );
        Self::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this", detail)
    }

    /// The request did not come from a page of ours.
    pub fn foreign() -> Self {
        let detail = "It did not come from a page of this console. Open the page again and repeat it.";
        Self::new(StatusCode::FORBIDDEN, "foreign_origin", "This was not sent from here", detail)
    }

    /// Fields are wrong.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = match &*errors {
            [only] => format!("{}: {}", only.pointer, only.message),
            _ => format!("{} fields are wrong.", errors.len()),
        };
        let problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something is to be mended", detail);
        Self { errors, ..problem }
    }

    /// A report that there is none of: its range is too long, or the store gave no answer.
    pub(crate) fn of_report(error: store::ReportError) -> Self {
        match error {
            store::ReportError::Read(error) => Self::unavailable(&error),
            error @ (store::ReportError::Periods(_) | store::ReportError::OpenRange) => {
                let mend = "choose fewer days, or months instead of days";
                Self::invalid(vec![FieldProblem::new("from", "range_too_long", error.to_string(), mend)])
            }
        }
    }

    /// The store gave no answer; who asks may ask again.
    pub fn unavailable(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = text, "a page or an answer of the API could not be made");
        let detail = "The store gave no answer. Try again in a moment; nothing is known to have changed.";
        let problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The store gave no answer", detail);
        problem.with(header::RETRY_AFTER, HeaderValue::from_static("2"))
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What it is in the API.
    pub(crate) fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            r#type: "about:blank",
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            errors: self.errors.clone(),
            request_id: request_id.to_owned(),
        }
    }
}

impl FieldProblem {
    /// What is wrong with a field.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), message: message.into(), mend: mend.into() }
    }
}

impl IntoResponse for Problem {
    /// A bare answer that carries it to `answer::finish`, which knows whether a person or a program asks.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A failure of the store is the same problem everywhere.
macro_rules! of_the_store {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::unavailable(&error)
            }
        }
    )*};
}
of_the_store!(
    store::AccessError,
    store::CorrectError,
    store::LoadError,
    store::OutboxError,
    store::ReadFailed,
    store::SuppressionError,
    store::WriteFailed,
    store::SettingsError
);
