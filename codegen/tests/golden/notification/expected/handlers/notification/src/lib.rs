//! What the service `notification` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::notification::*;

/// The decisions of the service `notification`.
pub struct Handlers;

impl contracts::notification::Handlers for Handlers {}
