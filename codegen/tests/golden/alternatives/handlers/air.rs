//! What the service `air` decides.

use parcel_contracts::air::*;

/// The decisions of the service `air`.
pub struct Handlers;

impl parcel_contracts::air::Handlers for Handlers {
    fn load_plane(&self, parcel_sent: &ParcelSent) -> Result<LoadPlane, Rejection> {
        match parcel_sent.weight {
            20 => Err(Rejection::because("no room is left")),
            seat => Ok(LoadPlane { carrier: "Sky".to_owned(), flight: "KE123".to_owned(), seat }),
        }
    }
}
