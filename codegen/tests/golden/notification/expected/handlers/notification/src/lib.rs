//! What the service `notification` decides.

#[allow(unused_imports)] // until a decision is written
use order_contracts::notification::*;

/// The decisions of the service `notification`.
pub struct Handlers;

impl order_contracts::notification::Handlers for Handlers {}
