//! How many states there are to explore. A change here is a change of the
//! semantics, or of the reduction: find out why.

use saga_cli::pipeline::{check, examine};
use saga_cli::prove::explore::{Limits, StateSpace};
use saga_cli::prove::model::FlowModel;
use saga_cli::prove::partial_order::Orders;
use saga_cli::source::Source;

#[path = "../../benches/inputs.rs"]
mod inputs;

fn states(text: &str) -> usize {
    let examined = examine(&Source::new("saga.yaml", text), Limits::default());
    assert!(examined.found.is_empty(), "{:?}", examined.found.sorted());
    examined.exploration().expect("it was proved").space.states()
}

#[test]
fn known_sagas_have_so_many_states() {
    assert_eq!(states(include_str!("../accepted/order.yaml")), 16);
    assert_eq!(states(include_str!("../accepted/travel.yaml")), 1_849);
}

#[test]
fn one_more_booking_multiplies_the_states() {
    assert_eq!([1, 2, 3, 4].map(|count| states(&inputs::branches(count))), [35, 136, 555, 2_282]);
}

#[test]
fn without_the_reduction_there_are_many_more() {
    let states = |count| {
        let checked = check(&Source::new("saga.yaml", inputs::branches(count)));
        let spec = checked.resolved.expect("no errors");
        let flow = FlowModel::of(&spec).flow;
        let space = StateSpace::explore(&flow, Orders::Every, Limits::default(), &mut |_| ());
        space.expect("it is small").states()
    };
    assert_eq!([1, 2, 3].map(states), [75, 707, 7_299]);
}

#[test]
fn one_more_service_in_a_chain_adds_a_few() {
    assert_eq!([2, 3, 20].map(|count| states(&inputs::chain(count, true))), [12, 21, 633]);
}
