// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `compliance`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use onboarding_contracts::compliance::{CheckKyc, DecideReview, Handlers};
use onboarding_contracts::events::{
    KycChecked, KycCheckedResult, ReviewDecided, UserRegistered, UserRegisteredKind,
};
use onboarding_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, Call, CallError, Calling, Event, Failing, Flow, Halt,
    Inputs, Method, Refusal, Rejection, RequestContext, Routes, Service, StepRows, Steps,
    TableSchema, Unanswered, Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `compliance`.
pub struct ComplianceService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request, Answered>;

/// The messages the service reads.
pub enum Input {
    /// From topic `kyc-checked`.
    KycChecked(KycChecked),
    /// From topic `user-registered`.
    UserRegistered(UserRegistered),
}

/// The requests that write.
pub enum Request {
    /// `POST /reviews/:userId`.
    DecideReview(Uuid, DecideReview),
}

/// What calls to other systems answer.
pub enum Answered {
    /// The call of `check-kyc`.
    CheckKyc(CheckKyc),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// What `check-kyc` has seen of each saga.
    pub check_kyc: StepRows<CheckKycInputs>,
    /// What `decide-review` has seen of each saga.
    pub decide_review: StepRows<DecideReviewInputs>,
}

/// What `check-kyc` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckKycInputs {
    /// `UserRegistered.business`, once it has arrived.
    pub user_registered: Option<UserRegistered>,
}

impl Inputs for CheckKycInputs {
    const STEP: &'static str = "check-kyc";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.user_registered.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::UserRegistered(event) = message {
            self.user_registered = Some(event.clone());
        }
    }
}

/// What `decide-review` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecideReviewInputs {
    /// `KycChecked.review`, once it has arrived.
    pub kyc_checked: Option<KycChecked>,
}

impl Inputs for DecideReviewInputs {
    const STEP: &'static str = "decide-review";

    type Message = Input;

    fn has(&self, _need: usize) -> bool {
        self.kyc_checked.is_some()
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        if let Input::KycChecked(event) = message {
            self.kyc_checked = Some(event.clone());
        }
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.check_kyc, &mut self.decide_review]
    }
}

impl<H: Handlers> Service for ComplianceService<H> {
    const SAGA: &'static str = "onboarding";
    const NAME: &'static str = "compliance";
    const PORT: u16 = 8083;
    const CONSUMES: &'static [&'static str] = &[KycChecked::TOPIC, UserRegistered::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[ReviewDecided::TOPIC, KycChecked::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("decide-review", &[KycChecked::TOPIC]),
        ("check-kyc", &[UserRegistered::TOPIC]),
    ];
    const AT: usize = service::COMPLIANCE;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Answered;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.write::<DecideReview>(
            Method::Post,
            "/reviews/{userId}",
            |path, body| Ok(Request::DecideReview(path.value("userId")?, body)),
            r#"{"approved":true}"#,
        )
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            KycChecked::TOPIC => saga_runtime::decode(body).map(Input::KycChecked),
            UserRegistered::TOPIC => saga_runtime::decode(body).map(Input::UserRegistered),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::KycChecked(event) => match event.result {
                KycCheckedResult::Approved => message::KYC_CHECKED_APPROVED,
                KycCheckedResult::Review => message::KYC_CHECKED_REVIEW,
                KycCheckedResult::Rejected => message::KYC_CHECKED_REJECTED,
            },
            Input::UserRegistered(event) => match event.kind {
                UserRegisteredKind::Private => message::USER_REGISTERED_PRIVATE,
                UserRegisteredKind::Business => message::USER_REGISTERED_BUSINESS,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::KycChecked(event) => &event.user_id,
            Input::UserRegistered(event) => &event.user_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::DECIDE_REVIEW => Some(&mut rows.decide_review),
            step::CHECK_KYC => Some(&mut rows.check_kyc),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::DECIDE_REVIEW => self.decide_review(cx),
            step::CHECK_KYC => match cx.answered {
                Some(Answered::CheckKyc(answer)) => check_kyc(answer, cx),
                _ => Err(Self::unexpected(step)),
            },
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::DECIDE_REVIEW => fail_decide_review(cx),
            step::CHECK_KYC => fail_check_kyc(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn deadline(step: usize) -> Option<Duration> {
        match step {
            step::DECIDE_REVIEW => Some(Duration::from_secs(604800)),
            _ => None,
        }
    }

    fn retries(step: usize) -> (u32, Duration) {
        match step {
            step::CHECK_KYC => (10, Duration::from_secs(10)),
            _ => (10, Duration::from_secs(10)),
        }
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Rows,
    ) -> Option<Calling<Result<Answered, CallError>>> {
        let service = Arc::clone(service);
        match step {
            step::CHECK_KYC => {
                let inputs = rows.check_kyc.inputs(key).clone();
                Some(
                    Box::pin(async move {
                        service.call_for_check_kyc(&call, &inputs).await
                    }),
                )
            }
            _ => None,
        }
    }

    fn asked<'r>(request: &'r Request, _rows: &'r Rows) -> Option<(usize, &'r Uuid)> {
        match request {
            Request::DecideReview(user_id, _) => Some((step::DECIDE_REVIEW, user_id)),
        }
    }

    fn answer(&self, request: &Request, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::DecideReview(..) => Ok(Answer::done()),
        }
    }
}

