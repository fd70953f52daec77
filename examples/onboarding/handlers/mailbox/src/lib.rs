//! What the service `mailbox` decides.

use onboarding_contracts::mailbox::*;

/// The decisions of the service `mailbox`.
pub struct Handlers;

impl onboarding_contracts::mailbox::Handlers for Handlers {
    fn create_mailbox(&self, user_registered: &UserRegistered) -> Result<(), Rejection> {
        if user_registered.email.ends_with("@full.example") {
            return Err(Rejection::because("this domain has no room for another mailbox"));
        }
        Ok(())
    }

    /// The mailbox stays, closed: its address may be in use somewhere.
    fn delete_mailbox(&self, mailbox: &mut Mailbox, _: &UserRegistered, _: &MailboxCreated) {
        mailbox.email.clear();
    }
}

#[cfg(test)]
mod tests {
    use onboarding_contracts::mailbox::Handlers as _;

    use super::*;

    #[test]
    fn a_domain_may_be_full() {
        let create = |email: &str| {
            Handlers.create_mailbox(&UserRegistered { email: email.to_owned(), ..Default::default() })
        };
        assert!(create("ann@home.example").is_ok());
        assert!(create("ann@full.example").is_err());
    }

    #[test]
    fn a_closed_mailbox_has_no_address() {
        let mut mailbox = Mailbox { email: "ann@home.example".to_owned(), ..Default::default() };
        Handlers.delete_mailbox(&mut mailbox, &UserRegistered::default(), &MailboxCreated::default());
        assert_eq!(mailbox.email, "");
    }
}
