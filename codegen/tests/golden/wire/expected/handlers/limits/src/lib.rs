//! What the service `limits` decides.

#[allow(unused_imports)] // until a decision is written
use wire_contracts::limits::*;

/// The decisions of the service `limits`.
pub struct Handlers;

impl wire_contracts::limits::Handlers for Handlers {}
