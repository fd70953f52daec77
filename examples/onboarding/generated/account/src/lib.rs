// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `account`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use onboarding_contracts::account::{Account, Handlers, OpenAccountOneOf};
use onboarding_contracts::events::{
    AccountOpened, KycChecked, KycCheckedResult, MailboxCreated, ReviewDecided,
    UserRegistered, UserRegisteredKind,
};
use onboarding_contracts::flow::{FLOW, message, service, step};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Flow, Halt, Inputs, Outcome, Refusal,
    RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema, Undecodable,
    Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `account`.
pub struct AccountService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

/// The messages the service reads.
pub enum Input {
    /// From topic `user-registered`.
    UserRegistered(UserRegistered),
    /// From topic `mailbox-created`.
    MailboxCreated(MailboxCreated),
    /// From topic `kyc-checked`.
    KycChecked(KycChecked),
    /// From topic `review-decided`.
    ReviewDecided(ReviewDecided),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `account_tb`.
    pub account: Table<Account>,
    /// What `open-account` has seen of each saga.
    pub open_account: StepRows<OpenAccountInputs>,
}

/// What `open-account` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenAccountInputs {
    /// `UserRegistered` or `UserRegistered.private`, once it has arrived.
    pub user_registered: Option<UserRegistered>,
    /// `MailboxCreated.success`, once it has arrived.
    pub mailbox_created: Option<MailboxCreated>,
    /// `KycChecked.approved`, once it has arrived.
    pub kyc_checked: Option<KycChecked>,
    /// `ReviewDecided.success`, once it has arrived.
    pub review_decided: Option<ReviewDecided>,
}

impl Inputs for OpenAccountInputs {
    const STEP: &'static str = "open-account";

    type Message = Input;

    fn has(&self, need: usize) -> bool {
        match need {
            0 => self.user_registered.is_some(),
            1 => self.mailbox_created.is_some(),
            2 => self.user_registered.as_ref().is_some_and(|event| event.kind == UserRegisteredKind::Private),
            3 => self.kyc_checked.is_some(),
            _ => self.review_decided.is_some(),
        }
    }

    fn keep(&mut self, _need: usize, message: &Input) {
        match message {
            Input::UserRegistered(event) => self.user_registered = Some(event.clone()),
            Input::MailboxCreated(event) => self.mailbox_created = Some(event.clone()),
            Input::KycChecked(event) => self.kyc_checked = Some(event.clone()),
            Input::ReviewDecided(event) => self.review_decided = Some(event.clone()),
        }
    }
}

impl OpenAccountInputs {
    /// The first that has arrived of the messages the step needs one of.
    fn one_of(&self) -> Option<OpenAccountOneOf<'_>> {
        self.user_registered
            .as_ref()
            .filter(|event| event.kind == UserRegisteredKind::Private)
            .map(OpenAccountOneOf::UserRegisteredPrivate)
            .or_else(|| {
                self.kyc_checked.as_ref().map(OpenAccountOneOf::KycCheckedApproved)
            })
            .or_else(|| {
                self.review_decided.as_ref().map(OpenAccountOneOf::ReviewDecidedSuccess)
            })
    }
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.account]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.open_account]
    }
}

impl<H: Handlers> Service for AccountService<H> {
    const SAGA: &'static str = "onboarding";
    const NAME: &'static str = "account";
    const PORT: u16 = 8084;
    const CONSUMES: &'static [&'static str] = &[
        UserRegistered::TOPIC,
        MailboxCreated::TOPIC,
        KycChecked::TOPIC,
        ReviewDecided::TOPIC,
    ];
    const PUBLISHES: &'static [&'static str] = &[AccountOpened::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        (
            "open-account",
            &[UserRegistered::TOPIC, MailboxCreated::TOPIC, KycChecked::TOPIC, ReviewDecided::TOPIC],
        ),
    ];
    const AT: usize = service::ACCOUNT;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Infallible;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<Account>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.list::<Account>("/accounts")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            UserRegistered::TOPIC => saga_runtime::decode(body).map(Input::UserRegistered),
            MailboxCreated::TOPIC => saga_runtime::decode(body).map(Input::MailboxCreated),
            KycChecked::TOPIC => saga_runtime::decode(body).map(Input::KycChecked),
            ReviewDecided::TOPIC => saga_runtime::decode(body).map(Input::ReviewDecided),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::UserRegistered(event) => match event.kind {
                UserRegisteredKind::Private => message::USER_REGISTERED_PRIVATE,
                UserRegisteredKind::Business => message::USER_REGISTERED_BUSINESS,
            },
            Input::MailboxCreated(event) => match Outcome::of(event.success) {
                Outcome::Success => message::MAILBOX_CREATED_SUCCESS,
                Outcome::Failure => message::MAILBOX_CREATED_FAILURE,
            },
            Input::KycChecked(event) => match event.result {
                KycCheckedResult::Approved => message::KYC_CHECKED_APPROVED,
                KycCheckedResult::Review => message::KYC_CHECKED_REVIEW,
                KycCheckedResult::Rejected => message::KYC_CHECKED_REJECTED,
            },
            Input::ReviewDecided(event) => match Outcome::of(event.approved) {
                Outcome::Success => message::REVIEW_DECIDED_SUCCESS,
                Outcome::Failure => message::REVIEW_DECIDED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::UserRegistered(event) => &event.user_id,
            Input::MailboxCreated(event) => &event.user_id,
            Input::KycChecked(event) => &event.user_id,
            Input::ReviewDecided(event) => &event.user_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::OPEN_ACCOUNT => Some(&mut rows.open_account),
            _ => None,
        }
    }

    fn lock(&self, step: usize, _at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::OPEN_ACCOUNT {
            rows.account.reserve_new()
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::OPEN_ACCOUNT => self.open_account(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::OPEN_ACCOUNT => fail_open_account(why, cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> AccountService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `open-account`: everything is there, so creates an `Account` and publishes
    /// `AccountOpened`.
    fn open_account(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.open_account.inputs(cx.key);
        let (Some(user_registered), Some(mailbox_created), Some(one_of)) = (
            &inputs.user_registered,
            &inputs.mailbox_created,
            inputs.one_of(),
        ) else {
            return Err(Halt::unexpected("open-account"));
        };
        self.handlers.open_account(user_registered, mailbox_created, one_of)?;
        cx.rows.account.create(|id| Account {
            id,
            user_id: user_registered.user_id,
            email: user_registered.email.clone(),
        })?;
        let event = AccountOpened { user_id: user_registered.user_id, reason: None, success: true };
        cx.out.emit("open-account", &event);
        Ok(0)
    }
}

/// `open-account` fails: publishes `AccountOpened.failure`.
fn fail_open_account(why: &Failing, cx: &mut Context<'_>) {
    let failure = match (why, cx.input) {
        (Failing::Rejected(rejection), _) => {
            AccountOpened { user_id: *cx.correlation, reason: Some(rejection.reason.clone()), success: false }
        }
        (Failing::Closed, Some(Input::MailboxCreated(_))) => {
            AccountOpened {
                user_id: *cx.correlation,
                reason: Some("MailboxCreated.failure".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::KycChecked(_))) => {
            AccountOpened {
                user_id: *cx.correlation,
                reason: Some("KycChecked.rejected".to_owned()),
                success: false,
            }
        }
        (Failing::Closed, Some(Input::ReviewDecided(_))) => {
            AccountOpened {
                user_id: *cx.correlation,
                reason: Some("ReviewDecided.failure".to_owned()),
                success: false,
            }
        }
        _ => return cx.out.unexpected("open-account"),
    };
    cx.out.emit("open-account", &failure);
}
