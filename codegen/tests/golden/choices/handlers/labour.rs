//! What the service `labour` decides.

use visa_contracts::labour::*;

/// The decisions of the service `labour`.
pub struct Handlers;

impl visa_contracts::labour::Handlers for Handlers {
    fn confirm_job(&self, _: &FormSent) -> Result<(), Rejection> {
        Ok(())
    }
}
