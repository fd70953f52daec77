//! What the service `packing` decides.

#[allow(unused_imports)] // until a decision is written
use market_contracts::packing::*;

/// The decisions of the service `packing`.
pub struct Handlers;

impl market_contracts::packing::Handlers for Handlers {}
