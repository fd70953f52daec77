//! What a step does once everything it needs is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, displayed, param};
use crate::emit::wiring::decision::{Decision, carried, decision};
use crate::model::{Allowed, Move, Need, OnRejection, Owed, RowGuard, Run, Step, StructValue};

/// The function of a step that needs one message.
pub(super) fn alone(step: &Step, need: &Need) -> TokenStream {
    let about = about(step);
    let (function, event) = (&step.run.function, &need.event);
    let body = body(step);
    let once = step.once.then(|| once(step, need));
    let body = quote!(#once #body);
    let binding = param(&need.binding, &body);
    let receiver = step.is_method().then(|| quote!(&self,));
    let (returns, end) = result(step);
    quote! {
        #about
        fn #function(#receiver #binding: &#event, cx: &mut Context<'_, Rows>) #returns {
            #body
            #end
        }
    }
}

/// The documentation of a step's run.
pub(super) fn about(step: &Step) -> TokenStream {
    doc(format!("`{}`: {}.", step.name, step.run.summary))
}

/// The return type of a step's functions, and the value they end with.
pub(super) fn result(step: &Step) -> (Option<TokenStream>, Option<TokenStream>) {
    let faults = step.faults();
    (faults.then(|| quote!(-> Result<(), Fault>)), faults.then(|| quote!(Ok(()))))
}

/// Everything a run does, and what records how it ended in the step's row.
pub(super) fn body(step: &Step) -> TokenStream {
    let run = &step.run;
    let guards = run.guards.iter().map(|row| guard(step, row));
    let moves = run.moves.iter().map(|it| moved(step, it));
    let rest = if run.moves.is_empty() || run.goes_on_after_moves() {
        decided(step)
    } else {
        ended(step, &quote!(true)).unwrap_or_default()
    };
    quote! {
        #(#guards)*
        #(#moves)*
        #rest
    }
}

