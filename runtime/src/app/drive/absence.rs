//! An instance that cannot work leaves its group, and comes back when it can.

use tokio::time::Instant;
use tracing::{error, info, warn};

use super::Driver;
use crate::kafka::consumer::ToConsumer;
use crate::service::Service;
use crate::store::{Store, StoreError};

impl<S: Service, D: Store> Driver<S, D> {
    /// Leaves the group, so that other instances get the partitions: one that cannot work must not keep them.
    pub(super) fn leave(&mut self, error: &StoreError) {
        error!(service = S::NAME, %error,
            "cannot take over any partition: LEAVING the consumer group, so that other instances do; \
             it is joined again when the database answers");
        let owned: Vec<_> = self.lane.owned().collect();
        self.give_up(&owned);
        self.pending.clear();
        self.kafka.consumer.send(ToConsumer::Leave);
        self.health.left(Some(error.to_string()));
        self.recovery.leaves(Instant::now());
    }

    /// Joins the group again, if the database answers and it is time.
    pub(super) async fn look_whether_to_return(&mut self) {
        let answer = self.lane.ask().await;
        if let Err(error) = &answer
            && let Some(repeated) = self.repeats.due(&error.to_string())
        {
            warn!(service = S::NAME, %error, repeated, "still out of the consumer group");
        }
        if self.recovery.returns(answer.is_ok(), Instant::now()) {
            info!(service = S::NAME, "the database answers: joining the consumer group again");
            self.kafka.consumer.send(ToConsumer::Join);
            self.health.left(None);
        }
    }
}
