//! What the service `shop` decides.

#[allow(unused_imports)] // until a decision is written
use stall_contracts::shop::*;

/// The decisions of the service `shop`.
pub struct Handlers;

impl stall_contracts::shop::Handlers for Handlers {}
