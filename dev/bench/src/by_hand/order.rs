//! Places orders, and ends them.

use std::collections::HashMap;

use sqlx::{Connection as _, PgConnection};
use tokio::sync::mpsc;

use super::http::{self, Asked, Orders, Placed};
use super::kafka::Record;
use super::lane::{self, Batch, Lane, Query};
use super::messages::{DeliveryCreated, Order, OrderCreated};
use super::{Result, Settings};

/// Runs the service. Requests and messages share its one lane.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    let (mut lane, mut records) =
        Lane::take_over(&settings, &["delivery-created"], &["order-created"]).await?;
    let ((placed, mut placing), (asked, asking)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    tokio::spawn(answer(PgConnection::connect(&settings.database).await?, asking));
    tokio::spawn(http::serve(settings.port, Some(Orders { placed, asked })));
    let mut requests = Vec::new();
    loop {
        let size = tokio::select! {
            read = records.batch(lane::MOST) => {
                let size = read.len();
                let (batch, fresh) = lane.take(read)?;
                end(&mut lane, batch, &fresh).await?;
                size
            }
            size = placing.recv_many(&mut requests, lane::MOST) => {
                place(&mut lane, &mut requests).await?;
                size
            }
        };
        if size == 0 {
            return Ok(());
        }
        lane::gather(size).await;
    }
}

async fn place(lane: &mut Lane, requests: &mut Vec<Placed>) -> Result<()> {
    let mut batch = Batch::default();
    let mut rows = Vec::with_capacity(requests.len());
    for (order, _) in requests.iter() {
        let id = lane.next_id;
        lane.next_id += 1;
        let event = OrderCreated {
            order_id: id,
            user_id: order.user_id,
            product_id: order.product_id,
            quantity: order.quantity,
            price: order.price,
            address: order.address.clone(),
        };
        lane.send(&mut batch, "order-created", id, &event)?;
        let OrderCreated { user_id, product_id, quantity, price, .. } = event;
        rows.push(Order { id, user_id, product_id, quantity, price, status: "PENDING".to_owned() });
    }
    let bind = |query: Query| {
        query
            .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.user_id).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.product_id).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.quantity).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.price).collect::<Vec<_>>())
    };
    lane.write(&batch, insertion, bind).await?;
    for ((_, reply), row) in requests.drain(..).zip(rows) {
        let _ = reply.send(row);
    }
    lane.committed(batch).await
}

fn insertion(first: usize) -> String {
    let [user, product, quantity, price] = [1, 2, 3, 4].map(|at| first + at);
    format!(
        "INSERT INTO order_tb SELECT *, 'PENDING' FROM
         unnest(${first}::int4[], ${user}::int4[], ${product}::int4[], ${quantity}::int4[], ${price}::int8[])"
    )
}

async fn end(lane: &mut Lane, batch: Batch, fresh: &[Record]) -> Result<()> {
    let mut ids = Vec::with_capacity(fresh.len());
    let mut statuses = Vec::with_capacity(fresh.len());
    for record in fresh {
        let event: DeliveryCreated = serde_json::from_slice(&record.body)?;
        ids.push(event.order_id);
        statuses.push(if event.success { "COMPLETED" } else { "CANCELLED" });
    }
    lane.write(&batch, update, |query: Query| query.bind(ids.clone()).bind(statuses.clone())).await?;
    lane.committed(batch).await
}

fn update(first: usize) -> String {
    format!(
        "UPDATE order_tb AS o SET status = n.status
         FROM unnest(${first}::int4[], ${}::text[]) AS n (id, status)
         WHERE o.id = n.id AND o.status = 'PENDING'",
        first + 1
    )
}

/// Answers all who ask at the same time by one statement.
async fn answer(mut connection: PgConnection, mut asking: mpsc::UnboundedReceiver<Asked>) {
    const READ: &str =
        "SELECT id, user_id, product_id, quantity, price, status FROM order_tb WHERE id = ANY($1)";
    let mut asked = Vec::new();
    while asking.recv_many(&mut asked, lane::MOST).await > 0 {
        let ids: Vec<i32> = asked.iter().map(|(id, _)| *id).collect();
        let rows = sqlx::query_as(READ).bind(ids).fetch_all(&mut connection).await;
        let rows: Vec<Order> = rows.unwrap_or_default();
        let rows: HashMap<i32, &Order> = rows.iter().map(|row| (row.id, row)).collect();
        for (id, reply) in asked.drain(..) {
            let _ = reply.send(rows.get(&id).map(|row| (*row).clone()));
        }
    }
}
