//! Flows: calls from the first ring to the last entry, through a real server on real sockets, with the sandbox's carrier
//! and buyers around it. `world` starts and ends every one of them, and holds what must be true at each end.

mod draft;
mod logs;
mod phones;
mod play;
mod raw;
mod world;

mod again;
mod callbacks;
mod caps;
mod codes;
mod confirm;
mod events;
mod example;
mod faults;
mod forms;
mod hanging_up;
mod hostile;
mod identity;
mod interview;
mod lines;
mod lost;
mod moments;
mod money;
mod naming;
mod operator;
mod panics;
mod pings;
mod posts;
mod privacy;
mod push;
mod reconciled;
mod recording;
mod restart;
mod ringing;
mod round;
mod screening;
mod storm;
mod taped;
mod test_calls;
mod throttle;
mod told;
mod wires;
