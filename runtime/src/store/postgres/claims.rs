//! Claims of requests and of steps that run once, in PostgreSQL.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::store::{RequestKey, Result, StoredAnswer};

use super::protocol::{CLAIM_ONCE, CLAIM_REQUESTS, STORED_ANSWERS};
use super::rows::cell;
use super::session::PostgresSession;

impl PostgresSession {
    pub(super) async fn insert_requests(&mut self, keys: &[RequestKey]) -> Result<Vec<Option<StoredAnswer>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let (routes, idem_keys): (Vec<&str>, Vec<&str>) =
            keys.iter().map(|key| (key.route.as_str(), key.idem_key.as_str())).unzip();
        let fresh = self.rows(sqlx::query(CLAIM_REQUESTS).bind(&routes).bind(&idem_keys)).await?;
        if fresh.len() == keys.len() {
            return Ok(vec![None; keys.len()]);
        }
        let stored = self.rows(sqlx::query(STORED_ANSWERS).bind(&routes).bind(&idem_keys)).await?;
        let mut answers = HashMap::with_capacity(stored.len());
        for row in &stored {
            let status: i32 = cell(row, 3)?;
            // A key that was claimed and never answered is as good as new.
            if let Some(status) = u16::try_from(status).ok().filter(|status| *status != 0) {
                let pair: (&str, &str) = (cell(row, 0)?, cell(row, 1)?);
                let answer = StoredAnswer {
                    fingerprint: cell(row, 2)?,
                    status,
                    location: cell(row, 4)?,
                    body: cell(row, 5)?,
                };
                answers.insert(pair, answer);
            }
        }
        Ok(routes.into_iter().zip(idem_keys).map(|pair| answers.get(&pair).cloned()).collect())
    }

    pub(super) async fn insert_once(
        &mut self,
        pairs: &BTreeSet<(&'static str, String)>,
    ) -> Result<BTreeSet<(&'static str, String)>> {
        if pairs.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (steps, correlations): (Vec<&str>, Vec<&str>) =
            pairs.iter().map(|(step, correlation)| (*step, correlation.as_str())).unzip();
        let rows = self.rows(sqlx::query(CLAIM_ONCE).bind(steps).bind(correlations)).await?;
        if rows.len() == pairs.len() {
            return Ok(pairs.clone());
        }
        let mut fresh = HashSet::with_capacity(rows.len());
        for row in &rows {
            fresh.insert((cell::<&str>(row, 0)?, cell::<&str>(row, 1)?));
        }
        let is_fresh = |pair: &&(&'static str, String)| fresh.contains(&(pair.0, pair.1.as_str()));
        Ok(pairs.iter().filter(is_fresh).cloned().collect())
    }
}
