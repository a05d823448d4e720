//! The real binary in headless Chromium: from the link of the first owner to the first sale, in the built-in simulator; from a widget
//! to the visitor's telephone and the sale; and fifty calls at once on the live page.

mod browser;
mod crowd;
mod first_sale;
#[expect(dead_code, reason = "the tests of the process do more with it")]
#[path = "../process/place.rs"]
mod place;
#[expect(dead_code, reason = "the tests of the process ask in more ways")]
#[path = "../process/request.rs"]
mod request;
#[path = "../process/walls.rs"]
mod walls;
mod widget;
#[expect(dead_code, reason = "the tests of the process play more calls")]
#[path = "../process/world.rs"]
mod world;
