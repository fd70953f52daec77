//! What the service `book` decides.

#[allow(unused_imports)] // until a decision is written
use wire_contracts::book::*;

/// The decisions of the service `book`.
pub struct Handlers;

impl wire_contracts::book::Handlers for Handlers {}
