//! What a run is made of.

use std::{collections::BTreeSet, fmt, str::FromStr, time::Duration};

/// The most nodes of a run: each is a process with its own connections to the stores.
pub const NODES_MAX: u32 = 16;
/// The most calls of a run: every one of them is remembered until the books are compared.
pub const CALLS_MAX: u64 = 20_000;
/// The most forms of a run.
pub const FORMS_MAX: u64 = 20_000;
/// The most calls that are placed in a second.
pub const RATE_MAX: u32 = 1_000;
/// The longest that a store or a node is away at once.
pub const AWAY_MAX: Duration = Duration::from_secs(600);

/// What is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Nodes over the same stores.
    pub nodes: u32,
    /// Calls that are placed.
    pub calls: u64,
    /// Calls a second.
    pub rate: u32,
    /// Forms that are handed in meanwhile, each several times at once.
    pub forms: u64,
    /// Where chance begins.
    pub seed: u64,
    /// What the nodes keep light journeys in.
    pub redis: RedisKind,
    /// What goes wrong.
    pub faults: BTreeSet<Fault>,
    /// Calls from one fault to the next.
    pub every: u64,
    /// How long what is stopped, cut or killed is away; a killed node comes back at once.
    pub away: Duration,
    /// Whether the folder with the logs is kept.
    pub folder: Folder,
}

/// What becomes of the folder of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// It goes with the run.
    Temporary,
    /// It stays, and is named.
    Kept,
}

/// What the nodes keep light journeys in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisKind {
    /// Each in its own memory.
    None,
    /// One server.
    Single,
    /// A Cluster of three primaries with a replica each.
    Cluster,
}

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A node is killed and started again.
    KillNode,
    /// A node is stopped where it stands, and goes on later as if nothing had been.
    StopNode,
    /// A Redis server is killed, and started again with nothing in it.
    KillRedis,
    /// A Redis server answers nothing for a while.
    StopRedis,
    /// Redis forgets everything.
    FlushRedis,
    /// Postgres is killed with all its processes, and started again.
    KillPostgres,
    /// Postgres answers nothing for a while.
    StopPostgres,
    /// The link between a node and a store is cut, or becomes slow.
    Cut,
    /// Status callbacks are doubled, reordered and dropped, each 5 % of them, from the beginning to the end.
    Callbacks,
}

/// There is no such fault.
#[derive(Debug, thiserror::Error)]
#[error("there is no fault {0:?}: {all}", all = names())]
pub struct UnknownFault(String);

/// There is no such Redis.
#[derive(Debug, thiserror::Error)]
#[error("Redis is single, cluster or none, not {0:?}")]
pub struct UnknownRedis(String);

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::KillNode,
        Self::StopNode,
        Self::KillRedis,
        Self::StopRedis,
        Self::FlushRedis,
        Self::KillPostgres,
        Self::StopPostgres,
        Self::Cut,
        Self::Callbacks,
    ];

    /// Its name on the command line and in the JSON line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KillNode => "kill-node",
            Self::StopNode => "stop-node",
            Self::KillRedis => "kill-redis",
            Self::StopRedis => "stop-redis",
            Self::FlushRedis => "flush-redis",
            Self::KillPostgres => "kill-postgres",
            Self::StopPostgres => "stop-postgres",
            Self::Cut => "cut",
            Self::Callbacks => "callbacks",
        }
    }

    /// Whether it needs a Redis.
    #[must_use]
    pub const fn needs_redis(self) -> bool {
        matches!(self, Self::KillRedis | Self::StopRedis | Self::FlushRedis)
    }
}

fn names() -> String {
    Fault::ALL.map(Fault::name).join(", ")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl RedisKind {
    /// Its name on the command line and in the JSON line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Single => "single",
            Self::Cluster => "cluster",
        }
    }
}

impl FromStr for RedisKind {
    type Err = UnknownRedis;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::None, Self::Single, Self::Cluster];
        all.into_iter().find(|it| it.name() == text).ok_or_else(|| UnknownRedis(text.to_owned()))
    }
}

impl Plan {
    /// What makes no sense in it, each with its mend.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = vec![];
        if self.redis == RedisKind::None {
            let needs = self.faults.iter().filter(|fault| fault.needs_redis());
            problems
                .extend(needs.map(|fault| format!("{fault} needs a Redis: give --redis single or cluster")));
            if self.nodes > 1 {
                problems.push(
                    "several nodes share light journeys in Redis: give --redis single or cluster, or --nodes 1"
                        .to_owned(),
                );
            }
        }
        problems
    }
}
