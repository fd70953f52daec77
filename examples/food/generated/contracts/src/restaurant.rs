// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `restaurant` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{MealAccepted, OrderPlaced};
pub use saga_runtime::Rejection;

/// A row of `restaurant_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restaurant {
    /// Primary key.
    pub id: i64,
    /// `capacity` in JSON, `capacity` in the table.
    pub capacity: i32,
}

/// The decisions of the service `restaurant`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `accept-meal`, on `OrderPlaced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `MealAccepted.failure`; the row stays as it was.
    fn accept_meal(&self, restaurant: &mut Restaurant, order_placed: &OrderPlaced) -> Result<(), Rejection>;

    /// Carries out `return-meal`, which compensates `accept-meal`.
    fn return_meal(
        &self,
        restaurant: &mut Restaurant,
        order_placed: &OrderPlaced,
        meal_accepted: &MealAccepted,
    );
}
