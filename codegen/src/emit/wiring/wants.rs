//! What a message or a request needs before it is handled.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{borrowed, displayed, mentions, param};
use crate::model::{Ident, Input, RowWant, Service, StepWant};

/// `want_steps`, where any message needs one, and `want_rows`.
pub(super) fn of_messages(service: &Service, input_type: &TokenStream) -> TokenStream {
    let steps = of_steps(service);
    let rows = of_rows(service, input_type);
    quote!(#steps #rows)
}

fn of_steps(service: &Service) -> Option<TokenStream> {
    if service.inputs.iter().all(|input| input.step_wants.is_empty()) {
        return None;
    }
    let arms =
        service.inputs.iter().map(|input| arm(input, input.step_wants.iter().map(step_want).collect()));
    let body = quote!(match input { #(#arms)* });
    let rows = param(&Ident::plain("rows"), &body);
    let once = param(&Ident::plain("once"), &body);
    Some(quote! {
        fn want_steps(&self, input: &Input, #rows: &mut Rows, #once: &mut OncePairs) {
            #body
        }
    })
}

fn of_rows(service: &Service, input_type: &TokenStream) -> TokenStream {
    if service.inputs.is_empty() {
        return quote! {
            fn want_rows(&self, input: &#input_type, _rows: &mut Rows) {
                match *input {}
            }
        };
    }
    if service.inputs.iter().all(|input| input.row_wants.is_empty()) {
        return quote! {
            fn want_rows(&self, _input: &#input_type, _rows: &mut Rows) {}
        };
    }
    let arms = service.inputs.iter().map(|input| arm(input, input.row_wants.iter().map(row_want).collect()));
    quote! {
        fn want_rows(&self, input: &#input_type, rows: &mut Rows) {
            match input { #(#arms)* }
        }
    }
}

/// `want_for_request`, where any request needs a row.
pub(super) fn of_requests(service: &Service) -> Option<TokenStream> {
    if service.requests.is_empty() {
        return None;
    }
    let arms = service.requests.iter().map(|request| {
        let variant = &request.variant;
        let wants: Vec<TokenStream> = request.row_wants.iter().map(row_want).collect();
        let body = block(&wants);
        let used = wants.iter().any(|want| mentions(want, "body"));
        let binding = if used { quote!(body) } else { quote!(_) };
        quote!(Request::#variant(#binding) => #body)
    });
    Some(quote! {
        fn want_for_request(&self, request: &Request, rows: &mut Rows) {
            match request { #(#arms)* }
        }
    })
}

fn arm(input: &Input, wants: Vec<TokenStream>) -> TokenStream {
    let event = &input.event;
    let used = wants.iter().any(|want| mentions(want, "event"));
    let binding = if used { quote!(event) } else { quote!(_) };
    let body = block(&wants);
    quote!(Input::#event(#binding) => #body)
}

/// An arm's body, with the comma where it needs one.
fn block(wants: &[TokenStream]) -> TokenStream {
    match wants {
        [only] => quote!(#only,),
        wants => quote!({ #(#wants;)* }),
    }
}

fn step_want(want: &StepWant) -> TokenStream {
    match want {
        StepWant::Row(rows, correlation) => {
            let correlation = displayed(correlation);
            quote!(rows.#rows.want(#correlation))
        }
        StepWant::Once(step, correlation) => {
            let (step, correlation) = (step.as_str(), displayed(correlation));
            quote!(once.want(#step, #correlation))
        }
    }
}

fn row_want(want: &RowWant) -> TokenStream {
    match want {
        RowWant::Key { table, key } => {
            let key = borrowed(key);
            quote!(rows.#table.want(#key))
        }
        RowWant::New { table } => quote!(rows.#table.want_new()),
        RowWant::Kept { table, key, step, correlation, kept } => {
            let (key, correlation) = (borrowed(key), displayed(correlation));
            quote! {
                rows.#step
                    .row(#correlation)
                    .inputs
                    .#kept
                    .iter()
                    .for_each(|#kept| rows.#table.want(#key))
            }
        }
    }
}
