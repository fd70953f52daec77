//! Numbers, checks and prices claims.

use claim_contracts::desk::{Claim, OpenClaim, OpenClaimAnswer, PriceClaim};
use claim_contracts::events::{ClaimChecked, ClaimOpened, ClaimPriced, MoneyReserved};
use saga_runtime::{Refusal, Rejection};

/// Pays what is asked.
pub struct Handlers;

impl claim_contracts::desk::Handlers for Handlers {
    fn open_claim(&self, body: &OpenClaim) -> Result<OpenClaimAnswer, Refusal> {
        Ok(OpenClaimAnswer { number: body.account_id.to_string() })
    }

    fn check_claim(&self, _claim: &mut Claim, _claim_opened: &ClaimOpened) -> Result<(), Rejection> {
        Ok(())
    }

    fn price_claim(&self, claim: &mut Claim, _checked: &ClaimChecked) -> Result<PriceClaim, Rejection> {
        Ok(PriceClaim { price: claim.amount })
    }

    fn note_price(&self, claim: &mut Claim, claim_priced: &ClaimPriced) {
        claim.amount = claim_priced.price;
    }

    fn note_money(&self, claim: &mut Claim, money_reserved: &MoneyReserved) {
        claim.amount = money_reserved.price;
    }
}
