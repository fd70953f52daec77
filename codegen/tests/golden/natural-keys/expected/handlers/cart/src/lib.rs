//! What the service `cart` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::cart::*;

/// The decisions of the service `cart`.
pub struct Handlers;

impl contracts::cart::Handlers for Handlers {}
