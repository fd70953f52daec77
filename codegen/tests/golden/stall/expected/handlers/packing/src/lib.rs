//! What the service `packing` decides.

#[allow(unused_imports)] // until a decision is written
use stall_contracts::packing::*;

/// The decisions of the service `packing`.
pub struct Handlers;

impl stall_contracts::packing::Handlers for Handlers {}
