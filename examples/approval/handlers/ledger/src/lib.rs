//! What the service `ledger` decides.

use payment_contracts::ledger::*;

/// The decisions of the service `ledger`.
pub struct Handlers;

impl payment_contracts::ledger::Handlers for Handlers {
    fn book_entry(
        &self,
        account: &mut Account,
        payment: &PaymentRequested,
        _: &PaymentCaptured,
    ) -> Result<(), Rejection> {
        if account.balance < payment.amount {
            return Err(Rejection::because("the balance is too low"));
        }
        account.balance -= payment.amount;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use payment_contracts::ledger::Handlers as _;

    use super::*;

    #[test]
    fn an_account_is_not_overdrawn() {
        let mut account = Account { balance: "100.10".parse().expect("a number"), ..Default::default() };
        let payment = PaymentRequested { amount: "100.00".parse().expect("a number"), ..Default::default() };
        let captured = PaymentCaptured::default();
        assert_eq!(Handlers.book_entry(&mut account, &payment, &captured), Ok(()));
        assert_eq!(account.balance.to_string(), "0.10");
        assert!(Handlers.book_entry(&mut account, &payment, &captured).is_err());
    }
}
