//! What the service `booking` decides.

/// The decisions of the service `booking`.
pub struct Handlers;

impl contracts::booking::Handlers for Handlers {}
