//! What the service `approval` decides.

#[allow(unused_imports)] // until a decision is written
use payment_contracts::approval::*;

/// The decisions of the service `approval`.
pub struct Handlers;

impl payment_contracts::approval::Handlers for Handlers {}
