//! What the service `parcel` decides.

use shop_contracts::parcel::*;

/// The most pieces that fit into a parcel.
const LARGEST: i32 = 8;

/// The decisions of the service `parcel`.
pub struct Handlers;

impl shop_contracts::parcel::Handlers for Handlers {
    fn send_parcel(&self, order_placed: &OrderPlaced, _: &StockTaken) -> Result<(), Rejection> {
        let pieces: i32 = order_placed.lines.iter().map(|line| line.quantity).sum();
        if pieces > LARGEST {
            return Err(Rejection::because(format!("no parcel holds {pieces} pieces")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use shop_contracts::parcel::Handlers as _;
    use shop_contracts::types::Line;

    use super::*;

    #[test]
    fn sends_what_fits() {
        let sent = |quantity| {
            let line = Line { product_id: 1, quantity };
            let order_placed = OrderPlaced { order_id: 7, lines: vec![line.clone(), line] };
            Handlers.send_parcel(&order_placed, &StockTaken::default())
        };
        assert_eq!(sent(4), Ok(()));
        assert_eq!(sent(5), Err(Rejection::because("no parcel holds 10 pieces")));
    }
}
