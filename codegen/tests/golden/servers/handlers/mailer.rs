//! What the service `mailer` decides.

use support_contracts::mailer::*;

/// The decisions of the service `mailer`.
pub struct Handlers;

impl support_contracts::mailer::Handlers for Handlers {
    async fn send_answer(&self, call: &Call, ticket_opened: &TicketOpened) -> Result<(), CallError> {
        // A gateway would be told the key, so that it sends one mail however often it is asked.
        match (call.key.is_empty(), ticket_opened.question.is_empty()) {
            (false, false) => Ok(()),
            _ => Err(Rejection::because("there is nothing to answer").into()),
        }
    }
}
