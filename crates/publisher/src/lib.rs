//! What publishers and visitors hand in: a filled form or a wish to be rung becomes a [`Submission`], or everything that
//! must be mended in it.
//!
//! Start at [`Form`], which a campaign declares, and at [`Sent::read`], which reads a body. [`Paces`] says who asks too
//! often. This crate knows no auction, no carrier and no store; it reads no clock and draws no chance, and every reader is
//! total: no bytes make it fail otherwise than by naming what is wrong.

mod form;
mod json;
mod limits;
mod pace;
mod problem;
mod sent;
mod submission;
mod value;

pub use form::{ConsentText, Field, Form, KEYS, Kind, Sell, Trouble};
pub use limits::{
    BODY_BYTES_MAX, CHOICES_MAX, CONSENT_AGE_MAX, CONSENT_AHEAD_MAX, CONSENT_CHARS_MAX, CONSENTS_MAX,
    FIELDS_MAX, LONG_CHARS_MAX, SELLERS_MAX, SENT_FIELDS_MAX, SUBJECTS_MAX, TEXT_CHARS_MAX,
};
pub use pace::{Asked, Pace, Paces, TooOften};
pub use problem::FieldProblem;
pub use sent::{ContentType, Sent};
pub use submission::{Came, Sender, Submission};
pub use value::{PhoneProblem, phone};
