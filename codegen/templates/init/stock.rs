//! What the service `stock` decides.

use {{ contracts }}::stock::*;

/// The decisions of the service `stock`.
pub struct Handlers;

impl {{ contracts }}::stock::Handlers for Handlers {
    fn reserve_stock(&self, item: &mut Item, order: &OrderPlaced) -> Result<(), Rejection> {
        if order.quantity < 1 || order.quantity > item.quantity {
            return Err(Rejection::because(format!(
                "{} left of {}",
                item.quantity, item.item
            )));
        }
        item.quantity -= order.quantity;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use {{ contracts }}::stock::Handlers as _;

    use super::*;

    fn chairs(quantity: i32) -> Item {
        Item {
            item: "chair".to_owned(),
            quantity,
        }
    }

    #[test]
    fn what_is_there_is_reserved() {
        let (mut chairs, order) = (
            chairs(3),
            OrderPlaced {
                quantity: 2,
                ..Default::default()
            },
        );
        assert!(Handlers.reserve_stock(&mut chairs, &order).is_ok());
        assert_eq!(chairs.quantity, 1);
    }

    #[test]
    fn what_is_not_there_is_rejected() {
        let (mut chairs, order) = (
            chairs(3),
            OrderPlaced {
                quantity: 4,
                ..Default::default()
            },
        );
        assert!(Handlers.reserve_stock(&mut chairs, &order).is_err());
        assert_eq!(chairs.quantity, 3);
    }
}
