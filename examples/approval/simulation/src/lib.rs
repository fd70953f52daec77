//! The saga `payment` as it is simulated: the team's own handlers, and a system of the simulation that captures
//! payments and sends mails.

use std::collections::BTreeSet;

use approval::ApprovalService;
use gateway::GatewayService;
use ledger::LedgerService;
use mail::MailService;
use payment::{PaymentService, Request};
use payment_contracts::events::{ApprovalDecided, EntryBooked, PaymentCaptured, PaymentRequested};
use payment_contracts::gateway::CapturePayment;
use payment_contracts::ledger::Account;
use payment_contracts::payment::RequestPayment;
use saga_runtime::{Call, CallError, Decimal, Unanswered};
use saga_simulation::{Draw, Evidence, Faults, Hosted, Message, Saga, Team, Value};

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| PaymentService::new(payment_handlers::Handlers))
            .asked("/payments", "amount", request_payment)
            .any(),
        Hosted::new(|_| ApprovalService::new(approval_handlers::Handlers)).any(),
        Hosted::new(|faults| GatewayService::new(Called(faults.clone()))).any(),
        Hosted::new(|_| LedgerService::new(ledger_handlers::Handlers)).filled(a_rich_account).any(),
        Hosted::new(|faults| MailService::new(Called(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Accounts)
}

/// What is called of other companies: the gateway of the simulated world.
struct Called(Faults);

impl payment_contracts::gateway::Handlers for Called {
    async fn capture_payment(
        &self,
        call: &Call,
        _: &PaymentRequested,
        _: &ApprovalDecided,
    ) -> Result<CapturePayment, CallError> {
        self.0.gateway().act(call).await?;
        Ok(CapturePayment { capture_id: call.key.clone() })
    }

    async fn refund_payment(
        &self,
        call: &Call,
        _: &PaymentRequested,
        _: &ApprovalDecided,
        _: Option<&PaymentCaptured>,
    ) -> Result<(), Unanswered> {
        self.0.gateway().undo(call).await
    }
}

impl payment_contracts::mail::Handlers for Called {
    async fn send_receipt(
        &self,
        call: &Call,
        _: &PaymentRequested,
        _: &EntryBooked,
    ) -> Result<(), CallError> {
        Ok(self.0.gateway().act_always(call).await?)
    }
}

/// The accounts: with 100.10, with nothing, and with enough; and one that does not exist.
const ACCOUNTS: [i64; 6] = [1, 2, RICH, RICH, RICH, 4];
const RICH: i64 = 3;
const RICHES: i64 = 1_000_000;

fn a_rich_account(rows: &mut ledger::Rows) {
    rows.account.insert(Account { id: RICH, balance: RICHES.into() }).expect("a new row");
}

fn request_payment(draw: &mut Draw) -> Request {
    Request::RequestPayment(RequestPayment {
        account_id: *draw.rng.one_of(&ACCOUNTS).expect("some"),
        // No float can hold it.
        amount: format!("{}.0000000000000000001", draw.number).parse().expect("a decimal"),
        card: "4242".to_owned(),
        email: "kim@example.com".to_owned(),
    })
}

/// Each account has lost what was booked on it, to the last digit, and nothing is booked that no reviewer signed.
struct Accounts;

impl Team for Accounts {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("ledger", "account_tb") {
            let account = row.number("id");
            let mut first = evidence.first_rows("ledger", "account_tb");
            let first = first.find(|first| first.number("id") == account);
            let first = first.map_or_else(|| RICHES.into(), |first| decimal(first.get("balance")));
            let spent: Decimal =
                booked(evidence, account).map(|payment| decimal(&payment.body["amount"])).sum();
            let left = decimal(row.get("balance"));
            if left != first - spent {
                findings
                    .push(format!("{spent} of {first} is spent on account {account}, and {left} is left"));
            }
        }
        let unsigned = evidence.rows("approval", "approval_tb").filter(|row| row.get("reviewer").is_null());
        for row in unsigned {
            let payment = row.get("payment_id");
            let mut booked = succeeded(evidence, "entry-booked");
            if booked.any(|it| it.correlation == payment.as_str().unwrap_or_default()) {
                findings.push(format!("payment {payment} is booked, and no reviewer has signed it"));
            }
        }
        findings
    }
}

/// The payments that were booked on an account.
fn booked(evidence: &Evidence, account: i64) -> impl Iterator<Item = &Message> {
    let is_booked = |payment: &str| succeeded(evidence, "entry-booked").any(|it| it.correlation == payment);
    let mut seen = BTreeSet::new();
    evidence.messages("payment-requested").filter(move |it| {
        it.body["accountId"] == account && is_booked(&it.correlation) && seen.insert(&it.correlation)
    })
}

fn succeeded<'e>(evidence: &'e Evidence, topic: &str) -> impl Iterator<Item = &'e Message> {
    evidence.messages(topic).filter(|message| message.body["success"] == true)
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).expect("a decimal")
}
