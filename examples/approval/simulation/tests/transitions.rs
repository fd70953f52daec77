//! Each transition that is proved of the saga is made in its services.

use approval::ApprovalService;
use gateway::GatewayService;
use ledger::LedgerService;
use mail::MailService;
use payment::PaymentService;
use payment_contracts::approval::{Approval, DecideApproval};
use payment_contracts::events::{ApprovalDecided, EntryBooked, PaymentCaptured, PaymentRequested};
use payment_contracts::gateway::CapturePayment;
use payment_contracts::ledger::Account;
use saga_runtime::{Call, CallError, Decimal, Refusal, Rejection, Unanswered};
use saga_semantics::{AnyPlace, Books, Place, Saga, Script};

struct Handlers(Script);

impl payment_contracts::payment::Handlers for Handlers {}

impl payment_contracts::approval::Handlers for Handlers {
    fn decide_approval(
        &self,
        approval: &mut Approval,
        requested: &PaymentRequested,
        _: &DecideApproval,
    ) -> Result<(), Refusal> {
        assert_eq!(approval.payment_id, requested.payment_id);
        self.0.does("decide-approval");
        Ok(())
    }
}

impl payment_contracts::gateway::Handlers for Handlers {
    async fn capture_payment(
        &self,
        _: &Call,
        _: &PaymentRequested,
        decided: &ApprovalDecided,
    ) -> Result<CapturePayment, CallError> {
        assert!(decided.approved);
        self.0.calls("capture-payment").map(|_| CapturePayment { capture_id: "1".to_owned() })
    }

    async fn refund_payment(
        &self,
        _: &Call,
        _: &PaymentRequested,
        _: &ApprovalDecided,
        captured: Option<&PaymentCaptured>,
    ) -> Result<(), Unanswered> {
        assert!(captured.is_none_or(|captured| captured.success));
        self.0.does("refund-payment");
        Ok(())
    }
}

impl payment_contracts::ledger::Handlers for Handlers {
    fn book_entry(
        &self,
        account: &mut Account,
        _: &PaymentRequested,
        captured: &PaymentCaptured,
    ) -> Result<(), Rejection> {
        assert!(captured.success);
        account.balance -= Decimal::ONE;
        self.0.decides("book-entry")
    }
}

impl payment_contracts::mail::Handlers for Handlers {
    async fn send_receipt(
        &self,
        _: &Call,
        _: &PaymentRequested,
        booked: &EntryBooked,
    ) -> Result<(), CallError> {
        assert!(booked.success);
        self.0.calls("send-receipt").map(|_| ())
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(PaymentService::new(handlers())).any(),
        Place::new(ApprovalService::new(handlers())).any(),
        Place::new(GatewayService::new(handlers())).any(),
        Place::new(LedgerService::new(handlers())).any(),
        Place::new(MailService::new(handlers())).any(),
    ]
}

/// Each entry is booked once, on the account of its payment.
fn entries_are_booked_once(books: &Books<'_>) -> Result<(), String> {
    let entries = books.effects("book-entry");
    let balances = books.numbers("ledger", "account_tb", "balance");
    let expected = [("1".to_owned(), 100 - entries), ("2".to_owned(), 0)].into();
    if balances == expected { Ok(()) } else { Err(format!("{entries} entries are booked: {balances:?}")) }
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).balanced(entries_are_booked_once).agrees();
}
