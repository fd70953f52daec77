//! Handlers that are written in SQL, asked inside the transaction of their step.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::calls::caught;
use crate::call::Calling;
use crate::outcome::{Fault, Rejection};
use crate::sql::{Sql, SqlError};
use crate::store::{Session, StoreError};

/// What came of asking.
#[derive(Debug)]
pub(super) enum Asked<A> {
    Answered(A),
    Rejected(Rejection),
    Failed(Fault),
}

/// Asks a handler, and executes the statements that it orders meanwhile. After one that failed, none is
/// executed, and the handler has failed whatever it returns: half of what it wanted must not be committed.
///
/// # Errors
/// [`StoreError`] when it is no fault of the handler.
pub(super) async fn ask<A, C: Session>(
    session: &mut C,
    step: &'static str,
    limit: Duration,
    prepare: impl FnOnce(Sql) -> Option<Calling<Result<A, SqlError>>>,
) -> Result<Asked<A>, StoreError> {
    let database = session.begin_sql(limit).await?;
    let (sql, mut orders) = Sql::on(database);
    let Some(handler) = prepare(sql) else { return Ok(Asked::Failed(Fault::Unexpected { step })) };
    let began = Instant::now();
    let mut handler = Box::pin(caught(handler));
    let mut failed: Option<String> = None;
    loop {
        tokio::select! {
            biased;
            answer = &mut handler => return Ok(match (failed, answer) {
                (_, Err(panic)) => Asked::Failed(Fault::Panic(panic)),
                (Some(why), _) => Asked::Failed(Fault::Sql(why)),
                (None, Ok(Ok(answer))) => Asked::Answered(answer),
                (None, Ok(Err(SqlError::Rejected(rejection)))) => Asked::Rejected(rejection),
                (None, Ok(Err(SqlError::Failed(why)))) => Asked::Failed(Fault::Sql(why)),
            }),
            Some(order) = orders.recv() => {
                let done = match &failed {
                    Some(_) => Err("an earlier statement failed".to_owned()),
                    None => session.execute(&order.statement).await?,
                };
                if let Err(why) = &done {
                    failed.get_or_insert_with(|| why.clone());
                }
                // A handler that does not wait for it does not want it.
                let _ = order.reply.send(done);
            }
            () = sleep_until(began + limit) => {
                let (millis, limit) = (began.elapsed().as_millis(), limit.as_millis());
                return Ok(Asked::Failed(Fault::TooSlow { step, millis, limit }));
            }
        }
    }
}
