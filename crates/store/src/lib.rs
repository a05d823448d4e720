//! What is kept: journeys and their events, reservations, sales, posts, auction records, settings and who may
//! come in.
//!
//! Start at [`Store`]: [`Store::load`] and [`Store::append`] for light journeys, [`Store::commit`] for every promise.
//! `in_flight` is fast and may be lost; `durable` is neither. Everything personal is sealed in `seal` on its way out.
//! This crate decides nothing about a call: what follows from an event is `journey`'s, and it only keeps the promises.
//! It knows no carrier, no buyer's dialect and no clock, and sends nothing to anybody.

mod access;
mod callbacks;
mod chain;
mod chance;
mod codes;
mod commit;
mod dials;
mod durable;
mod entry;
mod erasure;
mod events;
mod in_flight;
pub mod kill_points;
mod legs;
mod light;
mod limits;
mod news;
mod outbox;
mod record;
mod rotation;
mod rounds;
mod seal;
mod settings;
mod spool;
mod standing;
mod store;
mod suppression;
mod test_calls;
mod views;

/// What [`Usage`] says how much is used of.
pub use auction::Gauge;

pub use access::{
    AccessError, ApiToken, AuditEntry, AuditFilter, Begun, By, Change, KeyKind, Keyed, LEAD_KEY_PREFIX, Link,
    NewPublisherKey, NewSession, NewToken, NewUser, NumberPace, PublisherKey, PublisherKeyId, Refused, Role,
    Session, SessionId, TOKEN_PREFIX, TokenId, User, UserChange, UserId, Verified, WIDGET_KEY_PREFIX, Who,
};
pub use callbacks::{CallbackCounts, CallbackFilter, CallbackState, WaitingCallback};
pub use chain::ChainHash;
pub use chance::NoChance;
pub use codes::{CodeTried, NewCode};
pub use commit::{
    Base, Commit, CommitError, Committed, CorrectError, Correction, Done, NotCorrected, Outgoing, RowFacts,
    SaleCorrection, Writer,
};
pub use dials::LeadDial;
pub use durable::{
    DurableAt, OpenError, PostgresAt, ReadFailed, Room, Schema, SqliteAt, WriteFailed, WriterCounts,
};
pub use entry::{DecodeError, EncodeError, Entry, FORMAT, Recorded, Step};
pub use erasure::{
    AtCarrier, Erased, ErasureError, ErasureId, ErasureNotice, ErasureNoticeResult, ErasureNoticeState,
    Facts, Forgotten, Found, How, Kept, RecordingDue, Retired, Scrubbed, Sure, Told, Whose,
};
pub use events::{
    ClaimedEvent, EventClaim, EventDelivery, EventDeliveryFilter, EventDeliveryId, EventDeliveryState,
    EventEndpoint, EventEndpointChange, EventEndpointId, EventEndpointState, EventKind, EventSettled,
    NewEventEndpoint,
};
pub use in_flight::{RedisAt, RedisAtError, RedisFailure};
pub use legs::{LegHeard, LegRecord, LegRung};
pub use light::{AppendError, Appended};
pub use limits::*;
pub use news::{News, NewsCounts};
pub use outbox::{
    Asked, Claim, Claimed, EndpointChange, EndpointState, OutboxError, Post, PostCounts, PostEndpoint,
    PostFilter, PostId, PostKind, PostResult, PostState, Replay, Replayed, Settled,
};
pub use record::{LoadError, Place, Record};
pub use rotation::{RotateError, Rotated};
pub use rounds::RoundName;
pub use seal::{Fakes, KeyError, Keys, MasterKey, OpenSealError, SealError, Shown};
pub use settings::{ChangedSettings, Publication, SettingsError, SettingsVersion};
pub use spool::{Place as SpoolPlace, Spool, SpoolAt, SpoolCounts, SpoolError};
pub use standing::{PastSale, Usage};
pub use store::{PingError, Store, StoreConfig};
pub use suppression::{
    BadLine, BadNumber, Imported, NewSuppression, NumberList, NumberReader, SuppressedBy, Suppression,
    SuppressionError, SuppressionFilter, SuppressionId, TooManyLines, read_number,
};
pub use test_calls::{NewTestCall, TestCall, TestCallError};
pub use views::{
    Amounts, Answering, AttemptEnd, AuctionFilter, AuctionOffer, AuctionRecord, BuyerFigures, CallFilter,
    CallOrder, CallPage, CallRow, CameAfter, Cursor, CursorError, Delivery, Each, EndedRow, EntryKind,
    Figures, Home, JourneyRow, LastError, LiveCall, LiveOffer, LiveStage, Mend, MoneyBy, MoneyFigures,
    MoneyLine, Names, NearMiss, NoBidCount, NumberError, NumberSought, Period, PeriodsError, Preview,
    Problem, Reason, RecentAnswer, ReportBy, ReportError, ReportLine, RowFilter, Sale, SaleEntry, SaleFilter,
    SaleIs, SaleState, SoldRow, Span, SpanKind, Stage, Story, StoryAttempt, StoryAuction, StoryConsent,
    StoryError, StoryOffer, StoryStep, SumError, day_begins,
};
pub use views::{behind, reasons};
