//! Requests that write, and that no step waits for.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, keys, owned, param};
use crate::emit::wiring::change::{self, By, changed};
use crate::emit::wiring::run::{call, create};
use crate::emit::wiring::variants::{decider, variant_arms};
use crate::model::{Changed, Chosen, Ident, RequestStep, RowAt, RowGuard, RustType};

/// The function that answers a request.
pub(super) fn tokens(request: &RequestStep) -> TokenStream {
    let name = request.name.as_str();
    let about = doc(format!("`{name}`: {}.", request.summary));
    let function = &request.function;
    let asks = request.ask.error.is_some();
    let receiver = asks.then(|| quote!(&self,));
    let guards = request.changes.iter().filter_map(guard);
    let change = change(request);
    let reads = request.changes.iter().filter_map(|changed| read(request, changed));
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
        #change
        #chosen
        #(#moves)*
        #(#reads)*
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

/// Changes the rows: asks the handler, and writes what the file says.
fn change(request: &RequestStep) -> Option<TokenStream> {
    let rows: Vec<RowAt> = request.changes.iter().map(|changed| changed.row.clone()).collect();
    let sets = change::sets(&rows);
    let asks = request.ask.error.is_some();
    if !asks && sets.is_empty() {
        return None;
    }
    let call = call(&request.ask);
    let answer = request.ask.answer.as_ref().map(|answer| &answer.binding);
    let inner = match (asks, sets.is_empty(), answer) {
        (true, true, _) => call,
        (true, false, Some(answer)) => quote!({ let #answer = #call?; #sets Ok(#answer) }),
        (true, false, None) => quote!({ #call?; #sets Ok(()) }),
        (false, ..) => quote!({ #sets Ok(()) }),
    };
    let changed = changed(&rows, By::RequestAlone, inner);
    Some(match answer.filter(|_| asks) {
        Some(answer) => quote!(let #answer = #changed?;),
        None => quote!(#changed?;),
    })
}

/// Ends here where the row is in the status already, or in one that does not allow the request.
fn guard(changed: &Changed) -> Option<TokenStream> {
    let RowGuard { status, from, to } = changed.guard.as_ref()?;
    let table = &changed.row.table;
    let from = match from {
        Some(from) => quote!(Some(&[#(#status::#from),*])),
        None => quote!(None),
    };
    let given = match to {
        Some(to) => quote!(Some(#status::#to)),
        None => quote!(None),
    };
    if changed.row.is_many() {
        let keys = keys(&changed.row.key);
        return Some(quote!(for key in #keys { cx.rows.#table.allows(key, #from, #given)?; }));
    }
    let key = borrowed(&changed.row.key);
    Some(match to {
        Some(_) => quote! {
            if !cx.rows.#table.allows(#key, #from, #given)? {
                return cx.rows.#table.found(#key).and_then(Answer::changed);
            }
        },
        None => quote!(cx.rows.#table.allows(#key, #from, #given)?;),
    })
}

fn moved(changed: &Changed) -> Option<TokenStream> {
    let RowGuard { status, to, .. } = changed.guard.as_ref()?;
    let (table, to) = (&changed.row.table, to.as_ref()?);
    if changed.row.is_many() {
        let keys = keys(&changed.row.key);
        return Some(quote!(cx.rows.#table.set_status_of_all(#keys, #status::#to);));
    }
    let key = borrowed(&changed.row.key);
    Some(quote!(cx.rows.#table.set_status(#key, #status::#to);))
}

/// Gives a row a name that what is created or published mentions.
fn read(request: &RequestStep, changed: &Changed) -> Option<TokenStream> {
    let RowAt { table, key, binding, .. } = &changed.row;
    let created = request.creates.as_ref().is_some_and(|creates| creates.row.mentions(binding));
    let published = request.publishes.iter().any(|message| message.mentions(binding));
    let key = borrowed(key);
    (created || published).then(|| quote!(let #binding = cx.rows.#table.found(#key)?;))
}

fn answer(request: &RequestStep) -> TokenStream {
    match (&request.creates, request.changes.first()) {
        (Some(creates), _) => {
            let created = &creates.binding;
            quote!(Answer::created(#created))
        }
        (None, Some(changed)) if !changed.row.is_many() => {
            let (table, key) = (&changed.row.table, borrowed(&changed.row.key));
            quote!(cx.rows.#table.found(#key).and_then(Answer::changed))
        }
        (None, _) => quote!(Ok(Answer::done())),
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
