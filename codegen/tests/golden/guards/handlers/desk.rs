//! Notes whatever it is told.

use loan_contracts::desk::Loan;
use loan_contracts::events::{HomeRated, RiskRated};
use saga_runtime::Rejection;

/// Keeps the files of loans.
pub struct Handlers;

impl loan_contracts::desk::Handlers for Handlers {
    fn note_risk(&self, _loan: &mut Loan, _risk_rated: &RiskRated) -> Result<(), Rejection> {
        Ok(())
    }

    fn note_home(&self, _loan: &mut Loan, _home_rated: &HomeRated) -> Result<(), Rejection> {
        Ok(())
    }

    fn file_denial(&self, _loan: &mut Loan, _risk_rated: &RiskRated) -> Result<(), Rejection> {
        Ok(())
    }
}
