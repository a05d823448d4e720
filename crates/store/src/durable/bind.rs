//! `Bind`: a value of a statement, in the few kinds that both databases share.

use lead::{AttemptId, AuctionId, JourneyId, Money, PingId, SaleId, Timestamp};
use uuid::Uuid;

/// A value of a statement. A null has a kind, since Postgres asks for one.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Id(Option<Uuid>),
    Flag(bool),
}

/// A statement's values, in the order of their numbers.
macro_rules! binds {
    ($($value:expr),* $(,)?) => { vec![$($crate::durable::Bind::from($value)),*] };
}
pub(crate) use binds;

macro_rules! from {
    ($($from:ty => |$value:ident| $bind:expr;)*) => {$(
        impl From<$from> for Bind {
            fn from($value: $from) -> Self {
                $bind
            }
        }
    )*};
}

from! {
    i64 => |value| Self::Int(Some(value));
    u32 => |value| Self::Int(Some(i64::from(value)));
    Option<i64> => |value| Self::Int(value);
    Timestamp => |value| Self::Int(Some(value.micros()));
    Option<Timestamp> => |value| Self::Int(value.map(Timestamp::micros));
    Money => |value| Self::Int(Some(value.micros()));
    Option<Money> => |value| Self::Int(value.map(Money::micros));
    bool => |value| Self::Flag(value);
    &str => |value| Self::Text(Some(value.to_owned()));
    String => |value| Self::Text(Some(value));
    Option<&str> => |value| Self::Text(value.map(str::to_owned));
    Option<String> => |value| Self::Text(value);
    Vec<u8> => |value| Self::Bytes(Some(value));
    &[u8] => |value| Self::Bytes(Some(value.to_vec()));
    Option<Vec<u8>> => |value| Self::Bytes(value);
    Uuid => |value| Self::Id(Some(value));
    Option<Uuid> => |value| Self::Id(value);
    JourneyId => |value| Self::Id(Some(value.uuid()));
    AttemptId => |value| Self::Id(Some(value.uuid()));
    AuctionId => |value| Self::Id(Some(value.uuid()));
    SaleId => |value| Self::Id(Some(value.uuid()));
    Option<PingId> => |value| Self::Id(value.map(PingId::uuid));
    Option<SaleId> => |value| Self::Id(value.map(SaleId::uuid));
}
