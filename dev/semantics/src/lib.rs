//! What is proved is what runs: the flow that the checker explores and the generated
//! services, driven side by side.
//!
//! Whatever can happen next in the model happens: a request, one message that one
//! service reads, a deadline, the answer to a call, a message of an external producer. The
//! service does it, the model does it with the same choices, and everything that both
//! know of is compared: what was published and to whom it is on its way, who was asked,
//! what each step has seen, where it stands and whether it waits for a time, which rows
//! there are and in which statuses.
//!
//! First each transition of one instance is made once, then seeds interleave several.
//! `SEMANTICS_SEEDS=N` tries more seeds, `SEMANTICS_SEED=S` one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

mod books;
mod calls;
mod chance;
mod compare;
mod every;
mod mutants;
mod outside;
mod place;
mod requests;
mod run;
mod saga;
mod script;
mod stored;
mod tally;

pub use books::Books;
pub use place::{AnyPlace, MakeRequest, Place, Refused, Sent, Waiting};
pub use requests::Wish;
pub use saga::{Saga, Services, proved};
pub use script::Script;
