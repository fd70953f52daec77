//! Shards that no lane publishes for.

use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use super::Publish;
use super::shard::ShardRelay;
use super::task::{Adopted, Task};
use crate::store::{RestoreEvidence, Session as _, Store, StoreError, Token, Unpublished, input_of};

/// How often to look for shards that no instance publishes for.
pub(super) const ORPHANS_EVERY: Duration = Duration::from_secs(3);
/// After how long an input shard that this version does not read is taken for abandoned.
const UNATTENDED: Duration = Duration::from_secs(60);

impl<D: Store, P: Publish> Task<D, P> {
    /// Publishes what is left of instances that are gone: their lease has run out.
    pub(super) async fn adopt_orphans(&mut self) -> Result<(), StoreError> {
        let drained = |adopted: &Adopted| {
            adopted.owner.is_none() && adopted.relay.cursor_move().is_none() && adopted.relay.backlog() == 0
        };
        let done: Vec<_> = self.shards.iter().filter(|(_, adopted)| drained(adopted)).collect();
        let done: Vec<_> = done.into_iter().map(|(shard, adopted)| (*shard, adopted.relay.token())).collect();
        let session = self.session().await?;
        session.release(&done).await?;
        let mut names = session.orphans().await?;
        let unpublished = session.unpublished().await?;
        self.shards.retain(|_, adopted| !drained(adopted));
        names.extend(self.find_unattended(unpublished));
        if names.is_empty() {
            return Ok(());
        }
        let token = Token::random();
        for state in self.session().await?.take_over(&names, token, &RestoreEvidence::default()).await? {
            self.around.metrics.lanes.took_over(1);
            info!(
                shard = state.name,
                messages = state.last_seq - state.cursor,
                "publishing for an instance that is gone"
            );
            self.adopt(state.id, ShardRelay::new(state.id, token, state.cursor, state.last_seq), None);
        }
        Ok(())
    }

    /// The input shards that no lane of this version will ever take over, and that have stood still for a
    /// while. An instance of an older version may still own one: it would be moving it,
    /// unless Kafka is away, and if it is fenced all the same, it takes over again and is left alone
    /// for as long.
    fn find_unattended(&mut self, unpublished: Vec<Unpublished>) -> Vec<String> {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.unattended);
        let mut names = Vec::new();
        for shard in unpublished {
            let is_read =
                input_of(&shard.name).is_none_or(|(topic, partition)| (self.around.reads)(topic, partition));
            if is_read {
                continue;
            }
            let since = match before.remove(&shard.name) {
                Some((same, since)) if same == shard => since,
                _ => now,
            };
            if now.duration_since(since) >= UNATTENDED {
                names.push(shard.name);
            } else {
                self.unattended.insert(shard.name.clone(), (shard, since));
            }
        }
        names
    }
}
