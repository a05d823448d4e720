//! What cannot be written. Each example that must not compile stands behind one that does and differs by the fault
//! alone, so that it fails for no other reason.
//!
//! # A ping holds a profile and nothing else of the lead
//!
//! ```
//! fn show(ping: &mut auction::Ping, lead: lead::Lead) { ping.profile = lead.profile }
//! ```
//! ```compile_fail
//! fn show(ping: &mut auction::Ping, lead: lead::Lead) { ping.profile = lead.identity }
//! ```
//! ```
//! fn show(ping: &mut auction::Ping, age: i64) {
//!     ping.profile.answer(lead::FieldName::state(), lead::Value::Number(age))
//! }
//! ```
//! ```compile_fail
//! fn show(ping: &mut auction::Ping, name: lead::Pii<String>) {
//!     ping.profile.answer(lead::FieldName::state(), lead::Value::Number(name))
//! }
//! ```
//!
//! The number of a ping whose offer's setting asks for it has one maker.
//!
//! ```
//! fn number(offer: &auction::Offer, caller: &lead::Pii<lead::E164>) -> Option<auction::PhoneInPing> {
//!     offer.phone_in_ping(Some(caller))
//! }
//! ```
//! ```compile_fail
//! fn number(offer: &auction::Offer, caller: &lead::Pii<lead::E164>) -> Option<auction::PhoneInPing> {
//!     Some(auction::PhoneInPing(caller.clone()))
//! }
//! ```
//!
//! # A personal value shows itself to nobody
//!
//! ```
//! fn print(name: lead::Pii<String>) -> String { format!("{name:?}") }
//! ```
//! ```compile_fail
//! fn print(name: lead::Pii<String>) -> String { format!("{name}") }
//! ```
//! ```
//! fn length(name: lead::Pii<String>) -> lead::Pii<usize> { name.map(|name| name.len()) }
//! ```
//! ```compile_fail
//! fn length(name: lead::Pii<String>) -> usize { name.len() }
//! ```
//! ```
//! fn write<T: serde::Serialize>() {}
//! fn profile() { write::<lead::Profile>() }
//! ```
//! ```compile_fail
//! fn write<T: serde::Serialize>() {}
//! fn name() { write::<lead::Pii<String>>() }
//! ```
//! ```compile_fail
//! fn write<T: serde::Serialize>() {}
//! fn identity() { write::<lead::Identity>() }
//! ```
//! ```compile_fail
//! fn write<T: serde::Serialize>() {}
//! fn lead() { write::<lead::Lead>() }
//! ```
//!
//! # No post without an acceptance
//!
//! ```
//! fn post(now: lead::Timestamp, attempt: bridge::Attempt) -> bridge::Post { attempt.on_accepted(now).0 }
//! ```
//! ```compile_fail
//! fn post(now: lead::Timestamp, attempt: &bridge::Attempt) -> bridge::Post { attempt.on_accepted(now).0 }
//! ```
//! ```compile_fail
//! fn post(now: lead::Timestamp, attempt: bridge::Attempt) -> bridge::Post {
//!     bridge::Post { sale: attempt.sale(), ..Default::default() }
//! }
//! ```
//! ```compile_fail
//! fn post(now: lead::Timestamp, attempt: bridge::Attempt) -> bridge::Post {
//!     bridge::Post::mint(now, attempt)
//! }
//! ```
//!
//! What an attempt shows before it, ex: to whoever writes the confirm, has no identity in it.
//!
//! ```
//! fn shown(attempt: &bridge::Attempt) -> &lead::Profile { &attempt.facts().shown }
//! ```
//! ```compile_fail
//! fn shown(attempt: &bridge::Attempt) -> &lead::Identity { &attempt.facts().identity }
//! ```
//! ```compile_fail
//! fn shown(attempt: &bridge::Attempt) -> &lead::Identity { &attempt.queue.lead().identity }
//! ```
//!
//! # A lead is posted once
//!
//! ```
//! fn twice(now: lead::Timestamp, one: bridge::Attempt, two: bridge::Attempt) {
//!     one.on_accepted(now);
//!     two.on_accepted(now);
//! }
//! ```
//! ```compile_fail
//! fn twice(now: lead::Timestamp, one: bridge::Attempt) {
//!     one.on_accepted(now);
//!     one.on_accepted(now);
//! }
//! ```
//! ```
//! fn copy<T: Clone>() {}
//! fn profile() { copy::<lead::Profile>() }
//! ```
//! ```compile_fail
//! fn copy<T: Clone>() {}
//! fn lead() { copy::<lead::Lead>() }
//! ```
//! ```compile_fail
//! fn copy<T: Clone>() {}
//! fn post() { copy::<bridge::Post>() }
//! ```
//! ```compile_fail
//! fn copy<T: Clone>() {}
//! fn attempt() { copy::<bridge::Attempt>() }
//! ```
//!
//! # No dial of a lead without a permit
//!
//! ```
//! fn permit(asked: &bridge::permit::Asked, law: &bridge::permit::Law, now: lead::Timestamp) -> Option<bridge::permit::Permit> {
//!     bridge::permit::check(asked, law, now).ok()
//! }
//! ```
//! ```compile_fail
//! fn permit(phone: lead::Pii<lead::E164>, good_until: lead::Timestamp) -> Option<bridge::permit::Permit> {
//!     Some(bridge::permit::Permit { phone, good_until })
//! }
//! ```
//! ```compile_fail
//! fn longer(permit: bridge::permit::Permit, good_until: lead::Timestamp) -> bridge::permit::Permit {
//!     bridge::permit::Permit { good_until, ..permit }
//! }
//! ```
//! ```compile_fail
//! fn permit() -> bridge::permit::Permit { Default::default() }
//! ```
//! ```compile_fail
//! fn copy<T: Clone>() {}
//! fn permit() { copy::<bridge::permit::Permit>() }
//! ```
