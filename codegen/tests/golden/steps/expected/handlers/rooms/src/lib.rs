//! What the service `rooms` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::rooms::*;

/// The decisions of the service `rooms`.
pub struct Handlers;

impl contracts::rooms::Handlers for Handlers {}
