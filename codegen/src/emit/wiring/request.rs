//! Requests that write.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{owned, param};
use crate::emit::wiring::run::{call, create, decider, variant_arms};
use crate::model::{Chosen, Ident, RequestStep};

/// The function that answers a request.
pub(super) fn tokens(request: &RequestStep) -> TokenStream {
    let name = request.name.as_str();
    let about = doc(format!("`{name}`: {}.", request.summary));
    let (function, body_type, created) = (&request.function, &request.body, &request.creates.binding);
    let ask = request.ask.error.is_some().then(|| {
        let call = call(&request.ask);
        match &request.ask.answer {
            Some(answer) => {
                let binding = &answer.binding;
                quote!(let #binding = #call?;)
            }
            None => quote!(#call?;),
        }
    });
    let chosen = request.chosen.as_ref().map(|chosen| self::chosen(request, chosen));
    let receiver = ask.is_some().then(|| quote!(&self,));
    let create = create(&request.creates);
    let messages = &request.publishes;
    let code = quote! {
        #ask
        #chosen
        let #created = #create?;
        #(let event = #messages; cx.out.emit(#name, &event);)*
        Answer::created(#created)
    };
    let body = param(&Ident::plain("body"), &code);
    quote! {
        #about
        fn #function(#receiver #body: &#body_type, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
            #code
        }
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
