//! `Conn`: a connection to one server, or to all primaries of a Cluster, where redirections are followed and counted.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisError, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
};

use super::{
    at::RedisAt,
    failure::{Counts, RedisFailure},
};
use crate::limits::{REDIS_CONNECT_MAX, REDIS_REDIRECTS_MAX};

/// How long keys that are just being moved are left alone, before they are asked for again.
const TRY_AGAIN: Duration = Duration::from_millis(2);

/// An open connection. A clone is the same one.
#[derive(Clone)]
pub(super) enum Conn {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Conn {
    pub(super) async fn open(at: &RedisAt) -> RedisResult<Self> {
        match at.nodes() {
            [one] => {
                // Deadlines are the caller's: it knows what the answer is for.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(REDIS_CONNECT_MAX))
                    .set_response_timeout(Some(REDIS_CONNECT_MAX));
                let client = Client::open(one.clone())?;
                Ok(Self::Single(client.get_multiplexed_async_connection_with_config(&config).await?))
            }
            several => {
                // It repeats nothing by itself: an append that is repeated unseen would conflict with itself.
                let client = ClusterClient::builder(several.iter().cloned())
                    .retries(0)
                    .connection_timeout(REDIS_CONNECT_MAX)
                    .response_timeout(REDIS_CONNECT_MAX)
                    .build()?;
                Ok(Self::Cluster(client.get_async_connection().await?))
            }
        }
    }

    /// Asks, and follows the keys to where they are.
    pub(super) async fn ask(&mut self, cmd: &Cmd, counts: &Counts) -> RedisResult<Value> {
        let conn = match self {
            Self::Single(conn) => return conn.req_packed_command(cmd).await?.extract_error(),
            Self::Cluster(conn) => conn,
        };
        let mut answer = conn.req_packed_command(cmd).await.and_then(Value::extract_error);
        for _ in 0..REDIS_REDIRECTS_MAX {
            let Err(error) = &answer else { break };
            let Some(way) = Way::of(error) else { break };
            counts.note(RedisFailure::of(error));
            answer = follow(conn, cmd, way).await.and_then(Value::extract_error);
        }
        answer
    }
}

/// Where a command goes that was not done.
enum Way {
    Moved(SingleNodeRoutingInfo),
    Ask(SingleNodeRoutingInfo),
    Again,
}

impl Way {
    /// `None`: nowhere.
    fn of(error: &RedisError) -> Option<Self> {
        let node = || {
            let (host, port) = error.redirect_node()?.0.rsplit_once(':')?;
            Some(SingleNodeRoutingInfo::ByAddress { host: host.to_owned(), port: port.parse().ok()? })
        };
        match error.code()? {
            "MOVED" => node().map(Self::Moved),
            "ASK" => node().map(Self::Ask),
            "TRYAGAIN" => Some(Self::Again),
            _ => None,
        }
    }
}

async fn follow(conn: &mut ClusterConnection, cmd: &Cmd, way: Way) -> RedisResult<Value> {
    match way {
        Way::Moved(node) => conn.route_command(cmd.clone(), RoutingInfo::SingleNode(node)).await,
        Way::Ask(node) => {
            let mut both = redis::pipe();
            both.cmd("ASKING").add_command(cmd.clone());
            let mut answers = conn.route_pipeline(both, 1, 1, node).await?;
            Ok(answers.pop().unwrap_or(Value::Nil))
        }
        Way::Again => {
            tokio::time::sleep(TRY_AGAIN).await;
            conn.req_packed_command(cmd).await
        }
    }
}
