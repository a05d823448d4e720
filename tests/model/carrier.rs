//! The carrier as it really is: the caller's leg, the buyers' legs, and what it tells of them.

use crate::{
    casting::{CAPPED, First, RING, TALK_MAX, Tick},
    history::{Doc, Hist},
    told::{By, How, Key, Seen, Told},
};

/// One webhook on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Webhook {
    pub driving: Option<(Key, Told)>,
    /// The history that its URL names, which must be part of the journey's.
    pub of: Option<Hist>,
    /// Whether an answer is waited for.
    pub asks: Option<Asks>,
    /// It says that the caller's leg has ended.
    pub gone: bool,
}

/// A request whose answer is executed, if the leg still waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asks {
    pub request: u8,
    pub by: Leg,
}

/// Which leg asks, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The caller's, as the shell knows it by the request's URL.
    Caller(Url),
    /// A buyer's.
    Buyer(u8),
}

/// What a request of the caller's leg is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Url {
    /// The call arrived.
    Voice,
    /// Another URL could not be fetched: the how-manieth request of the leg this is.
    Fallback(u8),
    /// A piece of hold has played, the how-manieth since the last other request.
    Hold(u8),
    /// A push's document.
    Dial(u8),
    /// A dial ended.
    Dialed(u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Carrier {
    pub caller: Caller,
    pub dials: [Dial; 2],
    /// When the caller left.
    pub left_at: Option<Tick>,
    /// The number of the last request that waits for an answer.
    request: u8,
}

/// What the caller's leg does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// It waits for an answer.
    Asking {
        request: u8,
        since: Tick,
    },
    /// It hears the hold audio, then polls.
    OnHold {
        since: Tick,
        k: u8,
    },
    /// It executes the dial of an attempt.
    Dialling(u8),
    Gone,
}

/// What became of an attempt's dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dial {
    Never,
    Ringing {
        since: Tick,
    },
    /// Somebody picked up, pressed the key, and waits for the answer.
    Agreed {
        request: u8,
        since: Tick,
    },
    Bridged {
        picked_up: Tick,
        since: Tick,
    },
    /// How long they were bridged, if they were.
    Ended {
        picked_up: Option<Tick>,
        at: Tick,
        how: How,
        talked: Option<Tick>,
        agreed: bool,
    },
}

impl Dial {
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Ringing { .. } | Self::Agreed { .. } | Self::Bridged { .. })
    }

    /// Whether the buyer did what its offer calls an acceptance.
    pub const fn was_accepted(self) -> bool {
        matches!(self, Self::Agreed { .. } | Self::Bridged { .. } | Self::Ended { agreed: true, .. })
    }

    /// When the carrier ends it by itself.
    pub const fn ends_by(self) -> Option<Tick> {
        match self {
            Self::Ringing { since } => Some(since + RING),
            Self::Bridged { since, .. } => Some(since + TALK_MAX),
            Self::Never | Self::Agreed { .. } | Self::Ended { .. } => None,
        }
    }
}

/// The carrier with what it has on its way, and the time.
pub struct Line<'a> {
    pub carrier: &'a mut Carrier,
    pub pool: &'a mut Vec<Webhook>,
    pub now: Tick,
    pub first: First,
    pub says_bridged: bool,
    pub names_apart: bool,
    pub broken: &'a mut Option<&'static str>,
}

impl Url {
    /// As which request it may take a dial by the way.
    pub const fn takes(self) -> Option<By> {
        match self {
            Self::Voice | Self::Fallback(_) | Self::Dialed(_) => Some(By::Next),
            Self::Hold(_) => Some(By::Poll),
            Self::Dial(_) => None,
        }
    }
}

impl Carrier {
    pub const fn new() -> Self {
        Self { caller: Caller::Gone, dials: [Dial::Never; 2], left_at: None, request: 0 }
    }

    pub fn dial(&self, n: u8) -> Dial {
        self.dials[usize::from(n) - 1]
    }

    /// The latest attempt that was dialled.
    pub fn latest(&self) -> Option<u8> {
        (1..=2).rev().find(|n| self.dial(*n) != Dial::Never)
    }

