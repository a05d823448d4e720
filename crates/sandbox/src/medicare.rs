//! The example world: a Medicare call from Florida and six buyers, three of whom bid.
//!
//! A $85, B $72, C $91 after some thought, D no bid, E rejects, F never answers. C wins.

use crate::{
    buyers::{Behaviour, Bid, Buyer, BuyerSpec},
    carrier::{Answer, Caller, Carrier, CarrierConfig, InboundCall, Line},
};
use std::time::Duration;

/// The caller's number, in Miami.
pub const CALLER: &str = "+13055550142";
/// The campaign's number.
pub const CAMPAIGN_NUMBER: &str = "+18005550100";
/// The caller's zip.
pub const ZIP: &str = "33109";
/// The caller's state.
pub const STATE: &str = "FL";
/// The caller's age.
pub const AGE: &str = "65";
/// The numbers at which the buyers A to F are dialled.
pub const BUYER_NUMBERS: [&str; 6] =
    ["+13055550201", "+13055550202", "+13055550203", "+13055550204", "+13055550205", "+13055550206"];

/// Carrier and buyers together.
#[derive(Debug)]
pub struct Medicare {
    /// The carrier; each buyer's number is a line of it.
    pub carrier: Carrier,
    /// Buyer A to Buyer F.
    pub buyers: [Buyer; 6],
}

/// The buyers by name, as indices of [`Medicare::buyers`] and [`BUYER_NUMBERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Bids $85.
    A,
    /// Bids $72.
    B,
    /// Bids $91.
    C,
    /// Does not bid.
    D,
    /// Rejects.
    E,
    /// Is silent.
    F,
}

impl Medicare {
    /// Starts the world. A bidder's thought takes 2, 1 and 3 times `thought`, in real time.
    pub async fn start(config: CarrierConfig, thought: Duration) -> Self {
        let buyers = [
            start("Buyer A", Self::habit(Name::A, thought)).await,
            start("Buyer B", Self::habit(Name::B, thought)).await,
            start("Buyer C", Self::habit(Name::C, thought)).await,
            start("Buyer D", Self::habit(Name::D, thought)).await,
            start("Buyer E", Self::habit(Name::E, thought)).await,
            start("Buyer F", Self::habit(Name::F, thought)).await,
        ];
        let carrier = Carrier::start(config).await;
        for number in BUYER_NUMBERS {
            carrier.line(number, Line::answers(Duration::from_secs(180)));
        }
        Self { carrier, buyers }
    }

    /// What a buyer does in the example.
    #[must_use]
    pub fn habit(name: Name, thought: Duration) -> Behaviour {
        let bid = |amount: &str, times: u32| {
            Behaviour::Bid(Bid::new(amount).at(BUYER_NUMBERS[name as usize]).after(thought * times))
        };
        match name {
            Name::A => bid("85", 2),
            Name::B => bid("72", 1),
            Name::C => bid("91", 3),
            Name::D => Behaviour::NoBid204,
            Name::E => {
                Behaviour::Reject { reason: "Outside of coverage (Code: 1004)".to_owned(), code: 1004 }
            }
            Name::F => Behaviour::Silent,
        }
    }

    /// One buyer.
    #[must_use]
    pub fn buyer(&self, name: Name) -> &Buyer {
        &self.buyers[name as usize]
    }

    /// Another behaviour of a buyer towards pings.
    pub fn bids(&self, name: Name, bid: Behaviour) {
        self.buyer(name).set(bid);
    }

    /// Another behaviour of a buyer's telephone.
    pub fn line(&self, name: Name, line: Line) {
        self.carrier.line(BUYER_NUMBERS[name as usize], line);
    }

    /// Name, ping URL, post URL and number of each buyer, for the server's settings.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let seat = |(buyer, number): (&Buyer, &str)| Seat {
            name: buyer.name().to_owned(),
            ping_url: buyer.ping_url(),
            confirm_url: buyer.confirm_url(),
            post_url: buyer.post_url(),
            number: number.to_owned(),
        };
        self.buyers.iter().zip(BUYER_NUMBERS).map(seat).collect()
    }

    /// The call of the example; the answers are given by what is asked.
    #[must_use]
    pub fn call(&self) -> InboundCall {
        InboundCall {
            from: Some(CALLER.to_owned()),
            to: CAMPAIGN_NUMBER.to_owned(),
            caller: caller(),
            extra_params: vec![],
        }
    }
}

/// What the server's settings need of a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// `Buyer A`.
    pub name: String,
    /// Where pings go.
    pub ping_url: String,
    /// Where confirms go.
    pub confirm_url: String,
    /// Where posts go.
    pub post_url: String,
    /// Where it is dialled.
    pub number: String,
}

/// The caller of the example: zip 33109, 65 years old, and 1 to anything else that can be agreed to.
#[must_use]
pub fn caller() -> Caller {
    Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(AGE)),
        ("age", Answer::press(AGE)),
        ("press 1", Answer::press("1")),
    ])
}

async fn start(name: &str, bid: Behaviour) -> Buyer {
    Buyer::start(BuyerSpec::new(name, bid)).await
}
