//! Says what happened.

use order_contracts::events::DeliveryCreated;
use order_contracts::notification::{NotifyCancelled, NotifyCompleted};

/// Writes short texts.
pub struct Handlers;

impl order_contracts::notification::Handlers for Handlers {
    fn notify_completed(&self, delivery_created: &DeliveryCreated) -> NotifyCompleted {
        NotifyCompleted { text: format!("delivery {}", delivery_created.delivery_id) }
    }

    fn notify_cancelled(&self, _delivery_created: &DeliveryCreated) -> NotifyCancelled {
        NotifyCancelled { text: "cancelled".to_owned() }
    }
}