    /// The attempt whose leg is there.
    pub fn live(&self) -> Option<u8> {
        (1..=2).find(|n| self.dial(*n).is_live())
    }
}

/// The caller's leg.
impl Line<'_> {
    /// The call arrives.
    pub fn arrives(&mut self) {
        self.asks(Some((Key::Arrived, Told::Arrived)), None, Url::Voice);
    }

    /// The piece of hold audio has played.
    pub fn polls(&mut self) {
        if let Caller::OnHold { k, .. } = self.carrier.caller {
            self.asks(None, None, Url::Hold(k));
        }
    }

    /// A request and its repeats were answered by nobody: the fallback is asked, and then nobody any more.
    pub fn unanswered(&mut self, asks: Asks) {
        match (self.carrier.caller, asks.by) {
            (Caller::Asking { request, .. }, Leg::Caller(url)) if request == asks.request => match url {
                Url::Fallback(_) => self.caller_leaves(),
                Url::Voice | Url::Hold(_) | Url::Dial(_) | Url::Dialed(_) => {
                    let url = if self.names_apart { Url::Fallback(request) } else { Url::Voice };
                    self.asks(Some((Key::Arrived, Told::Arrived)), None, url);
                }
            },
            (_, Leg::Buyer(_)) => self.answered(asks, Doc::HangUp),
            _ => {}
        }
    }

    fn asks(&mut self, driving: Option<(Key, Told)>, of: Option<Hist>, url: Url) {
        let request = self.next_request();
        self.carrier.caller = Caller::Asking { request, since: self.now };
        let asks = Some(Asks { request, by: Leg::Caller(url) });
        self.sends(Webhook { driving, of, asks, gone: false });
    }

    fn next_request(&mut self) -> u8 {
        self.carrier.request += 1;
        self.carrier.request
    }

    fn sends(&mut self, webhook: Webhook) {
        let place = self.pool.partition_point(|other| *other < webhook);
        self.pool.insert(place, webhook);
    }

    fn tells(&mut self, key: Key, told: Told) {
        self.sends(Webhook { driving: Some((key, told)), of: None, asks: None, gone: false });
    }

    /// A push moves the caller's leg to the document of a dial. `false`: there is no such leg any more.
    pub fn moves(&mut self, n: u8, hash: Hist) -> bool {
        if self.carrier.caller == Caller::Gone {
            return false;
        }
        if let Some(live) = self.carrier.live() {
            self.breaks("a push tears down a leg that is there");
            self.ends(live, How::Canceled);
        }
        self.asks(Some((Key::Dial(n, hash), Told::Taken(n, By::Push))), Some(hash), Url::Dial(n));
        true
    }

    /// The answer to a request. Only the one that is waited for is executed.
    pub fn answered(&mut self, asks: Asks, doc: Doc) {
        match asks.by {
            Leg::Caller(url) => {
                let k = match url {
                    Url::Hold(k) => k + 1,
                    Url::Fallback(request) => request * 10,
                    Url::Voice | Url::Dial(_) | Url::Dialed(_) => 1,
                };
                let waits =
                    matches!(self.carrier.caller, Caller::Asking { request, .. } if request == asks.request);
                match doc {
                    _ if !waits => {}
                    Doc::Hold => self.carrier.caller = Caller::OnHold { since: self.now, k },
                    Doc::Dial(n) => self.dials(n),
                    Doc::HangUp | Doc::Bridge => self.caller_leaves(),
                }
            }
            Leg::Buyer(n) => match self.carrier.dial(n) {
                Dial::Agreed { request, since } if request == asks.request => match doc {
                    Doc::Bridge => self.set(n, Dial::Bridged { picked_up: since, since: self.now }),
                    Doc::Hold | Doc::Dial(_) | Doc::HangUp => self.ends(n, How::Completed),
                },
                _ => {}
            },
        }
    }

    fn dials(&mut self, n: u8) {
        if self.carrier.live().is_some() {
            self.breaks("two legs are dialled for one journey");
        }
        if self.carrier.dial(n) != Dial::Never {
            self.breaks("an attempt is dialled twice");
        }
        self.set(n, Dial::Ringing { since: self.now });
        self.carrier.caller = Caller::Dialling(n);
    }

    pub fn caller_leaves(&mut self) {
        if self.carrier.caller == Caller::Gone {
            return;
        }
        self.carrier.caller = Caller::Gone;
        self.carrier.left_at = Some(self.now);
        self.tells(Key::Call, Told::Gone { at: self.now });
        if let Some(n) = self.carrier.live() {
            self.ends(n, How::Canceled);
        }
    }

    fn breaks(&mut self, why: &'static str) {
        *self.broken = self.broken.or(Some(why));
    }
}

