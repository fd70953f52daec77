//! What the service `assessors` decides.

use claim_contracts::assessors::*;

/// The decisions of the service `assessors`.
pub struct Handlers;

impl claim_contracts::assessors::Handlers for Handlers {
    fn assess(&self, town: &mut Town, claim_opened: &ClaimOpened) -> Result<Assess, Rejection> {
        town.visits += 1;
        let (text, note) = ("a fire".to_owned(), String::new());
        match claim_opened.amount {
            0..1_000 => Ok(Assess::Covered { text, note, payout: claim_opened.amount, branch_id: 1 }),
            1_000..5_000 => Ok(Assess::Partly { text, note, payout: 1_000, branch_id: 1 }),
            5_000..9_000 => Ok(Assess::Unclear { text, note, payout: 0, branch_id: 1 }),
            _ => Err(Rejection::because("it never burned")),
        }
    }
}
