//! Pays.

use claim_contracts::events::MoneyReserved;
use saga_runtime::Rejection;

/// Always has cash.
pub struct Handlers;

impl claim_contracts::till::Handlers for Handlers {
    fn pay_claim(&self, _money_reserved: &MoneyReserved) -> Result<(), Rejection> {
        Ok(())
    }
}
