//! A lane and its relay, whose producer fails for good.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::requests::{ask, lane, order, status};
use super::{Order, Rig};
use crate::relay::{self, Delivery, Full, Publish, Report, Surroundings};
use crate::store::OutboxRow;

/// A producer, as the test and the relay see it.
#[derive(Clone, Default)]
struct Producer {
    broken: Arc<AtomicBool>,
    /// The id and the number of each message that it took.
    taken: Arc<Mutex<Vec<(u64, i64)>>>,
}

impl Producer {
    fn taken(&self) -> Vec<(u64, i64)> {
        self.taken.lock().expect("no panic").clone()
    }
}

impl Publish for Producer {
    fn is_ready(&mut self) -> bool {
        !self.broken.load(Ordering::Relaxed)
    }

    fn trouble(&self) -> Option<String> {
        self.broken.load(Ordering::Relaxed).then(|| "denied".to_owned())
    }

    fn publish(&mut self, id: u64, row: &OutboxRow, _: &[u8]) -> Result<(), Full> {
        self.taken.lock().expect("no panic").push((id, row.seq));
        Ok(())
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_a_producer_had_when_it_failed_goes_to_the_next_one() {
    let mut rig = Rig::new().await;
    let (producer, backlog) = (Producer::default(), Arc::new(AtomicI64::new(0)));
    let told: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let (report, reports) = mpsc::unbounded_channel();
    let around = Surroundings {
        service: "stock",
        backlog: backlog.clone(),
        metrics: rig.metrics.clone(),
        reads: Box::new(|_, _| true),
        stuck: Box::new({
            let told = told.clone();
            move |stuck| *told.lock().expect("no panic") = stuck
        }),
    };
    let commands = std::mem::replace(&mut rig.commands, mpsc::unbounded_channel().1);
    tokio::spawn(relay::run(rig.store.clone(), producer.clone(), commands, reports, around));
    let jobs = lane(&rig);
    assert_eq!(status(ask(&jobs, Order { publish: true, ..order(1) }, None)).await, 201);
    until("the first is published", || producer.taken().len() == 1).await;
    report.send(Report { id: 0, delivery: Delivery::Delivered }).expect("the relay runs");
    assert_eq!(status(ask(&jobs, Order { publish: true, ..order(1) }, None)).await, 201);
    until("the second is published", || producer.taken().len() == 2).await;

    producer.broken.store(true, Ordering::Relaxed);
    report.send(Report { id: 1, delivery: Delivery::Gone }).expect("the relay runs");
    let trouble = vec![("producer".to_owned(), "denied".to_owned())];
    until("the trouble is told", || *told.lock().expect("no panic") == trouble).await;
    assert_eq!(producer.taken(), [(0, 1), (1, 2)], "it takes nothing");

    producer.broken.store(false, Ordering::Relaxed);
    until("the second goes again", || producer.taken().len() == 3).await;
    assert_eq!(producer.taken()[2], (2, 2), "and the first, which was delivered, does not");
    report.send(Report { id: 2, delivery: Delivery::Delivered }).expect("the relay runs");
    until("nothing waits", || backlog.load(Ordering::Relaxed) == 0).await;
    assert!(told.lock().expect("no panic").is_empty());
}
