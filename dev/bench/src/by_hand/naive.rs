//! The saga as a careful engineer writes it: each message and each request in a transaction of its own, with a row
//! in an inbox that tells duplicates and one in an outbox that a relay polls. A partition is read in order.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::{PgPoolOptions, Postgres};
use sqlx::{PgPool, Row as _, Transaction};
use tokio::sync::mpsc;

use super::http::{self, Asked, Orders, Placed};
use super::kafka::{self, Outgoing, Record, Sender};
use super::messages::{
    CreateOrder, DeliveryCreated, IncreaseProductCommand, Order, OrderCreated, ProductDecreased,
};
use super::{Result, Settings};

/// How often the relay looks for messages when there were none.
const POLL: Duration = Duration::from_millis(20);
/// How many messages it takes at a time.
const PAGE: i64 = 100;
/// The topics that services send to.
const OUTPUTS: [&str; 4] =
    ["order-created", "product-decreased", "delivery-created", "increase-product-command"];
/// The connections of a service, as pools of servers have by default.
const CONNECTIONS: u32 = 10;

const READ: &str = "SELECT id, user_id, product_id, quantity, price, status FROM order_tb WHERE id = $1";

/// Runs any of the services.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&settings.database).await?;
    let (sender, acknowledged) = Sender::new(&settings, false)?;
    tokio::spawn(relay(Relay::new(&settings, pool.clone(), sender, acknowledged)?));
    let topics: &[&'static str] = match settings.service.as_str() {
        "order" => &["delivery-created"],
        "product" => &["order-created", "increase-product-command"],
        _ => &["order-created", "product-decreased"],
    };
    tokio::spawn(http::serve(settings.port, requests(&settings, &pool)));
    let mut from = Vec::new();
    for topic in topics {
        for partition in 0..kafka::partitions(&settings, topic)? {
            from.push((*topic, partition, 0));
        }
    }
    let mut records = kafka::read(&settings, &from)?;
    let service: &'static str = settings.service.leak();
    let mut readers: HashMap<i32, mpsc::UnboundedSender<Record>> = HashMap::new();
    loop {
        let read = records.batch(100).await;
        if read.is_empty() {
            return Ok(());
        }
        for record in read {
            // A reader for each partition, over all topics.
            let reader = readers.entry(record.partition).or_insert_with(|| {
                let (sender, receiver) = mpsc::unbounded_channel();
                tokio::spawn(read_on(pool.clone(), service, receiver));
                sender
            });
            let _ = reader.send(record);
        }
    }
}

async fn read_on(pool: PgPool, service: &'static str, mut records: mpsc::UnboundedReceiver<Record>) {
    while let Some(record) = records.recv().await {
        if let Err(error) = handle(&pool, service, &record).await {
            eprintln!("{}/{}@{}: {error}", record.topic, record.partition, record.offset);
            std::process::exit(1);
        }
    }
}

