//! What the service `limits` decides.

use wire_contracts::limits::*;

/// The decisions of the service `limits`.
pub struct Handlers;

const RESERVE: &str = "UPDATE limit_tb SET free = free - $2 WHERE account_id = $1 RETURNING free";

impl wire_contracts::limits::Handlers for Handlers {
    async fn reserve_limit(
        &self,
        sql: &Sql,
        limit: &Limit,
        wire_asked: &WireAsked,
    ) -> Result<ReserveLimit, SqlError> {
        let reserved = sql.query(RESERVE).bind(&limit.account_id).bind(&wire_asked.amount);
        let left: i64 = match reserved.row().await? {
            Some(row) => row.get("free")?,
            None => return Err(SqlError::because("the limit is gone")),
        };
        if left < 0 {
            return Err(Rejection::because("over the limit").into());
        }
        Ok(ReserveLimit { left })
    }

    async fn free_limit(
        &self,
        sql: &Sql,
        limit: &Limit,
        wire_asked: &WireAsked,
        _: &LimitReserved,
    ) -> Result<(), SqlError> {
        let freed = sql.query(RESERVE).bind(&limit.account_id).bind(&-wire_asked.amount);
        freed.rows().await.map(drop)
    }
}
