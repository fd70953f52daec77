//! What a service tells the runtime about itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::{displayed, param};
use crate::emit::wiring::locks;
use crate::model::{Call, Dispatch, Ident, Input, Model, RequestStep, Route, Service};

pub(super) fn tokens(model: &Model, service: &Service) -> TokenStream {
    let ident = &service.ident;
    let head = if service.has_handlers() {
        quote!(impl<H: Handlers> Service for #ident<H>)
    } else {
        quote!(impl Service for #ident)
    };
    let constants = constants(model, service);
    let input = if service.inputs.is_empty() { quote!(Infallible) } else { quote!(Input) };
    let request = if service.requests.is_empty() { quote!(Infallible) } else { quote!(Request) };
    let entities: Vec<_> = service.tables.iter().map(|table| &table.entity).collect();
    let schemas = match entities.as_slice() {
        [] => quote!(Vec::new()),
        entities => quote!(vec![#(TableSchema::of::<#entities>()),*]),
    };
    let routes = routes(service);
    let decode = decode(service, &input);
    let locks = locks::of_messages(service, &input);
    let apply = apply(service, &input);
    let compensates = compensates(service);
    let lock_for_request = locks::of_requests(service);
    let answer = answer(service, &request);
    quote! {
        #head {
            #constants

            type Input = #input;
            type Request = #request;
            type Rows = Rows;

            fn tables() -> Vec<TableSchema> {
                #schemas
            }

            #routes
            #decode
            #locks
            #apply
            #compensates
            #lock_for_request
            #answer
        }
    }
}

fn constants(model: &Model, service: &Service) -> TokenStream {
    let (saga, name, port) = (model.saga.as_str(), service.name.as_str(), service.port);
    let port = proc_macro2::Literal::u16_unsuffixed(port);
    let consumes = service.inputs.iter().map(|input| &input.event);
    let publishes = &service.publishes;
    let steps = steps(service);
    let partitions = partitions(service);
    quote! {
        const SAGA: &'static str = #saga;
        const NAME: &'static str = #name;
        const PORT: u16 = #port;
        const CONSUMES: &'static [&'static str] = &[#(#consumes::TOPIC),*];
        const PUBLISHES: &'static [&'static str] = &[#(#publishes::TOPIC),*];
        #steps
        #partitions
    }
}

/// Left out where there are none, as the runtime has it.
fn steps(service: &Service) -> Option<TokenStream> {
    let steps = service.subscriptions.iter().map(|(step, events)| {
        let step = step.as_str();
        quote!((#step, &[#(#events::TOPIC),*]))
    });
    (!service.subscriptions.is_empty())
        .then(|| quote!(const STEPS: &'static [(&'static str, &'static [&'static str])] = &[#(#steps),*];))
}

/// Left out where the file says nothing: the runtime has a default.
fn partitions(service: &Service) -> Option<TokenStream> {
    let (topics, numbers): (Vec<_>, Vec<_>) = service
        .partitions
        .iter()
        .map(|(event, number)| (event, proc_macro2::Literal::u16_unsuffixed(*number)))
        .unzip();
    (!topics.is_empty()).then(
        || quote!(const PARTITIONS: &'static [(&'static str, i32)] = &[#((#topics::TOPIC, #numbers)),*];),
    )
}

fn routes(service: &Service) -> TokenStream {
    let calls = service.routes.iter().map(|route| match route {
        Route::Create { path, body, request, example } => {
            let example = raw(example);
            quote!(.create::<#body>(#path, Request::#request, #example))
        }
        Route::Read { path, entity } => quote!(.read::<#entity>(#path)),
        Route::List { path, entity } => quote!(.list::<#entity>(#path)),
    });
    quote! {
        fn routes(routes: Routes<Self>) -> Routes<Self> {
            routes #(#calls)*
        }
    }
}

/// A raw string literal: JSON reads better without escapes.
fn raw(text: &str) -> TokenStream {
    format!("r#\"{text}\"#").parse().unwrap_or_else(|_| quote!(#text))
}

fn decode(service: &Service, input: &TokenStream) -> TokenStream {
    let arms = service.inputs.iter().map(|input| {
        let event = &input.event;
        quote!(#event::TOPIC => saga_runtime::decode(body).map(Input::#event))
    });
    if service.inputs.is_empty() {
        return quote! {
            fn decode(topic: &str, _body: &[u8]) -> Result<#input, Undecodable> {
                Err(Undecodable::Topic(topic.to_owned()))
            }
        };
    }
    quote! {
        fn decode(topic: &str, body: &[u8]) -> Result<#input, Undecodable> {
            match topic {
                #(#arms,)*
                other => Err(Undecodable::Topic(other.to_owned())),
            }
        }
    }
}

fn apply(service: &Service, input: &TokenStream) -> TokenStream {
    if service.inputs.is_empty() {
        return quote! {
            fn apply(&self, input: &#input, _cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
                match *input {}
            }
        };
    }
    let arms = service.inputs.iter().map(input_arm);
    let body = quote! {
        match input { #(#arms)* }
        Ok(())
    };
    let cx = param(&Ident::plain("cx"), &body);
    quote! {
        fn apply(&self, input: &#input, #cx: &mut Context<'_, Rows>) -> Result<(), Fault> {
            #body
        }
    }
}

fn compensates(service: &Service) -> Option<TokenStream> {
    let inputs: Vec<&Ident> =
        service.inputs.iter().filter(|input| input.compensates).map(|input| &input.event).collect();
    (!inputs.is_empty()).then(|| {
        quote! {
            fn compensates(&self, input: &Input) -> bool {
                matches!(input, #(Input::#inputs(_))|*)
            }
        }
    })
}

fn input_arm(input: &Input) -> TokenStream {
    let event = &input.event;
    let body = match &input.dispatch {
        Dispatch::Always(calls) => block(calls),
        Dispatch::ByOutcome { field, success, failure } => {
            let (success, failure) = (block(success), block(failure));
            quote! {
                match Outcome::of(event.#field) {
                    Outcome::Success => #success
                    Outcome::Failure => #failure
                }
            }
        }
    };
    quote!(Input::#event(event) => #body)
}

/// An arm's body, with the comma where it needs one.
fn block(calls: &[Call]) -> TokenStream {
    let tokens: Vec<TokenStream> = calls.iter().map(call).collect();
    match (calls, tokens.as_slice()) {
        ([Call::Function { .. }], [only]) => quote!(#only,),
        (_, tokens) => quote!({ #(#tokens;)* }),
    }
}

fn call(call: &Call) -> TokenStream {
    match call {
        Call::Function { function, method, faults } => {
            let receiver = method.then(|| quote!(self.));
            let question = faults.then(|| quote!(?));
            quote!(#receiver #function(event, cx) #question)
        }
        Call::Leave { rows, correlation } => {
            let correlation = displayed(correlation);
            quote!(cx.rows.#rows.row(#correlation).leave())
        }
    }
}

fn answer(service: &Service, request: &TokenStream) -> TokenStream {
    if service.requests.is_empty() {
        return quote! {
            fn answer(&self, request: &#request, _cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
                match *request {}
            }
        };
    }
    let arms = service.requests.iter().map(|request: &RequestStep| {
        let (variant, function) = (&request.variant, &request.function);
        let receiver = (request.ask.error.is_some() || request.ask.answer.is_some()).then(|| quote!(self.));
        quote!(Request::#variant(body) => #receiver #function(body, cx))
    });
    quote! {
        fn answer(&self, request: &#request, cx: &mut Context<'_, Rows>) -> Result<Answer, Refusal> {
            match request { #(#arms),* }
        }
    }
}
