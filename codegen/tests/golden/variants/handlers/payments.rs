//! What the service `payments` decides.

use claim_contracts::payments::*;

/// The decisions of the service `payments`.
pub struct Handlers;

fn payout(claim_opened: &ClaimOpened, one_of: PayClaimOneOf<'_>) -> i64 {
    match one_of {
        PayClaimOneOf::ClaimOpenedGlass(_) => claim_opened.amount,
        PayClaimOneOf::ClaimAssessedCovered(assessed) => assessed.payout(),
        PayClaimOneOf::ClaimAssessedPartly(assessed) => assessed.payout() / 2,
        PayClaimOneOf::TheftReportedFailure(reported) => reported.payout,
    }
}

impl claim_contracts::payments::Handlers for Handlers {
    fn pay_claim(
        &self,
        budget: &mut Budget,
        claim_opened: &ClaimOpened,
        _: &NoticeSent,
        one_of: PayClaimOneOf<'_>,
    ) -> Result<(), Rejection> {
        let payout = payout(claim_opened, one_of);
        if budget.left < payout {
            return Err(Rejection::because("the budget is spent"));
        }
        budget.left -= payout;
        Ok(())
    }

    fn return_budget(
        &self,
        budget: &mut Budget,
        claim_opened: &ClaimOpened,
        _: &NoticeSent,
        one_of: PayClaimOneOf<'_>,
        _: &ClaimPaid,
    ) {
        budget.left += payout(claim_opened, one_of);
    }

    fn book_payment(&self, branch: &mut Branch, _: BookPaymentOneOf<'_>) {
        branch.payments += 1;
    }
}
