//! The connection on which news of other nodes are heard. It is another one than that of journeys, asks for nothing that
//! anybody waits for, and is made anew, less and less often, when it is lost.
//!
//! Of a Cluster any one node is as good: what is published goes to all of them.

use futures_util::StreamExt;
use redis::{
    Client, ConnectionInfo, Msg, RedisResult,
    aio::{PubSubSink, PubSubStream},
};
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::RedisAt;
use crate::{
    chance,
    limits::{NEWS_PING_EVERY, NEWS_PROBE_MAX, NEWS_PROBE_MIN, REDIS_CONNECT_MAX, REDIS_STEADY},
};

/// What became of the connection, or came on it.
pub(crate) enum Heard {
    /// It is there. What was told before is not known.
    Up,
    /// It is lost.
    Down,
    /// A channel and what was told there.
    Told(String, Vec<u8>),
}

/// Hears until it is told that nobody listens any more.
pub(crate) async fn hear(at: RedisAt, channels: &[String], mut listens: impl FnMut(Heard) -> bool) {
    let mut wait = NEWS_PROBE_MIN;
    let mut is_told = false;
    loop {
        let began = Instant::now();
        match connect(&at, channels).await {
            Some((sink, stream)) => {
                tracing::debug!("news of other nodes are heard");
                is_told = false;
                if !listens(Heard::Up) || !listen(sink, stream, &mut listens).await {
                    return;
                }
            }
            // What is in flight says that Redis is away.
            None if !is_told => {
                is_told = true;
                tracing::debug!("no news of other nodes are heard");
            }
            None => {}
        }
        if !listens(Heard::Down) {
            return;
        }
        if began.elapsed() >= REDIS_STEADY {
            wait = NEWS_PROBE_MIN;
        }
        tokio::time::sleep(chance::spread(wait)).await;
        wait = (wait * 2).min(NEWS_PROBE_MAX);
    }
}

/// Hears on one connection until it is lost. False: nobody listens any more.
async fn listen(
    mut sink: PubSubSink,
    mut stream: PubSubStream,
    listens: &mut impl FnMut(Heard) -> bool,
) -> bool {
    let mut ping = tokio::time::interval(NEWS_PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            told = stream.next() => {
                let Some(told) = told else { return true };
                if !listens(read(&told)) {
                    return false;
                }
            }
            // A link that is cut without a word would be silent for good.
            _ = ping.tick() => {
                if !is_there(&mut sink).await {
                    return true;
                }
            }
        }
    }
}

fn read(told: &Msg) -> Heard {
    Heard::Told(told.get_channel_name().to_owned(), told.get_payload_bytes().to_vec())
}

async fn is_there(sink: &mut PubSubSink) -> bool {
    matches!(timeout(REDIS_CONNECT_MAX, sink.ping::<redis::Value>()).await, Ok(Ok(_)))
}

/// The first node that takes the subscription. Each try begins with another one.
async fn connect(at: &RedisAt, channels: &[String]) -> Option<(PubSubSink, PubSubStream)> {
    let nodes = at.nodes();
    let first = chance::bytes::<1>().map_or(0, |[byte]| usize::from(byte)) % nodes.len().max(1);
    for node in nodes.iter().cycle().skip(first).take(nodes.len()) {
        if let Ok(Ok(connected)) = timeout(REDIS_CONNECT_MAX, subscribe(node, channels)).await {
            return Some(connected);
        }
    }
    None
}

async fn subscribe(node: &ConnectionInfo, channels: &[String]) -> RedisResult<(PubSubSink, PubSubStream)> {
    let mut subscribed = Client::open(node.clone())?.get_async_pubsub().await?;
    for channel in channels {
        subscribed.subscribe(channel).await?;
    }
    Ok(subscribed.split())
}
