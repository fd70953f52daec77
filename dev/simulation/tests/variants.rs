//! Outcomes with values, and steps that need one of several messages, in simulated worlds.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `claim_contracts` to them.
extern crate self as claim_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/archive.rs"]
pub mod archive;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/archive/src/lib.rs"]
mod archive_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/assessors.rs"]
pub mod assessors;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/database/assessors.rs"]
mod assessors_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/assessors/src/lib.rs"]
mod assessors_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/desk.rs"]
pub mod desk;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/database/desk.rs"]
mod desk_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/desk/src/lib.rs"]
mod desk_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/payments.rs"]
pub mod payments;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/database/payments.rs"]
mod payments_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/payments/src/lib.rs"]
mod payments_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/police.rs"]
pub mod police;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/police/src/lib.rs"]
mod police_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/variants/expected/generated/contracts/src/types.rs"]
pub mod types;

use std::collections::BTreeSet;

use saga_runtime::Rejection;
use serde_json::json;

use crate::archive_service::ArchiveService;
use crate::assessors::{Assess, Town};
use crate::assessors_service::AssessorsService;
use crate::desk::OpenClaim;
use crate::desk_service::{DeskService, Request};
use crate::events::{ClaimOpened, ClaimOpenedKind, ClaimPaid, NoticeSent};
use crate::payments::{BookPaymentOneOf, Branch, Budget, PayClaimOneOf};
use crate::payments_service::PaymentsService;
use crate::police::ReportTheft;
use crate::police_service::PoliceService;
use crate::types::Channel;

use saga_simulation::{Draw, Evidence, Faults, Hosted, Outside, Saga, Team};

/// What there is to pay claims from.
const BUDGET: i64 = 1_000;

struct Handlers(Faults);

impl desk::Handlers for Handlers {}

impl assessors::Handlers for Handlers {
    fn assess(&self, town: &mut Town, claim: &ClaimOpened) -> Result<Assess, Rejection> {
        self.0.chance()?;
        town.visits += 1;
        let (text, note, payout, branch_id) = (String::new(), String::new(), claim.amount, 1);
        Ok(match claim.amount % 3 {
            0 => Assess::Covered { text, note, payout, branch_id },
            1 => Assess::Partly { text, note, payout, branch_id },
            _ => Assess::Unclear { text, note, payout, branch_id },
        })
    }
}

impl police::Handlers for Handlers {
    fn report_theft(&self, claim: &ClaimOpened) -> Result<ReportTheft, Rejection> {
        self.0.chance().map(|()| ReportTheft { payout: claim.amount, branch_id: 1 })
    }
}

impl archive::Handlers for Handlers {
    fn file_claim(&self, _: &ClaimPaid) -> Result<(), Rejection> {
        self.0.chance()
    }
}

impl payments::Handlers for Handlers {
    fn pay_claim(
        &self,
        budget: &mut Budget,
        _: &ClaimOpened,
        _: &NoticeSent,
        _: PayClaimOneOf<'_>,
    ) -> Result<(), Rejection> {
        self.0.chance()?;
        budget.left -= 1;
        Ok(())
    }

    fn book_payment(&self, branch: &mut Branch, _: BookPaymentOneOf<'_>) {
        branch.payments += 1;
    }

    fn return_budget(
        &self,
        budget: &mut Budget,
        _: &ClaimOpened,
        _: &NoticeSent,
        _: PayClaimOneOf<'_>,
        _: &ClaimPaid,
    ) {
        budget.left += 1;
    }
}

/// One piece of the budget is spent for each claim that is paid and not refused later.
struct Budgets;

impl Team for Budgets {
    /// A newer version of the desk knows one more channel.
    fn publish(&self, outside: &mut Outside<'_>) {
        let id = 1_000_000 + outside.count("value of a newer version");
        let to = outside.some_partition("claim-opened");
        let body =
            json!({ "claimId": id, "amount": 1, "channel": "pigeon", "place": "here", "kind": "glass" });
        outside.publish_unreadable(to, &id.to_string(), &body);
    }

    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let returned = |claim: &str| {
            let mut filed = evidence.messages("claim-filed").filter(|it| it.correlation == claim);
            filed.any(|it| it.body["success"] == false && !evidence.is_unhandled("payments", it))
        };
        let paid = evidence.messages("claim-paid").filter(|it| it.body["success"] == true);
        let paid: BTreeSet<_> = paid.map(|it| &*it.correlation).filter(|claim| !returned(claim)).collect();
        let left: i64 = evidence.rows("payments", "budget_tb").map(|row| row.number("left")).sum();
        if left + paid.len() as i64 == BUDGET {
            return Vec::new();
        }
        vec![format!("{} claims are paid, and {left} is left of {BUDGET}", paid.len())]
    }
}

fn open_claim(draw: &mut Draw) -> Request {
    let kinds = [ClaimOpenedKind::Glass, ClaimOpenedKind::Theft, ClaimOpenedKind::Fire];
    let place = if draw.rng.happens(100) { "nowhere" } else { "here" };
    Request::OpenClaim(OpenClaim {
        amount: draw.number.into(),
        channel: *draw.rng.one_of(&[Channel::Post, Channel::Mail, Channel::Fax]).expect("some"),
        place: place.to_owned(),
        kind: *draw.rng.one_of(&kinds).expect("some"),
    })
}

fn a_town(rows: &mut assessors_service::Rows) {
    rows.town.insert(Town { place: "here".to_owned(), visits: 0 }).expect("a new row");
}

fn a_budget(rows: &mut payments_service::Rows) {
    rows.budget.insert(Budget { place: "here".to_owned(), left: BUDGET }).expect("a new row");
}

fn saga() -> Saga {
    let services = vec![
        Hosted::new(|faults| DeskService::new(Handlers(faults.clone())))
            .asked("/claims", "amount", open_claim)
            .any(),
        Hosted::new(|faults| AssessorsService::new(Handlers(faults.clone()))).filled(a_town).any(),
        Hosted::new(|faults| PoliceService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|faults| ArchiveService::new(Handlers(faults.clone()))).any(),
        Hosted::new(|faults| PaymentsService::new(Handlers(faults.clone()))).filled(a_budget).any(),
    ];
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../codegen/tests/golden/variants/saga.yaml");
    Saga::new(file, services).known_by(Budgets)
}

#[test]
fn seeds() {
    saga_simulation::live(saga(), "variants");
}
