//! `pingpost demo`: calls through real sockets, with an emulated carrier and six buyers, on this machine alone.

mod channels;
mod lines;
mod play;
mod story;
mod world;

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use self::{
    channels::Channels,
    lines::{Telephones, Turn},
    play::Script,
    story::{Story, tell},
    world::Demo,
};
use super::{Failure, invite::invite, printed};

/// How long after the end of a call the next one comes.
const PAUSE: Duration = Duration::from_secs(2);

/// Plays the example, and then, until Ctrl-C, calls that go otherwise.
pub(super) async fn run(once: bool, json: bool, sip: bool) -> Result<(), Failure> {
    let mut int = signal(SignalKind::interrupt()).map_err(anyhow::Error::from)?;
    let mut term = signal(SignalKind::terminate()).map_err(anyhow::Error::from)?;
    // One call alone is over before anybody could look on.
    let telephones = if sip { Some(Telephones::start().await?) } else { None };
    let demo = Demo::start(!once, telephones.as_deref()).await?;
    let played = async {
        match &telephones {
            Some(telephones) => ring(&demo, telephones, once, json).await,
            None => play(&demo, once, json).await,
        }
    };
    let played = tokio::select! {
        played = played => played,
        _ = int.recv() => Ok(()),
        _ = term.recv() => Ok(()),
    };
    demo.stop().await;
    played
}

async fn play(demo: &Demo, once: bool, json: bool) -> Result<(), Failure> {
    if !json {
        printed(&story::opening(demo))?;
    }
    let story = demo.play(&Script::example()).await?;
    if !json {
        printed(&tell(&story))?;
    }
    if once {
        return ending(demo, &story, json);
    }
    let_look_on(demo).await?;
    let channels = Channels::open(demo).await?;
    printed(
        "\nThe same auction sells what comes in by forms and whoever asks to be called.\n\
         More of all three come now, each call with another turn. Ctrl-C ends.\n\n",
    )?;
    let mut n = 0;
    loop {
        for script in &Script::others() {
            n += 1;
            printed(&channels.form(n).await?)?;
            n += 1;
            printed(&channels.callback(demo, n).await?)?;
            tokio::time::sleep(PAUSE).await;
            printed(&story::in_short(script.title, &demo.play(script).await?))?;
        }
    }
}

/// The same by SIP.
async fn ring(demo: &Demo, telephones: &Telephones, once: bool, json: bool) -> Result<(), Failure> {
    if !json {
        printed(&story::opening_by_sip(demo))?;
    }
    let story = demo.ring(telephones, &Turn::example()).await?;
    if !json {
        printed(&tell(&story))?;
    }
    if once {
        return ending(demo, &story, json);
    }
    let_look_on(demo).await?;
    printed("\nMore calls come now, each with another turn. Ctrl-C ends.\n\n")?;
    loop {
        for turn in &Turn::others() {
            tokio::time::sleep(PAUSE).await;
            printed(&story::in_short(turn.title, &demo.ring(telephones, turn).await?))?;
        }
    }
}

/// Invites whoever wants to look on in the console, where there is one.
async fn let_look_on(demo: &Demo) -> Result<(), Failure> {
    if let Some(people) = &demo.app.people {
        printed("\nThe console looks on. ")?;
        invite(people, demo.world()).await?;
    }
    Ok(())
}

/// The JSON line, and whether it is what the buyers' bids say it must be.
fn ending(demo: &Demo, story: &Story, json: bool) -> Result<(), Failure> {
    let seen = demo.seen(story);
    if json {
        printed(&(seen.line() + "\n"))?;
    }
    let problems = seen.problems();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Found(problems)) }
}
