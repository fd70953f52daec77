//! What the service `archive` decides.

use claim_contracts::archive::*;

/// The decisions of the service `archive`.
pub struct Handlers;

impl claim_contracts::archive::Handlers for Handlers {
    fn file_claim(&self, _: &ClaimPaid) -> Result<(), Rejection> {
        Ok(())
    }
}
