//! What the service `sender` decides.

use parcel_contracts::sender::*;

/// The decisions of the service `sender`.
pub struct Handlers;

impl parcel_contracts::sender::Handlers for Handlers {
    fn send_parcel(&self, body: &SendParcel) -> Result<SendParcelAnswer, Refusal> {
        match body.weight {
            1..=20 => Ok(SendParcelAnswer::Air),
            21.. => Ok(SendParcelAnswer::Road),
            _ => Err(Refusal::invalid("weight", "must be at least 1")),
        }
    }
}
