//! What the service `police` decides.

use claim_contracts::police::*;

/// The decisions of the service `police`.
pub struct Handlers;

impl claim_contracts::police::Handlers for Handlers {
    fn report_theft(&self, claim_opened: &ClaimOpened) -> Result<ReportTheft, Rejection> {
        match claim_opened.amount {
            0..1_000 => Ok(ReportTheft { payout: claim_opened.amount, branch_id: 1 }),
            _ => Err(Rejection::because("there is no witness")),
        }
    }
}
