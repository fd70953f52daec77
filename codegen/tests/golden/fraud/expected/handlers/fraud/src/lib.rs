//! What the service `fraud` decides.

#[allow(unused_imports)] // until a decision is written
use order_contracts::fraud::*;

/// The decisions of the service `fraud`.
pub struct Handlers;

impl order_contracts::fraud::Handlers for Handlers {}
