//! Who may do what, and how one proves who one is.

pub(crate) mod csrf;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod permission;
pub(crate) mod throttle;
