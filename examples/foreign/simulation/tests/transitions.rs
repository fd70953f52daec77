//! Each transition that is proved of the saga is made in its services. What the bank publishes is made up from the file.

use bank::BankService;
use invoice::InvoiceService;
use invoice_contracts::events::{BankSettled, BankSettledState, InvoiceSent};
use saga_runtime::Rejection;
use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl invoice_contracts::invoice::Handlers for Handlers {}

impl invoice_contracts::bank::Handlers for Handlers {
    fn settle_invoice(&self, sent: &InvoiceSent, settled: &BankSettled) -> Result<(), Rejection> {
        assert_eq!((settled.invoice_id, settled.state), (sent.invoice_id, BankSettledState::Settled));
        self.0.decides("settle-invoice")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![Place::new(InvoiceService::new(handlers())).any(), Place::new(BankService::new(handlers())).any()]
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).agrees();
}
