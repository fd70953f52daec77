//! The whole saga: orders over HTTP, until they have ended.

use std::time::{Duration, Instant};

use testbed::failure::{Failure, Result};

use crate::counters::Meter;
use crate::figures::{Figures, quantile};
use crate::load::{self, Seen, Sight, Times};
use crate::options::Variant;
use crate::process::Service;
use crate::rig::Rig;
use crate::servers::SERVICES;
use crate::watcher::Watcher;

/// How long a load runs before it is measured, and how long after.
const WARM_UP: Duration = Duration::from_secs(3);
const TIME: Duration = Duration::from_secs(10);
const QUICK: Duration = Duration::from_secs(4);
/// How often ended orders are looked for: seldom when only their number counts.
const SELDOM: Duration = Duration::from_millis(10);
const OFTEN: Duration = Duration::from_millis(1);

/// So many orders are always in flight.
pub(crate) fn in_flight(rig: &mut Rig, variant: Variant, customers: usize, quick: bool) -> Result<Figures> {
    let handle = rig.runtime.handle().clone();
    handle.block_on(async {
        let mut services = start(rig, variant).await?;
        let (watcher, seen) = (Watcher::default(), Seen::default());
        let watching = watcher.clone().start(rig.connection("order").await?, SELDOM);
        let mut customers = load::in_flight(services[0].address, customers, &Sight::Told(watcher), &seen);
        tokio::time::sleep(WARM_UP).await;
        let mut meter = Meter::new(rig, &services).await?;
        let (from, begin) = (Instant::now(), meter.read().await?);
        tokio::time::sleep(if quick { QUICK } else { TIME }).await;
        let (to, end) = (Instant::now(), meter.read().await?);
        customers.shutdown().await;
        watching.abort();
        services.iter_mut().try_for_each(Service::check)?;
        let took = ended_between(seen.take(), from, to)?;
        let mut figures = vec![
            ("orders/s", took.len() as f64 / (to - from).as_secs_f64()),
            ("p50 ms", quantile(&took, 0.5)),
            ("p99 ms", quantile(&took, 0.99)),
        ];
        figures.extend(begin.each(&end, took.len() as f64));
        Ok(figures)
    })
}

/// So many orders are placed a second.
pub(crate) fn at_rate(
    rig: &mut Rig,
    variant: Variant,
    rate: u32,
    polled: bool,
    quick: bool,
) -> Result<Figures> {
    let handle = rig.runtime.handle().clone();
    handle.block_on(async {
        let mut services = start(rig, variant).await?;
        let watcher = Watcher::default();
        let watching = watcher.clone().start(rig.connection("order").await?, OFTEN);
        let sight = if polled { Sight::Polled } else { Sight::Told(watcher) };
        let address = services[0].address;
        load::at_rate(address, rate, WARM_UP, &sight, &Seen::default()).await;
        let mut meter = Meter::new(rig, &services).await?;
        let (seen, from, begin) = (Seen::default(), Instant::now(), meter.read().await?);
        load::at_rate(address, rate, if quick { QUICK } else { TIME }, &sight, &seen).await;
        let (to, end) = (Instant::now(), meter.read().await?);
        watching.abort();
        services.iter_mut().try_for_each(Service::check)?;
        let took = ended_between(seen.take(), from, to)?;
        let mut figures = vec![("p50 ms", quantile(&took, 0.5)), ("p99 ms", quantile(&took, 0.99))];
        figures.extend(begin.each(&end, took.len() as f64));
        Ok(figures)
    })
}

async fn start(rig: &mut Rig, variant: Variant) -> Result<Vec<Service>> {
    rig.clear(variant, &SERVICES).await?;
    rig.settle().await?;
    let mut services = Vec::new();
    for name in SERVICES {
        services.push(rig.service(variant, name).await?);
    }
    Ok(services)
}

/// How long the orders took that ended in this time, in order.
fn ended_between(seen: Times, from: Instant, to: Instant) -> Result<Vec<f64>> {
    if let Some(odd) = seen.odd.first() {
        return Err(Failure::new(format!("{} customers gave up, the first: {odd}", seen.odd.len())));
    }
    let ended = seen.ended.into_iter().filter(|(at, _)| (from..=to).contains(at));
    let mut took: Vec<f64> = ended.map(|(_, took)| took).collect();
    took.sort_unstable_by(f64::total_cmp);
    if took.is_empty() { Err(Failure::new("no order has ended")) } else { Ok(took) }
}
