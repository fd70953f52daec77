//! The pure semantics of one step.
