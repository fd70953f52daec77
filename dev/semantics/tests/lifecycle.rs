//! Rows with a life, and steps that remember nothing, do what is proved of them.
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
use crate::events::{ClaimChecked, ClaimOpened, ClaimPaid, ClaimPriced, MoneyReserved, ReleaseMoneyCommand};
use saga_runtime::{Event as _, Refusal, Rejection};

use saga_semantics::{AnyPlace, Place, Saga, Script, Sent};

struct Handlers(Script);

impl desk::Handlers for Handlers {
    fn open_claim(&self, _: &OpenClaim) -> Result<OpenClaimAnswer, Refusal> {
        Ok(OpenClaimAnswer { number: "one".to_owned() })
    }

    fn check_claim(&self, _: &mut Claim, _: &ClaimOpened) -> Result<(), Rejection> {
        self.0.decides("check-claim")
    }

    fn price_claim(&self, _: &mut Claim, _: &ClaimChecked) -> Result<PriceClaim, Rejection> {
        self.0.decides("price-claim").map(|()| PriceClaim { price: 1 })
    }

    fn note_price(&self, _: &mut Claim, _: &ClaimPriced) {
        self.0.does("note-price");
    }

    fn note_money(&self, _: &mut Claim, _: &MoneyReserved) {
        self.0.does("note-money");
    }
}

impl bank::Handlers for Handlers {
    fn reserve_money(&self, _: &mut Account, _: &ClaimPriced) -> Result<(), Rejection> {
        self.0.decides("reserve-money")
    }

    fn release_money(&self, _: &mut Account, _: &ReleaseMoneyCommand) {
        self.0.does("release-money");
    }
}

impl till::Handlers for Handlers {
    fn pay_claim(&self, _: &MoneyReserved) -> Result<(), Rejection> {
        self.0.decides("pay-claim")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(desk_service::DeskService::new(handlers())).asked(request).any(),
        Place::new(bank_service::BankService::new(handlers())).any(),
        Place::new(till_service::TillService::new(handlers())).any(),
        Place::new(archive_service::ArchiveService).any(),
        Place::new(catalogue_service::CatalogueService).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::OpenClaim(OpenClaim { account_id: 1, amount: 1 })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/lifecycle/saga.yaml", services).agrees();
}

#[test]
fn a_step_that_cannot_fail_is_a_fault_without_its_row() {
    let receive = |topic, body: &str| {
        let message = Sent { topic, key: "1".to_owned(), body: body.into() };
        services(&Script::default()).remove(0).receive(&message)
    };
    let priced = r#"{"claimId":1,"accountId":1,"price":1,"success":true}"#;
    let fault = receive(ClaimPriced::TOPIC, priced).expect_err("there is no claim");
    assert!(fault.contains("not-found"), "{fault}");
    // One that only moves it has nothing to do.
    let paid = r#"{"claimId":1,"success":true}"#;
    assert!(receive(ClaimPaid::TOPIC, paid).expect("it is ignored").is_empty());
}
