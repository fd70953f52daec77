//! What the service `mailer` decides.

#[allow(unused_imports)] // until a decision is written
use support_contracts::mailer::*;

/// The decisions of the service `mailer`.
pub struct Handlers;

impl support_contracts::mailer::Handlers for Handlers {}
