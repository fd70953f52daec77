//! The chart of a flow, whatever format it is drawn in: which service has which
//! steps, and which message leads from one to others.

use std::collections::HashMap;
use std::time::Duration;

use crate::prove::trace::{Message, Named};
use crate::resolved::*;

/// The flow of a saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The saga.
    pub saga: String,
    /// The services in file order, and external systems if they take part.
    pub lanes: Vec<Lane>,
    /// The steps, and the events exchanged with external systems.
    pub nodes: Vec<Node>,
    /// The messages that lead from one node to others.
    pub wires: Vec<Wire>,
}

/// A service, or the external systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Whether it is none of the file's services.
    pub outside: bool,
}

/// A step, or an event exchanged with external systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its place in [`Chart::lanes`].
    pub lane: usize,
    /// The name of the step.
    pub name: String,
    /// What makes it run.
    pub kind: Kind,
    /// Details below the name, line by line.
    pub lines: Vec<Line>,
    /// The nodes that come before it although no message connects them.
    pub after: Vec<usize>,
}

/// What makes a step run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request.
    Request,
    /// Messages.
    Messages,
    /// The failure of the saga, or a command: it compensates a step.
    Undo,
    /// Unknown: it is outside the saga.
    Outside,
}

/// A line of text, and how it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// A remark.
    Plain,
    /// A request.
    Request,
    /// A compensation.
    Undo,
    /// An end of a saga that is done.
    Done,
    /// An end of a failed saga, and whatever leads there.
    Failed,
}

/// One message of one step, and all nodes it leads to in the same role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// The index of the node that publishes it.
    pub from: usize,
    /// The event.
    pub event: String,
    /// The variant; none where any variant will do.
    pub variant: Option<String>,
    /// Whether the variant is the failing one.
    pub fails: bool,
    /// Whether it is a command.
    pub command: bool,
    /// What it does there.
    pub role: Role,
    /// The indices of the nodes it leads to.
    pub to: Vec<usize>,
}

impl Wire {
    /// The message as the file names it: `OrderCreated`, `ProductDecreased.failure`.
    pub fn name(&self) -> String {
        match &self.variant {
            None => self.event.clone(),
            Some(variant) => format!("{}.{variant}", self.event),
        }
    }
}

/// What a message does to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The step needs it.
    Need,
    /// The step needs one of several.
    OneOf,
    /// The step fails if it comes first.
    Closes,
    /// It triggers a compensation.
    Undoes,
}

impl Chart {
    /// The flow of a specification that does not go in a circle. What takes no
    /// part in an instance of the saga, such as reading a row, is left out.
    pub fn of(spec: &Resolved) -> Self {
        let steps: Vec<&Step> = spec.steps().iter().filter(|step| takes_part(step)).collect();
        let lane = |service: &Service| Lane { name: service.name.to_string(), outside: false };
        let mut chart = Self {
            saga: spec.sagas()[0].name.to_string(),
            lanes: spec.services().iter().map(lane).collect(),
            nodes: steps.iter().map(|step| node(spec, step)).collect(),
            wires: Vec::new(),
        };
        let outside = chart.add_outside(spec);
        let ears = ears(&steps, &outside);
        for (from, step) in steps.iter().enumerate() {
            chart.add_wires(spec, from, &sends(spec, step), &ears);
        }
        for (event, from) in outside.iter().filter(|(event, _)| event.external == External::Publishes) {
            let all: Vec<Message> = event.variants().into_iter().map(|it| (event.id, it)).collect();
            chart.add_wires(spec, *from, &all, &ears);
        }
        chart.order_by_rows(&steps);
        chart
    }

