//! What the service `desk` decides.

#[allow(unused_imports)] // until a decision is written
use support_contracts::desk::*;

/// The decisions of the service `desk`.
pub struct Handlers;

impl support_contracts::desk::Handlers for Handlers {}
