//! Words that a caller hears in these tests.

/// The first question of the example.
pub const QUESTION: &str = "Please enter your five digit zip code.";
/// What a caller hears for whom nothing else can be done.
pub const SORRY: &str = "We are sorry, we cannot take your call at the moment.";
/// What the example's campaign says when nobody buys the call.
pub const BUSY: &str = "All our agents are busy right now.";
