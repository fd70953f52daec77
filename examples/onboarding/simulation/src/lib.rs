//! The saga `onboarding` as it is simulated: the team's own handlers, and a register of companies that belongs to the
//! simulation.

use account::AccountService;
use compliance::ComplianceService;
use mailbox::MailboxService;
use onboarding_contracts::compliance::{CheckKyc, Handlers};
use onboarding_contracts::events::{UserRegistered, UserRegisteredKind};
use onboarding_contracts::user::RegisterUser;
use saga_runtime::{Call, CallError};
use saga_simulation::{Draw, Evidence, Faults, Hosted, Message, Saga, Team};
use user::{Request, UserService};

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| UserService::new(user_handlers::Handlers))
            .asked("/users", "email", register_user)
            .any(),
        Hosted::new(|_| MailboxService::new(mailbox_handlers::Handlers)).any(),
        Hosted::new(|faults| ComplianceService::new(Register(faults.clone()))).any(),
        Hosted::new(|_| AccountService::new(account_handlers::Handlers)).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Users)
}

/// Asks a register of the simulated world.
struct Register(Faults);

impl Handlers for Register {
    async fn check_kyc(&self, call: &Call, user: &UserRegistered) -> Result<CheckKyc, CallError> {
        self.0.gateway().act(call).await?;
        Ok(match user.email.split('@').next_back() {
            Some("new.example") => CheckKyc::Review { score: 40 },
            Some("poor.example") => CheckKyc::Approved { score: 49 },
            _ => CheckKyc::Approved { score: 90 },
        })
    }
}

/// A user who may get no mailbox, or no account.
fn register_user(draw: &mut Draw) -> Request {
    let domains = ["home.example", "home.example", "new.example", "new.example", "poor.example", "full.example"];
    let domain = draw.rng.one_of(&domains).expect("some");
    let kinds = [UserRegisteredKind::Private, UserRegisteredKind::Business, UserRegisteredKind::Business];
    Request::RegisterUser(RegisterUser {
        email: format!("{}.ann@{domain}", draw.number),
        kind: *draw.rng.one_of(&kinds).expect("some"),
    })
}

/// What each user gets is the user's own, a mailbox is closed for those who are refused, and no company with too low
/// a score gets an account without a review.
struct Users;

impl Team for Users {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("mailbox", "mailbox_tb") {
            let user = text(row.get("user_id"));
            let wanted = if is_refused(evidence, user) { "" } else { email(evidence, user) };
            if text(row.get("email")) != wanted {
                findings.push(format!("the mailbox of {user} is {}, not {wanted:?}", row.get("email")));
            }
        }
        for row in evidence.rows("account", "account_tb") {
            let user = text(row.get("user_id"));
            let others = evidence.rows("account", "account_tb").filter(|other| text(other.get("user_id")) == user);
            if text(row.get("email")) != email(evidence, user) || others.count() > 1 {
                findings.push(format!("the account of {user} is {}, or not the only one", row.get("email")));
            }
            if of(evidence, "kyc-checked", user).any(|it| it.body["result"] == "approved" && it.body["score"] == 49) {
                findings.push(format!("{user} has an account, and a score of 49"));
            }
        }
        findings
    }
}

/// Whether the mailboxes know of an account that was not opened.
fn is_refused(evidence: &Evidence, user: &str) -> bool {
    let mut opened = of(evidence, "account-opened", user);
    opened.any(|it| it.body["success"] == false && !evidence.is_unhandled("mailbox", it))
}

fn email<'e>(evidence: &'e Evidence, user: &str) -> &'e str {
    of(evidence, "user-registered", user).next().map_or("", |it| text(&it.body["email"]))
}

fn of<'e>(evidence: &'e Evidence, topic: &str, user: &str) -> impl Iterator<Item = &'e Message> {
    evidence.messages(topic).filter(move |it| it.correlation == user)
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}
