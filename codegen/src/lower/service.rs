//! Services, and the names inside them.

use saga_step::flow::Start;

use crate::lower::flow::Places;
use crate::lower::names::Names;
use crate::lower::route;
use crate::lower::step::Lowered;
use crate::lower::{contract, deploy, entity, event, refused, request, rust_type, step, variants};
use crate::model::{self, Ident, Input, MessagePlace, RequestStep, Requested, Route, TableRows};
use crate::names::StepName;
use crate::resolved::{
    Closer, Event, EventId, External, Http, Method, Outcome, OutcomeKind, Resolved, Service, Step,
    VariantIndex,
};

pub(super) fn lower(spec: &Resolved, service: &Service, places: &Places, events: &[Ident]) -> model::Service {
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
            Some(http) if waits_for_request(step, places) => {
                let body = request::body(spec, step, &mut names);
                let step = step::lower(spec, step, Some((http, &body.ident)), places, &mut names);
                let asked = step.step.asked.as_ref();
                routes.extend(asked.map(|asked| write_route(http, &asked.requested, &body)));
                bodies.push(body);
                lowered.push(step);
            }
            Some(http) => {
                let (body, request) = request::lower(spec, step, http, &mut names);
                routes.push(request_route(http, &request, &body));
                bodies.push(body);
                requests.push(request);
            }
            // It is a function of the step that it compensates.
            None if places.step(step.id).is_none() => {}
            None => lowered.push(step::lower(spec, step, None, places, &mut names)),
        }
    }
    model::Service {
        name: service.name.clone(),
        ident,
        port: service.port,
        decisions: decisions(spec, &requests, &lowered),
        tables: tables(spec, service, &names),
        inputs: spec.events_read_by(service.id).into_iter().map(|id| input(spec, id, places)).collect(),
        place: places.service_const(service.id).clone(),
        correlation: rust_type(&spec.sagas()[0].correlation_type),
        publishes: published(spec, service),
        external: external(spec, service),
        partitions: deploy::said_partitions(spec, service),
        deploy: deploy::lower(spec, service),
        subscriptions: spec
            .steps_of(service.id)
            .filter(|it| !it.is_request() || !it.triggers.is_empty())
            .map(|it| subscription(spec, it))
            .collect(),
        steps: lowered.into_iter().map(|it| it.step).collect(),
        module,
        entities,
        bodies,
        routes,
        requests,
    }
}

fn entities(spec: &Resolved, service: &Service, names: &mut Names) -> Vec<model::Entity> {
    let lowered = spec.entities_of(service.id).map(|declared| {
        let entity = entity::lower(spec, declared, &mut names.types);
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

fn external(spec: &Resolved, service: &Service) -> Vec<Ident> {
    let read = spec.events_read_by(service.id).into_iter().map(|id| spec.event(id));
    read.filter(|event| event.external == External::Publishes).map(event::ident).collect()
}

/// A step, and the messages it reacts to.
fn subscription(spec: &Resolved, step: &Step) -> (StepName, Vec<Ident>) {
    let unless = step.closers.iter().filter_map(|closer| match closer {
        Closer::Unless(event) => Some(event.event),
        Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
    });
    let mut events = Vec::new();
    for id in step.triggers.iter().map(|trigger| trigger.event).chain(unless) {
        let event = event::ident(spec.event(id));
        if !events.contains(&event) {
            events.push(event);
        }
    }
    (step.name.clone(), events)
}

fn decisions(spec: &Resolved, requests: &[RequestStep], steps: &[Lowered]) -> Vec<model::Decision> {
    let of_requests = requests.iter().map(|request| contract::of_request(spec, request));
    let of_steps = steps.iter().filter_map(|lowered| contract::of_step(spec, lowered));
    let of_steps = of_steps.chain(steps.iter().filter_map(contract::of_undo));
    of_requests.chain(of_steps).collect()
}

fn input(spec: &Resolved, id: EventId, places: &Places) -> Input {
    let event = spec.event(id);
    let place = match &event.outcome {
        None => MessagePlace::Always(places.message_const(id, None).clone()),
        Some(outcome) if outcome.kind == OutcomeKind::Values => by_variant(event, outcome, places),
        Some(outcome) => MessagePlace::ByOutcome {
            field: Ident::snake(outcome.field.as_str()),
            success: places.message_const(id, Some(VariantIndex::SUCCESS)).clone(),
            failure: places.message_const(id, Some(VariantIndex::FAILURE)).clone(),
        },
    };
    Input {
        event: event::ident(event),
        topic: event.topic.clone(),
        correlation: Ident::snake(spec.sagas()[0].correlation.as_str()),
        place,
    }
}

fn by_variant(event: &Event, outcome: &Outcome, places: &Places) -> MessagePlace {
    let Some(of) = event.outcome_type() else { refused("variants without an enum") };
    let place = |variant: VariantIndex| {
        (variants::ident(event, variant), places.message_const(event.id, Some(variant)).clone())
    };
    MessagePlace::ByVariant {
        field: Ident::snake(outcome.field.as_str()),
        of: Ident::declared(&of),
        places: event.variants().into_iter().flatten().map(place).collect(),
    }
}

fn read_route(spec: &Resolved, step: &Step, http: &Http) -> Route {
    let Some(read) = &step.reads else { refused("read without an entity") };
    let declared = spec.entity(read.entity);
    let (name, entity) = (step.name.clone(), entity::ident(declared));
    match &read.key {
        Some(key) => Route::Read { step: name, path: route::path_to_row(http, key, declared), entity },
        None => Route::List { step: name, path: route::path(http, "{", "}"), entity },
    }
}

/// Whether a step of the flow waits for the request, which otherwise begins an instance.
fn waits_for_request(step: &Step, places: &Places) -> bool {
    let place = places.step(step.id);
    place.is_some_and(|place| places.flow().steps()[place].start == Start::Person)
}

/// The most frequent request has a route of its own, for it needs nothing but its body.
fn request_route(http: &Http, request: &RequestStep, body: &model::Body) -> Route {
    let plain = http.method == Method::Post && http.params.is_empty() && request.creates.is_some();
    if !plain {
        return write_route(http, &request.requested, body);
    }
    Route::Create {
        step: body.step.clone(),
        path: route::path(http, "{", "}"),
        body: body.ident.clone(),
        request: request.requested.variant.clone(),
        example: body.example.clone(),
    }
}

fn write_route(http: &Http, requested: &Requested, body: &model::Body) -> Route {
    Route::Write {
        step: body.step.clone(),
        method: route::method(http),
        path: route::path(http, "{", "}"),
        requested: requested.clone(),
        example: body.example.clone(),
    }
}
