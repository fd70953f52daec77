//! What a step does once everything it needs is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, displayed, param};
use crate::emit::wiring::decision::{Decision, carried, decision};
use crate::model::{Allowed, Move, Need, OnRejection, Owed, RowGuard, Run, Step};

/// The function of a step that needs one message.
pub(super) fn alone(step: &Step, need: &Need) -> TokenStream {
    let about = about(step);
    let (function, event) = (&step.run.function, &need.event);
    let body = body(step, &TokenStream::new());
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

/// Everything a run does; `ended` records how it ended, given `succeeded`.
pub(super) fn body(step: &Step, ended: &TokenStream) -> TokenStream {
    let run = &step.run;
    let guards = run.guards.iter().map(|row| guard(step, row));
    let moves = run.moves.iter().map(|it| moved(step, it));
    let rest = if run.moves.is_empty() || run.goes_on_after_moves() {
        decided(step, ended)
    } else {
        TokenStream::new()
    };
    let last = (!run.moves.is_empty() && !run.goes_on_after_moves() && !ended.is_empty())
        .then(|| quote!(let succeeded = true; #ended));
    quote! {
        #(#guards)*
        #(#moves)*
        #rest
        #last
    }
}

/// Leaves if a message without our headers has run the step before.
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
    let (table, row, key) = (&guard.row.table, &guard.row.binding, borrowed(&guard.row.key));
    let leave = leave(step);
    let not_allowed = match &guard.allowed {
        Allowed::Unended => quote!(#row.status.phase() != Phase::Open),
        Allowed::From(of, variants) => quote!(!matches!(#row.status, #(#of::#variants)|*)),
    };
    quote! {
        if cx.rows.#table.get(#key).is_some_and(|#row| #not_allowed) {
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

fn decided(step: &Step, ended: &TokenStream) -> TokenStream {
    let run = &step.run;
    match decision(run) {
        Decision::Certain(before) => {
            let publish = certain(step);
            let ended = (!ended.is_empty()).then(|| quote!(let succeeded = true; #ended));
            quote!(#before #publish #ended)
        }
        Decision::Result(before, result) => {
            let end = match &run.on_rejection {
                OnRejection::PublishSame(_) | OnRejection::Publish(_) => published(step, ended),
                OnRejection::NothingToCompensate | OnRejection::Fault => faulted(step, ended),
            };
            quote! {
                #before
                let decided = #result;
                #end
            }
        }
    }
}

/// Publishes what nothing can reject.
fn certain(step: &Step) -> TokenStream {
    let name = step.name.as_str();
    if step.run.publishes.is_empty() {
        let correlation = displayed(&step.run.correlation);
        return quote!(cx.out.done(#name, #correlation););
    }
    let messages = &step.run.publishes;
    quote!(#(let event = #messages; cx.out.emit(#name, &event);)*)
}

/// Publishes what was decided, or the failing variant.
fn published(step: &Step, ended: &TokenStream) -> TokenStream {
    let name = step.name.as_str();
    let correlation = displayed(&step.run.correlation);
    let owed = step.owed.iter().map(send);
    match &step.run.on_rejection {
        OnRejection::PublishSame(event) => {
            let succeeded = (!ended.is_empty()).then(|| quote!(let succeeded = decided.is_ok();));
            quote! {
                if let Err(rejection) = &decided {
                    cx.out.rejected(#name, #correlation, rejection);
                }
                let event = #event;
                cx.out.emit(#name, &event);
                #succeeded
                #ended
            }
        }
        OnRejection::Publish(failure) => {
            let succeeded = (!ended.is_empty()).then(|| quote!(let succeeded = decided.is_ok();));
            let ok = on_success(step);
            quote! {
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
        OnRejection::NothingToCompensate | OnRejection::Fault => TokenStream::new(),
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

/// Publishes what was decided; a rejection nobody is told of is a fault.
fn faulted(step: &Step, ended: &TokenStream) -> TokenStream {
    let run = &step.run;
    let name = step.name.as_str();
    let carried = carried(run);
    let publish = match carried.as_slice() {
        [] => {
            let correlation = displayed(&run.correlation);
            quote!(cx.out.done(#name, #correlation);)
        }
        all => quote!(#(cx.out.emit(#name, &#all);)*),
    };
    let result = match (&run.on_rejection, run.touches.first(), carried.as_slice()) {
        (OnRejection::NothingToCompensate, Some(touch), _) => {
            let (entity, key) = (&touch.row.entity, borrowed(&touch.row.key));
            quote! {
                if decided.is_err() {
                    return Err(Fault::nothing_to_compensate::<#entity>(#name, #key));
                }
            }
        }
        (_, _, []) => quote!(decided.map_err(|rejection| Fault::Unstorable(rejection.reason))?;),
        (_, _, [only]) => {
            quote!(let #only = decided.map_err(|rejection| Fault::Unstorable(rejection.reason))?;)
        }
        (_, _, all) => {
            quote!(let (#(#all),*) = decided.map_err(|rejection| Fault::Unstorable(rejection.reason))?;)
        }
    };
    let ended = (!ended.is_empty()).then(|| quote!(let succeeded = true; #ended));
    quote!(#result #publish #ended)
}

/// Sends a compensation that is owed.
pub(super) fn send(owed: &Owed) -> TokenStream {
    let function = &owed.function;
    let sources = owed.sources.iter().map(|source| &source.binding);
    quote!(#function(#(#sources),*, cx.out);)
}

/// A run, as others call it.
pub(super) fn call(step: &Step, run: &Run, correlation: &TokenStream) -> TokenStream {
    let function = &run.function;
    let receiver = step.is_method().then(|| quote!(self.));
    let question = step.faults().then(|| quote!(?));
    quote!(#receiver #function(#correlation, cx) #question)
}
