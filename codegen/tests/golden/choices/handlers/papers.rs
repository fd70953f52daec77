//! What the service `papers` decides.

use visa_contracts::papers::*;

/// The decisions of the service `papers`.
pub struct Handlers;

impl visa_contracts::papers::Handlers for Handlers {
    fn check_papers(&self, form_sent: &FormSent) -> Result<CheckPapers, Rejection> {
        match form_sent.days % 10 {
            9 => Err(Rejection::because("the passport is forged")),
            8 => Ok(CheckPapers::Missing),
            _ => Ok(CheckPapers::Complete),
        }
    }
}
