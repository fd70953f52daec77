//! What the service `risk` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::risk::*;

/// The decisions of the service `risk`.
pub struct Handlers;

impl contracts::risk::Handlers for Handlers {}
