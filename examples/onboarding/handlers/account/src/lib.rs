//! What the service `account` decides.

use onboarding_contracts::account::*;

/// The decisions of the service `account`.
pub struct Handlers;

impl onboarding_contracts::account::Handlers for Handlers {
    fn open_account(
        &self,
        _: &UserRegistered,
        _: &MailboxCreated,
        one_of: OpenAccountOneOf<'_>,
    ) -> Result<(), Rejection> {
        match one_of {
            OpenAccountOneOf::UserRegisteredPrivate(_) | OpenAccountOneOf::ReviewDecidedSuccess(_) => Ok(()),
            OpenAccountOneOf::KycCheckedApproved(checked) if checked.score() >= 50 => Ok(()),
            OpenAccountOneOf::KycCheckedApproved(_) => Err(Rejection::because("the score is too low")),
        }
    }
}

#[cfg(test)]
mod tests {
    use onboarding_contracts::account::Handlers as _;
    use onboarding_contracts::events::KycChecked;

    use super::*;

    fn open(one_of: OpenAccountOneOf<'_>) -> Result<(), Rejection> {
        Handlers.open_account(&UserRegistered::default(), &MailboxCreated::default(), one_of)
    }

    #[test]
    fn a_private_user_needs_no_score() {
        assert!(open(OpenAccountOneOf::UserRegisteredPrivate(&UserRegistered::default())).is_ok());
    }

    #[test]
    fn a_company_needs_fifty_points() {
        let scored = |score| KycChecked { score: Some(score), ..Default::default() };
        assert!(open(OpenAccountOneOf::KycCheckedApproved(&scored(50))).is_ok());
        assert!(open(OpenAccountOneOf::KycCheckedApproved(&scored(49))).is_err());
    }
}
