//! What the service `notification` decides.

use order_contracts::notification::*;

/// The decisions of the service `notification`.
pub struct Handlers;

impl order_contracts::notification::Handlers for Handlers {
    fn notify_completed(&self, delivery: &DeliveryCreated) -> NotifyCompleted {
        NotifyCompleted { text: format!("Order {} is on its way.", delivery.order_id) }
    }

    fn notify_cancelled(&self, delivery: &DeliveryCreated) -> NotifyCancelled {
        NotifyCancelled { text: format!("Order {} was cancelled.", delivery.order_id) }
    }
}
