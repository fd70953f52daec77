//! Calls to other systems: how they are made, and what comes of their answers.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::wiring::run::taken;
use crate::emit::wiring::steps::Arm;
use crate::model::{Ask, CallOf, Ident, Passed, Retries, Service, Step, StepRows, Undo};

/// The enum of what the calls of a service answer.
pub(super) fn answered(service: &Service) -> Option<TokenStream> {
    let variants = service.steps.iter().filter_map(|step| {
        let variant = &step.call.as_ref()?.variant;
        let about = doc(format!("The call of `{}`.", step.name));
        let answer = step.run.ask.as_ref().and_then(|ask| ask.answer.as_ref()).map(|answer| {
            let ty = &answer.ident;
            quote!((#ty))
        });
        Some(quote!(#about #variant #answer))
    });
    service.calls().then(|| {
        quote! {
            /// What calls to other systems answer.
            pub enum Answered { #(#variants),* }
        }
    })
}

/// How a step goes on when its call was answered.
pub(super) fn decided<'m>(step: &'m Step, call: &CallOf) -> Arm<'m> {
    let (function, variant) = (&step.run.function, &call.variant);
    let answers = step.run.ask.as_ref().is_some_and(|ask| ask.answer.is_some());
    let body = if answers {
        quote!(match cx.answered {
            Some(Answered::#variant(answer)) => #function(answer, cx),
            _ => Err(Self::unexpected(step)),
        })
    } else {
        quote!(#function(cx))
    };
    Arm { step, more: None, pattern: None, body }
}

/// `retries`, where a step has its own.
pub(super) fn retries(service: &Service) -> Option<TokenStream> {
    let arms = service.steps.iter().filter_map(|step| {
        let Retries { tries, timeout } = step.retries.as_ref()?;
        let (place, tries) = (&step.place, Literal::u32_unsuffixed(*tries));
        let seconds = Literal::u64_unsuffixed(timeout.as_secs());
        Some(quote!(step::#place => (#tries, Duration::from_secs(#seconds))))
    });
    let arms: Vec<TokenStream> = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn retries(step: usize) -> (u32, Duration) {
                match step {
                    #(#arms,)*
                    _ => (10, Duration::from_secs(10)),
                }
            }
        }
    })
}

/// `call` and `undo_call`, where any step calls.
pub(super) fn tokens(service: &Service) -> Option<TokenStream> {
    let calls = service
        .steps
        .iter()
        .filter_map(|step| Some(prepared(step, step.memory()?, &step.call.as_ref()?.function)));
    let undos: Vec<TokenStream> = service
        .steps
        .iter()
        .filter_map(|step| {
            let undo = step.undo.as_ref().filter(|undo| undo.ask.calls)?;
            Some(prepared(step, step.memory()?, &undo.function))
        })
        .collect();
    let undo = (!undos.is_empty()).then(|| {
        quote! {
            fn undo_call(
                service: &Arc<Self>,
                step: usize,
                call: Call,
                key: &str,
                rows: &mut Rows,
            ) -> Option<Calling<Result<(), Unanswered>>> {
                let service = Arc::clone(service);
                match step {
                    #(#undos)*
                    _ => None,
                }
            }
        }
    });
    service.calls().then(|| {
        quote! {
            fn call(
                service: &Arc<Self>,
                step: usize,
                call: Call,
                key: &str,
                rows: &mut Rows,
            ) -> Option<Calling<Result<Answered, CallError>>> {
                let service = Arc::clone(service);
                match step {
                    #(#calls)*
                    _ => None,
                }
            }

            #undo
        }
    })
}

/// A call with what the step has seen.
fn prepared(step: &Step, memory: &StepRows, function: &Ident) -> TokenStream {
    let (place, field) = (&step.place, &memory.field);
    quote! {
        step::#place => {
            let inputs = rows.#field.inputs(key).clone();
            Some(Box::pin(async move { service.#function(&call, &inputs).await }))
        }
    }
}

/// The function that makes the call of a step.
pub(super) fn call(step: &Step, call: &CallOf) -> TokenStream {
    let Some((memory, ask)) = step.memory().zip(step.run.ask.as_ref()) else { return TokenStream::new() };
    let about = doc(format!("Calls for `{}`.", step.name));
    let (function, inputs, variant) = (&call.function, &memory.inputs, &call.variant);
    let seen = seen(memory, ask, &quote!(Unanswered::because("its messages are not there").into()));
    let asked = asked(ask);
    let answered = match ask.answer {
        Some(_) => quote!(#asked.map(Answered::#variant)),
        None => quote!(#asked.map(|()| Answered::#variant)),
    };
    quote! {
        #about
        async fn #function(&self, call: &Call, inputs: &#inputs) -> Result<Answered, CallError> {
            #seen
            #answered
        }
    }
}

/// The function that makes the call which compensates that of a step.
pub(super) fn undo(step: &Step, undo: &Undo) -> TokenStream {
    let Some(memory) = step.memory() else { return TokenStream::new() };
    let about = doc(format!(
        "`{}`: compensates the call of `{}`, which may never have been answered.",
        undo.name, step.name
    ));
    let (function, inputs) = (&undo.function, &memory.inputs);
    let seen = seen(memory, &undo.ask, &quote!(Unanswered::because("its messages are not there")));
    let asked = asked(&undo.ask);
    quote! {
        #about
        async fn #function(&self, call: &Call, inputs: &#inputs) -> Result<(), Unanswered> {
            #seen
            #asked
        }
    }
}

/// Takes the messages out of what the step has seen.
fn seen(memory: &StepRows, ask: &Ask, without: &TokenStream) -> TokenStream {
    let certain = ask.inputs.iter().filter(|param| param.passed != Passed::Optional);
    let names = certain.map(|param| &param.binding);
    taken(memory, &names.collect::<Vec<_>>(), &quote!(return Err(#without)))
}

fn asked(ask: &Ask) -> TokenStream {
    let method = &ask.method;
    let params = ask.inputs.iter().map(|param| {
        let binding = &param.binding;
        match param.passed {
            Passed::Optional => quote!(inputs.#binding.as_ref()),
            Passed::Reference | Passed::Selection | Passed::OneOf => quote!(#binding),
        }
    });
    quote!(self.handlers.#method(call, #(#params),*).await)
}
