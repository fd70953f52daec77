//! What the service `stock` decides.

use shop_contracts::stock::*;

/// The decisions of the service `stock`.
pub struct Handlers;

impl shop_contracts::stock::Handlers for Handlers {
    fn take_stock(
        &self,
        products: &mut Selection<Product>,
        order_placed: &OrderPlaced,
    ) -> Result<(), Rejection> {
        for line in &order_placed.lines {
            products.get_mut(&line.product_id)?.quantity -= line.quantity;
        }
        // Not line by line: a product may be on several.
        match products.iter().find(|product| product.quantity < 0) {
            Some(product) => Err(Rejection::because(format!("too few of product {}", product.id))),
            None => Ok(()),
        }
    }

    fn put_back_stock(&self, products: &mut Selection<Product>, order_placed: &OrderPlaced, _: &StockTaken) {
        for line in &order_placed.lines {
            if let Ok(product) = products.get_mut(&line.product_id) {
                product.quantity += line.quantity;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use shop_contracts::stock::Handlers as _;
    use shop_contracts::types::Line;

    use super::*;

    fn stock() -> Selection<Product> {
        [Product { id: 1, quantity: 10 }, Product { id: 2, quantity: 3 }].into_iter().collect()
    }

    fn order(lines: &[(i64, i32)]) -> OrderPlaced {
        let line =
            |(product_id, quantity): &(i64, i32)| Line { product_id: *product_id, quantity: *quantity };
        OrderPlaced { order_id: 7, lines: lines.iter().map(line).collect() }
    }

    #[test]
    fn takes_what_is_on_all_lines_and_puts_it_back() {
        let (mut products, order) = (stock(), order(&[(2, 1), (1, 4), (2, 2)]));
        assert_eq!(Handlers.take_stock(&mut products, &order), Ok(()));
        assert_eq!(products.iter().map(|it| it.quantity).collect::<Vec<_>>(), [6, 0]);
        Handlers.put_back_stock(&mut products, &order, &StockTaken::default());
        assert_eq!(products, stock());
    }

    #[test]
    fn refuses_more_than_there_is_on_two_lines_together() {
        let refused = Handlers.take_stock(&mut stock(), &order(&[(2, 2), (2, 2)]));
        assert_eq!(refused, Err(Rejection::because("too few of product 2")));
    }
}
