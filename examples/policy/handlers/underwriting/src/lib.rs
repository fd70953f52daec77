//! What the service `underwriting` decides.

use insurance_contracts::underwriting::*;
use saga_runtime::Database;

/// The decisions of the service `underwriting`.
pub struct Handlers;

/// Takes the dearest tariff that the premium pays for, and that is not used up.
const ON_POSTGRES: &str = "
    UPDATE tariff_tb SET issued = issued + 1 WHERE code = (
        SELECT code FROM tariff_tb
        WHERE rate <= $1 AND kinds @> to_jsonb($2::text) AND issued < capacity
        ORDER BY rate DESC LIMIT 1 FOR UPDATE
    ) RETURNING code, issued";

/// The same where a decimal is a text, and a list is too.
const ON_SQLITE: &str = "
    UPDATE tariff_tb SET issued = issued + 1 WHERE code = (
        SELECT code FROM tariff_tb
        WHERE CAST(rate AS REAL) <= CAST($1 AS REAL) AND issued < capacity
            AND EXISTS (SELECT 1 FROM json_each(kinds) WHERE value = $2)
        ORDER BY CAST(rate AS REAL) DESC LIMIT 1
    ) RETURNING code, issued";

impl insurance_contracts::underwriting::Handlers for Handlers {
    async fn underwrite(&self, sql: &Sql, policy: &PolicyRequested) -> Result<Underwrite, SqlError> {
        let text = if sql.database() == Database::Postgres { ON_POSTGRES } else { ON_SQLITE };
        let taken = sql.query(text).bind(&policy.premium).bind(&policy.cover).row().await?;
        let tariff = taken.ok_or_else(|| Rejection::because("no tariff for this premium"))?;
        let (code, issued): (String, i64) = (tariff.get("code")?, tariff.get("issued")?);
        // Late on purpose: a rejection takes back what was counted.
        if policy.drivers.is_empty() {
            return Err(Rejection::because("there is no driver").into());
        }
        Ok(Underwrite { number: format!("{code}-{issued:06}") })
    }
}
