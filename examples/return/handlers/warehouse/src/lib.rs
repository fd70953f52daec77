//! What the service `warehouse` decides.

use return_contracts::warehouse::*;

/// The decisions of the service `warehouse`.
pub struct Handlers;

impl return_contracts::warehouse::Handlers for Handlers {
    /// A real one asks the system of the warehouse, and hands it `call.key`.
    async fn inspect_goods(&self, _: &Call, return_opened: &ReturnOpened) -> Result<InspectGoods, CallError> {
        inspected(return_opened.order_id).map_err(CallError::from)
    }
}

/// How the goods of an order come back.
fn inspected(order_id: i64) -> Result<InspectGoods, Rejection> {
    match order_id % 10 {
        7 | 8 => Ok(InspectGoods::Worn),
        9 => Err(Rejection::because("the goods are broken")),
        _ => Ok(InspectGoods::Intact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_come_back_in_three_states() {
        assert_eq!(inspected(1), Ok(InspectGoods::Intact));
        assert_eq!(inspected(27), Ok(InspectGoods::Worn));
        assert!(inspected(39).is_err());
    }
}
