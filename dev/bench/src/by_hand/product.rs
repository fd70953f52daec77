//! Takes stock, and puts it back.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Row as _};

use super::http;
use super::kafka::Record;
use super::lane::{self, Batch, Lane, Query};
use super::messages::{IncreaseProductCommand, OrderCreated, ProductDecreased};
use super::{Result, Settings};

const LOCK: &str = "SELECT id, quantity FROM product_tb WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";

enum Input {
    Created(OrderCreated),
    Increase(IncreaseProductCommand),
}

/// Runs the service.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    let topics = ["order-created", "increase-product-command"];
    let (mut lane, mut records) = Lane::take_over(&settings, &topics, &["product-decreased"]).await?;
    tokio::spawn(http::serve(settings.port, None));
    loop {
        let read = records.batch(lane::MOST).await;
        let size = read.len();
        if size == 0 {
            return Ok(());
        }
        let (batch, fresh) = lane.take(read)?;
        apply(&mut lane, batch, &fresh).await?;
        lane::gather(size).await;
    }
}

async fn apply(lane: &mut Lane, mut batch: Batch, fresh: &[Record]) -> Result<()> {
    let inputs = fresh.iter().map(input).collect::<Result<Vec<_>>>()?;
    begin(&mut lane.connection).await?;
    let wanted: Vec<i32> = inputs.iter().map(Input::product).collect();
    let rows = sqlx::query(LOCK).bind(wanted).fetch_all(&mut lane.connection).await?;
    let mut stock: BTreeMap<i32, i32> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for input in &inputs {
        match input {
            Input::Created(order) => {
                let left = stock.get(&order.product_id).and_then(|have| have.checked_sub(order.quantity));
                let left = left.filter(|left| *left >= 0);
                if let Some(left) = left {
                    stock.insert(order.product_id, left);
                }
                let OrderCreated { order_id, product_id, quantity, .. } = *order;
                let event = ProductDecreased { order_id, product_id, quantity, success: left.is_some() };
                lane.send(&mut batch, "product-decreased", order_id, &event)?;
            }
            Input::Increase(command) => {
                if let Some(have) = stock.get_mut(&command.product_id) {
                    *have += command.quantity;
                }
            }
        }
    }
    let bind = |query: Query| {
        query
            .bind(stock.keys().copied().collect::<Vec<_>>())
            .bind(stock.values().copied().collect::<Vec<_>>())
    };
    lane.write(&batch, change, bind).await?;
    commit(&mut lane.connection).await?;
    lane.committed(batch).await
}

fn change(first: usize) -> String {
    format!(
        "UPDATE product_tb AS p SET quantity = n.quantity
         FROM unnest(${first}::int4[], ${}::int4[]) AS n (id, quantity) WHERE p.id = n.id",
        first + 1
    )
}

fn input(record: &Record) -> Result<Input> {
    Ok(match record.topic {
        "order-created" => Input::Created(serde_json::from_slice(&record.body)?),
        _ => Input::Increase(serde_json::from_slice(&record.body)?),
    })
}

impl Input {
    fn product(&self) -> i32 {
        match self {
            Self::Created(order) => order.product_id,
            Self::Increase(command) => command.product_id,
        }
    }
}

/// Begins a transaction that this process ends itself.
pub(crate) async fn begin(connection: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    Ok(())
}

/// Commits it.
pub(crate) async fn commit(connection: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(())
}