    /// Adds a node for each event that comes from outside or is read there.
    fn add_outside<'s>(&mut self, spec: &'s Resolved) -> Vec<(&'s Event, usize)> {
        let lane = self.lanes.len();
        let mut added = Vec::new();
        for event in spec.events() {
            let verb = match event.external {
                External::No => continue,
                External::Publishes => "publishes",
                External::Subscribes => "reads",
            };
            added.push((event, self.nodes.len()));
            let name = format!("{verb} {}", event.name);
            self.nodes.push(Node { lane, name, kind: Kind::Outside, lines: Vec::new(), after: Vec::new() });
        }
        if !added.is_empty() {
            self.lanes.push(Lane { name: "external".to_owned(), outside: true });
        }
        added
    }

    fn add_wires(&mut self, spec: &Resolved, from: usize, sends: &[Message], ears: &Ears) {
        let mut events: Vec<EventId> = sends.iter().map(|(event, _)| *event).collect();
        events.dedup();
        for id in events {
            let listening = ears.get(&id).map_or(&[][..], Vec::as_slice);
            let mut wires: Vec<Wire> = Vec::new();
            for ear in listening {
                let comes = ear.variant.is_none() || sends.contains(&(id, ear.variant));
                if comes && ear.node != from {
                    join(&mut wires, wire(spec.event(id), from, ear), ear.node);
                }
            }
            self.wires.append(&mut wires);
            let heard = |variant| listening.iter().any(|ear| ear.variant.is_none() || ear.variant == variant);
            let unheard = sends.iter().filter(|(event, variant)| *event == id && !heard(*variant));
            let lines = unheard.map(|it| format!("no subscriber for {}", named(spec, *it)));
            self.nodes[from].lines.extend(lines.map(|text| Line { text, tone: Tone::Plain }));
        }
    }

    /// A step that no message leads to comes after those that create its rows.
    fn order_by_rows(&mut self, steps: &[&Step]) {
        let mut led = vec![false; self.nodes.len()];
        self.wires.iter().flat_map(|wire| &wire.to).for_each(|to| led[*to] = true);
        for (place, step) in steps.iter().enumerate().filter(|(place, _)| !led[*place]) {
            let creates = |other: &Step| {
                let of = other.creates.as_ref().map(|creation| creation.entity);
                other.id != step.id && step.rows.iter().any(|row| Some(row.entity) == of)
            };
            let before = steps.iter().enumerate().filter(|(_, other)| creates(other));
            self.nodes[place].after = before.map(|(before, _)| before).collect();
        }
    }
}

fn takes_part(step: &Step) -> bool {
    !step.is_request() || (step.reads.is_none() && step.correlation.is_some())
}

/// What listens to one event.
struct Ear {
    node: usize,
    variant: Option<VariantIndex>,
    role: Role,
}

type Ears = HashMap<EventId, Vec<Ear>>;

/// Who listens to which event.
fn ears(steps: &[&Step], outside: &[(&Event, usize)]) -> Ears {
    let mut ears: Ears = HashMap::new();
    for (node, step) in steps.iter().enumerate() {
        let undoes = matches!(step.kind, StepKind::Compensation(_));
        for trigger in &step.triggers {
            let role = match trigger.place {
                _ if undoes => Role::Undoes,
                Place::All => Role::Need,
                Place::Any => Role::OneOf,
            };
            ears.entry(trigger.event).or_default().push(Ear { node, variant: trigger.variant, role });
        }
        for closer in &step.closers {
            if let Closer::Unless(EventRef { event, variant, .. }) = closer {
                ears.entry(*event).or_default().push(Ear { node, variant: *variant, role: Role::Closes });
            }
        }
    }
    for (event, node) in outside.iter().filter(|(event, _)| event.external == External::Subscribes) {
        ears.entry(event.id).or_default().push(Ear { node: *node, variant: None, role: Role::Need });
    }
    ears
}

fn wire(event: &Event, from: usize, ear: &Ear) -> Wire {
    Wire {
        from,
        event: event.name.to_string(),
        variant: ear.variant.map(|variant| event.variant(variant).name.clone()),
        fails: ear.variant.is_some() && ear.variant == event.failing(),
        command: event.is_command(),
        role: ear.role,
        to: Vec::new(),
    }
}

