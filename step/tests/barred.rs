//! Why a step that the failed saga bars from running fails.

use std::convert::Infallible;

use saga_step::Mode;
use saga_step::flow::{
    Act, Answered, Cause, Compensated, Compensation, Decided, Flow, Found, Need, Note, Start, Step, View,
    World,
};

const STARTS: usize = 0;
const CLOSES: usize = 1;
const FAILS_THE_SAGA: usize = 2;
const FAILURE: usize = 3;

/// What one step remembers, and why it failed.
#[derive(Default)]
struct Memory {
    mode: Option<Mode>,
    arrived: bool,
    causes: Vec<Cause>,
}

impl View for &mut Memory {
    fn mode(&mut self, _: usize) -> Mode {
        self.mode.unwrap_or(Mode::Waiting)
    }

    fn arrived(&mut self, _: usize, _: usize) -> bool {
        self.arrived
    }

    fn row(&mut self, _: usize, _: usize) -> Found {
        Found::Fitting
    }
}

impl World for &mut Memory {
    type Fault = Infallible;

    fn set_mode(&mut self, _: usize, mode: Mode) {
        self.mode = Some(mode);
    }

    fn is_first(&mut self, _: usize) -> bool {
        true
    }

    fn keep(&mut self, _: usize, _: usize) {
        self.arrived = true;
    }

    fn forget(&mut self, _: usize) {}

    fn excluded(&mut self, _: usize, _: usize) -> bool {
        false
    }

    fn exclude(&mut self, _: usize, _: usize) {}

    fn compensated(&mut self, _: usize) -> Compensated {
        Compensated::Not
    }

    fn set_compensated(&mut self, _: usize, _: Compensated) {}

    fn conflict(&mut self, _: usize, _: usize) {}

    fn decide(&mut self, _: usize) -> Result<Decided, Infallible> {
        Ok(Decided::Way(0))
    }

    fn answer(&mut self, _: usize) -> Result<Answered, Infallible> {
        Ok(Answered::Unknown)
    }

    fn fail(&mut self, _: usize, cause: Cause) -> Result<(), Infallible> {
        self.causes.push(cause);
        Ok(())
    }

    fn command(&mut self, _: usize, _: usize) {}

    fn compensate(&mut self, _: usize) -> Result<(), Infallible> {
        Ok(())
    }

    fn note(&mut self, _: Note) {}
}

/// What the messages do to a step that is triggered by one, closed by another, and compensated once the
/// saga has failed.
fn causes(messages: &[usize]) -> Vec<Cause> {
    let step = Step {
        name: "book".into(),
        service: 0,
        start: Start::Messages,
        all: vec![Need { accepts: vec![STARTS], excludes: Vec::new() }],
        any: Vec::new(),
        closers: vec![CLOSES],
        deadline: false,
        calls: false,
        sql: false,
        kept: true,
        rows: Vec::new(),
        creates: None,
        successes: Vec::new(),
        rejects: true,
        failure: Some(FAILURE),
        commands: Vec::new(),
        undo: Compensation::Derived { failures: vec![FAILS_THE_SAGA] },
        compensates: None,
    };
    let flow = Flow::new(1, 4, vec![step], Vec::new(), Vec::new());
    let mut memory = Memory::default();
    for message in messages {
        let channel = flow.channel(*message, 0).expect("the service reads it");
        let Ok(()) = flow.perform_in(&mut memory, Act::Receive(channel));
    }
    memory.causes
}

#[test]
fn what_closes_a_barred_step_is_why_it_fails() {
    assert_eq!(causes(&[CLOSES]), [Cause::Closer]);
    assert_eq!(causes(&[FAILS_THE_SAGA, CLOSES]), [Cause::Closer], "its fields are those of this message");
    assert_eq!(causes(&[FAILS_THE_SAGA, STARTS]), [Cause::SagaFailed], "nothing else closed it");
}
