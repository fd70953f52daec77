//! What the service `embassy` decides.

use visa_contracts::embassy::*;

/// The decisions of the service `embassy`.
pub struct Handlers;

impl visa_contracts::embassy::Handlers for Handlers {
    fn ask_visa(&self, body: &AskVisa) -> Result<AskVisaAnswer, Refusal> {
        match body.days {
            1..=90 => Ok(AskVisaAnswer::Tourist),
            91..=365 => Ok(AskVisaAnswer::Student),
            366.. => Ok(AskVisaAnswer::Worker),
            _ => Err(Refusal::invalid("days", "must be at least 1")),
        }
    }
}
