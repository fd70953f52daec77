//! What the service `booking` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::booking::*;

/// The decisions of the service `booking`.
pub struct Handlers;

impl contracts::booking::Handlers for Handlers {}
