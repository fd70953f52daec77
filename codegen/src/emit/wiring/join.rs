//! Steps that wait for several messages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{displayed, mentions};
use crate::emit::wiring::run;
use crate::model::{Arrival, Join, RustType, Step};

/// The function that takes one of the messages in.
pub(super) fn arrival(step: &Step, join: &Join, arrival: &Arrival) -> TokenStream {
    let need = &arrival.need;
    let about = doc(format!("`{}` reaches `{}`.", need.what, step.name));
    let (function, event, rows, slot) = (&arrival.function, &need.event, &join.rows, &need.binding);
    let correlation = displayed(&correlation(arrival));
    let receiver = step.is_method().then(|| quote!(&self,));
    let run = run::call(step, &step.run, &correlation);
    let late = late(arrival);
    let nothing = if late.is_some() {
        quote!(Effect::Wait | Effect::Fail | Effect::Absorb => {})
    } else {
        quote!(Effect::Wait | Effect::Fail | Effect::Late | Effect::Absorb => {})
    };
    let (returns, end) = run::result(step);
    quote! {
        #about
        fn #function(#receiver event: &#event, cx: &mut Context<'_, Rows>) #returns {
            let step = cx.rows.#rows.row(#correlation);
            match step.arrive(|inputs| &mut inputs.#slot, event) {
                Effect::Run => #run,
                #late
                #nothing
            }
            #end
        }
    }
}

/// The function that runs the step when everything is there.
pub(super) fn run(step: &Step, join: &Join) -> TokenStream {
    let about = run::about(step);
    let (function, rows, inputs) = (&step.run.function, &join.rows, &join.inputs);
    let receiver = step.is_method().then(|| quote!(&self,));
    let correlation = match &join.correlation {
        RustType::String => quote!(&str),
        other => quote!(#other),
    };
    let body = run::body(step);
    let patterns = join.arrivals.iter().map(|arrival| {
        let slot = &arrival.need.binding;
        if mentions(&body, slot.as_str()) { quote!(#slot: Some(#slot)) } else { quote!(#slot: Some(_)) }
    });
    let (returns, end) = run::result(step);
    let leave = if step.faults() { quote!(return Ok(());) } else { quote!(return;) };
    quote! {
        #about
        fn #function(#receiver correlation: #correlation, cx: &mut Context<'_, Rows>) #returns {
            let step = cx.rows.#rows.row(correlation);
            let #inputs { #(#patterns),* } = &step.inputs else { #leave };
            #body
            #end
        }
    }
}

fn correlation(arrival: &Arrival) -> crate::model::Value {
    let event = crate::model::Ident::plain("event");
    arrival.need.correlation.rebound(&arrival.need.binding, &event)
}

/// What is sent when a message comes to a step that has failed.
fn late(arrival: &Arrival) -> Option<TokenStream> {
    match arrival.late.as_slice() {
        [] => None,
        [only] => Some(quote!(Effect::Late => #only(event, cx.out),)),
        all => Some(quote!(Effect::Late => { #(#all(event, cx.out);)* })),
    }
}
