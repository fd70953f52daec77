//! Sees orders end, at the same price for every variant: one statement for all that are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Those who wait for an order to end.
#[derive(Clone, Default)]
pub(crate) struct Watcher(Arc<Mutex<HashMap<i32, oneshot::Sender<()>>>>);

impl Watcher {
    /// Looks every `often`, until the task is aborted.
    pub(crate) fn start(self, mut connection: PgConnection, often: Duration) -> JoinHandle<()> {
        const ENDED: &str = "SELECT id FROM order_tb WHERE id = ANY($1) AND status <> 'PENDING'";
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(often);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let open: Vec<i32> = self.open().keys().copied().collect();
                if open.is_empty() {
                    continue;
                }
                let ended: Vec<i32> =
                    sqlx::query_scalar(ENDED).bind(open).fetch_all(&mut connection).await.unwrap_or_default();
                let mut waiting = self.open();
                for id in ended {
                    if let Some(waiter) = waiting.remove(&id) {
                        let _ = waiter.send(());
                    }
                }
            }
        })
    }

    /// Waits until an order has ended.
    pub(crate) async fn ended(&self, id: i32) {
        let (sender, ended) = oneshot::channel();
        self.open().insert(id, sender);
        let _ = ended.await;
    }

    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<i32, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
