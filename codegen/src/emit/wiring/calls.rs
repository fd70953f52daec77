//! What steps ask apart from the batch, other systems and the database: how they are asked, and what comes of
//! their answers.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, mentions};
use crate::emit::wiring::run::taken;
use crate::emit::wiring::steps::Arm;
use crate::model::{
    Apart, Ask, CallOf, FoundBy, Ident, Passed, Retries, RowAt, Service, Step, StepRows, Undo,
};

/// The enum of what the calls of a service answer.
pub(super) fn answered(service: &Service) -> Option<TokenStream> {
    let variants = service.steps.iter().filter_map(|step| {
        let variant = &step.call.as_ref()?.variant;
        let about = doc(match step.call.as_ref()?.to {
            Apart::Call => format!("The call of `{}`.", step.name),
            Apart::Sql => format!("The SQL of `{}`.", step.name),
        });
        let answer = step.run.ask.as_ref().and_then(|ask| ask.answer.as_ref()).map(|answer| {
            let ty = &answer.ident;
            quote!((#ty))
        });
        Some(quote!(#about #variant #answer))
    });
    let sql = service.steps.iter().any(|step| step.call.as_ref().is_some_and(|call| call.to == Apart::Sql));
    let about = match sql {
        true => quote!(#[doc = " What handlers answer that are asked apart from their batch."]),
        false => quote!(#[doc = " What calls to other systems answer."]),
    };
    service.calls().then(|| {
        quote! {
            #about
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

/// `compensation_of`, where a call or SQL is compensated.
pub(super) fn compensations(service: &Service) -> Option<TokenStream> {
    let arms = service.steps.iter().filter_map(|step| {
        let undo = step.undo.as_ref().filter(|undo| undo.ask.apart.is_some())?;
        let (place, name) = (&step.place, undo.name.as_str());
        Some(quote!(step::#place => #name))
    });
    let arms: Vec<TokenStream> = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn compensation_of(step: usize) -> &'static str {
                match step {
                    #(#arms,)*
                    _ => Self::name_of(step),
                }
            }
        }
    })
}

/// What a handler that is asked apart is given first, and how the runtime calls it.
struct Form {
    /// Prepares what a step asks, and what compensates it.
    prepares: [TokenStream; 2],
    /// The handle: its name, and its type.
    handle: (TokenStream, TokenStream),
    /// The errors of what a step asks, and of what compensates it.
    errors: [TokenStream; 2],
}

impl Form {
    fn of(to: Apart) -> Self {
        match to {
            Apart::Call => Self {
                prepares: [quote!(call), quote!(undo_call)],
                handle: (quote!(call), quote!(Call)),
                errors: [quote!(CallError), quote!(Unanswered)],
            },
            Apart::Sql => Self {
                prepares: [quote!(sql), quote!(undo_sql)],
                handle: (quote!(sql), quote!(Sql)),
                errors: [quote!(SqlError), quote!(SqlError)],
            },
        }
    }

    /// An error because something is not there.
    fn without(&self, undoes: bool, what: &str) -> TokenStream {
        let because = &self.errors[1];
        let into =
            (!undoes && self.errors[0].to_string() != self.errors[1].to_string()).then(|| quote!(.into()));
        quote!(#because::because(#what) #into)
    }
}

/// The functions that prepare what steps ask apart, where any step does.
pub(super) fn tokens(service: &Service) -> TokenStream {
    [Apart::Call, Apart::Sql].into_iter().map(|to| prepares(service, to)).collect()
}

fn prepares(service: &Service, to: Apart) -> TokenStream {
    let form = Form::of(to);
    let asked = service.steps.iter().filter_map(|step| {
        let call = step.call.as_ref().filter(|call| call.to == to)?;
        Some(prepared(step, step.memory()?, &call.function, &call.rows, &form))
    });
    let undone = service.steps.iter().filter_map(|step| {
        let undo = step.undo.as_ref().filter(|undo| undo.ask.apart == Some(to))?;
        Some(prepared(step, step.memory()?, &undo.function, &undo.changes, &form))
    });
    let arms: [Vec<TokenStream>; 2] = [asked.collect(), undone.collect()];
    let answers = [quote!(Answered), quote!(())];
    let (handle, ty) = &form.handle;
    let functions = arms.iter().zip(&answers).enumerate().filter(|(_, (arms, _))| !arms.is_empty());
    let functions = functions.map(|(at, (arms, answer))| {
        let (function, error) = (&form.prepares[at], &form.errors[at]);
        quote! {
            fn #function(
                service: &Arc<Self>,
                step: usize,
                #handle: #ty,
                key: &str,
                rows: &mut Rows,
            ) -> Option<Calling<Result<#answer, #error>>> {
                let service = Arc::clone(service);
                match step {
                    #(#arms)*
                    _ => None,
                }
            }
        }
    });
    functions.collect()
}

/// A call with what the step has seen, and its rows as they are now.
fn prepared(step: &Step, memory: &StepRows, function: &Ident, loaded: &[RowAt], form: &Form) -> TokenStream {
    let (place, field, handle) = (&step.place, &memory.field, &form.handle.0);
    let finds: TokenStream = loaded.iter().map(found).collect();
    let names: Vec<&Ident> = loaded.iter().map(|row| &row.binding).collect();
    let did = memory.did.created.iter().map(|(field, _)| field);
    let seen = memory.kept.iter().map(|need| &need.binding).chain(did);
    let seen = seen.filter(|name| mentions(&finds, name.as_str()));
    let seen = seen.map(|name| quote!(let #name = inputs.#name.as_ref()?;));
    quote! {
        step::#place => {
            let inputs = rows.#field.inputs(key).clone();
            #(#seen)*
            #finds
            Some(Box::pin(async move { service.#function(&#handle, #(#names,)* &inputs).await }))
        }
    }
}

/// Takes a row as it is.
fn found(row: &RowAt) -> TokenStream {
    let (table, binding) = (&row.table, &row.binding);
    match &row.found {
        None => {
            let key = borrowed(&row.key);
            quote!(let #binding = rows.#table.get(#key).cloned();)
        }
        Some(FoundBy { column, value, .. }) => {
            let value = borrowed(value);
            quote! {
                let #binding = rows.#table.find_by(#column, #value);
                let #binding = #binding.and_then(|key| rows.#table.get(key)).cloned();
            }
        }
    }
}

/// The function that makes the call of a step.
pub(super) fn call(step: &Step, call: &CallOf) -> TokenStream {
    let Some((memory, ask)) = step.memory().zip(step.run.ask.as_ref()) else { return TokenStream::new() };
    let form = Form::of(call.to);
    let about = doc(match call.to {
        Apart::Call => format!("Calls for `{}`.", step.name),
        Apart::Sql => format!("Asks for `{}`, in its transaction.", step.name),
    });
    let (function, inputs, variant) = (&call.function, &memory.inputs, &call.variant);
    let ((handle, ty), error) = (&form.handle, &form.errors[0]);
    let (params, loaded) = loaded(&call.rows, &form, false);
    let seen = seen(memory, ask, &form.without(false, "its messages are not there"));
    let asked = asked(ask, &form);
    let answered = match ask.answer {
        Some(_) => quote!(#asked.map(Answered::#variant)),
        None => quote!(#asked.map(|()| Answered::#variant)),
    };
    quote! {
        #about
        async fn #function(&self, #handle: &#ty, #params inputs: &#inputs) -> Result<Answered, #error> {
            #seen
            #loaded
            #answered
        }
    }
}

/// The function that makes the call which compensates that of a step.
pub(super) fn undo(step: &Step, undo: &Undo, to: Apart) -> TokenStream {
    let Some(memory) = step.memory() else { return TokenStream::new() };
    let form = Form::of(to);
    let (name, of) = (&undo.name, &step.name);
    let about = doc(match to {
        Apart::Call => {
            format!("`{name}`: compensates the call of `{of}`, which may never have been answered.")
        }
        Apart::Sql => format!("`{name}`: compensates `{of}`, in a transaction of its own."),
    });
    let (function, inputs) = (&undo.function, &memory.inputs);
    let ((handle, ty), error) = (&form.handle, &form.errors[1]);
    let (params, loaded) = loaded(&undo.changes, &form, true);
    let seen = seen(memory, &undo.ask, &form.without(true, "its messages are not there"));
    let asked = asked(&undo.ask, &form);
    quote! {
        #about
        async fn #function(&self, #handle: &#ty, #params inputs: &#inputs) -> Result<(), #error> {
            #seen
            #loaded
            #asked
        }
    }
}

/// The rows of a call as parameters, and the lines that end it if one is not there.
fn loaded(rows: &[RowAt], form: &Form, undoes: bool) -> (TokenStream, TokenStream) {
    let params = rows.iter().map(|row| {
        let (binding, ty) = (&row.binding, &row.entity);
        quote!(#binding: Option<#ty>,)
    });
    let lines = rows.iter().map(|row| {
        let binding = &row.binding;
        let without = form.without(undoes, &format!("its `{}` is not there", row.name));
        quote! {
            let Some(#binding) = &#binding else {
                return Err(#without);
            };
        }
    });
    (params.collect(), lines.collect())
}

/// Takes the messages out of what the step has seen.
fn seen(memory: &StepRows, ask: &Ask, without: &TokenStream) -> TokenStream {
    let certain = ask.inputs.iter().filter(|param| param.passed != Passed::Optional);
    let names = certain.map(|param| &param.binding);
    taken(memory, &names.collect::<Vec<_>>(), &quote!(return Err(#without)))
}

fn asked(ask: &Ask, form: &Form) -> TokenStream {
    let (method, handle) = (&ask.method, &form.handle.0);
    let rows = ask.rows.iter().map(|param| &param.binding);
    let params = ask.inputs.iter().map(|param| {
        let binding = &param.binding;
        match param.passed {
            Passed::Optional => quote!(inputs.#binding.as_ref()),
            Passed::Reference | Passed::Selection | Passed::OneOf => quote!(#binding),
        }
    });
    quote!(self.handlers.#method(#handle, #(#rows,)* #(#params),*).await)
}
