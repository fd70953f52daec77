// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The wiring of the service `user`: which messages it reads, which rows they
//! touch, and what it publishes.
#![deny(missing_docs)]

use std::convert::Infallible;

use onboarding_contracts::events::{AccountOpened, UserRegistered};
use onboarding_contracts::flow::{FLOW, message, service, step};
use onboarding_contracts::user::{Handlers, RegisterUser, User, UserStatus};
use saga_runtime::{
    Answer, AnyTable, At, Event, Flow, Halt, Outcome, Refusal, RequestContext, Routes,
    RowStatus, Service, Table, TableSchema, Undecodable, Uuid,
};

/// The service `user`.
pub struct UserService<H> {
    handlers: H,
}

/// What a step works with.
type Context<'a> = saga_runtime::Context<'a, Rows, Input, Uuid, Request>;

/// The messages the service reads.
pub enum Input {
    /// From topic `account-opened`.
    AccountOpened(AccountOpened),
}

/// The requests that write.
pub enum Request {
    /// `POST /users`.
    RegisterUser(RegisterUser),
}

/// The rows one batch works on.
#[derive(Default)]
pub struct Rows {
    /// The rows of `user_tb`.
    pub user: Table<User>,
}

impl saga_runtime::Rows for Rows {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        vec![&mut self.user]
    }
}

impl<H: Handlers> Service for UserService<H> {
    const SAGA: &'static str = "onboarding";
    const NAME: &'static str = "user";
    const PORT: u16 = 8081;
    const CONSUMES: &'static [&'static str] = &[AccountOpened::TOPIC];
    const PUBLISHES: &'static [&'static str] = &[UserRegistered::TOPIC];
    const STEPS: &'static [(&'static str, &'static [&'static str])] = &[
        ("activate-user", &[AccountOpened::TOPIC]),
        ("refuse-user", &[AccountOpened::TOPIC]),
    ];
    const AT: usize = service::USER;
    const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));

    type Input = Input;
    type Request = Request;
    type Rows = Rows;
    type Correlation = Uuid;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        vec![TableSchema::of::<User>()]
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
            .create::<RegisterUser>("/users", Request::RegisterUser, r#"{"email":"email","kind":"private"}"#)
            .read::<User>("/users/{id}")
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Input, Undecodable> {
        match topic {
            AccountOpened::TOPIC => saga_runtime::decode(body).map(Input::AccountOpened),
            other => Err(Undecodable::Topic(other.to_owned())),
        }
    }

    fn message(input: &Input) -> usize {
        match input {
            Input::AccountOpened(event) => match Outcome::of(event.success) {
                Outcome::Success => message::ACCOUNT_OPENED_SUCCESS,
                Outcome::Failure => message::ACCOUNT_OPENED_FAILURE,
            },
        }
    }

    fn correlation(input: &Input) -> &Uuid {
        match input {
            Input::AccountOpened(event) => &event.user_id,
        }
    }

    fn lock(&self, step: usize, at: &At<'_, Input, Uuid>, rows: &mut Rows) {
        if matches!(step, step::ACTIVATE_USER | step::REFUSE_USER) {
            rows.user.lock(at.correlation)
        }
    }

    fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
        match (step, used) {
            (step::ACTIVATE_USER | step::REFUSE_USER, 0) => cx.rows.user.status(cx.correlation),
            _ => None,
        }
    }

    fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
        match (step, cx.input) {
            (step::ACTIVATE_USER, Some(Input::AccountOpened(event))) => activate_user(event, cx),
            (step::REFUSE_USER, Some(Input::AccountOpened(event))) => refuse_user(event, cx),
            _ => Err(Self::unexpected(step)),
        }
    }

    fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
        match request {
            Request::RegisterUser(_) => {
                rows.user.reserve_new();
            }
        }
    }

    fn answer(&self, request: &Request, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
        match request {
            Request::RegisterUser(body) => self.register_user(body, cx),
        }
    }
}

impl<H: Handlers> UserService<H> {
    /// The service with the team's decisions.
    pub fn new(handlers: H) -> Self {
        Self { handlers }
    }

    /// `register-user`: creates an `User` and publishes `UserRegistered`.
    fn register_user(
        &self,
        body: &RegisterUser,
        cx: &mut RequestContext<'_, Rows>,
    ) -> Result<Answer, Refusal> {
        self.handlers.register_user(body)?;
        let user = cx.rows.user.create(|id| User { id, email: body.email.clone(), status: UserStatus::New })?;
        let event = UserRegistered { user_id: user.id, email: body.email.clone(), kind: body.kind };
        cx.out.emit("register-user", &event);
        Answer::created(user)
    }
}

/// `activate-user`: on `AccountOpened.success`, moves the `User` to `ACTIVE`.
fn activate_user(account_opened: &AccountOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.user.set_status(&account_opened.user_id, UserStatus::Active);
    cx.out.moved("activate-user", cx.key, UserStatus::Active);
    Ok(0)
}

/// `refuse-user`: on `AccountOpened.failure`, moves the `User` to `REFUSED`.
fn refuse_user(account_opened: &AccountOpened, cx: &mut Context<'_>) -> Result<usize, Halt> {
    cx.rows.user.set_status(&account_opened.user_id, UserStatus::Refused);
    cx.out.moved("refuse-user", cx.key, UserStatus::Refused);
    Ok(0)
}
