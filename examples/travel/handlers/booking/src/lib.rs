//! What the service `booking` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::booking::*;

/// The decisions of the service `booking`.
pub struct Handlers;

impl trip_contracts::booking::Handlers for Handlers {}
