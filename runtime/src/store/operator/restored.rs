//! A database that was put back from a copy which kept its identity.

use crate::store::Result;
use crate::store::ownership::{ID_JUMP, LOCAL, next_incarnation};

use super::Operator;
use super::sql::{Found, Statement, Value, no_owner};

/// A shard that began a new incarnation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncarnationChange {
    /// The shard's name.
    pub name: String,
    /// The incarnation it had.
    pub from: i64,
    /// The incarnation it has now.
    pub to: i64,
}

impl Operator {
    /// How many shards and how many allocators of keys there are.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn extent(&mut self) -> Result<(i64, i64)> {
        const EXTENT: &str = "SELECT (SELECT count(*) FROM saga_shard), (SELECT count(*) FROM saga_id)";
        let rows = self.rows(Statement::new(EXTENT, [])).await?;
        rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }

    /// Does by hand what a take-over does that notices a restore: every shard
    /// begins a new incarnation and restarts the numbering of its messages, and no key is given
    /// that may have been given after the copy was made.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn restored(&mut self) -> Result<Vec<IncarnationChange>> {
        self.begin().await?;
        let changes = self.begin_incarnations().await;
        self.finish(changes).await
    }

    async fn begin_incarnations(&mut self) -> Result<Vec<IncarnationChange>> {
        let now = self.now_ms().await?;
        let lock =
            format!("SELECT name, incarnation FROM saga_shard ORDER BY shard{}", self.dialect().locking());
        let change = |row: &Found| {
            let (name, from) = (row.text(0)?, row.int(1)?);
            Ok(IncarnationChange { name, from, to: next_incarnation(from, now) })
        };
        let shards = self.rows(Statement::new(lock, [])).await?;
        let shards = shards.iter().map(change).collect::<Result<Vec<_>>>()?;
        for shard in &shards {
            // Without its lease a local shard is taken over at once, by the next instance that needs one.
            let own = format!(
                "UPDATE saga_shard SET owner = {}, incarnation = $1,
                   lease_until = CASE WHEN name LIKE '{LOCAL}%' THEN NULL ELSE lease_until END WHERE name = $2",
                no_owner()
            );
            self.change(Statement::new(own, [Value::Int(shard.to), Value::Text(shard.name.clone())])).await?;
        }
        self.change(Statement::new("UPDATE saga_id SET next = next + $1", [Value::Int(ID_JUMP)])).await?;
        self.change(Statement::new("DELETE FROM saga_dest", [])).await?;
        Ok(shards)
    }
}
