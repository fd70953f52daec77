//! What the service `compliance` decides.

use onboarding_contracts::compliance::*;

/// The decisions of the service `compliance`.
pub struct Handlers;

impl onboarding_contracts::compliance::Handlers for Handlers {
    /// A real one asks a register of companies, and hands it `call.key`.
    async fn check_kyc(&self, _: &Call, user_registered: &UserRegistered) -> Result<CheckKyc, CallError> {
        looked_up(&user_registered.email)
    }
}

/// What the register says about the company behind an e-mail address.
fn looked_up(email: &str) -> Result<CheckKyc, CallError> {
    let (_, domain) = email.split_once('@').unwrap_or_default();
    match domain {
        "banned.example" => Err(Rejection::because("the company is on a list of sanctions").into()),
        "silent.example" => Err(Unanswered::because("the register does not answer").into()),
        "new.example" => Ok(CheckKyc::Review { score: 40 }),
        _ => Ok(CheckKyc::Approved { score: 90 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_knows_three_kinds_of_companies() {
        assert_eq!(looked_up("ann@old.example"), Ok(CheckKyc::Approved { score: 90 }));
        assert_eq!(looked_up("ann@new.example"), Ok(CheckKyc::Review { score: 40 }));
        assert!(matches!(looked_up("ann@banned.example"), Err(CallError::Rejected(_))));
    }

    #[test]
    fn what_is_not_known_is_asked_again() {
        assert!(matches!(looked_up("ann@silent.example"), Err(CallError::Unanswered(_))));
    }
}
