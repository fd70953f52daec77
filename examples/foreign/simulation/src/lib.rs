//! The saga `invoice` as it is simulated: with the team's own handlers, and a bank that settles invoices as it likes.

use bank::BankService;
use invoice::{InvoiceService, Request};
use invoice_contracts::invoice::SendInvoice;
use saga_simulation::{Draw, Evidence, Hosted, Outside, Saga, Team};
use serde_json::json;

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| InvoiceService::new(invoice_handlers::Handlers))
            .asked("/invoices", "amount", send_invoice)
            .any(),
        Hosted::new(|_| BankService::new(bank_handlers::Handlers)).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Bank)
}

fn send_invoice(draw: &mut Draw) -> Request {
    Request::SendInvoice(SendInvoice { amount: draw.number.into() })
}

/// The bank: what it settles, and that nothing is paid that it has not settled in full.
struct Bank;

const SETTLEMENTS: &str = "bank.settlements";

impl Team for Bank {
    /// The bank settles an invoice, or says that the money did not come; now and then twice, and otherwise than before.
    fn publish(&self, outside: &mut Outside<'_>) {
        let Some(invoice) = outside.some_instance("invoice-sent") else { return };
        let number: i64 = invoice.parse().expect("a number");
        let rng = outside.rng();
        let state = if rng.happens(800) { "SETTLED" } else { "BOUNCED" };
        let paid = if rng.happens(800) { 1_000 } else { 0 };
        let times = if rng.happens(200) { 2 } else { 1 };
        let body = json!({ "invoice_ref": number, "state": state, "settled_at": "2024-05-06T07:08:09.123456789Z",
            "paid_cents": paid });
        for _ in 0..times {
            let to = outside.some_partition(SETTLEMENTS);
            outside.publish(to, &invoice, &[], &body);
        }
    }

    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("invoice", "invoices").filter(|row| row.get("status") == "PAID") {
            let (invoice, amount) = (row.number("id"), row.number("amount"));
            let mut settled = evidence.messages(SETTLEMENTS).filter(|it| it.body["invoice_ref"] == invoice);
            let in_full = |paid: Option<i64>| paid.is_some_and(|paid| paid >= amount);
            if !settled.any(|it| it.body["state"] == "SETTLED" && in_full(it.body["paid_cents"].as_i64())) {
                findings.push(format!("invoice {invoice} is paid, and the bank has not settled it in full"));
            }
        }
        findings
    }
}
