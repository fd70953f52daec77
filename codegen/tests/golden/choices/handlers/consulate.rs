//! What the service `consulate` decides.

use visa_contracts::consulate::*;

/// The decisions of the service `consulate`.
pub struct Handlers;

impl visa_contracts::consulate::Handlers for Handlers {
    fn issue_visa(
        &self,
        form_sent: &FormSent,
        _: &PapersChecked,
        one_of: IssueVisaOneOf<'_>,
    ) -> Result<(), Rejection> {
        match one_of {
            IssueVisaOneOf::FormSentTourist(_) if form_sent.days > 90 => {
                Err(Rejection::because("that is no journey"))
            }
            _ => Ok(()),
        }
    }
}
