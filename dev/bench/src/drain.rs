//! A service works off a backlog.

use std::time::{Duration, Instant};

use testbed::failure::{Failure, Result};

use crate::counters::Meter;
use crate::figures::Figures;
use crate::options::Variant;
use crate::rig::Rig;
use crate::servers::{self, fill, number};

/// How many orders the backlog is of; fewer for those who take long.
const ORDERS: i64 = 200_000;
const QUICK: i64 = 20_000;
const NAIVE: i64 = 10;
const PATIENCE: Duration = Duration::from_secs(300);
const TICK: Duration = Duration::from_millis(20);

/// Measures one drain.
pub(crate) fn measure(
    rig: &mut Rig,
    variant: Variant,
    service: &'static str,
    quick: bool,
) -> Result<Figures> {
    let orders = if quick { QUICK } else { ORDERS };
    let orders = if variant == Variant::Naive { orders / NAIVE } else { orders };
    let handle = rig.runtime.handle().clone();
    handle.block_on(async {
        rig.clear(variant, &[service]).await?;
        prepare(rig, service, orders).await?;
        rig.settle().await?;
        drain(rig, variant, service, orders).await
    })
}

/// The backlog of a service, and what must be there for it.
async fn prepare(rig: &Rig, service: &str, orders: i64) -> Result<()> {
    let brokers = rig.brokers();
    let created = |id: i64| {
        format!(
            r#"{{"orderId":{id},"userId":1,"productId":{},"quantity":1,"price":1000,"address":"1 Harbour Road"}}"#,
            1 + id % 3
        )
    };
    let decreased =
        |id: i64| format!(r#"{{"orderId":{id},"productId":{},"quantity":1,"success":true}}"#, 1 + id % 3);
    let delivered = |id: i64| format!(r#"{{"orderId":{id},"deliveryId":{id},"success":true}}"#);
    match service {
        "product" => fill(&brokers, "order-created", orders, created),
        "delivery" => {
            fill(&brokers, "order-created", orders, created)?;
            fill(&brokers, "product-decreased", orders, decreased)
        }
        _ => {
            let mut order = rig.connection("order").await?;
            let rows = format!(
                "INSERT INTO order_tb (id, user_id, product_id, quantity, price, status)
                 SELECT id, 1, 1, 1, 1000, 'PENDING' FROM generate_series(1, {orders}) AS id"
            );
            servers::execute(&mut order, &rows).await?;
            servers::execute(&mut order, "VACUUM ANALYZE order_tb").await?;
            fill(&brokers, "delivery-created", orders, delivered)
        }
    }
}

/// From the first message that is seen to be done until the last. The start and the join of a group are not in it.
async fn drain(rig: &Rig, variant: Variant, service: &str, orders: i64) -> Result<Figures> {
    let depth = rig.depth()?;
    let mut order = if service == "order" { Some(rig.connection("order").await?) } else { None };
    let mut services = vec![rig.service(variant, service).await?];
    let mut meter = Meter::new(rig, &services).await?;
    let mut begun = None;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let done = match (&mut order, service) {
            (Some(order), _) => {
                number(order, "SELECT count(*) FROM order_tb WHERE status = 'COMPLETED'").await?
            }
            (None, "product") => depth.of("product-decreased")?,
            (None, _) => depth.of("delivery-created")?,
        };
        let now = Instant::now();
        if done > 0 && begun.is_none() {
            begun = Some((now, done, meter.read().await?));
        }
        if let Some((since, first, counters)) = &begun
            && done >= orders
        {
            let end = meter.read().await?;
            let work = (done - first) as f64;
            let inputs = if service == "delivery" { 2.0 } else { 1.0 };
            let mut figures = vec![
                ("messages/s", inputs * work / (now - *since).as_secs_f64()),
                ("memory MB", services[0].memory()),
            ];
            figures.extend(counters.each(&end, inputs * work));
            return Ok(figures);
        }
        services.iter_mut().try_for_each(|service| service.check())?;
        if now > deadline {
            return Err(Failure::new(format!("{service} is not done: {done} of {orders}")));
        }
        tokio::time::sleep(TICK).await;
    }
}
