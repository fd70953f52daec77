//! What the service `courier` decides.

use parcel_contracts::courier::*;

/// The decisions of the service `courier`.
pub struct Handlers;

impl parcel_contracts::courier::Handlers for Handlers {
    fn hand_over(
        &self,
        parcel_sent: &ParcelSent,
        _: &ParcelSigned,
        one_of: HandOverOneOf<'_>,
    ) -> Result<(), Rejection> {
        match one_of {
            HandOverOneOf::TruckLoaded(_) if parcel_sent.weight > 1_000 => {
                Err(Rejection::because("it is too heavy to carry"))
            }
            HandOverOneOf::TruckLoaded(_) | HandOverOneOf::PlaneLoadedSuccess(_) => Ok(()),
        }
    }
}
