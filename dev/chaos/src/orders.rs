//! A run of the order saga.

use std::sync::Arc;
use std::time::Duration;

use testbed::failure::{Failure, Result};

use crate::audit::{self, Sources};
use crate::external_producer::ExternalProducer;
use crate::injector::Forger;
use crate::limits::Limits;
use crate::load::{Load, STOCK};
use crate::options::Options;
use crate::recorder::Recorder;
use crate::schedule::Event;
use crate::stage::Stage;
use crate::summary::{Messages, Summary, recoveries};

/// The load, the faults, the rest, the audit.
pub(crate) fn play(stage: Stage, options: &Options, events: &[Event]) -> Result<Summary> {
    let recorder = Recorder::start(&stage.brokers, stage.seed, Arc::clone(&stage.event_log))?;
    let external = ExternalProducer::new(&stage.brokers)?;
    let limits = Limits::of(&stage.brokers, stage.runtime.handle().clone())?;
    // What the schedule says is counted from here.
    let begun = stage.event_log.begin();
    let load =
        Load::start(stage.seed, options.rate(), Arc::clone(&stage.fleet), Arc::clone(&stage.event_log));
    let forger = Forger {
        databases: &stage.databases,
        external: &external,
        recorder: &recorder,
        operated: stage.operator.is_there(),
    };
    let injector = stage.injector(&limits, Some(forger));
    let injected = injector.inject(events, Duration::from_secs_f64(options.minutes * 60.0));
    load.stop();
    injected?;
    let length = begun.elapsed();
    stage.event_log.note("the faults end, and no more orders are placed");
    injector.quiesce()?;
    let published = external.end(Duration::from_secs(60));
    let drained = stage.drain(|| load.is_done(), &published.hopeless, Duration::from_secs(options.drain))?;
    let history = load.end();
    stage.fleet.look_after();
    let (ended, recorded, memory) = (recorder.ended(), recorder.counts(), stage.fleet.memory());
    drop(recorder);
    stage.stop()?;
    stage.event_log.note("the audit reads everything");
    let databases = <[_; 3]>::try_from(stage.databases.urls().to_vec());
    let sources = Sources {
        brokers: stage.brokers.clone(),
        databases: databases.map_err(|_| Failure::new("the order saga has three databases"))?,
        posted: history.posted,
        stock: STOCK.to_vec(),
        injected: published.injected,
        outbox_kept: true,
    };
    let report = stage
        .runtime
        .block_on(audit::audit(&sources))
        .map_err(|error| Failure::new(format!("the audit failed: {error}")))?;
    Ok(Summary {
        saga: options.saga,
        seed: stage.seed,
        instances: options.instances.into(),
        length,
        answered: history.answered.len(),
        unanswered: sources.posted.iter().filter(|posted| posted.answer.is_none()).count(),
        again: history.again,
        odd: history.odd,
        outcomes: stage.databases.outcomes().unwrap_or_default(),
        messages: Some(Messages {
            recorded,
            injected: sources.injected.len(),
            unknown: published.unknown,
            recoveries: recoveries(&stage.event_log.kills(), &history.answered, &ended),
        }),
        faults: stage.event_log.counts(),
        memory,
        drained,
        is_sound: report.is_sound(),
        report: report.to_string(),
    })
}
