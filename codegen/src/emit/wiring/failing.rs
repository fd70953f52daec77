//! What a step publishes when it fails, and what it sends then.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{mentions, owned, reads};
use crate::emit::wiring::run::{Without, seen};
use crate::model::{FailCase, Fails, Ident, Owed, Sees, Step, VariantTest, Why};

/// The function that publishes that a step failed.
pub(super) fn fail(step: &Step, fails: &Fails) -> TokenStream {
    let name = step.name.as_str();
    let about = doc(format!("`{name}` fails: publishes `{}`.", fails.publishes));
    let function = &fails.function;
    let ends = Without::Faults.ends(step);
    let (message, code) = match fails.cases.as_slice() {
        [only] if !asks_why(fails) => {
            let failure = &only.message;
            let emit = quote!(let failure = #failure; cx.out.emit(#name, &failure););
            let (message, prologue) = seen(step, &emit, Without::Faults);
            (message.filter(|_| takes_message(step, fails)), quote!(#prologue #emit))
        }
        cases => {
            let arms: Vec<TokenStream> =
                cases.iter().flat_map(|case| case.whys.iter().map(|why| arm(step, case, why))).collect();
            let message = match &step.sees {
                Sees::Message(need) if takes_message(step, fails) => {
                    let (binding, event) = (&need.binding, &need.event);
                    Some(quote!(#binding: &#event,))
                }
                Sees::Message(_) | Sees::Rows(_) | Sees::Request => None,
            };
            let of =
                if matches!(step.sees, Sees::Message(_)) { quote!(why) } else { quote!((why, cx.input)) };
            let code = quote! {
                let failure = match #of {
                    #(#arms,)*
                    _ => #ends,
                };
                cx.out.emit(#name, &failure);
            };
            (message, code)
        }
    };
    let why = mentions(&code, "why").then(|| quote!(why: &Failing,));
    quote! {
        #about
        fn #function(#message #why cx: &mut Context<'_>) {
            #code
        }
    }
}

/// Whether the function that fails a step gets the message at hand.
pub(super) fn takes_message(step: &Step, fails: &Fails) -> bool {
    match &step.sees {
        Sees::Message(need) => fails.cases.iter().any(|case| case.message.mentions(&need.binding)),
        Sees::Rows(_) | Sees::Request => false,
    }
}

/// Whether the function that fails a step asks why.
pub(super) fn asks_why(fails: &Fails) -> bool {
    fails.cases.len() > 1 || fails.cases.iter().any(|case| case.message.mentions(&Ident::plain("rejection")))
}

fn arm(step: &Step, case: &FailCase, why: &Why) -> TokenStream {
    let message = &case.message;
    let value = quote!(#message);
    let alone = matches!(step.sees, Sees::Message(_));
    let pattern = match why {
        Why::Rejected => {
            let rejection = if mentions(&value, "rejection") { quote!(rejection) } else { quote!(_) };
            quote!(Failing::Rejected(#rejection))
        }
        Why::Closed(..) => quote!(Failing::Closed),
        Why::Deadline => quote!(Failing::Deadline),
        Why::SagaFailed => quote!(Failing::SagaFailed),
    };
    if alone {
        return quote!(#pattern => #value);
    }
    match why {
        Why::Closed(event, test) => {
            let need = step.memory().and_then(|memory| memory.kept.iter().find(|need| need.event == *event));
            let binding = need.map_or_else(|| Ident::plain("event"), |need| need.binding.clone());
            let binding = if reads(&value, binding.as_str()) { quote!(#binding) } else { quote!(_) };
            let message = match test {
                None => quote!(#binding),
                Some(VariantTest { field, value: variant }) => {
                    let variant = owned(variant);
                    let named = (binding.to_string() != "_").then(|| quote!(#binding @));
                    quote!(#named #event { #field: #variant, .. })
                }
            };
            quote!((#pattern, Some(Input::#event(#message))) => #value)
        }
        Why::Rejected | Why::Deadline | Why::SagaFailed => {
            let (_, prologue) = seen(step, &value, Without::Faults);
            match prologue {
                Some(prologue) => quote!((#pattern, _) => { #prologue #value }),
                None => quote!((#pattern, _) => #value),
            }
        }
    }
}

/// The function that sends a compensation.
pub(super) fn send(step: &Step, owed: &Owed) -> TokenStream {
    let name = step.name.as_str();
    let about = doc(format!(
        "`{name}` failed although `{}` had succeeded: sends its compensation.",
        owed.compensates
    ));
    let (function, command) = (&owed.function, &owed.command);
    let emit = quote!(let command = #command; cx.out.emit(#name, &command););
    let (message, prologue) = seen(step, &emit, Without::Faults);
    quote! {
        #about
        fn #function(#message cx: &mut Context<'_>) {
            #prologue
            #emit
        }
    }
}
