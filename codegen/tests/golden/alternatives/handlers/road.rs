//! What the service `road` decides.

use parcel_contracts::road::*;

/// The decisions of the service `road`.
pub struct Handlers;

impl parcel_contracts::road::Handlers for Handlers {
    fn load_truck(&self, parcel_sent: &ParcelSent) -> LoadTruck {
        LoadTruck { carrier: "Road & Sons".to_owned(), stops: parcel_sent.weight / 100 }
    }
}
