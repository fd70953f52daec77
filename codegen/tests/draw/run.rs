//! The picture of a run.

use saga_cli::draw::chart::{Line, Tone};
use saga_cli::draw::sequence::{Item, MessageKind, Participant, SequenceDiagram};

use saga_cli::prove::trace::{Cause, TraceStep};

use crate::support::{accepted, changed, run, texts, trace};

/// Everything that comes, as `from > to: what`.
fn comes(diagram: &SequenceDiagram) -> Vec<String> {
    let name = |place: &usize| &diagram.participants[*place].name;
    let arrows = diagram.items.iter().filter_map(|item| match item {
        Item::Message { from, to, text, .. } => Some(format!("{} > {}: {text}", name(from), name(to))),
        Item::Note { .. } => None,
    });
    arrows.collect()
}

#[test]
fn messages_go_from_who_publishes_to_who_handles_them() {
    let diagram = run(&changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404");
    let comes = comes(&diagram);
    assert_eq!(comes[0], "client > booking: POST /trips");
    for expected in ["booking > hotel: TripRequested", "payment > booking: TripPaid.failure"] {
        assert!(comes.iter().any(|it| it == expected), "no {expected} in {comes:#?}");
    }
    assert_eq!(diagram.end, "Trip CANCELLED");
    assert_eq!(diagram.violation, "nothing compensates reserve-hotel when the saga fails");
}

#[test]
fn a_message_that_a_step_keeps_is_shown() {
    let alone = changed(
        "order.yaml",
        "on: [OrderCreated, ProductDecreased]",
        "on: [OrderCreated, ProductDecreased.success]",
    );
    let diagram = run(&alone, "SG0401");
    assert!(comes(&diagram).contains(&"order > delivery: OrderCreated".to_owned()), "{diagram:#?}");
    let waits =
        |item: &Item| matches!(item, Item::Note { lines, .. } if lines[0].text == "create-delivery waits");
    assert!(diagram.items.iter().any(waits), "{diagram:#?}");
    assert_eq!(diagram.end, "Order PENDING");
}

#[test]
fn a_message_that_comes_to_nothing_is_not_shown() {
    let (spec, mut trace, violation) =
        trace(&changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404");
    let diagram = SequenceDiagram::of(&spec, &trace, &violation);
    let first = trace.steps.iter().position(|trace_step| matches!(trace_step.cause, Cause::Message(_)));
    let first = first.expect("a message");
    // The service drops a message that it has already handled.
    let again = TraceStep { effects: Vec::new(), ..trace.steps[first].clone() };
    trace.steps.insert(first + 1, again);
    assert_eq!(SequenceDiagram::of(&spec, &trace, &violation), diagram);
}

#[test]
fn people_and_time_are_outside() {
    let diagram =
        run(&accepted("food.yaml").replace("deadline: 2m, ", "").replace("deadline: 90m, ", ""), "SG0403");
    let never = |item: &Item| match item {
        Item::Note { at, lines } => {
            diagram.participants[*at].outside && lines[0].text == "never requests answer-offer"
        }
        Item::Message { .. } => false,
    };
    assert_eq!(diagram.participants[0], Participant { name: "client".to_owned(), outside: true });
    assert!(diagram.items.iter().any(never), "{diagram:#?}");
}

#[test]
fn all_of_a_run_is_in_each_picture() {
    let broken = [
        (changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404"),
        (accepted("food.yaml").replace("deadline: 2m, ", "").replace("deadline: 90m, ", ""), "SG0401"),
    ];
    for (text, number) in broken {
        let diagram = run(&text, number);
        for picture in [texts(&diagram.svg()), diagram.mermaid()] {
            let has = |text: &str| assert!(picture.contains(text), "no {text} in:\n{picture}");
            diagram.participants.iter().for_each(|participant| has(&participant.name));
            for item in &diagram.items {
                match item {
                    Item::Message { text, .. } => has(text),
                    Item::Note { lines, .. } => lines.iter().for_each(|line| has(&line.text)),
                }
            }
            has(&diagram.end);
            has(&diagram.violation);
        }
        assert_eq!(diagram, run(&text, number));
        assert_eq!(diagram.svg(), diagram.clone().svg());
    }
}

#[test]
fn nothing_in_a_run_is_markup() {
    let odd = "a<b>\"&#;\u{1}";
    let line = || Line { text: odd.to_owned(), tone: Tone::Plain };
    let diagram = SequenceDiagram {
        saga: odd.to_owned(),
        participants: vec![Participant { name: odd.to_owned(), outside: false }],
        items: vec![
            Item::Message { from: 0, to: 0, text: odd.to_owned(), kind: MessageKind::Message },
            Item::Note { at: 0, lines: vec![line(), line()] },
        ],
        end: odd.to_owned(),
        violation: odd.to_owned(),
    };
    assert_eq!(texts(&diagram.svg()).matches("a<b>\"&#; ").count(), 6);
    assert_eq!(diagram.mermaid().matches("a#60;b#62;#34;#38;#35;#59; ").count(), 6, "{}", diagram.mermaid());
}
