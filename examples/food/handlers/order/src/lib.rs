//! What the service `order` decides.

use food_contracts::order::*;

/// The decisions of the service `order`.
pub struct Handlers;

impl food_contracts::order::Handlers for Handlers {
    fn place_order(&self, body: &PlaceOrder) -> Result<(), Refusal> {
        if body.address.trim().is_empty() {
            return Err(Refusal::invalid("address", "must not be empty"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use food_contracts::order::Handlers as _;

    use super::*;

    #[test]
    fn an_order_has_an_address() {
        let to = |address: &str| PlaceOrder { address: address.to_owned(), ..Default::default() };
        assert_eq!(Handlers.place_order(&to("1 Main Street")), Ok(()));
        assert!(matches!(Handlers.place_order(&to(" ")), Err(Refusal::Invalid { .. })));
    }
}
