// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `support`.

use saga_runtime::Event;
use serde::{Deserialize, Serialize};

/// The event `TicketOpened`, on topic `ticket-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketOpened {
    /// Correlation key.
    pub ticket_id: i64,
    /// `question` on the wire.
    pub question: String,
}

impl Event for TicketOpened {
    type Correlation = i64;
    const NAME: &'static str = "TicketOpened";
    const TOPIC: &'static str = "ticket-opened";
    const READERS: &'static str = "mailer";

    fn correlation(&self) -> &i64 {
        &self.ticket_id
    }
}
