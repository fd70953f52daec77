//! The expression that decides a step: a `Result` of what is published, or of
//! the rejection.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{borrowed, closure_param, mentions};
use crate::model::{Ask, Creates, Ident, Run, Step, Touch};

/// How a run comes to its end.
pub(super) enum Decision {
    /// Something in it can say no: a `Result` for what [`yields`] says, after
    /// some statements.
    Result(TokenStream, TokenStream),
    /// Nothing can: statements, and then what it publishes is certain.
    Certain(TokenStream),
}

pub(super) fn decision(step: &Step) -> Decision {
    let run = &step.run;
    let ask = run.ask.as_ref().map(|ask| asked(step, ask));
    let fallible = run.ask.as_ref().is_some_and(|ask| ask.error.is_some());
    if !run.touches.is_empty() {
        return Decision::Result(TokenStream::new(), touched(step, &run.touches));
    }
    match (ask, &run.creates) {
        (Some(ask), Some(creates)) if fallible => {
            let (answer, created, yields) = (answered(run), created(run, creates), yields(run));
            Decision::Result(TokenStream::new(), quote!(#ask.and_then(|#answer| { #created Ok(#yields) })))
        }
        (Some(ask), None) if fallible => {
            if run.only_consents() {
                return Decision::Result(TokenStream::new(), ask);
            }
            let (answer, yields) = (answered(run), yields(run));
            Decision::Result(TokenStream::new(), quote!(#ask.map(|#answer| #yields)))
        }
        (ask, Some(creates)) => {
            let before = ask.map(|ask| statement(run, &ask)).unwrap_or_default();
            let create = create(creates);
            if run.publishes.is_empty() {
                return Decision::Result(before, create);
            }
            let yields = yields(run);
            let binding = closure_param(&creates.binding, &yields);
            Decision::Result(before, quote!(#create.map(|#binding| #yields)))
        }
        (ask, None) => Decision::Certain(ask.map(|ask| statement(run, &ask)).unwrap_or_default()),
    }
}

/// What a success carries: the messages to publish, or nothing.
pub(super) fn yields(run: &Run) -> TokenStream {
    match run.carried() {
        [only] => quote!(#only),
        messages => quote!((#(#messages),*)),
    }
}

/// The names of what a success carries.
pub(super) fn carried(run: &Run) -> Vec<Ident> {
    match run.carried() {
        [_] => vec![Ident::plain("event")],
        messages => messages.iter().map(|message| Ident::snake(message.of.bare())).collect(),
    }
}

/// A call of the team's code.
pub(super) fn call(ask: &Ask) -> TokenStream {
    let method = &ask.method;
    let params = ask.rows.iter().chain(&ask.inputs).map(|param| &param.binding);
    quote!(self.handlers.#method(#(#params),*))
}

/// The same for a step that may be rejected: once its tries are spent, it is rejected without the call.
fn asked(step: &Step, ask: &Ask) -> TokenStream {
    let call = call(ask);
    if ask.error.is_none() {
        return call;
    }
    let name = step.name.as_str();
    quote!(cx.out.decide(#name, || #call))
}

/// The expression that creates a row.
pub(super) fn create(creates: &Creates) -> TokenStream {
    let (table, row) = (&creates.table, &creates.row);
    match &creates.allocates {
        Some(id) => quote!(cx.rows.#table.create(|#id| #row)),
        None => quote!(cx.rows.#table.insert(#row)),
    }
}

/// The rows, one inside the other: if any part says no, none of them changes.
fn touched(step: &Step, touches: &[Touch]) -> TokenStream {
    let [touch, inner @ ..] = touches else { return innermost(step) };
    let body = touched(step, inner);
    let (table, key) = (&touch.row.table, borrowed(&touch.row.key));
    let binding = closure_param(&touch.row.binding, &body);
    if is_expression(&step.run, inner) {
        quote!(cx.rows.#table.change(#key, |#binding| #body))
    } else {
        quote!(cx.rows.#table.change(#key, |#binding| { #body }))
    }
}

/// Whether the closure's body is one expression.
fn is_expression(run: &Run, inner: &[Touch]) -> bool {
    !inner.is_empty() || run.only_consents()
}

fn innermost(step: &Step) -> TokenStream {
    let run = &step.run;
    let ask = run.ask.as_ref();
    if let (Some(ask), true) = (ask, run.only_consents()) {
        return asked(step, ask);
    }
    let guards = run.touches.iter().filter(|touch| touch.unended).map(ended);
    let ask = ask.map(|ask| {
        let question = ask.error.is_some().then(|| quote!(?));
        let asked = asked(step, ask);
        statement(run, &quote!(#asked #question))
    });
    let moves = run.touches.iter().filter_map(|touch| {
        let (of, variant) = touch.to.as_ref()?;
        let row = &touch.row.binding;
        Some(quote!(#row.status = #of::#variant;))
    });
    let creates = run.creates.as_ref().map(|creates| created(run, creates));
    let yields = yields(run);
    quote! {
        #(#guards)*
        #ask
        #(#moves)*
        #creates
        Ok(#yields)
    }
}

/// A row that has ended rejects the step.
fn ended(touch: &Touch) -> TokenStream {
    let row = &touch.row.binding;
    quote!(#row.unended()?;)
}

/// A call whose answer, if there is one, gets a name.
fn statement(run: &Run, call: &TokenStream) -> TokenStream {
    match run.ask.as_ref().and_then(|ask| ask.answer.as_ref()) {
        Some(answer) => {
            let binding = &answer.binding;
            quote!(let #binding = #call;)
        }
        None => quote!(#call;),
    }
}

/// The pattern for what the handler answers.
fn answered(run: &Run) -> TokenStream {
    match run.ask.as_ref().and_then(|ask| ask.answer.as_ref()) {
        Some(answer) => {
            let binding = &answer.binding;
            quote!(#binding)
        }
        None => quote!(()),
    }
}

/// Creates a row, and gives it a name if what is published mentions it.
fn created(run: &Run, creates: &Creates) -> TokenStream {
    let (binding, create) = (&creates.binding, create(creates));
    if mentions(&yields(run), binding.as_str()) {
        quote!(let #binding = #create?;)
    } else {
        quote!(#create?;)
    }
}
