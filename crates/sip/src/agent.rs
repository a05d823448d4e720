//! Listens for calls and makes them: the one place where the library below is started.

mod dialogue;
mod guard;
mod inbound;
mod inspector;
mod outbound;
mod probe;
mod requests;
mod socket;
mod wording;

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use rsipstack::{
    EndpointBuilder,
    dialog::dialog_layer::DialogLayer,
    transaction::endpoint::{EndpointInnerRef, EndpointOption},
    transport::{TransportLayer, tcp_listener::TcpListenerConnection, udp::UdpConnection},
};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

pub use self::guard::{Digests, Guard};
use self::{guard::Nonces, inspector::Inspector, socket::ScreenedSocket};
use crate::{
    g711::Law,
    ladder::Ladders,
    leg::{Arrival, Dial, DialError, Leg},
    limits::{ARRIVALS_MAX, STREAM_IDLE_MAX},
    media::Ports,
    screen::Sources,
};

/// What an agent is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens by UDP.
    pub udp: SocketAddr,
    /// Where it listens by TCP.
    pub tcp: Option<SocketAddr>,
    /// The address that others reach it at.
    pub advertised: IpAddr,
    /// What it calls itself.
    pub user_agent: String,
    /// The end of its Call-IDs, a host's name; a call that comes back with it is refused.
    pub mark: String,
    /// Who may send anything.
    pub sources: Sources,
    /// Who of them must know a password to call.
    pub guards: Vec<Guard>,
    /// The most callers at a time; beyond, one is asked to come again.
    pub calls_max: usize,
    /// The ports of speech.
    pub ports: RangeInclusive<u16>,
    /// How long a party that should speak may be silent.
    pub silence_max: Duration,
    /// The longest leg.
    pub call_max: Duration,
    /// The codecs, the best first.
    pub laws: Vec<Law>,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// Datagrams and connections of nobody that is known.
    pub strangers: AtomicU64,
    /// Datagrams that cannot be read or answered.
    pub unreadable: AtomicU64,
    /// Requests that were answered before anybody read them.
    pub refused: AtomicU64,
    /// Callers that were asked to come again.
    pub turned_away: AtomicU64,
}

/// Listens for calls and makes them; it stops with this.
pub struct Agent {
    world: Arc<World>,
    stop: CancellationToken,
}

/// Why an agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The UDP port cannot be taken.
    #[error("the UDP port cannot be listened at")]
    Udp(#[source] std::io::Error),
    /// The library below did not start.
    #[error("the transport could not be set up")]
    Transport(#[source] rsipstack::Error),
}

/// What every leg needs.
pub(crate) struct World {
    config: Config,
    endpoint: EndpointInnerRef,
    layer: Arc<DialogLayer>,
    ports: Ports,
    calls: Arc<Semaphore>,
    nonces: Nonces,
    counts: Arc<Counts>,
    /// What is said by SIP of each leg.
    ladders: Arc<Ladders>,
    /// The addresses that others reach us at, by UDP and by TCP.
    contact: SocketAddr,
    contact_tcp: Option<SocketAddr>,
}

impl Agent {
    /// Begins to listen. Calls that come in are told in the channel.
    ///
    /// # Errors
    /// A port cannot be taken.
    pub async fn start(config: Config) -> Result<(Self, mpsc::Receiver<Arrival>), StartError> {
        let stop = CancellationToken::new();
        let counts = Arc::new(Counts::default());
        let socket = ScreenedSocket::bind(&config, Arc::clone(&counts)).await.map_err(StartError::Udp)?;
        let contact = SocketAddr::new(config.advertised, socket.port());
        let pressure = socket.pressure();
        let transport = TransportLayer::new(stop.child_token());
        let udp = UdpConnection::from_socket(Arc::new(socket), Some(contact), Some(stop.child_token()))
            .await
            .map_err(StartError::Transport)?;
        transport.add_transport(udp.into());
        let contact_tcp = config.tcp.map(|it| SocketAddr::new(config.advertised, it.port()));
        if let Some(tcp) = config.tcp {
            let listener =
                TcpListenerConnection::new(tcp, contact_tcp).await.map_err(StartError::Transport)?;
            transport.add_transport(listener.into());
        }
        transport.set_stream_idle_timeout(STREAM_IDLE_MAX);
        let (sources, strangers) = (config.sources.clone(), Arc::clone(&counts));
        transport.set_whitelist(move |ip: IpAddr| {
            let knows = sources.knows(ip);
            if !knows {
                strangers.strangers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            async move { knows }
        });
        let option = EndpointOption { callid_suffix: Some(config.mark.clone()), ..EndpointOption::default() };
        let ladders = Arc::new(Ladders::default());
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&config.user_agent)
            .with_transport_layer(transport)
            .with_cancel_token(stop.clone())
            .with_option(option)
            .with_inspector(Box::new(Inspector(Arc::clone(&ladders))))
            .build();
        let incoming = endpoint.incoming_transactions().map_err(StartError::Transport)?;
        let inner = Arc::clone(&endpoint.inner);
        pressure.watch(&inner);
        let world = Arc::new(World {
            layer: Arc::new(DialogLayer::new(Arc::clone(&inner))),
            ports: Ports::new(config.udp.ip(), &config.ports),
            calls: Arc::new(Semaphore::new(config.calls_max)),
            nonces: Nonces::default(),
            counts,
            ladders,
            endpoint: inner,
            contact,
            contact_tcp,
            config,
        });
        tokio::spawn(async move { endpoint.serve().await });
        let (arrived, arrivals) = mpsc::channel(ARRIVALS_MAX);
        tokio::spawn(requests::serve(Arc::clone(&world), incoming, arrived));
        Ok((Self { world, stop }, arrivals))
    }

    /// Where it is reached by UDP.
    pub fn at(&self) -> SocketAddr {
        self.world.contact
    }

    /// What was counted.
    pub fn counts(&self) -> &Counts {
        &self.world.counts
    }

    /// Dialogs that the library keeps: none when no leg is left.
    pub fn dialogs(&self) -> usize {
        self.world.layer.len()
    }

    /// Requests and answers that the library still keeps, to repeat an answer or to hear one.
    pub fn transactions(&self) -> usize {
        let stats = self.world.endpoint.get_stats();
        stats.running_transactions + stats.finished_transactions
    }

    /// Begins nothing new any more: callers and probes are asked to come again, and calls that are under way go on.
    pub fn drain(&self) {
        self.world.calls.close();
    }

    /// Whether somebody answers there who takes calls.
    pub async fn probe(&self, at: SocketAddr, tcp: bool) -> bool {
        probe::probe(&self.world, at, tcp).await
    }

    /// Makes a call.
    ///
    /// # Errors
    /// Says why it was not even begun.
    pub async fn dial(&self, dial: Dial) -> Result<Leg, DialError> {
        outbound::dial(&self.world, dial).await
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Whether the library below can read a message.
pub fn can_read(datagram: &[u8]) -> bool {
    rsipstack::sip::SipMessage::try_from(datagram).is_ok()
}
