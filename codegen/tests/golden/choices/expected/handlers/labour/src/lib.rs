//! What the service `labour` decides.

#[allow(unused_imports)] // until a decision is written
use visa_contracts::labour::*;

/// The decisions of the service `labour`.
pub struct Handlers;

impl visa_contracts::labour::Handlers for Handlers {}
