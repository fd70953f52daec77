//! What a message or a request needs before it is handled.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{borrowed, displayed, mentions, param};
use crate::model::{Ident, Input, RowLock, Service, StepLock};

/// `lock_steps`, where any message needs one, and `lock_rows`.
pub(super) fn of_messages(service: &Service, input_type: &TokenStream) -> TokenStream {
    let steps = of_steps(service);
    let rows = of_rows(service, input_type);
    quote!(#steps #rows)
}

fn of_steps(service: &Service) -> Option<TokenStream> {
    if service.inputs.iter().all(|input| input.step_locks.is_empty()) {
        return None;
    }
    let arms =
        service.inputs.iter().map(|input| arm(input, input.step_locks.iter().map(step_lock).collect()));
    let body = quote!(match input { #(#arms)* });
    let rows = param(&Ident::plain("rows"), &body);
    let claims = param(&Ident::plain("claims"), &body);
    Some(quote! {
        fn lock_steps(&self, input: &Input, #rows: &mut Rows, #claims: &mut IdempotencyClaims) {
            #body
        }
    })
}

fn of_rows(service: &Service, input_type: &TokenStream) -> TokenStream {
    if service.inputs.is_empty() {
        return quote! {
            fn lock_rows(&self, input: &#input_type, _rows: &mut Rows) {
                match *input {}
            }
        };
    }
    if service.inputs.iter().all(|input| input.row_locks.is_empty()) {
        return quote! {
            fn lock_rows(&self, _input: &#input_type, _rows: &mut Rows) {}
        };
    }
    let arms = service.inputs.iter().map(|input| arm(input, input.row_locks.iter().map(row_lock).collect()));
    quote! {
        fn lock_rows(&self, input: &#input_type, rows: &mut Rows) {
            match input { #(#arms)* }
        }
    }
}

/// `lock_for_request`, where any request needs a row.
pub(super) fn of_requests(service: &Service) -> Option<TokenStream> {
    if service.requests.is_empty() {
        return None;
    }
    let arms = service.requests.iter().map(|request| {
        let variant = &request.variant;
        let locks: Vec<Lock> = request.row_locks.iter().map(row_lock).collect();
        let body = block(&locks);
        let used = locks.iter().any(|lock| mentions(lock.tokens(), "body"));
        let binding = if used { quote!(body) } else { quote!(_) };
        quote!(Request::#variant(#binding) => #body)
    });
    Some(quote! {
        fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
            match request { #(#arms)* }
        }
    })
}

/// What one message needs: an expression, or a statement that needs no
/// semicolon.
enum Lock {
    Expression(TokenStream),
    Statement(TokenStream),
}

impl Lock {
    fn tokens(&self) -> &TokenStream {
        match self {
            Self::Expression(tokens) | Self::Statement(tokens) => tokens,
        }
    }
}

fn arm(input: &Input, locks: Vec<Lock>) -> TokenStream {
    let event = &input.event;
    let used = locks.iter().any(|lock| mentions(lock.tokens(), "event"));
    let binding = if used { quote!(event) } else { quote!(_) };
    let body = block(&locks);
    quote!(Input::#event(#binding) => #body)
}

/// An arm's body, with the comma where it needs one.
fn block(locks: &[Lock]) -> TokenStream {
    if let [Lock::Expression(only)] = locks {
        return quote!(#only,);
    }
    let statements = locks.iter().map(|lock| match lock {
        Lock::Expression(tokens) => quote!(#tokens;),
        Lock::Statement(tokens) => tokens.clone(),
    });
    quote!({ #(#statements)* })
}

fn step_lock(lock: &StepLock) -> Lock {
    Lock::Expression(match lock {
        StepLock::Row(rows, correlation) => {
            let correlation = displayed(correlation);
            quote!(rows.#rows.lock(#correlation))
        }
        StepLock::Once(step, correlation) => {
            let (step, correlation) = (step.as_str(), displayed(correlation));
            quote!(claims.claim(#step, #correlation))
        }
    })
}

fn row_lock(lock: &RowLock) -> Lock {
    match lock {
        RowLock::Key { table, key } => {
            let key = borrowed(key);
            Lock::Expression(quote!(rows.#table.lock(#key)))
        }
        RowLock::New { table } => Lock::Expression(quote!(rows.#table.reserve_new())),
        RowLock::Kept { table, key, step, correlation, kept } => {
            let (key, correlation) = (borrowed(key), displayed(correlation));
            Lock::Statement(quote! {
                if let Some(#kept) = &rows.#step.row(#correlation).inputs.#kept {
                    rows.#table.lock(#key);
                }
            })
        }
    }
}
