//! What the service `approval` decides.

use payment_contracts::approval::*;

/// The decisions of the service `approval`.
pub struct Handlers;

impl payment_contracts::approval::Handlers for Handlers {
    fn decide_approval(
        &self,
        approval: &mut Approval,
        _: &PaymentRequested,
        body: &DecideApproval,
    ) -> Result<(), Refusal> {
        if body.reviewer.trim().is_empty() {
            return Err(Refusal::invalid("reviewer", "must not be empty"));
        }
        approval.reviewer = Some(body.reviewer.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use payment_contracts::approval::Handlers as _;

    use super::*;

    #[test]
    fn a_reviewer_signs() {
        let decide = |approval: &mut Approval, reviewer: &str| {
            let body = DecideApproval { approved: true, reviewer: reviewer.to_owned() };
            Handlers.decide_approval(approval, &PaymentRequested::default(), &body)
        };
        let mut approval = Approval::default();
        assert!(matches!(decide(&mut approval, ""), Err(Refusal::Invalid { .. })));
        assert_eq!(decide(&mut approval, "Kim"), Ok(()));
        assert_eq!(approval.reviewer.as_deref(), Some("Kim"));
    }
}