/// The buyers' legs.
impl Line<'_> {
    fn set(&mut self, n: u8, dial: Dial) {
        self.carrier.dials[usize::from(n) - 1] = dial;
    }

    fn is_screened(&self, n: u8) -> bool {
        n == CAPPED && self.first == First::Screened
    }

    /// Somebody picks up; where a key must be pressed, presses it.
    pub fn picks_up(&mut self, n: u8) {
        if self.is_screened(n) {
            let request = self.next_request();
            self.set(n, Dial::Agreed { request, since: self.now });
            let driving = Some((Key::Accept(n), Told::Accepted { n, at: self.now }));
            let asks = Some(Asks { request, by: Leg::Buyer(n) });
            return self.sends(Webhook { driving, of: None, asks, gone: false });
        }
        self.set(n, Dial::Bridged { picked_up: self.now, since: self.now });
        self.tells(Key::PickedUp(n), Told::PickedUp { n, at: self.now });
    }

    /// Somebody picks up, is asked for the key, and does not press it.
    pub fn declines(&mut self, n: u8) {
        self.tells(Key::Accept(n), Told::Declined(n));
        self.ended(n, How::Completed, Some(self.now), None, false);
    }

    /// A leg ends, whoever ended it.
    pub fn ends(&mut self, n: u8, unanswered: How) {
        match self.carrier.dial(n) {
            Dial::Ringing { .. } => self.ended(n, unanswered, None, None, false),
            Dial::Agreed { since, .. } => self.ended(n, How::Completed, Some(since), None, true),
            Dial::Bridged { picked_up, since } => {
                self.ended(n, How::Completed, Some(picked_up), Some(self.now - since), true);
            }
            Dial::Never | Dial::Ended { .. } => {}
        }
    }

    fn ended(&mut self, n: u8, how: How, picked_up: Option<Tick>, talked: Option<Tick>, agreed: bool) {
        self.set(n, Dial::Ended { picked_up, at: self.now, how, talked, agreed });
        let lasted = picked_up.map(|at| self.now - at);
        self.tells(Key::LegEnded(n), Told::LegEnded { n, how, lasted });
        let bridged = self.says_bridged.then_some(talked.is_some());
        let told = Told::DialEnded { n, how, bridged, lasted };
        // The request is made whatever became of the caller's leg; nobody may be there to execute its answer.
        let request = self.next_request();
        if self.carrier.caller == Caller::Dialling(n) {
            self.carrier.caller = Caller::Asking { request, since: self.now };
        }
        let asks = Some(Asks { request, by: Leg::Caller(Url::Dialed(n)) });
        let gone = self.carrier.caller == Caller::Gone;
        self.sends(Webhook { driving: Some((Key::Dialed(n), told)), of: None, asks, gone });
    }

    /// What a look-up says of the leg of an attempt.
    pub fn look_up(&self, n: u8, of: u8, talking: bool) -> Option<(Key, Told)> {
        match self.carrier.dial(of) {
            Dial::Ended { picked_up, at, how, .. } => {
                let lasted = picked_up.map(|picked_up| at - picked_up);
                let told = Told::DialEnded { n, how, bridged: None, lasted };
                Some((Key::LookedUp(n, Seen::Ended), told))
            }
            Dial::Agreed { since: at, .. } | Dial::Bridged { picked_up: at, .. } if !talking => {
                Some((Key::LookedUp(n, Seen::Talking), Told::PickedUp { n, at }))
            }
            Dial::Never => Some((Key::LookedUp(n, Seen::Nothing), Told::NotFound(n))),
            Dial::Ringing { .. } | Dial::Agreed { .. } | Dial::Bridged { .. } => None,
        }
    }
}
