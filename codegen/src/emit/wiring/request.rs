//! Requests that write, and that no step waits for.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, closure_param, owned, param};
use crate::emit::wiring::run::{call, create, decider, variant_arms};
use crate::model::{Changed, Chosen, Ident, RequestStep, RowGuard, RustType};

/// The function that answers a request.
pub(super) fn tokens(request: &RequestStep) -> TokenStream {
    let name = request.name.as_str();
    let about = doc(format!("`{name}`: {}.", request.summary));
    let function = &request.function;
    let asks = request.ask.error.is_some();
    let receiver = asks.then(|| quote!(&self,));
    let guards = request.changes.iter().filter_map(guard);
    let ask = asks.then(|| ask(request));
    let chosen = request.chosen.as_ref().map(|chosen| self::chosen(request, chosen));
    let moves = request.changes.iter().filter_map(moved);
    let create = request.creates.as_ref().map(|creates| {
        let (created, create) = (&creates.binding, create(creates));
        quote!(let #created = #create?;)
    });
    let messages = &request.publishes;
    let answer = answer(request);
    let code = quote! {
        #(#guards)*
        #ask
        #chosen
        #(#moves)*
        #create
        #(let event = #messages; cx.out.emit(#name, &event);)*
        #answer
    };
    let params = request.requested.params.iter().map(|it| {
        let binding = param(&it.binding, &code);
        // The key of a row is one of its own type.
        let is_key = request.changes.iter().any(|changed| changed.row.key.mentions(&it.binding));
        match &it.ty {
            RustType::String if !is_key => quote!(#binding: &str,),
            ty => quote!(#binding: &#ty,),
        }
    });
    let (body, body_type) = (param(&Ident::plain("body"), &code), &request.requested.body);
    let params = quote!(#receiver #(#params)* #body: &#body_type);
    quote! {
        #about
        fn #function(#params, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
            #code
        }
    }
}

/// Asks the handler, which may change the rows.
fn ask(request: &RequestStep) -> TokenStream {
    let call = call(&request.ask);
    let inner = request.changes.iter().rev().fold(call, |inner, changed| {
        let (table, key) = (&changed.row.table, borrowed(&changed.row.key));
        let binding = closure_param(&changed.row.binding, &inner);
        quote!(cx.rows.#table.ask(#key, |#binding| #inner))
    });
    match &request.ask.answer {
        Some(answer) => {
            let binding = &answer.binding;
            quote!(let #binding = #inner?;)
        }
        None => quote!(#inner?;),
    }
}

/// Ends here where the row is in the status already, or in one that does not allow the request.
fn guard(changed: &Changed) -> Option<TokenStream> {
    let RowGuard { status, from, to } = changed.guard.as_ref()?;
    let (table, key) = (&changed.row.table, borrowed(&changed.row.key));
    let from = match from {
        Some(from) => quote!(Some(&[#(#status::#from),*])),
        None => quote!(None),
    };
    Some(match to {
        Some(to) => quote! {
            if !cx.rows.#table.allows(#key, #from, Some(#status::#to))? {
                return cx.rows.#table.found(#key).and_then(Answer::changed);
            }
        },
        None => quote!(cx.rows.#table.allows(#key, #from, None)?;),
    })
}

fn moved(changed: &Changed) -> Option<TokenStream> {
    let RowGuard { status, to, .. } = changed.guard.as_ref()?;
    let (table, key) = (&changed.row.table, borrowed(&changed.row.key));
    let to = to.as_ref()?;
    Some(quote!(cx.rows.#table.set_status(#key, #status::#to);))
}

fn answer(request: &RequestStep) -> TokenStream {
    match (&request.creates, request.changes.first()) {
        (Some(creates), _) => {
            let created = &creates.binding;
            quote!(Answer::created(#created))
        }
        (None, Some(changed)) => {
            let (table, key) = (&changed.row.table, borrowed(&changed.row.key));
            quote!(cx.rows.#table.found(#key).and_then(Answer::changed))
        }
        (None, None) => quote!(Ok(Answer::done())),
    }
}

/// Finds out which variant is published. If a field says that it is the failing one, that is all that happens.
fn chosen(request: &RequestStep, chosen: &Chosen) -> TokenStream {
    let name = request.name.as_str();
    let fails = request.failure.as_ref().map(|failure| {
        quote! {
            let failure = #failure;
            cx.out.emit(#name, &failure);
            return Ok(Answer::done());
        }
    });
    match chosen {
        Chosen::Boolean { value, fails: bad, .. } => {
            let value = owned(value);
            let test = if *bad { quote!(#value) } else { quote!(!#value) };
            quote!(if #test { #fails })
        }
        Chosen::Variants(variants) => {
            let answer = request.ask.answer.as_ref();
            let (from, outcome) = (decider(variants, answer), &variants.outcome);
            let answered = answer.filter(|_| variants.field.is_none());
            let fields =
                answered.into_iter().flat_map(|it| &it.fields).filter_map(|field| field.bound.as_ref());
            let fields: Vec<_> = fields.collect();
            let taken = match fields.as_slice() {
                [] => quote!(#outcome),
                fields => quote!((#outcome #(, #fields)*)),
            };
            let arms = variant_arms(variants, answer, (false, false), &|_| quote!({ #fails }));
            quote!(let #taken = match #from { #(#arms),* };)
        }
    }
}
