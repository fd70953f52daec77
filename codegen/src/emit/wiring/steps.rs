//! Which function carries a step out.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::emit::wiring::{calls, failing};
use crate::model::{Ident, Sees, Service, Step};

pub(super) fn tokens(service: &Service) -> TokenStream {
    if service.steps.is_empty() {
        return TokenStream::new();
    }
    let decide = decide(service);
    let fail = fail(service);
    let command = command(service);
    let compensate = compensate(service);
    let deadline = deadline(service);
    let must_act = must_act(service);
    let retries = calls::retries(service);
    let compensations = calls::compensations(service);
    let calls = calls::tokens(service);
    quote!(#must_act #decide #fail #command #compensate #deadline #retries #compensations #calls)
}

fn decide(service: &Service) -> TokenStream {
    let arms: Vec<Arm> = service
        .steps
        .iter()
        .map(|step| {
            let function = &step.run.function;
            if let Some(call) = &step.call {
                return calls::decided(step, call);
            }
            let receiver = step.run.ask.is_some().then(|| quote!(self.));
            let (pattern, message) = message(step);
            Arm { step, more: None, pattern, body: quote!(#receiver #function(#message cx)) }
        })
        .collect();
    let dispatch = dispatch(&arms, &quote!(Err(Self::unexpected(step))));
    quote! {
        fn decide(&self, step: usize, cx: &mut Context<'_>) -> Result<usize, Halt> {
            #dispatch
        }
    }
}

fn fail(service: &Service) -> Option<TokenStream> {
    let arms: Vec<Arm> = service
        .steps
        .iter()
        .filter_map(|step| {
            let fails = step.fails.as_ref()?;
            let function = &fails.function;
            let seen = failing::takes_message(step, fails);
            let (pattern, message) = if seen { message(step) } else { (None, None) };
            let why = failing::asks_why(fails).then(|| quote!(why,));
            Some(Arm { step, more: None, pattern, body: quote!(#function(#message #why cx)) })
        })
        .collect();
    if arms.is_empty() {
        return None;
    }
    let why = if arms.iter().any(|arm| arm.step.fails.as_ref().is_some_and(failing::asks_why)) {
        quote!(why)
    } else {
        quote!(_why)
    };
    let dispatch = dispatch(&arms, &quote!(cx.out.unexpected(Self::name_of(step))));
    Some(quote! {
        fn fail(&self, step: usize, #why: &Failing, cx: &mut Context<'_>) {
            #dispatch
        }
    })
}

fn command(service: &Service) -> Option<TokenStream> {
    let arms: Vec<Arm> = service
        .steps
        .iter()
        .flat_map(|step| {
            step.owed.iter().enumerate().map(move |(place, owed)| {
                let function = &owed.function;
                let (pattern, message) = message(step);
                let place = Literal::usize_unsuffixed(place);
                Arm { step, more: Some(quote!(#place)), pattern, body: quote!(#function(#message cx)) }
            })
        })
        .collect();
    if arms.is_empty() {
        return None;
    }
    let dispatch = dispatch(&arms, &quote!(cx.out.unexpected(Self::name_of(step))));
    Some(quote! {
        fn command(&self, step: usize, command: usize, cx: &mut Context<'_>) {
            #dispatch
        }
    })
}

fn compensate(service: &Service) -> Option<TokenStream> {
    let arms = service.steps.iter().filter_map(|step| {
        let undo = step.undo.as_ref().filter(|undo| undo.ask.apart.is_none())?;
        let (place, function) = (&step.place, &undo.function);
        Some(quote!(step::#place => self.#function(cx)))
    });
    let arms: Vec<TokenStream> = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn compensate(&self, step: usize, cx: &mut Context<'_>) -> Result<(), Fault> {
                match step {
                    #(#arms,)*
                    _ => Err(Fault::Unexpected { step: Self::name_of(step) }),
                }
            }
        }
    })
}

fn deadline(service: &Service) -> Option<TokenStream> {
    let arms = service.steps.iter().filter_map(|step| {
        let (place, seconds) = (&step.place, Literal::u64_unsuffixed(step.deadline?.as_secs()));
        Some(quote!(step::#place => Some(Duration::from_secs(#seconds))))
    });
    let arms: Vec<TokenStream> = arms.collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn deadline(step: usize) -> Option<Duration> {
                match step {
                    #(#arms,)*
                    _ => None,
                }
            }
        }
    })
}

fn must_act(service: &Service) -> Option<TokenStream> {
    let places = service.steps.iter().filter(|step| step.must_act).map(|step| &step.place);
    let places: Vec<&Ident> = places.collect();
    (!places.is_empty()).then(|| {
        quote! {
            fn must_act(step: usize) -> bool {
                matches!(step, #(step::#places)|*)
            }
        }
    })
}

/// An arm of a match on the step.
pub(super) struct Arm<'m> {
    pub step: &'m Step,
    pub more: Option<TokenStream>,
    pub pattern: Option<TokenStream>,
    pub body: TokenStream,
}

/// How a step without a row gets its message.
fn message(step: &Step) -> (Option<TokenStream>, Option<TokenStream>) {
    match &step.sees {
        Sees::Message(need) => {
            let (event, binding) = (&need.event, Ident::plain("event"));
            (Some(quote!(Some(Input::#event(#binding)))), Some(quote!(#binding,)))
        }
        Sees::Rows(_) | Sees::Request => (None, None),
    }
}

fn dispatch(arms: &[Arm<'_>], otherwise: &TokenStream) -> TokenStream {
    let by_input = arms.iter().any(|arm| arm.pattern.is_some());
    let by_more = arms.iter().any(|arm| arm.more.is_some());
    let of = match (by_more, by_input) {
        (false, false) => quote!(step),
        (true, false) => quote!((step, command)),
        (false, true) => quote!((step, cx.input)),
        (true, true) => quote!((step, command, cx.input)),
    };
    let arms = arms.iter().map(|Arm { step, more, pattern, body }| {
        let place = &step.place;
        let more = more.as_ref().map(|more| quote!(, #more));
        let input = by_input.then(|| {
            let pattern = pattern.clone().unwrap_or_else(|| quote!(_));
            quote!(, #pattern)
        });
        if by_input || by_more {
            quote!((step::#place #more #input) => #body)
        } else {
            quote!(step::#place => #body)
        }
    });
    quote! {
        match #of {
            #(#arms,)*
            _ => #otherwise,
        }
    }
}
