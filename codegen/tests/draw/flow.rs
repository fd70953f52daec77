//! The picture of the flow.

use saga_cli::draw::Chart;
use saga_cli::draw::chart::{Kind, Lane, Line, Node, Role, Tone, Wire};
use saga_cli::resolved::{Closer, EventId, EventRef, Resolved, Step, VariantIndex};

use crate::support::{files, spec, texts};

/// Every step of an instance: what only looks, or changes rows of no instance, is in no picture.
fn steps(spec: &Resolved) -> impl Iterator<Item = &Step> {
    spec.steps()
        .iter()
        .filter(|step| !step.is_request() || step.reads.is_none() && step.correlation.is_some())
}

#[test]
fn every_service_step_and_message_is_in_the_picture() {
    for file in files() {
        let spec = spec(&file);
        let chart = Chart::of(&spec);
        for picture in [texts(&chart.svg()), chart.mermaid()] {
            let has = |name: &str| {
                assert!(picture.contains(name), "no {name} of {} in:\n{picture}", file.display())
            };
            spec.services().iter().for_each(|service| has(service.name.as_str()));
            steps(&spec).for_each(|step| has(step.name.as_str()));
            spec.events().iter().for_each(|event| has(event.name.as_str()));
        }
    }
}

#[test]
fn every_step_has_an_arrow_for_each_message_it_hears() {
    for file in files() {
        let spec = spec(&file);
        let chart = Chart::of(&spec);
        for step in steps(&spec) {
            let place = chart.nodes.iter().position(|node| node.name == step.name.as_str()).expect("its box");
            let has = |event: EventId, variant: Option<VariantIndex>, closes: bool| {
                let event = spec.event(event);
                let variant = variant.map(|variant| event.variant(variant).name.clone());
                let leads = |wire: &Wire| {
                    let same = wire.event == event.name.as_str() && wire.variant == variant;
                    same && wire.to.contains(&place) && (wire.role == Role::Closes) == closes
                };
                assert!(chart.wires.iter().any(leads), "nothing leads from {} to {}", event.name, step.name);
            };
            step.triggers.iter().for_each(|trigger| has(trigger.event, trigger.variant, false));
            for closer in &step.closers {
                if let Closer::Unless(EventRef { event, variant, .. }) = closer {
                    has(*event, *variant, true);
                }
            }
        }
    }
}

#[test]
fn the_same_file_gives_the_same_picture() {
    for file in files() {
        let (one, other) = (Chart::of(&spec(&file)), Chart::of(&spec(&file)));
        assert_eq!(one.svg(), other.svg());
        assert_eq!(one.mermaid(), other.mermaid());
    }
}

#[test]
fn compensations_are_dashed_and_commands_marked() {
    let order = crate::support::accepted("order.yaml");
    let chart = Chart::of(
        &saga_cli::pipeline::check(&saga_cli::source::Source::new("saga.yaml", order))
            .resolved
            .expect("good"),
    );
    let undoing = chart.wires.iter().find(|wire| wire.role == Role::Undoes).expect("a compensation");
    assert_eq!((undoing.event.as_str(), undoing.command), ("IncreaseProductCommand", true));
    assert!(chart.svg().contains("<path class=\"wire command undoes\""));
    assert!(
        chart.mermaid().contains("s4 -. \"command IncreaseProductCommand\" .-> s5\n"),
        "{}",
        chart.mermaid()
    );
    assert!(chart.mermaid().contains("<b>Order → CANCELLED</b>\"]:::failed\n"), "{}", chart.mermaid());
}

#[test]
fn nothing_in_a_name_is_markup() {
    let odd = "<b>\"&amp;\";#]]>`%{}\\end\n\u{1}";
    let node = |kind| Node {
        lane: 0,
        name: odd.to_owned(),
        kind,
        lines: vec![Line { text: odd.to_owned(), tone: Tone::Done }],
        after: Vec::new(),
    };
    let chart = Chart {
        saga: odd.to_owned(),
        lanes: vec![Lane { name: odd.to_owned(), outside: false }],
        nodes: vec![node(Kind::Request), node(Kind::Undo)],
        wires: vec![Wire {
            from: 0,
            event: odd.to_owned(),
            variant: Some(odd.to_owned()),
            fails: true,
            command: false,
            role: Role::Need,
            to: vec![1],
        }],
    };
    let shown = odd.replace(|it: char| it.is_control(), " ");
    let texts = texts(&chart.svg());
    assert_eq!(texts.lines().filter(|line| *line == shown).count(), 7, "{texts}");
    assert_safe(&chart.mermaid());
}

/// Nothing that Mermaid would read stands where a name does.
fn assert_safe(mermaid: &str) {
    let escaped = "#60;b#62;#34;#38;amp#59;#34;#59;#35;]]#62;#96;#37;#123;#125;#92;end  ";
    assert_eq!(mermaid.matches(escaped).count(), 7, "{mermaid}");
    let without = mermaid.replace(escaped, "");
    let names = ["subgraph l0[\"\"]", "s0([\"<b></b><br/><b></b>\"]):::done", "s0 -- \".\" --> s1"];
    for name in names {
        assert!(without.contains(name), "no {name} in:\n{without}");
    }
}
