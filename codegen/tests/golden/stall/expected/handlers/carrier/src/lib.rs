//! What the service `carrier` decides.

#[allow(unused_imports)] // until a decision is written
use stall_contracts::carrier::*;

/// The decisions of the service `carrier`.
pub struct Handlers;

impl stall_contracts::carrier::Handlers for Handlers {}
