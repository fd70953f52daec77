// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `wire`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Compensation, Entity, Flow, Need, Phase, RowUse, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `desk`.
    pub const DESK: usize = 0;
    /// `limits`.
    pub const LIMITS: usize = 1;
    /// `bank`.
    pub const BANK: usize = 2;
    /// `book`.
    pub const BOOK: usize = 3;
}

/// The places of the entities.
pub mod entity {
    /// `Wire`.
    pub const WIRE: usize = 0;
    /// `Slip`.
    pub const SLIP: usize = 1;
}

/// The places of the messages.
pub mod message {
    /// `WireAsked`.
    pub const WIRE_ASKED: usize = 0;
    /// `LimitReserved.success`.
    pub const LIMIT_RESERVED_SUCCESS: usize = 1;
    /// `LimitReserved.failure`.
    pub const LIMIT_RESERVED_FAILURE: usize = 2;
    /// `WireSent.success`.
    pub const WIRE_SENT_SUCCESS: usize = 3;
    /// `WireSent.failure`.
    pub const WIRE_SENT_FAILURE: usize = 4;
    /// `WireBooked.success`.
    pub const WIRE_BOOKED_SUCCESS: usize = 5;
    /// `WireBooked.failure`.
    pub const WIRE_BOOKED_FAILURE: usize = 6;
}

/// The places of the steps.
pub mod step {
    /// `ask-wire`.
    pub const ASK_WIRE: usize = 0;
    /// `close-wire`.
    pub const CLOSE_WIRE: usize = 1;
    /// `lose-wire`.
    pub const LOSE_WIRE: usize = 2;
    /// `reserve-limit`.
    pub const RESERVE_LIMIT: usize = 3;
    /// `send-wire`.
    pub const SEND_WIRE: usize = 4;
    /// `file-slip`.
    pub const FILE_SLIP: usize = 5;
    /// `book-wire`.
    pub const BOOK_WIRE: usize = 6;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("ask-wire", service::DESK).begins().creates(entity::WIRE).publishes([message::WIRE_ASKED]),
        Step::of("close-wire", service::DESK)
            .needs(Need::of([message::WIRE_BOOKED_SUCCESS]).excluded_by([message::WIRE_BOOKED_FAILURE]))
            .loads(RowUse::own(entity::WIRE).moved_to(1)),
        Step::of("lose-wire", service::DESK)
            .needs(Need::of([message::WIRE_BOOKED_FAILURE]).excluded_by([message::WIRE_BOOKED_SUCCESS]))
            .loads(RowUse::own(entity::WIRE).moved_to(2)),
        Step::of("reserve-limit", service::LIMITS)
            .needs(message::WIRE_ASKED)
            .asks_sql()
            .kept()
            .publishes([message::LIMIT_RESERVED_SUCCESS])
            .rejects_with(message::LIMIT_RESERVED_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::WIRE_BOOKED_FAILURE] }),
        Step::of("send-wire", service::BANK)
            .needs(message::WIRE_ASKED)
            .needs(message::LIMIT_RESERVED_SUCCESS)
            .closed_by([message::LIMIT_RESERVED_FAILURE])
            .calls()
            .kept()
            .publishes([message::WIRE_SENT_SUCCESS])
            .rejects_with(message::WIRE_SENT_FAILURE)
            .undone(Compensation::Derived { failures: vec![message::WIRE_BOOKED_FAILURE] }),
        Step::of("file-slip", service::BANK)
            .needs(Need::of([message::WIRE_SENT_SUCCESS]).excluded_by([message::WIRE_SENT_FAILURE]))
            .creates(entity::SLIP)
            .undone(Compensation::Needless),
        Step::of("book-wire", service::BOOK)
            .needs(message::WIRE_ASKED)
            .needs(message::WIRE_SENT_SUCCESS)
            .closed_by([message::WIRE_SENT_FAILURE])
            .asks_sql()
            .kept()
            .publishes([message::WIRE_BOOKED_SUCCESS])
            .rejects_with(message::WIRE_BOOKED_FAILURE),
    ];
    let entities = vec![
        Entity::of([Phase::Open, Phase::Done, Phase::Failed], [step::ASK_WIRE]),
        Entity::of([Phase::Open], [step::FILE_SLIP]),
    ];
    Flow::new(4, 7, steps, entities, vec![])
}
