//! Books a delivery once an order is placed and its stock is taken.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::http;
use super::kafka::Record;
use super::lane::{self, Batch, Lane, Query};
use super::messages::{DeliveryCreated, IncreaseProductCommand, OrderCreated, ProductDecreased};
use super::product::{begin, commit};
use super::{Result, Settings};

/// What has arrived of an order.
const CREATED: i32 = 1;
const DECREASED: i32 = 2;
const SOLD_OUT: i32 = 4;

const ARRIVE: &str = "
INSERT INTO join_tb AS j
SELECT * FROM unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int4[])
ON CONFLICT (order_id) DO UPDATE SET arrived = j.arrived | excluded.arrived,
  address = coalesce(excluded.address, j.address), product_id = coalesce(excluded.product_id, j.product_id),
  quantity = coalesce(excluded.quantity, j.quantity)
RETURNING order_id, arrived, address, product_id, quantity";

/// What is known of an order.
#[derive(Default)]
struct Arrived {
    what: i32,
    address: Option<String>,
    product: Option<i32>,
    quantity: Option<i32>,
}

/// Runs the service.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    let inputs = ["order-created", "product-decreased"];
    let outputs = ["delivery-created", "increase-product-command"];
    let (mut lane, mut records) = Lane::take_over(&settings, &inputs, &outputs).await?;
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
    let mut orders: BTreeMap<i32, Arrived> = BTreeMap::new();
    for record in fresh {
        arrive(&mut orders, record)?;
    }
    begin(&mut lane.connection).await?;
    let rows = sqlx::query(ARRIVE)
        .bind(orders.keys().copied().collect::<Vec<_>>())
        .bind(orders.values().map(|order| order.what).collect::<Vec<_>>())
        .bind(orders.values().map(|order| order.address.as_deref()).collect::<Vec<_>>())
        .bind(orders.values().map(|order| order.product).collect::<Vec<_>>())
        .bind(orders.values().map(|order| order.quantity).collect::<Vec<_>>())
        .fetch_all(&mut lane.connection)
        .await?;
    let (mut ids, mut booked, mut addresses): (Vec<i32>, Vec<i32>, Vec<String>) = Default::default();
    for row in &rows {
        let (order_id, arrived): (i32, i32) = (row.get(0), row.get(1));
        if arrived == CREATED | DECREASED {
            let address: String = row.get(2);
            if address.trim().is_empty() {
                let command =
                    IncreaseProductCommand { order_id, product_id: row.get(3), quantity: row.get(4) };
                lane.send(&mut batch, "increase-product-command", order_id, &command)?;
                let event = DeliveryCreated { order_id, delivery_id: 0, success: false };
                lane.send(&mut batch, "delivery-created", order_id, &event)?;
                continue;
            }
            let event = DeliveryCreated { order_id, delivery_id: lane.next_id, success: true };
            lane.send(&mut batch, "delivery-created", order_id, &event)?;
            ids.push(lane.next_id);
            booked.push(order_id);
            addresses.push(address);
            lane.next_id += 1;
        } else if arrived & SOLD_OUT != 0 && arrived & CREATED != 0 {
            let event = DeliveryCreated { order_id, delivery_id: 0, success: false };
            lane.send(&mut batch, "delivery-created", order_id, &event)?;
        }
    }
    let bind = |query: Query| query.bind(ids.clone()).bind(booked.clone()).bind(addresses.clone());
    lane.write(&batch, change, bind).await?;
    commit(&mut lane.connection).await?;
    lane.committed(batch).await
}

fn arrive(orders: &mut BTreeMap<i32, Arrived>, record: &Record) -> Result<()> {
    if record.topic == "order-created" {
        let created: OrderCreated = serde_json::from_slice(&record.body)?;
        let order = orders.entry(created.order_id).or_default();
        order.what |= CREATED;
        order.address = Some(created.address);
    } else {
        let decreased: ProductDecreased = serde_json::from_slice(&record.body)?;
        let order = orders.entry(decreased.order_id).or_default();
        order.what |= if decreased.success { DECREASED } else { SOLD_OUT };
        (order.product, order.quantity) = (Some(decreased.product_id), Some(decreased.quantity));
    }
    Ok(())
}

fn change(first: usize) -> String {
    format!(
        "INSERT INTO delivery_tb SELECT * FROM unnest(${first}::int4[], ${}::int4[], ${}::text[])",
        first + 1,
        first + 2
    )
}
