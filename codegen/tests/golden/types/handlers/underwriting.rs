//! What the service `underwriting` decides.

use insurance_contracts::types::Cover;
use insurance_contracts::underwriting::*;

/// The decisions of the service `underwriting`.
pub struct Handlers;

impl insurance_contracts::underwriting::Handlers for Handlers {
    fn price_policy(&self, tariff: &mut Tariff, policy_asked: &PolicyAsked) -> Result<PricePolicy, Rejection> {
        if policy_asked.drivers.is_empty() && tariff.cover == Cover::FullCover {
            return Err(Rejection::because("nobody drives"));
        }
        Ok(PricePolicy {
            priced_at: policy_asked.starts_at,
            street: policy_asked.holder.home.street.clone(),
        })
    }
}
