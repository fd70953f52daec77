//! The background tasks of a service, and what becomes of one that dies.

use std::any::Any;
use std::collections::HashMap;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use super::running::StartError;

/// Tasks that last as long as their service. The first one to end by itself, or to panic, is the end of the
/// service: the process exits with the name of the task, instead of staying half alive.
#[derive(Default)]
pub(super) struct Tasks {
    running: JoinSet<Result<(), StartError>>,
    names: HashMap<Id, &'static str>,
}

impl Tasks {
    /// Starts a task that never ends by itself.
    pub(super) fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.try_spawn(name, async {
            task.await;
            Ok(())
        });
    }

    /// Starts a task that may fail, and never ends otherwise.
    pub(super) fn try_spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), StartError>> + Send + 'static,
    ) {
        let id = self.running.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Waits until a task has ended; `None` when none is left. What it died of is the error.
    pub(super) async fn ended(&mut self) -> Option<(&'static str, Result<(), StartError>)> {
        let (id, result) = match self.running.join_next_with_id().await? {
            Ok((id, result)) => (id, result),
            Err(error) => (error.id(), Err(StartError::Broken(cause(error)))),
        };
        Some((self.names.remove(&id).unwrap_or("a task"), result))
    }

    /// Waits for the death of a task: none of them may end now, whatever it returns.
    pub(super) async fn death(&mut self, stop: &watch::Receiver<bool>) -> StartError {
        loop {
            match self.ended().await {
                // It has seen the stop before its watcher did.
                Some((_, Ok(()))) if *stop.borrow() => {}
                Some((task, Ok(()))) => return StartError::Died { task, cause: "it ended by itself".into() },
                Some((task, Err(error))) => return StartError::Died { task, cause: said_by(error) },
                None => std::future::pending().await,
            }
        }
    }

    /// Waits until the task of this name has ended.
    ///
    /// # Errors
    /// What it, or another task meanwhile, died of.
    pub(super) async fn wait_for(&mut self, name: &str) -> Result<(), StartError> {
        while self.names.values().any(|running| *running == name) {
            if let Some((task, result)) = self.ended().await {
                result.map_err(|error| StartError::Died { task, cause: said_by(error) })?;
            }
        }
        Ok(())
    }

    /// Ends what still runs, and waits for it.
    pub(super) async fn abort(&mut self) {
        self.running.shutdown().await;
    }
}

/// Why a task did not end.
fn cause(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => format!("it panicked: {}", message(&*payload)),
        Err(error) => error.to_string(),
    }
}

/// What an error adds to the name of its task.
fn said_by(error: StartError) -> String {
    match error {
        StartError::Broken(cause) => cause,
        error => error.to_string(),
    }
}

/// The message of a panic.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    /// What a service says when this task of it ends.
    async fn said(task: impl Future<Output = ()> + Send + 'static) -> String {
        let mut tasks = Tasks::default();
        tasks.spawn("message lane", pending());
        tasks.spawn("relay", task);
        tasks.death(&watch::channel(false).1).await.to_string()
    }

    #[tokio::test]
    async fn a_task_that_dies_is_named_with_its_cause() {
        assert_eq!(said(async { panic!("no {}", "luck") }).await, "the relay died: it panicked: no luck");
        assert_eq!(said(async {}).await, "the relay died: it ended by itself");
        let mut tasks = Tasks::default();
        tasks.try_spawn("HTTP server", async { Err(StartError::Broken("the listener is gone".into())) });
        assert_eq!(
            tasks.death(&watch::channel(false).1).await.to_string(),
            "the HTTP server died: the listener is gone"
        );
    }

    #[tokio::test]
    async fn an_end_after_the_stop_is_no_death_and_a_panic_is_one() {
        let (_stop, stopped) = watch::channel(true);
        let mut tasks = Tasks::default();
        tasks.spawn("request lane", async {});
        tasks.spawn("relay", async {
            tokio::task::yield_now().await;
            panic!("on the way out")
        });
        let error = tasks.death(&stopped).await.to_string();
        assert_eq!(error, "the relay died: it panicked: on the way out");
    }

    #[tokio::test]
    async fn a_death_is_not_missed_while_another_task_is_waited_for() {
        let mut tasks = Tasks::default();
        tasks.spawn("request lane", pending());
        tasks.spawn("relay", async { panic!("on the way out") });
        let error = tasks.wait_for("request lane").await.expect_err("the relay died");
        assert!(error.to_string().contains("the relay died"), "{error}");
    }

    #[tokio::test]
    async fn what_ends_when_it_is_told_to_is_no_death() {
        let mut tasks = Tasks::default();
        tasks.spawn("request lane", async {});
        tasks.spawn("relay", pending());
        tasks.wait_for("request lane").await.expect("it ended as it should");
        tasks.abort().await;
        assert!(tasks.ended().await.is_none());
    }
}
