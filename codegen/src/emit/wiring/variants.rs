//! Which variant of an event a step publishes.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::emit::tokens::owned;
use crate::model::{AnswerField, AnswerType, Chosen, Ident, Run, VariantCase, Variants};

/// Finds out which variant is published, and fails the step if a field says so. `converts` says whether the
/// function, or the closure, ends in more than rejections.
pub(super) fn chosen(run: &Run, converts: bool) -> Option<TokenStream> {
    let into = converts.then(|| quote!(.into()));
    let fails = |reason: String| quote!(return Err(Rejection::because(#reason) #into));
    Some(match run.chosen.as_ref()? {
        Chosen::Boolean { value, name, fails: bad } => {
            let (value, fails) = (owned(value), fails(format!("`{name}` is {bad}")));
            let test = if *bad { quote!(#value) } else { quote!(!#value) };
            quote!(if #test { #fails; })
        }
        Chosen::Variants(variants) => {
            let taken = taken_from(run, variants);
            let answer = run.ask.as_ref().and_then(|ask| ask.answer.as_ref());
            let borrowed = run.ask.as_ref().is_some_and(|ask| ask.apart.is_some());
            let arms = variant_arms(variants, answer, (true, borrowed), &fails);
            let from = decider(variants, answer);
            quote!(let #taken = match #from { #(#arms),* };)
        }
    })
}

/// What a match on variants gives: the way, the variant, and what the handler answered.
fn taken_from(run: &Run, variants: &Variants) -> TokenStream {
    let (fields, outcome) = (answered(run, variants), &variants.outcome);
    quote!((way, #outcome #(, #fields)*))
}

/// The bindings of what a handler answered beside the variant.
pub(super) fn answered<'r>(run: &'r Run, variants: &Variants) -> impl Iterator<Item = &'r Ident> + use<'r> {
    let answer = run.ask.as_ref().and_then(|ask| ask.answer.as_ref()).filter(|_| variants.field.is_none());
    answer.into_iter().flat_map(|answer| &answer.fields).filter_map(|field| field.bound.as_ref())
}

/// What is matched on.
pub(super) fn decider(variants: &Variants, answer: Option<&AnswerType>) -> TokenStream {
    match (&variants.field, answer) {
        (Some((value, _)), _) => owned(value),
        (None, Some(answer)) => {
            let binding = &answer.binding;
            quote!(#binding)
        }
        (None, None) => TokenStream::new(),
    }
}

/// An arm for each variant, with the way to succeed if that matters. What a call answered is borrowed.
pub(super) fn variant_arms(
    variants: &Variants,
    answer: Option<&AnswerType>,
    (counts, borrowed): (bool, bool),
    fails: &dyn Fn(String) -> TokenStream,
) -> Vec<TokenStream> {
    let answer = answer.filter(|_| variants.field.is_none());
    let fields: Vec<&AnswerField> = answer.into_iter().flat_map(|answer| &answer.fields).collect();
    let bound = fields.iter().filter_map(|field| Some((&field.ident, field.bound.as_ref()?)));
    let pattern =
        bound.map(|(field, bound)| if field == bound { quote!(#field) } else { quote!(#field: #bound) });
    let pattern: Vec<TokenStream> = pattern.collect();
    let pattern = (!pattern.is_empty()).then(|| quote!({ #(#pattern),* }));
    let values = fields.iter().filter_map(|field| {
        let bound = field.bound.as_ref()?;
        Some(match (borrowed, field.ty.is_copy()) {
            (false, _) => quote!(#bound),
            (true, true) => quote!(*#bound),
            (true, false) => quote!(#bound.clone()),
        })
    });
    let values: Vec<TokenStream> = values.collect();
    let (from, of) = (&variants.from, &variants.of);
    let arm = |case: &VariantCase| {
        let variant = &case.from;
        match &case.to {
            Some((way, to)) => {
                let way = Literal::usize_unsuffixed(*way);
                let way = counts.then(|| quote!(#way,));
                let taken = quote!(#way #of::#to #(, #values)*);
                let taken = if counts || !values.is_empty() { quote!((#taken)) } else { taken };
                quote!(#from::#variant #pattern => #taken)
            }
            None => {
                let name = variants.field.as_ref().map_or("", |(_, name)| name);
                let fails = fails(format!("`{name}` is {}", case.value));
                quote!(#from::#variant => #fails)
            }
        }
    };
    variants.cases.iter().map(arm).collect()
}
