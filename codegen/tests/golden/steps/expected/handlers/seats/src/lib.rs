//! What the service `seats` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::seats::*;

/// The decisions of the service `seats`.
pub struct Handlers;

impl contracts::seats::Handlers for Handlers {}