impl<H: Handlers> ComplianceService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `decide-review`: on `KycChecked.review`, publishes `ReviewDecided`.
    fn decide_review(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.decide_review.inputs(cx.key);
        let Some(kyc_checked) = &inputs.kyc_checked else {
            return Err(Halt::unexpected("decide-review"));
        };
        let Some(Request::DecideReview(_, body)) = cx.request else {
            return Err(Halt::unexpected("decide-review"));
        };
        self.handlers.decide_review(kyc_checked, body)?;
        if !body.approved {
            return Err(Rejection::because("`approved` is false").into());
        }
        let event = ReviewDecided { user_id: *cx.correlation, approved: true };
        cx.out.emit("decide-review", &event);
        Ok(0)
    }

    /// Calls for `check-kyc`.
    async fn call_for_check_kyc(&self, call: &Call, inputs: &CheckKycInputs) -> Result<Answered, CallError> {
        let Some(user_registered) = &inputs.user_registered else {
            return Err(Unanswered::because("its messages are not there").into());
        };
        self.handlers.check_kyc(call, user_registered).await.map(Answered::CheckKyc)
    }
}

/// `check-kyc`: on `UserRegistered.business`, publishes `KycChecked`.
fn check_kyc(answer: &CheckKyc, cx: &mut Context<'_>) -> Result<usize, Halt> {
    let inputs = cx.rows.check_kyc.inputs(cx.key);
    let Some(user_registered) = &inputs.user_registered else {
        return Err(Halt::unexpected("check-kyc"));
    };
    let (way, result, score) = match answer {
        CheckKyc::Approved { score } => (0, KycCheckedResult::Approved, *score),
        CheckKyc::Review { score } => (1, KycCheckedResult::Review, *score),
    };
    let event = KycChecked { user_id: user_registered.user_id, score: Some(score), result };
    cx.out.emit("check-kyc", &event);
    Ok(way)
}

/// `decide-review` fails: publishes `ReviewDecided.failure`.
fn fail_decide_review(cx: &mut Context<'_>) {
    let failure = ReviewDecided { user_id: *cx.correlation, approved: false };
    cx.out.emit("decide-review", &failure);
}

/// `check-kyc` fails: publishes `KycChecked.rejected`.
fn fail_check_kyc(cx: &mut Context<'_>) {
    let failure = KycChecked { user_id: *cx.correlation, score: None, result: KycCheckedResult::Rejected };
    cx.out.emit("check-kyc", &failure);
}
