//! What the service `mail` decides.

#[allow(unused_imports)] // until a decision is written
use payment_contracts::mail::*;

/// The decisions of the service `mail`.
pub struct Handlers;

impl payment_contracts::mail::Handlers for Handlers {}
