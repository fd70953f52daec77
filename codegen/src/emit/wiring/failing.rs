//! What a step does when it can only fail, and what it sends then.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::displayed;
use crate::model::{Closing, Owed, Step};

/// The function that fails a step without asking its handler.
pub(super) fn close(step: &Step, closing: &Closing) -> TokenStream {
    let name = step.name.as_str();
    let about = doc(format!(
        "`{}` closes `{name}`: publishes `{}` without asking the handler.",
        closing.what, closing.publishes,
    ));
    let (function, event, failure) = (&closing.function, &closing.event, &closing.failure);
    let correlation = displayed(&closing.correlation);
    let (first, owed) = match step.join() {
        Some(join) => {
            let rows = &join.rows;
            let first = quote! {
                let step = cx.rows.#rows.row(#correlation);
                if step.close() != Effect::Fail {
                    return;
                }
            };
            (Some(first), step.owed.iter().map(if_arrived).collect())
        }
        None => {
            let first = step.once.then(|| {
                quote! {
                    if !cx.out.first_run(#name, #correlation) {
                        return;
                    }
                }
            });
            (first, Vec::new())
        }
    };
    quote! {
        #about
        fn #function(event: &#event, cx: &mut Context<'_, Rows>) {
            #first
            let failure = #failure;
            cx.out.emit(#name, &failure);
            #(#owed)*
        }
    }
}

/// The function that sends a compensation.
pub(super) fn send(step: &Step, owed: &Owed) -> TokenStream {
    let name = step.name.as_str();
    let about = doc(format!(
        "`{name}` failed although `{}` had succeeded: sends its compensation.",
        owed.compensates,
    ));
    let (function, command) = (&owed.function, &owed.command);
    let (binding, event) = (&owed.success.binding, &owed.success.event);
    quote! {
        #about
        fn #function(#binding: &#event, out: &mut Outgoing) {
            let command = #command;
            out.emit(#name, &command);
        }
    }
}

fn if_arrived(owed: &Owed) -> TokenStream {
    let (function, success) = (&owed.function, &owed.success.binding);
    quote! {
        if let Some(#success) = &step.inputs.#success {
            #function(#success, cx.out);
        }
    }
}
