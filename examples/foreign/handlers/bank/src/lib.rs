//! What the service `bank` decides.

use invoice_contracts::bank::*;

/// The decisions of the service `bank`.
pub struct Handlers;

impl invoice_contracts::bank::Handlers for Handlers {
    fn settle_invoice(
        &self,
        invoice_sent: &InvoiceSent,
        bank_settled: &BankSettled,
    ) -> Result<(), Rejection> {
        if bank_settled.paid < invoice_sent.amount {
            return Err(Rejection::because("paid in part"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use invoice_contracts::bank::Handlers as _;

    use super::*;

    #[test]
    fn an_invoice_is_settled_in_full() {
        let invoice = InvoiceSent { amount: 500, ..Default::default() };
        let settle = |paid| Handlers.settle_invoice(&invoice, &BankSettled { paid, ..Default::default() });
        assert_eq!(settle(500), Ok(()));
        assert_eq!(settle(499), Err(Rejection::because("paid in part")));
    }
}
