//! Real nodes over real stores, whatever can go wrong with them while calls come, and then the books compared.
//!
//! Start at [`Plan`], which says what is played, and [`run`], which plays it and says what the three books hold: the
//! carrier's, the buyers' and the database's.
//!
//! Must not know: how a node works. It sees nodes only as processes with sockets, and their books only as tables, so that
//! no mistake is made twice alike.

mod account;
mod balancer;
mod books;
mod cast;
mod chance;
mod collected;
mod example;
mod forms;
mod keeper;
mod link;
mod node;
#[cfg(test)]
mod noticed;
mod outcome;
mod plan;
mod play;
mod ports;
mod postgres;
mod quiet;
mod redis;
mod rules;
mod schedule;
mod storm;
mod strain;
mod told;
mod world;

pub use forms::ACCEPTED_IN_MAX;
pub use outcome::Outcome;
pub use plan::{
    AWAY_MAX, CALLS_MAX, FORMS_MAX, Fault, Folder, NODES_MAX, Plan, RATE_MAX, RedisKind, UnknownFault,
    UnknownRedis,
};
pub use play::{CALLS_AT_ONCE_MAX, TURN_MAX, run};
pub use quiet::{CALLS_END_MAX, QUIET_MAX, SETTLE_MAX};

/// Says a line of progress to whoever runs it.
pub type Say = std::sync::Arc<dyn Fn(&str) + Send + Sync>;