async fn handle(pool: &PgPool, service: &str, record: &Record) -> Result<()> {
    let mut transaction = pool.begin().await?;
    let first = sqlx::query("INSERT INTO handled VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(record.topic)
        .bind(record.partition)
        .bind(record.offset)
        .execute(&mut *transaction)
        .await?;
    if first.rows_affected() == 1 {
        apply(&mut transaction, service, record).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn apply(transaction: &mut Transaction<'_, Postgres>, service: &str, record: &Record) -> Result<()> {
    match record.topic {
        "order-created" if service == "product" => {
            decrease(transaction, &serde_json::from_slice(&record.body)?).await
        }
        "order-created" => {
            let order: OrderCreated = serde_json::from_slice(&record.body)?;
            let arrive = sqlx::query(
                "INSERT INTO join_tb AS j VALUES ($1, 1, $2, NULL, NULL) ON CONFLICT (order_id)
                 DO UPDATE SET arrived = j.arrived | 1, address = $2 RETURNING arrived, address, product_id, quantity",
            );
            deliver(transaction, order.order_id, arrive.bind(order.order_id).bind(order.address)).await
        }
        "product-decreased" => {
            let event: ProductDecreased = serde_json::from_slice(&record.body)?;
            let arrive = sqlx::query(
                "INSERT INTO join_tb AS j VALUES ($1, $2, NULL, $3, $4) ON CONFLICT (order_id)
                 DO UPDATE SET arrived = j.arrived | $2, product_id = $3, quantity = $4
                 RETURNING arrived, address, product_id, quantity",
            );
            let arrive = arrive
                .bind(event.order_id)
                .bind(if event.success { 2 } else { 4 })
                .bind(event.product_id)
                .bind(event.quantity);
            deliver(transaction, event.order_id, arrive).await
        }
        "increase-product-command" => {
            let command: IncreaseProductCommand = serde_json::from_slice(&record.body)?;
            sqlx::query("UPDATE product_tb SET quantity = quantity + $2 WHERE id = $1")
                .bind(command.product_id)
                .bind(command.quantity)
                .execute(&mut **transaction)
                .await?;
            Ok(())
        }
        _ => {
            let event: DeliveryCreated = serde_json::from_slice(&record.body)?;
            sqlx::query("UPDATE order_tb SET status = $2 WHERE id = $1 AND status = 'PENDING'")
                .bind(event.order_id)
                .bind(if event.success { "COMPLETED" } else { "CANCELLED" })
                .execute(&mut **transaction)
                .await?;
            Ok(())
        }
    }
}

async fn decrease(transaction: &mut Transaction<'_, Postgres>, order: &OrderCreated) -> Result<()> {
    let row = sqlx::query("SELECT quantity FROM product_tb WHERE id = $1 FOR UPDATE")
        .bind(order.product_id)
        .fetch_optional(&mut **transaction)
        .await?;
    let left = row.map(|row| row.get::<i32, _>(0).saturating_sub(order.quantity)).filter(|left| *left >= 0);
    if let Some(left) = left {
        sqlx::query("UPDATE product_tb SET quantity = $2 WHERE id = $1")
            .bind(order.product_id)
            .bind(left)
            .execute(&mut **transaction)
            .await?;
    }
    let OrderCreated { order_id, product_id, quantity, .. } = *order;
    let event = ProductDecreased { order_id, product_id, quantity, success: left.is_some() };
    store(transaction, "product-decreased", order_id, &event).await
}

async fn deliver(
    transaction: &mut Transaction<'_, Postgres>,
    order_id: i32,
    arrive: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>,
) -> Result<()> {
    let row = arrive.fetch_one(&mut **transaction).await?;
    let failed = DeliveryCreated { order_id, delivery_id: 0, success: false };
    match row.get::<i32, _>(0) {
        3 => {
            let address: String = row.get(1);
            if address.trim().is_empty() {
                let command =
                    IncreaseProductCommand { order_id, product_id: row.get(2), quantity: row.get(3) };
                store(transaction, "increase-product-command", order_id, &command).await?;
                return store(transaction, "delivery-created", order_id, &failed).await;
            }
            let row =
                sqlx::query("INSERT INTO delivery_tb VALUES (nextval('ids')::int4, $1, $2) RETURNING id");
            let row = row.bind(order_id).bind(address).fetch_one(&mut **transaction).await?;
            let event = DeliveryCreated { order_id, delivery_id: row.get(0), success: true };
            store(transaction, "delivery-created", order_id, &event).await
        }
        5 => store(transaction, "delivery-created", order_id, &failed).await,
        _ => Ok(()),
    }
}

async fn store(
    transaction: &mut Transaction<'_, Postgres>,
    topic: &str,
    key: i32,
    body: &impl Serialize,
) -> Result<()> {
    sqlx::query("INSERT INTO outbox (topic, key, value) VALUES ($1, $2, $3)")
        .bind(topic)
        .bind(key.to_string())
        .bind(serde_json::to_string(body)?)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Sends what is stored, a page at a time, and deletes it.
struct Relay {
    pool: PgPool,
    sender: Sender,
    acknowledged: mpsc::UnboundedReceiver<i64>,
    partitions: HashMap<&'static str, i32>,
}

async fn relay(mut relay: Relay) {
    loop {
        match relay.page().await {
            Ok(0) => tokio::time::sleep(POLL).await,
            Ok(_) => {}
            Err(error) => {
                eprintln!("the relay failed: {error}");
                std::process::exit(1);
            }
        }
    }
}

impl Relay {
    fn new(
        settings: &Settings,
        pool: PgPool,
        sender: Sender,
        acknowledged: mpsc::UnboundedReceiver<i64>,
    ) -> Result<Self> {
        let of = |topic| Ok((topic, kafka::partitions(settings, topic)?));
        let partitions = OUTPUTS.into_iter().map(of).collect::<Result<_>>()?;
        Ok(Self { pool, sender, acknowledged, partitions })
    }

    async fn page(&mut self) -> Result<usize> {
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query("SELECT id, topic, key, value FROM outbox ORDER BY id LIMIT $1 FOR UPDATE")
            .bind(PAGE)
            .fetch_all(&mut *transaction)
            .await?;
        for row in &rows {
            let (name, key, value): (&str, &str, &str) = (row.get(1), row.get(2), row.get(3));
            let known = self.partitions.get_key_value(name);
            let (topic, partitions) =
                known.map(|(topic, count)| (*topic, *count)).ok_or("an unknown topic")?;
            let key = key.parse()?;
            let partition = kafka::partition_of(key, partitions);
            let value = value.as_bytes().to_vec();
            self.sender.send(&Outgoing { seq: row.get(0), topic, partition, number: 0, key, value }).await?;
        }
        for _ in &rows {
            self.acknowledged.recv().await.ok_or("the producer is gone")?;
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        sqlx::query("DELETE FROM outbox WHERE id = ANY($1)").bind(&ids).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(ids.len())
    }
}

/// The requests of `order`, each on a connection of the pool.
fn requests(settings: &Settings, pool: &PgPool) -> Option<Orders> {
    if settings.service != "order" {
        return None;
    }
    let ((placed, mut placing), (asked, mut asking)) =
        (mpsc::unbounded_channel::<Placed>(), mpsc::unbounded_channel::<Asked>());
    let of_places = pool.clone();
    tokio::spawn(async move {
        while let Some((order, reply)) = placing.recv().await {
            let pool = of_places.clone();
            tokio::spawn(async move {
                match place(&pool, order).await {
                    Ok(row) => drop(reply.send(row)),
                    Err(error) => eprintln!("an order could not be placed: {error}"),
                }
            });
        }
    });
    let of_asks = pool.clone();
    tokio::spawn(async move {
        while let Some((id, reply)) = asking.recv().await {
            let pool = of_asks.clone();
            tokio::spawn(async move {
                let row = sqlx::query_as(READ).bind(id).fetch_optional(&pool).await;
                drop(reply.send(row.unwrap_or_default()));
            });
        }
    });
    Some(Orders { placed, asked })
}

async fn place(pool: &PgPool, order: CreateOrder) -> Result<Order> {
    let mut transaction = pool.begin().await?;
    let row: Order = sqlx::query_as(
        "INSERT INTO order_tb VALUES (nextval('ids')::int4, $1, $2, $3, $4, 'PENDING')
         RETURNING id, user_id, product_id, quantity, price, status",
    )
    .bind(order.user_id)
    .bind(order.product_id)
    .bind(order.quantity)
    .bind(order.price)
    .fetch_one(&mut *transaction)
    .await?;
    let event = OrderCreated {
        order_id: row.id,
        user_id: row.user_id,
        product_id: row.product_id,
        quantity: row.quantity,
        price: row.price,
        address: order.address,
    };
    store(&mut transaction, "order-created", row.id, &event).await?;
    transaction.commit().await?;
    Ok(row)
}
