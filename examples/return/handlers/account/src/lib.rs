//! What the service `account` decides.

use return_contracts::account::*;
use return_contracts::events::GoodsInspectedState;

/// The most that is returned without a person who looks at it.
const LIMIT: i64 = 1_000;

/// The decisions of the service `account`.
pub struct Handlers;

impl return_contracts::account::Handlers for Handlers {
    /// A real one pays [`due`] by its bank, and hands it `call.key`.
    async fn return_money(&self, _: &Call, goods_inspected: &GoodsInspected) -> Result<(), CallError> {
        match due(goods_inspected) {
            ..=LIMIT => Ok(()),
            _ => Err(Rejection::because("the amount is too high").into()),
        }
    }

    async fn take_money_back(
        &self,
        _: &Call,
        _: &GoodsInspected,
        _: Option<&MoneyReturned>,
    ) -> Result<(), Unanswered> {
        Ok(())
    }
}

/// What is paid for goods in this state; those that are broken never come this far.
fn due(inspected: &GoodsInspected) -> i64 {
    match inspected.state {
        GoodsInspectedState::Intact => inspected.amount,
        GoodsInspectedState::Worn => inspected.amount / 2,
        GoodsInspectedState::Broken => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worn_goods_are_worth_half() {
        let inspected = |state| GoodsInspected { amount: 500, state, ..Default::default() };
        assert_eq!(due(&inspected(GoodsInspectedState::Intact)), 500);
        assert_eq!(due(&inspected(GoodsInspectedState::Worn)), 250);
    }
}
