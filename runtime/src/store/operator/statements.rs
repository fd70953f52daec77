//! How a session runs an operator's statements; the same for both databases except for the types' names.

/// Lets `$session` run operators' statements. Wants `cell` and `failed` of the database where it is used.
macro_rules! operators_statements {
    ($session:ty, $row:ty, $query:ty, int: $int:literal, bytes: $bytes:literal) => {
        impl $session {
            /// Runs a query, and returns its rows.
            pub(in crate::store) async fn ask(&mut self, statement: Statement) -> Result<Vec<Found>> {
                let rows = self.rows(bound(statement)).await?;
                rows.iter().map(found).collect()
            }

            /// Runs a statement, and returns how many rows it changed.
            pub(in crate::store) async fn tell(&mut self, statement: Statement) -> Result<u64> {
                self.affected(bound(statement)).await
            }
        }

        fn bound(statement: Statement) -> $query {
            let query = sqlx::query(AssertSqlSafe(statement.text)).persistent(false);
            statement.values.into_iter().fold(query, |query, value| match value {
                Value::Null => query.bind(None::<i64>),
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            })
        }

        fn found(row: &$row) -> Result<Found> {
            let value = |at: usize| {
                let raw = row.try_get_raw(at).map_err(failed)?;
                if raw.is_null() {
                    return Ok(Value::Null);
                }
                let ty = raw.type_info();
                Ok(match ty.name() {
                    $int => Value::Int(cell(row, at)?),
                    "TEXT" => Value::Text(cell(row, at)?),
                    $bytes => Value::Bytes(cell(row, at)?),
                    other => return Err(StoreError::Refused(format!("column {at} is of type {other}"))),
                })
            };
            (0..row.len()).map(value).collect::<Result<_>>().map(Found)
        }
    };
}

pub(in crate::store) use operators_statements;
