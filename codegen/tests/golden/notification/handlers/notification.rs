//! Says what happened.

use contracts::events::DeliveryCreated;
use contracts::notification::{NotifyCancelled, NotifyCompleted};

/// Writes short texts.
pub struct Handlers;

impl contracts::notification::Handlers for Handlers {
    fn notify_completed(&self, delivery_created: &DeliveryCreated) -> NotifyCompleted {
        NotifyCompleted { text: format!("delivery {}", delivery_created.delivery_id) }
    }

    fn notify_cancelled(&self, _delivery_created: &DeliveryCreated) -> NotifyCancelled {
        NotifyCancelled { text: "cancelled".to_owned() }
    }
}
