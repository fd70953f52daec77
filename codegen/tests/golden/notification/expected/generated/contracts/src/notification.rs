// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `notification` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::DeliveryCreated;

/// A row of `notice_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Primary key.
    pub id: i32,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i32,
    /// `text` in JSON, `text` in the table.
    pub text: String,
}

/// The values that `notify-completed` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyCompleted {
    /// `text` of `Notice`.
    pub text: String,
}

/// The values that `notify-cancelled` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyCancelled {
    /// `text` of `Notice`.
    pub text: String,
}

/// The decisions of the service `notification`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `notify-completed`, on `DeliveryCreated.success`.
    fn notify_completed(&self, delivery_created: &DeliveryCreated) -> NotifyCompleted;

    /// Decides `notify-cancelled`, on `DeliveryCreated.failure`.
    fn notify_cancelled(&self, delivery_created: &DeliveryCreated) -> NotifyCancelled;
}
