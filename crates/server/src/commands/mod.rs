//! The command line: what `pingpost` can be asked to do, and its exit codes.

mod bench;
mod call;
mod chaos;
mod check;
mod demo;
mod doctor;
mod erase;
mod invite;
pub(crate) mod key;
mod migrate;
mod offer;
mod people;
mod post;
mod propose;
mod publisher_keys;
mod serve;
mod settings;
mod simulate;
mod usage;

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{
    CommandFactory, Parser, Subcommand,
    builder::{OsStringValueParser, TypedValueParser},
};

use lead::OfferId;
use store::PostState;

use crate::{config::Config, doctor::Ask, logs};

/// Sells each call to the buyer who pays most for it, while the caller waits on the line.
///
/// A call arrives through a carrier; an IVR gathers the qualification fields; every eligible buyer gets an anonymous
/// ping and has 1-30 s to bid; the call is bridged to the highest bidder; only when that buyer answers does it get the
/// full lead, and the sale is booked at the bid.
///
/// New here? `pingpost demo` plays a call without any carrier or configuration.
#[derive(Parser)]
#[command(name = "pingpost", version, after_help = EXIT_CODES)]
struct Cli {
    /// A configuration file; what it does not say is in config/default.toml, what the environment says wins
    #[arg(long, global = true, value_name = "FILE", env = "PINGPOST_CONFIG", value_parser = path())]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something failed while running; the message says what
  2  the command line, the configuration or the settings are wrong; every problem is printed with its mend
  3  `check` found something at the carrier, `doctor` a problem, `demo --once` or `bench` did not come out as the buyers' bids say it must, the
     books of `chaos` differ, the audit is not as it was written, or `erase` left something to be done, which it lists

Configuration: PINGPOST_SECTION__KEY in the environment over --config FILE over the defaults;
`pingpost check --defaults` prints every key with its explanation.";

#[derive(Subcommand)]
enum Command {
    /// Take calls: listen for the carrier's webhooks, run the auctions, send the posts
    ///
    /// Settings that are published meanwhile are taken up within seconds, on SIGHUP at once. SIGTERM and Ctrl-C finish
    /// what is under way, for at most http.drain_max.
    Serve {
        /// Publish this settings file first, if it differs from the latest version
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// Begin at this machine's clock though later times wait in the store; they wait until then
        #[arg(long)]
        take_clock: bool,
    },
    /// Play calls through real sockets, without a carrier, services or configuration
    Demo {
        /// Play the one Medicare call and end
        #[arg(long)]
        once: bool,
        /// End with one JSON line, computed from what the buyers and the store saw
        #[arg(long, requires = "once")]
        json: bool,
        /// Let the caller and the buyers have telephones of SIP, with real speech in real time
        #[arg(long)]
        sip: bool,
    },
    /// Measure what it costs to sell a call
    ///
    /// Starts `serve` as a process of its own, with stores of its own in temporary folders, and plays loads on it through
    /// real sockets: signed webhooks, bidding buyers, posts. Prints processor time a call, overhead, memory, and what was
    /// wrong; ends with one JSON line. Exits with 3 if a ping held something of a caller, a post was missing or doubled, or
    /// another than the best bid won. Measure a release build.
    Bench(bench::Measured),
    /// Kill and cut nodes and stores of its own while calls come, and compare the books afterwards
    ///
    /// Starts Postgres, Redis and nodes of its own in a temporary folder, plays calls through an emulated carrier and
    /// buyers, and strikes as --faults says. It ends with one JSON line; every difference between what the carrier, the
    /// buyers and the database hold is printed. No configuration is read. Needs the programs of Postgres and Redis.
    Chaos(chaos::Options),
    /// Check the configuration, the settings and the carrier's numbers, and exit
    Check {
        /// Check this settings file instead of the latest version
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// Print every configuration key with its explanation and default, and exit
        #[arg(long)]
        defaults: bool,
        /// Do not ask the carrier
        #[arg(long)]
        offline: bool,
    },
    /// Look for what is configured and will not do what somebody wanted, and say what mends it
    ///
    /// Reads the configuration, the store and its latest settings; asks the carrier about the numbers, and opens a connection
    /// to each buyer. Each finding has a code that docs/reference/doctor.md lists. Exits with 3 if there is a problem; what
    /// may be meant so is a warning, and no failure.
    Doctor {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Ask neither the carrier nor buyers
        #[arg(long)]
        offline: bool,
    },
    /// Keys that personal data is sealed under
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Print what makes a shell complete these commands, ex: `pingpost completions bash > /etc/bash_completion.d/pingpost`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Make the tables of the database that store.url names, or bring them up to date, and exit
    ///
    /// `serve` does not begin with the tables of another release. A file brings its own up to date when it is opened.
    Migrate,
    /// Buyers, offers, campaigns, numbers and publishers as one TOML file
    Settings {
        #[command(subcommand)]
        command: SettingsCommand,
    },
    /// Look at single calls
    Call {
        #[command(subcommand)]
        command: CallCommand,
    },
    /// Posts of sold leads: what waits, what was given up, and sending it once more
    ///
    /// A post goes to the buyer that bought, under the id of its sale, and under the same id on every try. These commands
    /// work on the configured store, beside a running server or without one, and print nothing of a person.
    Post {
        #[command(subcommand)]
        command: PostCommand,
    },
    /// Look at single offers
    Offer {
        #[command(subcommand)]
        command: OfferCommand,
    },
    /// Forget a person: every call of the same number, its answers and what was said of them
    ///
    /// The data keys go, and with them everything that was sealed under them; the money stays. It says which buyers hold
    /// the lead, so that they can be told. A server may run meanwhile. That nothing is held is no failure.
    Erase {
        #[command(flatten)]
        who: erase::Who,
        /// Do it; without this it is only shown what would be erased
        #[arg(long)]
        yes: bool,
        /// End with one JSON line
        #[arg(long)]
        json: bool,
    },
    /// Who may come in: users of the console and the API
    User {
        #[command(subcommand)]
        command: people::UserCommand,
    },
    /// What programs come in with
    Token {
        #[command(subcommand)]
        command: people::TokenCommand,
    },
    /// What publishers hand in leads with, and pages ask for callbacks with
    PublisherKey {
        #[command(subcommand)]
        command: publisher_keys::PublisherKeyCommand,
    },
    /// The record of who did what
    Audit {
        #[command(subcommand)]
        command: people::AuditCommand,
    },
    /// Print the version
    Version,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Draw a master key, for store.master_key
    New {
        /// Write it into this new file, which its owner alone may read; without it, it is printed
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Seal under store.master_key what store.previous_master_keys sealed, so that those can be retired
    ///
    /// Run it once every node has the new key. It may run beside them, and may be repeated. The suppression list goes first.
    Rotate,
}

#[derive(Subcommand)]
enum SettingsCommand {
    /// Check a settings file and publish it as a new version; running calls keep theirs
    Import {
        /// The file
        file: PathBuf,
        /// Why, for the record
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Print a version as it was imported
    Export {
        /// The version; the latest without it
        #[arg(long)]
        version: Option<u64>,
    },
}

#[derive(Subcommand)]
enum CallCommand {
    /// Print a call's events as JSON, each personal value replaced by a stable fake
    Export {
        /// The journey's id, as logs and posts name it
        journey: uuid::Uuid,
        /// Print its sales behind them: what is owed, whether it is disputed, and where the post stands
        #[arg(long)]
        sales: bool,
    },
    /// Place a call in the built-in simulator of a running server, and print what came of it
    ///
    /// Needs a server with carrier.kind = "simulator", and an API token with settings:write and calls:read in
    /// PINGPOST_API_TOKEN, ex: of `pingpost token add`. The call goes through the same webhooks, auction and books as a real
    /// one.
    Simulate(simulate::Options),
}

#[derive(Subcommand)]
enum PostCommand {
    /// List posts, the newest first
    ///
    /// waiting: for the post before it; due: to be sent when its time has come; held: its offer's post URL answered 410;
    /// claimed: on its way; delivered; dead: given up, a person should look; cancelled: its sale was void before.
    List {
        /// Only of this state
        #[arg(long, value_parser = post::state)]
        state: Option<PostState>,
        /// Only of this offer
        #[arg(long, value_name = "ID", value_parser = post::offer)]
        offer: Option<OfferId>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = post::limit)]
        limit: u32,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send posts once more, each under the same id as before
    ///
    /// They are due at once and begin their schedule anew, the oldest first; a running server looks every 2 seconds. A lead
    /// is not sent again for a sale that is void. Exits with 1 if there was nothing to send of a sale that was named.
    Replay(Replayable),
    /// Enable the posts of an offer whose post URL answered 410
    ///
    /// It is asked for bids again, and what was held is sent, the oldest first. Settings that name another post URL do the
    /// same by themselves.
    Enable {
        /// The offer
        #[arg(value_parser = post::offer)]
        offer: OfferId,
        /// Why, for the record
        #[arg(long, default_value = "")]
        note: String,
    },
    /// List the offers whose post URL fails, is disabled, or works again since a moment ago
    Offers {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum OfferCommand {
    /// Print how each offer's buyer has answered lately, and in how many auctions it is asked for that
    ///
    /// Read from the auction records of the last day. An offer whose buyer does not answer is asked in 1 auction of 2, 5 or
    /// 20, until it answers again (exchange.throttle).
    Health {
        /// As a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Turn a buyer's sample reply into the `wire` of an offer
    ///
    /// The names that networks use for prices, ids and destinations make the proposal; look at it, then put it below the
    /// offer. Every value of the sample is listed with its path, so that another one can be chosen.
    Propose {
        /// The reply; the standard input without it
        #[arg(value_parser = path())]
        sample: Option<PathBuf>,
    },
}

/// What is replayed.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Replayable {
    /// The posts of these sales, also if they were delivered, or wait for their next try
    #[arg(value_name = "SALE", conflicts_with_all = ["offer", "all_dead", "dead"])]
    sales: Vec<uuid::Uuid>,
    /// The posts of this offer that were given up; with --dead
    #[arg(long, value_name = "ID", requires = "dead", conflicts_with = "all_dead", value_parser = post::offer)]
    offer: Option<OfferId>,
    /// Of --offer, those that were given up
    #[arg(long, requires = "offer", conflicts_with = "all_dead")]
    dead: bool,
    /// Every post that was given up
    #[arg(long)]
    all_dead: bool,
}

/// Why a command failed.
enum Failure {
    /// While running.
    Running(anyhow::Error),
    /// Before it: every problem with its mend.
    Wrong(Vec<String>),
    /// A check found something.
    Found(Vec<String>),
    /// Nothing was found, and not everything could be looked at.
    Unsettled(Vec<String>),
}

impl Failure {
    /// What it says, on one line.
    fn text(&self) -> String {
        match self {
            Self::Running(error) => crate::chain_of(error.as_ref()),
            Self::Wrong(lines) | Self::Found(lines) | Self::Unsettled(lines) => lines.join("; "),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Running(error)
    }
}

/// A path that may be empty: an empty variable counts as not set.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let cli: Cli = usage::read();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ended(Err(Failure::Running(error.into()))),
    };
    ended(runtime.block_on(run(cli)))
}

async fn run(cli: Cli) -> Result<(), Failure> {
    // `rustls` is asked for one provider for the whole process; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = || {
        let file = cli.config.as_deref().filter(|path| !path.as_os_str().is_empty());
        let config = Config::load(file, crate::config::environment());
        let config =
            config.map_err(|problems| Failure::Wrong(problems.iter().map(ToString::to_string).collect()))?;
        logs::install(&config.log);
        Ok::<_, Failure>(config)
    };
    match cli.command {
        Command::Serve { settings, take_clock } => {
            serve::run(&config()?, settings.as_deref(), take_clock).await
        }
        Command::Demo { once, json, sip } => demo::run(once, json, sip).await,
        Command::Bench(measured) => bench::run(measured).await,
        Command::Chaos(options) => chaos::run(options).await,
        Command::Check { defaults: true, .. } => printed(crate::config::DEFAULTS),
        Command::Check { settings, offline, .. } => {
            check::run(&config()?, settings.as_deref(), offline).await
        }
        Command::Doctor { json, offline } => {
            let ask = if offline { Ask::Nobody } else { Ask::Others };
            doctor::run(&config()?, json, ask).await
        }
        Command::Key { command: KeyCommand::New { file } } => key::new(file.as_deref()),
        Command::Key { command: KeyCommand::Rotate } => key::rotate(&config()?).await,
        Command::PublisherKey { command } => publisher_keys::run(&config()?, command).await,
        Command::Completions { shell } => completions(shell),
        Command::Migrate => migrate::run(&config()?).await,
        Command::Settings { command: SettingsCommand::Import { file, note } } => {
            settings::import(&config()?, &file, &note).await
        }
        Command::Settings { command: SettingsCommand::Export { version } } => {
            settings::export(&config()?, version).await
        }
        Command::Call { command: CallCommand::Export { journey, sales } } => {
            call::export(&config()?, journey, sales).await
        }
        Command::Call { command: CallCommand::Simulate(options) } => simulate::run(&config()?, options).await,
        Command::Post { command } => post::run(&config()?, command).await,
        Command::Offer { command: OfferCommand::Health { json } } => {
            offer::health(&config()?, if json { offer::Form::Json } else { offer::Form::Text }).await
        }
        Command::Offer { command: OfferCommand::Propose { sample } } => propose::run(sample.as_deref()),
        Command::Erase { who, yes, json } => {
            let shown = if json { erase::As::Json } else { erase::As::Text };
            erase::run(&config()?, &who, yes, shown).await
        }
        Command::User { command } => people::user(&config()?, command).await,
        Command::Token { command } => people::token(&config()?, command).await,
        Command::Audit { command } => people::audit(&config()?, command).await,
        Command::Version => printed(&format!("pingpost {}\n", env!("CARGO_PKG_VERSION"))),
    }
}

/// Prints what a shell reads.
fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pingpost", &mut text);
    printed(&String::from_utf8_lossy(&text))
}

/// Writes to standard output. A closed pipe is no failure.
fn printed(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Running(error.into())),
        _ => Ok(()),
    }
}

fn ended(result: Result<(), Failure>) -> ExitCode {
    let (code, lines) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Running(error)) => (1, vec![format!("pingpost: {}", crate::chain_of(error.as_ref()))]),
        Err(Failure::Wrong(lines)) => (2, lines),
        Err(Failure::Found(lines)) => (3, lines),
        Err(Failure::Unsettled(lines)) => (4, lines),
    };
    let mut err = std::io::stderr().lock();
    for line in lines {
        let _ = writeln!(err, "{line}");
    }
    ExitCode::from(code)
}
