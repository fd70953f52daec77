//! Lends to everybody.

use loan_contracts::events::{HomeNoted, RiskNoted};
use saga_runtime::Rejection;

/// Decides on loans.
pub struct Handlers;

impl loan_contracts::bank::Handlers for Handlers {
    fn decide_loan(&self, _risk_noted: &RiskNoted, _home_noted: &HomeNoted) -> Result<(), Rejection> {
        Ok(())
    }
}
