//! Each transition that is proved of the saga is made in its services.

use account::AccountService;
use compliance::ComplianceService;
use mailbox::MailboxService;
use onboarding_contracts::account::OpenAccountOneOf;
use onboarding_contracts::compliance::CheckKyc;
use onboarding_contracts::events::{KycChecked, KycCheckedResult, MailboxCreated, UserRegistered, UserRegisteredKind};
use onboarding_contracts::mailbox::Mailbox;
use onboarding_contracts::{account as opens, compliance as checks, mailbox as keeps, user as registers};
use saga_runtime::{Call, CallError, Rejection};
use saga_semantics::{AnyPlace, Place, Saga, Script};
use user::UserService;

struct Handlers(Script);

impl registers::Handlers for Handlers {}

impl keeps::Handlers for Handlers {
    fn create_mailbox(&self, _: &UserRegistered) -> Result<(), Rejection> {
        self.0.decides("create-mailbox")
    }

    fn delete_mailbox(&self, mailbox: &mut Mailbox, user: &UserRegistered, created: &MailboxCreated) {
        assert_eq!((mailbox.user_id, created.user_id, created.success), (user.user_id, user.user_id, true));
        self.0.does("delete-mailbox");
    }
}

impl checks::Handlers for Handlers {
    async fn check_kyc(&self, _: &Call, user: &UserRegistered) -> Result<CheckKyc, CallError> {
        assert_eq!(user.kind, UserRegisteredKind::Business);
        let ways = [CheckKyc::Approved { score: 90 }, CheckKyc::Review { score: 40 }];
        self.0.calls("check-kyc").map(|way| ways[way].clone())
    }

    fn decide_review(&self, kyc: &KycChecked, _: &checks::DecideReview) -> Result<(), saga_runtime::Refusal> {
        assert_eq!((kyc.result, kyc.score), (KycCheckedResult::Review, Some(40)));
        self.0.does("decide-review");
        Ok(())
    }
}

impl opens::Handlers for Handlers {
    fn open_account(
        &self,
        user: &UserRegistered,
        _: &MailboxCreated,
        one_of: OpenAccountOneOf<'_>,
    ) -> Result<(), Rejection> {
        match one_of {
            OpenAccountOneOf::UserRegisteredPrivate(same) => {
                assert_eq!((same, user.kind), (user, UserRegisteredKind::Private));
            }
            OpenAccountOneOf::KycCheckedApproved(kyc) => assert_eq!(kyc.score(), 90),
            OpenAccountOneOf::ReviewDecidedSuccess(review) => assert!(review.approved),
        }
        self.0.decides("open-account")
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(UserService::new(handlers())).any(),
        Place::new(MailboxService::new(handlers())).any(),
        Place::new(ComplianceService::new(handlers())).any(),
        Place::new(AccountService::new(handlers())).any(),
    ]
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).agrees();
}
