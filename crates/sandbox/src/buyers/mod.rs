//! Buyers good and bad, each a real HTTP server with an origin of its own.
//!
//! Start at [`Buyer::start`]; [`Trap`] is a listener that nobody should connect to.

mod behaviour;
mod hostile;
mod recorded;
mod reply;
mod serve;
mod standard_webhooks;
mod trap;

pub use behaviour::{Behaviour, Bid, PostBehaviour};
pub use hostile::{Hostile, hostile};
pub use recorded::{ExpectedAuth, Recorded, Signature};
pub use reply::{Body, Reply};
pub use trap::Trap;

use crate::lock::lock;
use serve::Desk;
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Who waits for a request that has not come by then waits for one that never comes.
const COMES_WITHIN: Duration = Duration::from_secs(120);

/// What a buyer is started with.
#[derive(Clone, Debug)]
pub struct BuyerSpec {
    /// Its name, also in generated bid ids.
    pub name: String,
    /// What it does with a ping.
    pub bid: Behaviour,
    /// What it does with a confirm.
    pub confirm: Behaviour,
    /// What it does with a post.
    pub post: PostBehaviour,
    /// How a request must authenticate itself; others get 401.
    pub auth: ExpectedAuth,
    /// The `whsec_…` secret that requests should be signed with.
    pub signing_secret: Option<String>,
}

/// A running buyer.
#[derive(Debug)]
pub struct Buyer {
    desk: Arc<Desk>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl BuyerSpec {
    /// A buyer that bids, confirms what it bid, accepts each post and wants no authentication.
    #[must_use]
    pub fn new(name: &str, bid: Behaviour) -> Self {
        Self {
            name: name.to_owned(),
            confirm: bid.clone(),
            bid,
            post: PostBehaviour::Accept(200),
            auth: ExpectedAuth::None,
            signing_secret: None,
        }
    }
}

impl Buyer {
    /// Starts a buyer on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start(spec: BuyerSpec) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let desk = Arc::new(Desk::new(spec));
        let serving = tokio::spawn(serve::accept(listener, desk.clone()));
        Self { desk, address, serving }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.desk.spec.name
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where pings go.
    #[must_use]
    pub fn ping_url(&self) -> String {
        format!("{}/ping", self.origin())
    }

    /// Where confirms go.
    #[must_use]
    pub fn confirm_url(&self) -> String {
        format!("{}/confirm", self.origin())
    }

    /// Where posts go.
    #[must_use]
    pub fn post_url(&self) -> String {
        format!("{}/post", self.origin())
    }

    /// Another behaviour towards pings from now on.
    pub fn set(&self, bid: Behaviour) {
        lock(&self.desk.manners).bid = bid;
    }

    /// Another behaviour towards confirms from now on.
    pub fn set_confirm(&self, confirm: Behaviour) {
        lock(&self.desk.manners).confirm = confirm;
    }

    /// Another behaviour towards posts from now on.
    pub fn set_post(&self, post: PostBehaviour) {
        lock(&self.desk.manners).post = post;
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.desk.seen).clone()
    }

    /// Every request so far, which the buyer then forgets: many calls would fill the memory.
    #[must_use]
    pub fn take_requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut lock(&self.desk.seen))
    }

    /// Every ping so far.
    #[must_use]
    pub fn pings(&self) -> Vec<Recorded> {
        self.at("/ping")
    }

    /// Every confirm so far.
    #[must_use]
    pub fn confirms(&self) -> Vec<Recorded> {
        self.at("/confirm")
    }

    /// Every post so far.
    #[must_use]
    pub fn posts(&self) -> Vec<Recorded> {
        self.at("/post")
    }

    /// How many different `webhook-id`s the posts had: deliveries of the same one count once.
    #[must_use]
    pub fn distinct_posts(&self) -> usize {
        let posts = self.posts();
        posts.iter().filter_map(|post| post.header("webhook-id")).collect::<BTreeSet<_>>().len()
    }

    /// Waits until so many pings have come.
    pub async fn pinged(&self, times: usize) -> Vec<Recorded> {
        self.came("/ping", times).await
    }

    /// Waits until so many confirms have come.
    pub async fn confirmed(&self, times: usize) -> Vec<Recorded> {
        self.came("/confirm", times).await
    }

    /// Waits until so many posts have come.
    pub async fn posted(&self, times: usize) -> Vec<Recorded> {
        self.came("/post", times).await
    }

    async fn came(&self, path: &str, times: usize) -> Vec<Recorded> {
        let came = tokio::time::timeout(COMES_WITHIN, self.came_at_last(path, times)).await;
        came.unwrap_or_else(|_| panic!("{} requests at {path} of {} did not come", times, self.name()))
    }

    async fn came_at_last(&self, path: &str, times: usize) -> Vec<Recorded> {
        let mut count = self.desk.count.subscribe();
        loop {
            count.borrow_and_update();
            let found = self.at(path);
            if found.len() >= times {
                return found;
            }
            count.changed().await.expect("the desk lives as long as the buyer");
        }
    }

    fn at(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }
}

impl Drop for Buyer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
