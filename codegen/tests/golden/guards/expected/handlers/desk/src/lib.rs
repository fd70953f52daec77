//! What the service `desk` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::desk::*;

/// The decisions of the service `desk`.
pub struct Handlers;

impl contracts::desk::Handlers for Handlers {}
