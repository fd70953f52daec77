//! Keeps accounts.

use claim_contracts::bank::Account;
use claim_contracts::events::{ClaimPriced, ReleaseMoneyCommand};
use saga_runtime::Rejection;

/// Lends without end.
pub struct Handlers;

impl claim_contracts::bank::Handlers for Handlers {
    fn reserve_money(&self, account: &mut Account, claim_priced: &ClaimPriced) -> Result<(), Rejection> {
        account.money -= claim_priced.price;
        Ok(())
    }

    fn release_money(&self, account: &mut Account, command: &ReleaseMoneyCommand) {
        account.money += command.price;
    }
}
