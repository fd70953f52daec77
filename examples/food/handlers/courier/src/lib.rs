//! What the service `courier` decides.

use food_contracts::courier::*;

/// The decisions of the service `courier`.
pub struct Handlers;

impl food_contracts::courier::Handlers for Handlers {
    fn offer_courier(&self, order: &OrderPlaced) -> Result<(), Rejection> {
        if order.address.contains("island") {
            return Err(Rejection::because("no courier goes there"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use food_contracts::courier::Handlers as _;

    use super::*;

    #[test]
    fn couriers_cross_no_sea() {
        let to = |address: &str| OrderPlaced { address: address.to_owned(), ..Default::default() };
        assert_eq!(Handlers.offer_courier(&to("1 Main Street")), Ok(()));
        assert!(Handlers.offer_courier(&to("the island")).is_err());
    }
}
