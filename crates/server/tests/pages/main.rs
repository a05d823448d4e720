//! The real binary in headless Chromium: from the link of the first owner to the first sale, in the built-in simulator.

mod browser;
mod first_sale;
#[expect(dead_code, reason = "the tests of the process do more with it")]
#[path = "../process/place.rs"]
mod place;
#[expect(dead_code, reason = "the tests of the process ask in more ways")]
#[path = "../process/request.rs"]
mod request;
