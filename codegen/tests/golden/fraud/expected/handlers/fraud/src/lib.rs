//! What the service `fraud` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::fraud::*;

/// The decisions of the service `fraud`.
pub struct Handlers;

impl contracts::fraud::Handlers for Handlers {}