/// Records in the step's row, if it has one, how the run ended.
fn ended(step: &Step, succeeded: &TokenStream) -> Option<TokenStream> {
    step.join().map(|_| quote!(step.ended(#succeeded);))
}

/// Leaves if an unsequenced message has run the step before.
fn once(step: &Step, need: &Need) -> TokenStream {
    let (name, correlation) = (step.name.as_str(), displayed(&need.correlation));
    let leave = leave(step);
    quote! {
        if !cx.out.first_run(#name, #correlation) {
            #leave
        }
    }
}

fn leave(step: &Step) -> TokenStream {
    if step.faults() { quote!(return Ok(());) } else { quote!(return;) }
}

fn guard(step: &Step, guard: &RowGuard) -> TokenStream {
    let (table, key) = (&guard.row.table, borrowed(&guard.row.key));
    let leave = leave(step);
    let not_allowed = match &guard.allowed {
        Allowed::Unended => quote!(has_ended(#key)),
        Allowed::From(of, variants) => quote!(is_none_of(#key, &[#(#of::#variants),*])),
    };
    quote! {
        if cx.rows.#table.#not_allowed {
            #leave
        }
    }
}

fn moved(step: &Step, it: &Move) -> TokenStream {
    let name = step.name.as_str();
    let (table, key) = (&it.row.table, borrowed(&it.row.key));
    let correlation = displayed(&step.run.correlation);
    let (of, to) = &it.to;
    let advance = match &it.from {
        Allowed::Unended => quote!(advance(#key, #of::#to)),
        Allowed::From(of_from, variants) => quote!(advance_from(#key, &[#(#of_from::#variants),*], #of::#to)),
    };
    let stop = step.run.goes_on_after_moves().then(|| {
        let leave = leave(step);
        quote! {
            if moved != Moved::Moved {
                #leave
            }
        }
    });
    quote! {
        let moved = cx.rows.#table.#advance;
        cx.out.moved(#name, #correlation, moved, #of::#to);
        #stop
    }
}

fn decided(step: &Step) -> TokenStream {
    match decision(step) {
        Decision::Certain(before) => {
            let publish = certain(step);
            let ended = ended(step, &quote!(true));
            quote!(#before #publish #ended)
        }
        Decision::Result(before, result) => {
            let end = match &step.run.on_rejection {
                OnRejection::PublishSame(event) => published_same(step, &result, event),
                OnRejection::Publish(failure) => published(step, &result, failure),
                OnRejection::NothingToCompensate => compensated(step, &result),
                OnRejection::Fault => faulted(step, &result),
            };
            quote!(#before #end)
        }
    }
}

/// Publishes what nothing can reject.
fn certain(step: &Step) -> TokenStream {
    let name = step.name.as_str();
    if step.run.publishes.is_empty() {
        return done(step);
    }
    let messages = &step.run.publishes;
    quote!(#(let event = #messages; cx.out.emit(#name, &event);)*)
}

fn done(step: &Step) -> TokenStream {
    let (name, correlation) = (step.name.as_str(), displayed(&step.run.correlation));
    quote!(cx.out.done(#name, #correlation);)
}

/// Publishes one message, whatever was decided.
fn published_same(step: &Step, result: &TokenStream, event: &StructValue) -> TokenStream {
    let (name, correlation) = (step.name.as_str(), displayed(&step.run.correlation));
    let ended = ended(step, &quote!(decided.is_ok()));
    quote! {
        let decided = #result;
        if let Err(rejection) = &decided {
            cx.out.rejected(#name, #correlation, rejection);
        }
        let event = #event;
        cx.out.emit(#name, &event);
        #ended
    }
}

/// Publishes what was decided, or the failing variant.
fn published(step: &Step, result: &TokenStream, failure: &StructValue) -> TokenStream {
    let (name, correlation) = (step.name.as_str(), displayed(&step.run.correlation));
    let owed = step.owed.iter().map(send);
    let ok = on_success(step);
    let ended = ended(step, &quote!(succeeded));
    let succeeded = ended.is_some().then(|| quote!(let succeeded = decided.is_ok();));
    quote! {
        let decided = #result;
        #succeeded
        match decided {
            #ok
            Err(rejection) => {
                cx.out.rejected(#name, #correlation, &rejection);
                let failure = #failure;
                cx.out.emit(#name, &failure);
                #(#owed)*
            }
        }
        #ended
    }
}

fn on_success(step: &Step) -> TokenStream {
    let name = step.name.as_str();
    match carried(&step.run).as_slice() {
        [] => {
            let correlation = displayed(&step.run.correlation);
            quote!(Ok(()) => cx.out.done(#name, #correlation),)
        }
        [only] => quote!(Ok(#only) => cx.out.emit(#name, &#only),),
        all => quote!(Ok((#(#all),*)) => { #(cx.out.emit(#name, &#all);)* }),
    }
}

/// Compensates; that there is nothing to compensate on is a fault.
fn compensated(step: &Step, result: &TokenStream) -> TokenStream {
    let Some(touch) = step.run.touches.first() else { return faulted(step, result) };
    let (name, entity, key) = (step.name.as_str(), &touch.row.entity, borrowed(&touch.row.key));
    let done = done(step);
    let ended = ended(step, &quote!(true));
    quote! {
        let decided = #result;
        if decided.is_err() {
            return Err(Fault::nothing_to_compensate::<#entity>(#name, #key));
        }
        #done
        #ended
    }
}

/// Publishes what was decided; a rejection that publishes nothing is a fault.
fn faulted(step: &Step, result: &TokenStream) -> TokenStream {
    let name = step.name.as_str();
    let carried = carried(&step.run);
    let fault = quote!(map_err(Fault::Rejected));
    let decided = match carried.as_slice() {
        [] => quote!(#result.#fault?;),
        [only] => quote!(let decided = #result; let #only = decided.#fault?;),
        all => quote!(let decided = #result; let (#(#all),*) = decided.#fault?;),
    };
    let publish = match carried.as_slice() {
        [] => done(step),
        all => quote!(#(cx.out.emit(#name, &#all);)*),
    };
    let ended = ended(step, &quote!(true));
    quote!(#decided #publish #ended)
}

/// Sends a compensation that is owed.
pub(super) fn send(owed: &Owed) -> TokenStream {
    let (function, success) = (&owed.function, &owed.success.binding);
    quote!(#function(#success, cx.out);)
}

/// A run, as others call it.
pub(super) fn call(step: &Step, run: &Run, correlation: &TokenStream) -> TokenStream {
    let function = &run.function;
    let receiver = step.is_method().then(|| quote!(self.));
    let question = step.faults().then(|| quote!(?));
    quote!(#receiver #function(#correlation, cx) #question)
}
