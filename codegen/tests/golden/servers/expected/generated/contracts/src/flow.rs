// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The flow of the saga `support`: what each step waits for, and what it publishes.
//! `cargo saga check` proves that every run of it ends well, and the services
//! perform it.

use std::sync::LazyLock;

use saga_runtime::flow::{Entity, Flow, Phase, Step};

/// The flow.
pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

/// The places of the services.
pub mod service {
    /// `desk`.
    pub const DESK: usize = 0;
    /// `mailer`.
    pub const MAILER: usize = 1;
}

/// The places of the entities.
pub mod entity {
    /// `Ticket`.
    pub const TICKET: usize = 0;
}

/// The places of the messages.
pub mod message {
    /// `TicketOpened`.
    pub const TICKET_OPENED: usize = 0;
}

/// The places of the steps.
pub mod step {
    /// `open-ticket`.
    pub const OPEN_TICKET: usize = 0;
    /// `send-answer`.
    pub const SEND_ANSWER: usize = 1;
}

fn flow() -> Flow {
    let steps = vec![
        Step::of("open-ticket", service::DESK)
            .begins()
            .creates(entity::TICKET)
            .publishes([message::TICKET_OPENED]),
        Step::of("send-answer", service::MAILER).needs(message::TICKET_OPENED).calls().kept(),
    ];
    let entities = vec![Entity::of([Phase::Open], [step::OPEN_TICKET])];
    Flow::new(2, 1, steps, entities, vec![])
}
