//! The words of the store's own tests: calls that are driven through it, and many at once.

#[path = "../../../store/tests/it/crowd.rs"]
pub mod crowd;
#[expect(dead_code, reason = "the store's own tests drive calls in more ways")]
#[path = "../../../store/tests/it/world.rs"]
pub mod world;
