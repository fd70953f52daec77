//! Handlers choose between several variants, steps need one of several messages, and both do what is proved.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `visa_contracts` to them.
extern crate self as visa_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/consulate.rs"]
pub mod consulate;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/database/consulate.rs"]
mod consulate_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/consulate/src/lib.rs"]
mod consulate_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/embassy.rs"]
pub mod embassy;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/database/embassy.rs"]
mod embassy_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/embassy/src/lib.rs"]
mod embassy_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/labour.rs"]
pub mod labour;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/labour/src/lib.rs"]
mod labour_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/contracts/src/papers.rs"]
pub mod papers;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/choices/expected/generated/papers/src/lib.rs"]
mod papers_service;

use saga_runtime::{Event as _, Outcome, Refusal, Rejection};
use saga_semantics::{AnyPlace, Place, Saga, Script, Sent};

use crate::consulate::IssueVisaOneOf;
use crate::embassy::{AskVisa, AskVisaAnswer};
use crate::embassy_service::Request;
use crate::events::{FormSent, FormSentKind, JobConfirmed, PapersChecked, PapersCheckedResult};
use crate::papers::CheckPapers;

struct Handlers(Script);

impl embassy::Handlers for Handlers {
    fn ask_visa(&self, _: &AskVisa) -> Result<AskVisaAnswer, Refusal> {
        let ways = [AskVisaAnswer::Tourist, AskVisaAnswer::Worker, AskVisaAnswer::Student];
        Ok(ways[self.0.way("ask-visa")].clone())
    }
}

impl papers::Handlers for Handlers {
    fn check_papers(&self, _: &FormSent) -> Result<CheckPapers, Rejection> {
        let ways = [CheckPapers::Complete, CheckPapers::Missing];
        self.0.chooses("check-papers").map(|way| ways[way].clone())
    }
}

impl labour::Handlers for Handlers {
    fn confirm_job(&self, form_sent: &FormSent) -> Result<(), Rejection> {
        assert_eq!(form_sent.kind, FormSentKind::Worker);
        self.0.decides("confirm-job")
    }
}

impl consulate::Handlers for Handlers {
    fn issue_visa(
        &self,
        form_sent: &FormSent,
        papers_checked: &PapersChecked,
        one_of: IssueVisaOneOf<'_>,
    ) -> Result<(), Rejection> {
        assert_ne!(papers_checked.result, PapersCheckedResult::Forged);
        match one_of {
            IssueVisaOneOf::FormSentTourist(sent) => assert_eq!(sent.kind, FormSentKind::Tourist),
            IssueVisaOneOf::FormSentStudent(sent) => assert_eq!(sent.kind, FormSentKind::Student),
            IssueVisaOneOf::JobConfirmedFailure(confirmed) => {
                assert!(!confirmed.doubtful);
                assert_eq!(form_sent.kind, FormSentKind::Worker);
            }
        }
        self.0.decides("issue-visa")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(embassy_service::EmbassyService::new(handlers())).asked(request).any(),
        Place::new(papers_service::PapersService::new(handlers())).any(),
        Place::new(labour_service::LabourService::new(handlers())).any(),
        Place::new(consulate_service::ConsulateService::new(handlers())).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::AskVisa(AskVisa { days: 30 })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/choices/saga.yaml", services).agrees();
}

/// A newer version publishes a value that this one does not know.
#[test]
fn an_unknown_variant_is_refused_with_what_is_known() {
    let body = br#"{"visaId":1,"result":"expired"}"#.to_vec();
    let message = Sent { topic: PapersChecked::TOPIC, key: "1".to_owned(), body };
    let refused = services(&Script::default()).remove(3).receive(&message).expect_err("no such variant");
    assert!(refused.contains("PapersChecked") && refused.contains("unknown variant `expired`"), "{refused}");
    assert!(refused.contains("`complete`") && refused.contains("`missing`"), "{refused}");
}

#[test]
fn events_know_their_variants() {
    let checked = |result| PapersChecked { result, ..Default::default() };
    let forged = checked(PapersCheckedResult::Forged);
    assert_eq!((forged.variant(), forged.outcome()), (1, Some(Outcome::Failure)));
    assert_eq!(checked(PapersCheckedResult::Missing).outcome(), Some(Outcome::Success));
    assert_eq!(checked(PapersCheckedResult::Missing).variant_name(), Some("missing"));
    // `true` is the failing variant.
    let doubtful = JobConfirmed { doubtful: true, ..Default::default() };
    assert_eq!((doubtful.variant(), doubtful.outcome()), (0, Some(Outcome::Failure)));
    assert_eq!(doubtful.variant_name(), Some("success"));
}
