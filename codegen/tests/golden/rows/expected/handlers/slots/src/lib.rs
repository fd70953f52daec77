//! What the service `slots` decides.

#[allow(unused_imports)] // until a decision is written
use market_contracts::slots::*;

/// The decisions of the service `slots`.
pub struct Handlers;

impl market_contracts::slots::Handlers for Handlers {}
