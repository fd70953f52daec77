//! What the service `user` decides.

use onboarding_contracts::user::*;

/// The decisions of the service `user`.
pub struct Handlers;

impl onboarding_contracts::user::Handlers for Handlers {
    fn register_user(&self, body: &RegisterUser) -> Result<(), Refusal> {
        match body.email.split_once('@') {
            Some((name, domain)) if !name.is_empty() && !domain.is_empty() => Ok(()),
            _ => Err(Refusal::invalid("email", "must be an e-mail address")),
        }
    }
}

#[cfg(test)]
mod tests {
    use onboarding_contracts::user::Handlers as _;

    use super::*;

    #[test]
    fn an_email_address_has_two_parts() {
        let register = |email: &str| {
            let body = RegisterUser { email: email.to_owned(), ..Default::default() };
            Handlers.register_user(&body)
        };
        assert_eq!(register("ann@home.example"), Ok(()));
        assert!(register("ann").is_err());
        assert!(register("@home.example").is_err());
    }
}
