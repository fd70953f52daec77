//! Decides under odd names.

use user_contracts::events::{Checked, Order, Select, TableEvent};
use user_contracts::user::{EventAnswer, Into, Match};
use saga_runtime::Rejection;

/// Agrees.
pub struct Handlers;

impl user_contracts::user::Handlers for Handlers {
    fn r#match(&self, order: &Order) -> Result<Match, Rejection> {
        Ok(Match { r#as: 0.5, owner_id: order.r#type, x1y2_z3: order.r#gen })
    }

    fn event(&self, order: &Order, _table: &TableEvent, _select: &Select) -> Result<EventAnswer, Rejection> {
        Ok(EventAnswer { by: order.r#where.clone(), self1: "me".to_owned() })
    }

    fn from_order(&self, _order: &Order) -> Result<(), Rejection> {
        Ok(())
    }

    fn into_step(&self, checked: &Checked) -> Into {
        Into { r#where: checked.user_id.to_string() }
    }
}
