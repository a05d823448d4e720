//! How this process logs: pretty for people, JSON for machines. Never a body, an answer or a number.

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::{LogConfig, LogFormat};

/// Installs the log of this process, on standard error. A second call changes nothing.
pub fn install(config: &LogConfig) {
    let pretty = match config.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let registry = tracing_subscriber::registry().with(filter(&config.level));
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

/// What is logged at a level, or by directives. Whatever they say, the library of SIP says nothing: it logs whole messages,
/// with numbers and credentials in them.
fn filter<S: tracing::Subscriber>(level: &str) -> impl Layer<S> {
    let filter = EnvFilter::builder().parse(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let library = sip::LOG_FILTER.split('=').next().unwrap_or_default();
    // A directive of its own would be overruled by one of a module in the library.
    filter.and_then(filter_fn(move |line| !line.target().starts_with(library)))
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

#[cfg(test)]
mod tests {
    use tracing::Subscriber;
    use tracing_subscriber::{Registry, layer::Context};

    use super::*;

    /// Counts what comes through.
    struct Counts(std::sync::Arc<std::sync::atomic::AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Counts {
        fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    #[test]
    fn no_message_of_sip_is_logged_whatever_the_level_says() {
        for level in
            ["info", "trace", "info,rsipstack=trace", "rsipstack::transport=debug", "rsipstack=error"]
        {
            let seen = std::sync::Arc::default();
            let log = Registry::default().with(filter(level)).with(Counts(std::sync::Arc::clone(&seen)));
            tracing::subscriber::with_default(log, || {
                tracing::error!(target: "rsipstack", "a whole message");
                tracing::info!(target: "rsipstack::transport::udp", "a whole message");
                tracing::error!(target: "server", "ours");
            });
            let ours = usize::from(!level.starts_with("rsipstack"));
            assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), ours, "{level}");
        }
    }
}
