//! The picture of a run.

use saga_cli::draw::chart::{Line, Tone};
use saga_cli::draw::script::{Actor, Beat, Script, What};

use saga_cli::prove::trace::{Cause, TraceStep};

use crate::support::{accepted, changed, run, texts, trace};

/// Everything that comes, as `from > to: what`.
fn comes(script: &Script) -> Vec<String> {
    let name = |place: &usize| &script.actors[*place].name;
    let told = script.beats.iter().filter_map(|beat| match beat {
        Beat::Comes { from, to, text, .. } => Some(format!("{} > {}: {text}", name(from), name(to))),
        Beat::Does { .. } => None,
    });
    told.collect()
}

#[test]
fn messages_go_from_who_publishes_to_who_handles_them() {
    let script = run(&changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404");
    let comes = comes(&script);
    assert_eq!(comes[0], "somebody > booking: POST /trips");
    for expected in ["booking > hotel: TripRequested", "payment > booking: TripPaid.failure"] {
        assert!(comes.iter().any(|it| it == expected), "no {expected} in {comes:#?}");
    }
    assert_eq!(script.end, "Trip CANCELLED");
    assert_eq!(script.violation, "reserve-hotel acted, the saga failed, and nothing compensates it");
}

#[test]
fn a_message_that_a_step_keeps_is_shown() {
    let alone = changed(
        "order.yaml",
        "on: [OrderCreated, ProductDecreased]",
        "on: [OrderCreated, ProductDecreased.success]",
    );
    let script = run(&alone, "SG0401");
    assert!(comes(&script).contains(&"order > delivery: OrderCreated".to_owned()), "{script:#?}");
    let waits =
        |beat: &Beat| matches!(beat, Beat::Does { lines, .. } if lines[0].text == "create-delivery waits");
    assert!(script.beats.iter().any(waits), "{script:#?}");
    assert_eq!(script.end, "Order PENDING");
}

#[test]
fn a_message_that_comes_to_nothing_is_not_shown() {
    let (spec, mut trace, violation) =
        trace(&changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404");
    let script = Script::of(&spec, &trace, &violation);
    let first = trace.steps.iter().position(|trace_step| matches!(trace_step.cause, Cause::Message(_)));
    let first = first.expect("a message");
    // Whoever handled it knows it already when it comes again.
    let again = TraceStep { effects: Vec::new(), ..trace.steps[first].clone() };
    trace.steps.insert(first + 1, again);
    assert_eq!(Script::of(&spec, &trace, &violation), script);
}

#[test]
fn people_and_time_are_outside() {
    let script =
        run(&accepted("food.yaml").replace("deadline: 2m, ", "").replace("deadline: 90m, ", ""), "SG0403");
    let never = |beat: &Beat| match beat {
        Beat::Does { at, lines } => {
            script.actors[*at].outside && lines[0].text == "never asks for answer-offer"
        }
        Beat::Comes { .. } => false,
    };
    assert_eq!(script.actors[0], Actor { name: "somebody".to_owned(), outside: true });
    assert!(script.beats.iter().any(never), "{script:#?}");
}

#[test]
fn all_of_a_run_is_in_each_picture() {
    let broken = [
        (changed("travel.yaml", "  reserve-hotel: release-hotel\n", ""), "SG0404"),
        (accepted("food.yaml").replace("deadline: 2m, ", "").replace("deadline: 90m, ", ""), "SG0401"),
    ];
    for (text, number) in broken {
        let script = run(&text, number);
        for picture in [texts(&script.svg()), script.mermaid()] {
            let has = |text: &str| assert!(picture.contains(text), "no {text} in:\n{picture}");
            script.actors.iter().for_each(|actor| has(&actor.name));
            for beat in &script.beats {
                match beat {
                    Beat::Comes { text, .. } => has(text),
                    Beat::Does { lines, .. } => lines.iter().for_each(|line| has(&line.text)),
                }
            }
            has(&script.end);
            has(&script.violation);
        }
        assert_eq!(script, run(&text, number));
        assert_eq!(script.svg(), script.clone().svg());
    }
}

#[test]
fn nothing_in_a_run_is_markup() {
    let odd = "a<b>\"&#;\u{1}";
    let line = || Line { text: odd.to_owned(), tone: Tone::Plain };
    let script = Script {
        saga: odd.to_owned(),
        actors: vec![Actor { name: odd.to_owned(), outside: false }],
        beats: vec![
            Beat::Comes { from: 0, to: 0, text: odd.to_owned(), what: What::Message },
            Beat::Does { at: 0, lines: vec![line(), line()] },
        ],
        end: odd.to_owned(),
        violation: odd.to_owned(),
    };
    assert_eq!(texts(&script.svg()).matches("a<b>\"&#; ").count(), 6);
    assert_eq!(script.mermaid().matches("a#60;b#62;#34;#38;#35;#59; ").count(), 6, "{}", script.mermaid());
}
