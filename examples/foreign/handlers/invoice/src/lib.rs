//! What the service `invoice` decides.

use invoice_contracts::invoice::*;

/// The decisions of the service `invoice`.
pub struct Handlers;

impl invoice_contracts::invoice::Handlers for Handlers {
    fn send_invoice(&self, body: &SendInvoice) -> Result<(), Refusal> {
        if body.amount < 1 {
            return Err(Refusal::invalid("amount", "must be at least 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use invoice_contracts::invoice::Handlers as _;

    use super::*;

    #[test]
    fn an_invoice_is_about_something() {
        assert_eq!(Handlers.send_invoice(&SendInvoice { amount: 1 }), Ok(()));
        let nothing = Handlers.send_invoice(&SendInvoice { amount: 0 });
        assert_eq!(nothing, Err(Refusal::invalid("amount", "must be at least 1")));
    }
}
