//! The real binary on a real database, killed at every kill point and at random, and started again, while the carrier
//! and the buyers live on. At the end their books and the store's are compared.
//!
//! `cargo test -p server --features failpoints --test crash`; CONTRIBUTING.md tells how one kill is played alone.

mod books;
mod cast;
mod chance;
mod leads;
mod node;
mod noticed;
mod points;
mod random;
mod rules;
mod told;
mod world;
