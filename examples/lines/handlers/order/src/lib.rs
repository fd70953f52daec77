//! What the service `order` decides.

use shop_contracts::order::*;

/// The decisions of the service `order`.
pub struct Handlers;

impl shop_contracts::order::Handlers for Handlers {
    fn place_order(&self, body: &PlaceOrder) -> Result<(), Refusal> {
        if body.lines.is_empty() || body.lines.len() > 100 {
            return Err(Refusal::invalid("lines", "must be 1 to 100 lines"));
        }
        if body.lines.iter().any(|line| !(1..=1_000).contains(&line.quantity)) {
            return Err(Refusal::invalid("lines", "each quantity must be 1 to 1 000"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use shop_contracts::order::Handlers as _;
    use shop_contracts::types::Line;

    use super::*;

    #[test]
    fn accepts_lines_with_a_quantity() {
        let placed = |quantities: &[i32]| {
            let line = |quantity: &i32| Line { product_id: 1, quantity: *quantity };
            Handlers.place_order(&PlaceOrder { lines: quantities.iter().map(line).collect() })
        };
        assert_eq!(placed(&[1, 1_000]), Ok(()));
        assert!(placed(&[]).is_err());
        assert!(placed(&[1, 0]).is_err());
        assert!(placed(&[1_001]).is_err());
    }
}
