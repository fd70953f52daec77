//! Rows with a life, and steps that remember nothing, in simulated worlds.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `claim_contracts` to them.
extern crate self as claim_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/archive.rs"]
pub mod archive;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/database/archive.rs"]
mod archive_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/archive/src/lib.rs"]
mod archive_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/bank.rs"]
pub mod bank;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/database/bank.rs"]
mod bank_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/bank/src/lib.rs"]
mod bank_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/catalogue.rs"]
pub mod catalogue;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/database/catalogue.rs"]
mod catalogue_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/catalogue/src/lib.rs"]
mod catalogue_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/desk.rs"]
pub mod desk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/database/desk.rs"]
mod desk_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/desk/src/lib.rs"]
mod desk_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/contracts/src/till.rs"]
pub mod till;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/lifecycle/expected/generated/till/src/lib.rs"]
mod till_service;

use crate::bank::Account;
use crate::desk::{Claim, OpenClaim, OpenClaimAnswer, PriceClaim};
use crate::desk_service::Request;
use crate::events::{ClaimChecked, ClaimOpened, ClaimPriced, MoneyReserved, ReleaseMoneyCommand};
use saga_runtime::{Refusal, Rejection};

use saga_simulation::{Draw, Evidence, Faults, Hosted, Saga, Team};

/// What the bank reserves for a claim.
const PRICE: i64 = 3;

struct Handlers(Faults);

impl desk::Handlers for Handlers {
    fn open_claim(&self, _: &OpenClaim) -> Result<OpenClaimAnswer, Refusal> {
        Ok(OpenClaimAnswer { number: "one".to_owned() })
    }

    fn check_claim(&self, _: &mut Claim, _: &ClaimOpened) -> Result<(), Rejection> {
        self.0.chance()
    }

    fn price_claim(&self, _: &mut Claim, _: &ClaimChecked) -> Result<PriceClaim, Rejection> {
        self.0.chance().map(|()| PriceClaim { price: PRICE })
    }

    fn note_price(&self, _: &mut Claim, _: &ClaimPriced) {}

    fn note_money(&self, _: &mut Claim, _: &MoneyReserved) {}
}

impl bank::Handlers for Handlers {
    fn reserve_money(&self, account: &mut Account, event: &ClaimPriced) -> Result<(), Rejection> {
        self.0.chance()?;
        account.money -= event.price;
        Ok(())
    }

    fn release_money(&self, account: &mut Account, command: &ReleaseMoneyCommand) {
        account.money += command.price;
    }
}

impl till::Handlers for Handlers {
    fn pay_claim(&self, _: &MoneyReserved) -> Result<(), Rejection> {
        self.0.chance()
    }
}

/// Money is reserved for the claims that are paid, and for no others.
struct Money;

impl Team for Money {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let paid = evidence.rows("desk", "claim_tb").filter(|row| row.get("status") == "PAID").count() as i64;
        let open = evidence
            .rows("desk", "claim_tb")
            .any(|row| ["NEW", "CHECKED", "PRICED"].iter().any(|it| row.get("status") == it));
        let first = evidence.first_rows("bank", "account_tb").map(|row| row.number("money")).sum::<i64>();
        let left = evidence.rows("bank", "account_tb").map(|row| row.number("money")).sum::<i64>();
        if open || left == first - paid * PRICE {
            return Vec::new();
        }
        vec![format!("{paid} claims are paid, and {left} is left of {first}")]
    }
}

fn open_claim(draw: &mut Draw) -> Request {
    Request::OpenClaim(OpenClaim { account_id: 1, amount: draw.number.into() })
}

fn saga() -> Saga {
    let services = vec![
        Hosted::new(|faults| desk_service::DeskService::new(Handlers(faults.clone())))
            .asked("/claims", "amount", open_claim)
            .any(),
        Hosted::new(|faults| bank_service::BankService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|faults| till_service::TillService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|_| archive_service::ArchiveService).any(),
        Hosted::new(|_| catalogue_service::CatalogueService).any(),
    ];
    Saga::new(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../codegen/tests/golden/lifecycle/saga.yaml"),
        services,
    )
    .known_by(Money)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "lifecycle");
}
