//! A command of the operator's that reads a text aloud: the text on its standard input, a WAV file on its standard output.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use sip::{g711::read_wav, limits::PROMPT_BYTES_MAX};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
};

use crate::config::SipConfig;

/// Texts that are read aloud at once; the next one waits, and its wait counts.
pub const SAY_AT_ONCE_MAX: usize = 4;

/// The command.
pub(super) struct Synthesis {
    command: Vec<String>,
    timeout: Duration,
    places: Semaphore,
}

impl Synthesis {
    /// `None`: none is configured.
    pub(super) fn of(config: &SipConfig) -> Option<Self> {
        (!config.say.is_empty()).then(|| Self {
            command: config.say.clone(),
            timeout: config.say_timeout,
            places: Semaphore::new(SAY_AT_ONCE_MAX),
        })
    }

    /// Has a text read aloud.
    pub(super) async fn say(&self, text: &str) -> anyhow::Result<Vec<i16>> {
        let said = async {
            let _place = self.places.acquire().await.context("waiting for a place")?;
            self.run(text).await
        };
        let file = tokio::time::timeout(self.timeout, said)
            .await
            .context("it took longer than sip.say_timeout")??;
        read_wav(&file).context("what it wrote")
    }

    async fn run(&self, text: &str) -> anyhow::Result<Vec<u8>> {
        let (program, arguments) = self.command.split_first().context("the command is empty")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting it")?;
        let (mut stdin, stdout) =
            (child.stdin.take().context("its input")?, child.stdout.take().context("its output")?);
        let writes = async move {
            // Whoever reads nothing says by its end what is wrong.
            let _ = stdin.write_all(text.as_bytes()).await;
        };
        let mut file = vec![];
        let most = u64::try_from(PROMPT_BYTES_MAX).unwrap_or(u64::MAX);
        let mut stdout = stdout.take(most);
        let reads = stdout.read_to_end(&mut file);
        let ((), read) = tokio::join!(writes, reads);
        read.context("reading what it writes")?;
        let status = child.wait().await.context("waiting for its end")?;
        ensure!(status.success(), "it ended with {status}");
        Ok(file)
    }
}
