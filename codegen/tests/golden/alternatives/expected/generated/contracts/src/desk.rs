// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{PlaneLoaded, TruckLoaded};
pub use saga_runtime::Refusal;

/// The body of `sign`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sign {
    /// `signed` in JSON.
    pub signed: bool,
}

/// The one that came of the messages `sign` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SignOneOf<'a> {
    /// `TruckLoaded`.
    TruckLoaded(&'a TruckLoaded),
    /// `PlaneLoaded.success`.
    PlaneLoadedSuccess(&'a PlaneLoaded),
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `sign` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn sign(&self, one_of: SignOneOf<'_>, body: &Sign) -> Result<(), Refusal> {
        let _ = (one_of, body);
        Ok(())
    }
}
