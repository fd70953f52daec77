// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `mailbox`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use onboarding_contracts::events::{
    AccountOpened, MailboxCreated, UserRegistered, UserRegisteredKind,
};
use onboarding_contracts::flow::{FLOW, message, service, step};
use onboarding_contracts::mailbox::{Handlers, Mailbox};
use saga_runtime::{
    Answer, AnySteps, AnyTable, At, Event, Failing, Fault, Flow, Halt, Inputs, Outcome,
    Refusal, RequestContext, Routes, Service, StepRows, Steps, Table, TableSchema,
    Undecodable, Uuid,
};
use serde::{Deserialize, Serialize};

/// The service `mailbox`.
pub struct MailboxService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid>;

/// The messages the service reads.
pub enum Input {
    /// From topic `user-registered`.
    UserRegistered(UserRegistered),
    /// From topic `account-opened`.
    AccountOpened(AccountOpened),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `mailbox_tb`.
    pub mailbox: Table<Mailbox>,
    /// What `create-mailbox` has seen of each saga.
    pub create_mailbox: StepRows<CreateMailboxInputs>,
}

/// What `create-mailbox` has seen of one saga.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateMailboxInputs {
    /// `UserRegistered`, once it has arrived.
    pub user_registered: Option<UserRegistered>,
    /// `MailboxCreated`, once it has published it.
    pub mailbox_created: Option<MailboxCreated>,
    /// The key of the row it created.
    pub mailbox_user_id: Option<Uuid>,
}

impl Inputs for CreateMailboxInputs {
    const STEP: &'static str = "create-mailbox";

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

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.mailbox]
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.create_mailbox]
    }
}

impl<H: Handlers> Service for MailboxService<H> {
    const SAGA: &'static str = "onboarding";
    const NAME: &'static str = "mailbox";
    const PORT: u16 = 8082;
    const CONSUMES: &'static [&'static str] = &[UserRegistered::TOPIC, AccountOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[MailboxCreated::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("create-mailbox", &[UserRegistered::TOPIC]),
        ("delete-mailbox", &[AccountOpened::TOPIC]),
    ];
    const AT: usize = service::MAILBOX;
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
        vec![TableSchema::of::<Mailbox>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes.read::<Mailbox>("/mailboxes/{userId}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            UserRegistered::TOPIC => saga_runtime::decode(body).map(Input::UserRegistered),
            AccountOpened::TOPIC => saga_runtime::decode(body).map(Input::AccountOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::UserRegistered(event) => match event.kind {
                UserRegisteredKind::Private => message::USER_REGISTERED_PRIVATE,
                UserRegisteredKind::Business => message::USER_REGISTERED_BUSINESS,
            },
            Input::AccountOpened(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ACCOUNT_OPENED_SUCCESS,
                Outcome::Failure => message::ACCOUNT_OPENED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::UserRegistered(event) => &event.user_id,
            Input::AccountOpened(event) => &event.user_id,
        }
    }

    fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<Input>> {
        match step {
            step::CREATE_MAILBOX => Some(&mut rows.create_mailbox),
            _ => None,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if step == step::CREATE_MAILBOX {
            rows.mailbox.lock(at.correlation);
            if let Some(mailbox_user_id) = &rows.create_mailbox.inputs(at.key).mailbox_user_id {
                rows.mailbox.lock(mailbox_user_id);
            }
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match step {
            step::CREATE_MAILBOX => self.create_mailbox(cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn fail(&self, step: usize, _why: &Failing, cx: &mut Context<'_>) {
        match step {
            step::CREATE_MAILBOX => fail_create_mailbox(cx),
            _ => cx.out.unexpected(Self::name_of(step)),
        }
    }

    fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
        match step {
            step::CREATE_MAILBOX => self.delete_mailbox(cx),
            _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
        }
    }

    fn answer(&self, request: &Infallible, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match *request {}
    }
}

impl<H: Handlers> MailboxService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `create-mailbox`: on `UserRegistered`, creates a `Mailbox` and publishes
    /// `MailboxCreated`.
    fn create_mailbox(&self, cx: &mut Context<'_>) -> Result<usize, Halt> {
        let inputs = cx.rows.create_mailbox.inputs(cx.key);
        let Some(user_registered) = &inputs.user_registered else {
            return Err(Halt::unexpected("create-mailbox"));
        };
        self.handlers.create_mailbox(user_registered)?;
        let mailbox = cx.rows.mailbox
            .insert(Mailbox { user_id: user_registered.user_id, email: user_registered.email.clone() })?;
        let mailbox_user_id = mailbox.user_id;
        let event = MailboxCreated { user_id: user_registered.user_id, success: true };
        cx.out.emit("create-mailbox", &event);
        cx.rows.create_mailbox.keep(cx.key).mailbox_created = Some(event);
        cx.rows.create_mailbox.keep(cx.key).mailbox_user_id = Some(mailbox_user_id);
        Ok(0)
    }

    /// `delete-mailbox`: compensates `create-mailbox`, as the saga has failed.
    fn delete_mailbox(&self, cx: &mut Context<'_>) -> Result<(), Fault> {
        let inputs = cx.rows.create_mailbox.inputs(cx.key);
        let (Some(user_registered), Some(mailbox_created), Some(mailbox_user_id)) = (
            &inputs.user_registered,
            &inputs.mailbox_created,
            &inputs.mailbox_user_id,
        ) else {
            return Err(Fault::Unexpected { step: "create-mailbox" });
        };
        cx.rows.mailbox.compensate("delete-mailbox", mailbox_user_id, |mailbox| {
            self.handlers.delete_mailbox(mailbox, user_registered, mailbox_created);
            Ok(())
        })?;
        cx.out.done("delete-mailbox", cx.key);
        Ok(())
    }
}

/// `create-mailbox` fails: publishes `MailboxCreated.failure`.
fn fail_create_mailbox(cx: &mut Context<'_>) {
    let failure = MailboxCreated { user_id: *cx.correlation, success: false };
    cx.out.emit("create-mailbox", &failure);
}
