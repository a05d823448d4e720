//! How this process logs: pretty for people, JSON for machines. Never a body, an answer or a number.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat};

/// Installs the log of this process, on standard error. A second call changes nothing.
pub fn install(config: &LogConfig) {
    let filter = EnvFilter::builder().parse(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let pretty = match config.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(filter);
    // A line that could not be written is lost. To say so on standard error as well would panic where that is the full disk,
    // and end the task that logged.
    let layer = fmt::layer().log_internal_errors(false).with_writer(std::io::stderr);
    panics_as_lines();
    let installed = if pretty {
        registry.with(layer.with_target(false)).try_init()
    } else {
        let json = layer.json().flatten_event(true).with_current_span(false);
        registry.with(json).try_init()
    };
    // A test or a demo may have installed one before.
    drop(installed);
}

/// A panic is one line like every other: where it was, and its text only if that was written into the program. One that
/// was put together could hold a value.
fn panics_as_lines() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or_default();
        tracing::error!(place, text, "a panic, which is a defect");
    }));
}
