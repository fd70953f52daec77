//! Several steps come to one row, and its status lets them do what is proved.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `loan_contracts` to them.
extern crate self as loan_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/archive.rs"]
pub mod archive;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/database/archive.rs"]
mod archive_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/bank.rs"]
pub mod bank;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/desk.rs"]
pub mod desk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/database/desk.rs"]
mod desk_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/home.rs"]
pub mod home;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/contracts/src/risk.rs"]
pub mod risk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/archive/src/lib.rs"]
mod archive_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/bank/src/lib.rs"]
mod bank_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/desk/src/lib.rs"]
mod desk_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/home/src/lib.rs"]
mod home_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/guards/expected/generated/risk/src/lib.rs"]
mod risk_service;

use saga_runtime::Rejection;

use crate::desk::{AskLoan, Loan};
use crate::desk_service::Request;
use crate::events::{HomeNoted, HomeRated, LoanAsked, RiskNoted, RiskRated};
use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl desk::Handlers for Handlers {
    fn note_risk(&self, _: &mut Loan, _: &RiskRated) -> Result<(), Rejection> {
        self.0.decides("note-risk")
    }

    fn note_home(&self, _: &mut Loan, _: &HomeRated) -> Result<(), Rejection> {
        self.0.decides("note-home")
    }

    fn file_denial(&self, _: &mut Loan, _: &RiskRated) -> Result<(), Rejection> {
        self.0.decides("file-denial")
    }
}

impl risk::Handlers for Handlers {
    fn rate_risk(&self, _: &LoanAsked) -> Result<(), Rejection> {
        self.0.decides("rate-risk")
    }
}

impl home::Handlers for Handlers {
    fn rate_home(&self, _: &LoanAsked) -> Result<(), Rejection> {
        self.0.decides("rate-home")
    }
}

impl bank::Handlers for Handlers {
    fn decide_loan(&self, _: &RiskNoted, _: &HomeNoted) -> Result<(), Rejection> {
        self.0.decides("decide-loan")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(desk_service::DeskService::new(handlers())).asked(request).any(),
        Place::new(risk_service::RiskService::new(handlers())).any(),
        Place::new(home_service::HomeService::new(handlers())).any(),
        Place::new(bank_service::BankService::new(handlers())).any(),
        Place::new(archive_service::ArchiveService).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::AskLoan(AskLoan { amount: 1 })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/guards/saga.yaml", services).agrees();
}
