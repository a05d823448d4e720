//! From a host name to the addresses that may be connected to, and to no others.
//!
//! The addresses returned here are the very ones that are connected to, so a name that answers differently the
//! second time (DNS rebinding) gains nothing.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::rr::Name,
};
use tokio::time::{Instant, timeout};

use super::{ExchangePolicy, Unreachable, private_address::refusal};

/// The longest that one look-up may take, with its second try.
pub const LOOK_UP_MAX: Duration = Duration::from_secs(2);
/// How long a failed look-up is not tried again.
pub const FAILED_FOR: Duration = Duration::from_secs(5);
/// Questions that may be open at one name server: as many as pings that may meet an unknown name at once.
pub const QUESTIONS_MAX: usize = 1_024;
/// At most this many names are remembered as failed.
pub const FAILED_NAMES_MAX: usize = 1_024;

/// Who answers for names.
#[derive(Debug, Clone, Default)]
pub enum NameServers {
    /// The machine's own: `/etc/resolv.conf` and `/etc/hosts`.
    #[default]
    System,
    /// These, by UDP and TCP.
    Only(Vec<SocketAddr>),
}

pub(super) struct Names {
    resolver: TokioResolver,
    policy: Arc<ExchangePolicy>,
    failed: Arc<Failed>,
}

/// The names that could not be looked up lately.
#[derive(Default)]
struct Failed(Mutex<BTreeMap<Box<str>, Instant>>);

impl Names {
    pub(super) fn new(servers: &NameServers, policy: Arc<ExchangePolicy>) -> Self {
        let config = match servers {
            NameServers::System => None,
            NameServers::Only(servers) => Some(config_of(servers)),
        };
        Self { resolver: resolver(config), policy, failed: Arc::default() }
    }

    /// The addresses of a host, a name or a literal, that may be connected to; at least one.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Unreachable> {
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let found = match literal.parse() {
            Ok(address) => vec![address],
            Err(_) => self.look_up(host).await?,
        };
        let allowed: Vec<IpAddr> =
            found.into_iter().filter(|address| refusal(*address, &self.policy).is_none()).collect();
        if allowed.is_empty() { Err(Unreachable::PrivateAddress) } else { Ok(allowed) }
    }

    /// A look-up of its own goes on when the ping that asked for it has given up: what came of it is known to the next
    /// one, and a name server that is silent is not asked by every ping.
    async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Unreachable> {
        if self.failed.has(name) {
            return Err(Unreachable::DnsFailed);
        }
        // With the final dot, no search domain of this machine is ever appended. The URL's parser has written the name in
        // ASCII; to read it as Unicode again would refuse an underscore.
        let full = Name::from_ascii(format!("{}.", name.trim_end_matches('.')));
        let (resolver, failed, name) = (self.resolver.clone(), Arc::clone(&self.failed), Box::from(name));
        let looking = tokio::spawn(async move {
            let found: Vec<IpAddr> = match full {
                Ok(full) => match timeout(LOOK_UP_MAX, resolver.lookup_ip(full)).await {
                    Ok(Ok(answer)) => answer.iter().collect(),
                    Ok(Err(_)) | Err(_) => Vec::new(),
                },
                Err(_) => Vec::new(),
            };
            if found.is_empty() {
                failed.remember(name);
            }
            found
        });
        // It ends without a word only when the process does.
        let found = looking.await.unwrap_or_default();
        if found.is_empty() { Err(Unreachable::DnsFailed) } else { Ok(found) }
    }
}

impl Failed {
    fn has(&self, name: &str) -> bool {
        let failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get(name).is_some_and(|until| Instant::now() < *until)
    }

    fn remember(&self, name: Box<str>) {
        let now = Instant::now();
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= FAILED_NAMES_MAX {
            failed.retain(|_, until| now < *until);
        }
        if failed.len() < FAILED_NAMES_MAX {
            failed.insert(name, now + FAILED_FOR);
        }
    }
}

fn resolver(config: Option<ResolverConfig>) -> TokioResolver {
    let built = match config {
        Some(config) => {
            let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            set(builder.options_mut());
            builder.build()
        }
        None => TokioResolver::builder_tokio().and_then(|mut builder| {
            set(builder.options_mut());
            builder.build()
        }),
    };
    built.unwrap_or_else(|_| {
        tracing::warn!("no name servers are configured on this machine; only its hosts file is used");
        let mut builder =
            TokioResolver::builder_with_config(ResolverConfig::default(), TokioRuntimeProvider::default());
        set(builder.options_mut());
        builder.build().expect("a resolver without name servers and TLS reads nothing that could fail")
    })
}

/// Answers are kept as long as they say, failures 5 s. IPv6 is asked only where there is no IPv4, so that a
/// name without IPv6 addresses, the usual case, never waits for a second answer.
fn set(options: &mut ResolverOpts) {
    options.timeout = LOOK_UP_MAX / 2;
    options.attempts = 1;
    options.max_active_requests = QUESTIONS_MAX;
    options.negative_max_ttl = Some(FAILED_FOR);
    options.ip_strategy = LookupIpStrategy::Ipv4thenIpv6;
}

fn config_of(servers: &[SocketAddr]) -> ResolverConfig {
    let servers = servers.iter().map(|server| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].into_iter().map(|mut it| {
            it.port = server.port();
            it
        });
        NameServerConfig::new(server.ip(), true, connections.collect())
    });
    ResolverConfig::from_parts(None, Vec::new(), servers.collect())
}