/// Lets the wire lead to one more node, together with the others like it.
fn join(wires: &mut Vec<Wire>, wire: Wire, to: usize) {
    let same = |it: &&mut Wire| it.variant == wire.variant && it.role == wire.role;
    match wires.iter_mut().find(same) {
        Some(there) if there.to.contains(&to) => {}
        Some(there) => there.to.push(to),
        None => wires.push(Wire { to: vec![to], ..wire }),
    }
}

/// Everything a step may publish, event by event.
fn sends(spec: &Resolved, step: &Step) -> Vec<Message> {
    let mut sends: Vec<Message> = Vec::new();
    for emission in &step.emissions {
        let event = spec.event(emission.event);
        match emission.choice {
            Choice::Plain => sends.push((event.id, None)),
            Choice::Fixed(variant) => sends.push((event.id, Some(variant))),
            Choice::Handler | Choice::Source(_) => {
                let good = event.variants().into_iter().filter(|it| *it != event.failing());
                sends.extend(good.map(|variant| (event.id, variant)));
            }
        }
    }
    sends.extend(step.failure.iter().map(|failure| (failure.event, Some(failure.variant))));
    sends.extend(step.commands.iter().map(|command| (command.command, None)));
    // In the order of the file's events, each event's variants together.
    sends.sort();
    sends.dedup();
    sends
}

fn node(spec: &Resolved, step: &Step) -> Node {
    let kind = match step.kind {
        StepKind::Request => Kind::Request,
        StepKind::Subscription => Kind::Messages,
        StepKind::Compensation(_) => Kind::Undo,
    };
    Node {
        lane: step.service.index(),
        name: step.name.to_string(),
        kind,
        lines: lines(spec, step),
        after: Vec::new(),
    }
}

fn lines(spec: &Resolved, step: &Step) -> Vec<Line> {
    let plain = |text: String| Line { text, tone: Tone::Plain };
    let mut lines = Vec::new();
    lines.extend(route(step).map(|text| Line { text, tone: Tone::Request }));
    if let StepKind::Compensation(id) = step.kind {
        lines.push(plain(format!("compensates {}", spec.step(spec.compensation(id).of).name)));
    }
    lines.extend(step.creates.iter().map(|creation| plain(created(spec.entity(creation.entity)))));
    for row in &step.rows {
        let entity = spec.entity(row.entity);
        match &row.to {
            Some(to) => {
                let text = format!("{} → {to}", entity.name);
                lines.push(Line { text, tone: tone(entity, to.as_str()) });
            }
            None if matches!(step.kind, StepKind::Compensation(_)) => {}
            None => lines.push(plain(format!("changes {}", entity.name))),
        }
    }
    if step.handler == HandlerKind::Call {
        lines.push(plain("calls an external system".to_owned()));
    }
    lines.extend(step.deadline().map(|after| plain(format!("deadline {}", span(after)))));
    lines
}

/// The route of a request: `POST /orders/:id/cancel`.
pub(super) fn route(step: &Step) -> Option<String> {
    let http = step.http.as_ref()?;
    let method = match http.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let segments = http.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(name) => format!("/:{name}"),
    });
    Some(format!("{method} {}", segments.collect::<String>()))
}

fn created(entity: &Entity) -> String {
    match &entity.status {
        None => format!("creates {}", entity.name),
        Some(status) => format!("{} → {}", entity.name, status.start),
    }
}

/// Which kind of status that is.
pub(super) fn tone(entity: &Entity, value: &str) -> Tone {
    let is = |values: &[crate::names::Value]| values.iter().any(|it| it.as_str() == value);
    match &entity.status {
        Some(status) if is(&status.failed) => Tone::Failed,
        Some(status) if is(&status.done) => Tone::Done,
        Some(_) | None => Tone::Plain,
    }
}

/// A time as the file writes it: `15m`.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

/// A message as the file names it.
pub(super) fn named(spec: &Resolved, message: Message) -> String {
    Named(spec, message).to_string()
}
