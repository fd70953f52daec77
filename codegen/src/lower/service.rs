//! Services, and the names inside them.

use crate::lower::names::Names;
use crate::lower::route;
use crate::lower::step::{Lowered, Reaction};
use crate::lower::{contract, deploy, entity, event, refused, request, step};
use crate::model::{self, Call, Dispatch, Ident, Input, RequestStep, Route, RowLock, StepLock, TableRows};
use crate::names::StepName;
use crate::resolved::{EventId, Http, Resolved, Service, Step};

pub(super) fn lower(spec: &Resolved, service: &Service, events: &[Ident]) -> model::Service {
    let module = Ident::snake(service.name.as_str());
    let mut names = Names::new(spec, service, events);
    let ident = names.types.take(Ident::upper_camel(service.name.as_str()).with("Service"), "Wiring");
    let entities = entities(spec, service, &mut names);
    let mut bodies = Vec::new();
    let mut requests = Vec::new();
    let mut routes = Vec::new();
    let mut lowered = Vec::new();
    for step in spec.steps_of(service.id) {
        match &step.http {
            Some(http) if step.reads.is_some() => routes.push(read_route(spec, step, http)),
            Some(http) => {
                let (body, request) = request::lower(spec, step, http, &mut names);
                routes.push(create_route(http, &request, &body));
                bodies.push(body);
                requests.push(request);
            }
            None => lowered.push(step::lower(spec, step, &mut names)),
        }
    }
    let mut step_rows: Vec<_> = lowered.iter().filter_map(|it| it.step_rows.clone()).collect();
    step_rows.sort_by(|a, b| a.step.cmp(&b.step));
    model::Service {
        name: service.name.clone(),
        ident,
        port: service.port,
        decisions: decisions(spec, &requests, &lowered),
        tables: tables(spec, service, &names),
        inputs: spec.events_read_by(service.id).into_iter().map(|id| input(spec, id, &lowered)).collect(),
        publishes: published(spec, service),
        partitions: deploy::said_partitions(spec, service),
        deploy: deploy::lower(spec, service),
        subscriptions: lowered.iter().map(|it| subscription(spec, it)).collect(),
        steps: lowered.into_iter().map(|it| it.step).collect(),
        module,
        entities,
        bodies,
        step_rows,
        routes,
        requests,
    }
}

fn entities(spec: &Resolved, service: &Service, names: &mut Names) -> Vec<model::Entity> {
    let lowered = spec.entities_of(service.id).map(|declared| {
        let entity = entity::lower(declared, &mut names.types);
        let status = entity.status.as_ref().map(|status| (declared.id, status.ident.clone()));
        (entity, status)
    });
    let (entities, statuses): (Vec<_>, Vec<_>) = lowered.unzip();
    names.statuses = statuses.into_iter().flatten().collect();
    entities
}

fn tables(spec: &Resolved, service: &Service, names: &Names) -> Vec<TableRows> {
    let mut tables: Vec<TableRows> = spec
        .entities_of(service.id)
        .map(|entity| TableRows {
            field: names.tables[&entity.id].clone(),
            entity: entity::ident(entity),
            name: entity.name.clone(),
            table: entity.table.clone(),
        })
        .collect();
    tables.sort_by(|a, b| a.table.cmp(&b.table));
    tables
}

fn published(spec: &Resolved, service: &Service) -> Vec<Ident> {
    spec.events_published_by(service.id).into_iter().map(|id| event::ident(spec.event(id))).collect()
}

/// A step, and the messages it reacts to.
fn subscription(spec: &Resolved, lowered: &Lowered) -> (StepName, Vec<Ident>) {
    let mut events = Vec::new();
    for reaction in &lowered.reactions {
        add_new(&mut events, std::iter::once(&event::ident(spec.event(reaction.event))));
    }
    (lowered.step.name.clone(), events)
}

fn decisions(spec: &Resolved, requests: &[RequestStep], steps: &[Lowered]) -> Vec<model::Decision> {
    let of_requests = requests.iter().map(contract::of_request);
    let of_steps = steps.iter().filter_map(|lowered| contract::of_step(spec, lowered));
    of_requests.chain(of_steps).collect()
}

/// What one message does, over all steps that react to it.
fn input(spec: &Resolved, id: EventId, steps: &[Lowered]) -> Input {
    let event = spec.event(id);
    let reactions: Vec<&Reaction> =
        steps.iter().flat_map(|lowered| &lowered.reactions).filter(|reaction| reaction.event == id).collect();
    let mut step_locks: Vec<StepLock> = Vec::new();
    let mut row_locks: Vec<RowLock> = Vec::new();
    for reaction in &reactions {
        add_new(&mut step_locks, reaction.step_lock.iter());
        add_new(&mut row_locks, reaction.row_locks.iter());
    }
    let calls = |failing: Option<bool>| -> Vec<Call> {
        let calls = reactions.iter().filter(|reaction| reaction.failing == failing);
        calls.map(|reaction| reaction.call.clone()).collect()
    };
    let dispatch = match &event.outcome {
        None => Dispatch::Always(calls(None)),
        Some(outcome) => Dispatch::ByOutcome {
            field: Ident::snake(outcome.field.as_str()),
            success: calls(Some(false)),
            failure: calls(Some(true)),
        },
    };
    Input {
        event: event::ident(event),
        name: event.name.clone(),
        topic: event.topic.clone(),
        step_locks,
        row_locks,
        compensates: reactions.iter().any(|reaction| reaction.compensates),
        dispatch,
    }
}

fn add_new<'a, T: Clone + PartialEq + 'a>(all: &mut Vec<T>, more: impl Iterator<Item = &'a T>) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

fn read_route(spec: &Resolved, step: &Step, http: &Http) -> Route {
    let Some(read) = &step.reads else { refused("read without an entity") };
    let declared = spec.entity(read.entity);
    let entity = entity::ident(declared);
    match &read.key {
        Some(key) => Route::Read { path: route::path_to_row(http, key, declared), entity },
        None => Route::List { path: route::path(http, "{", "}"), entity },
    }
}

fn create_route(http: &Http, request: &RequestStep, body: &model::Body) -> Route {
    Route::Create {
        path: route::path(http, "{", "}"),
        body: body.ident.clone(),
        request: request.variant.clone(),
        example: request::example(body),
    }
}
