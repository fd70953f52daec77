//! What a service tells the runtime about itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::mentions;
use crate::emit::wiring::{asked, locks, steps};
use crate::model::{Ident, MessagePlace, Model, RequestStep, Route, Service};

pub(super) fn tokens(model: &Model, service: &Service) -> TokenStream {
    let ident = &service.ident;
    let head = if service.has_handlers() {
        quote!(impl<H: Handlers> Service for #ident<H>)
    } else {
        quote!(impl Service for #ident)
    };
    let constants = constants(model, service);
    let input = if service.inputs.is_empty() { quote!(Infallible) } else { quote!(Input) };
    let request = if service.has_requests() { quote!(Request) } else { quote!(Infallible) };
    let entities: Vec<_> = service.tables.iter().map(|table| &table.entity).collect();
    let schemas = match entities.as_slice() {
        [] => quote!(Vec::new()),
        entities => quote!(vec![#(TableSchema::of::<#entities>()),*]),
    };
    let correlation = &service.correlation;
    let answered = if service.calls() { quote!(Answered) } else { quote!(Infallible) };
    let routes = routes(service);
    let decode = decode(service, &input);
    let message = message(service, &input);
    let memory = memory(service, &input);
    let lock = locks::of_steps(service);
    let row = locks::judged(service);
    let steps = steps::tokens(service);
    let lock_for_request = locks::of_requests(service);
    let (look, asked) = (asked::look(service), asked::of_service(service));
    let answer = answer(service, &request);
    quote! {
        #head {
            #constants

            type Input = #input;
            type Request = #request;
            type Rows = Rows;
            type Correlation = #correlation;
            type Answered = #answered;

            fn flow() -> &'static Flow {
                &FLOW
            }

            fn tables() -> Vec<TableSchema> {
                #schemas
            }

            #routes
            #decode
            #message
            #memory
            #lock
            #row
            #steps
            #look
            #asked
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
    let steps = names(service);
    let place = &service.place;
    let external = external(service);
    let partitions = partitions(service);
    quote! {
        const SAGA: &'static str = #saga;
        const NAME: &'static str = #name;
        const PORT: u16 = #port;
        const CONSUMES: &'static [&'static str] = &[#(#consumes::TOPIC),*];
        const PUBLISHES: &'static [&'static str] = &[#(#publishes::TOPIC),*];
        #external
        #steps
        #partitions
        const AT: usize = service::#place;
        const OPENAPI: Option<&'static str> = Some(include_str!("../openapi.json"));
    }
}

/// Left out where there are none, as the runtime has it.
fn external(service: &Service) -> Option<TokenStream> {
    let events = &service.external;
    (!events.is_empty()).then(|| quote!(const EXTERNAL: &'static [&'static str] = &[#(#events::TOPIC),*];))
}

/// Left out where there are none, as the runtime has it.
fn names(service: &Service) -> Option<TokenStream> {
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
        Route::Create { path, body, request, example, .. } => {
            let example = raw(example);
            quote!(.create::<#body>(#path, Request::#request, #example))
        }
        Route::Write { method, path, requested, example, .. } => {
            let (example, made) = (raw(example), asked::made(requested));
            let body = &requested.body;
            let method = Ident::plain(method);
            quote!(.write::<#body>(Method::#method, #path, #made, #example))
        }
        Route::Read { path, entity, .. } => quote!(.read::<#entity>(#path)),
        Route::List { path, entity, .. } => quote!(.list::<#entity>(#path)),
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

/// Where a message is in the flow, and which instance it belongs to.
fn message(service: &Service, input: &TokenStream) -> TokenStream {
    let correlation = &service.correlation;
    if service.inputs.is_empty() {
        return quote! {
            fn message(input: &#input) -> usize {
                match *input {}
            }

            fn correlation(input: &#input) -> &#correlation {
                match *input {}
            }
        };
    }
    let places = service.inputs.iter().map(|input| {
        let event = &input.event;
        match &input.place {
            MessagePlace::Always(place) => quote!(Input::#event(_) => message::#place),
            MessagePlace::ByOutcome { field, success, failure } => quote! {
                Input::#event(event) => match Outcome::of(event.#field) {
                    Outcome::Success => message::#success,
                    Outcome::Failure => message::#failure,
                }
            },
            MessagePlace::ByVariant { field, of, places } => {
                let arms = places.iter().map(|(variant, place)| quote!(#of::#variant => message::#place));
                quote!(Input::#event(event) => match event.#field { #(#arms,)* })
            }
        }
    });
    let correlations = service.inputs.iter().map(|input| {
        let (event, field) = (&input.event, &input.correlation);
        quote!(Input::#event(event) => &event.#field)
    });
    quote! {
        fn message(input: &Input) -> usize {
            match input { #(#places,)* }
        }

        fn correlation(input: &Input) -> &#correlation {
            match input { #(#correlations,)* }
        }
    }
}

/// `memory`, where any step has rows.
fn memory(service: &Service, input: &TokenStream) -> Option<TokenStream> {
    let kept = service.steps.iter().filter_map(|step| {
        let field = &step.memory()?.field;
        let place = &step.place;
        Some(quote!(step::#place => Some(&mut rows.#field)))
    });
    service.keeps_inputs().then(|| {
        quote! {
            fn memory(rows: &mut Rows, step: usize) -> Option<&mut dyn Steps<#input>> {
                match step {
                    #(#kept,)*
                    _ => None,
                }
            }
        }
    })
}

fn answer(service: &Service, request: &TokenStream) -> TokenStream {
    if !service.has_requests() {
        return quote! {
            fn answer(&self, request: &#request, _cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
                match *request {}
            }
        };
    }
    let arms = service.requests.iter().map(|request: &RequestStep| {
        let function = &request.function;
        let receiver = (request.ask.error.is_some() || request.ask.answer.is_some()).then(|| quote!(self.));
        let said = request.requested.bindings();
        let call = quote!(#receiver #function(#(#said,)* cx));
        let pattern = asked::pattern(&request.requested, &call);
        quote!(#pattern => #call)
    });
    let arms = arms.chain(service.asked().map(|(_, asked)| asked::answered(asked)));
    let arms: Vec<TokenStream> = arms.collect();
    let cx = if arms.iter().any(|arm| mentions(arm, "cx")) { quote!(cx) } else { quote!(_cx) };
    quote! {
        fn answer(&self, request: &#request, #cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
            match request { #(#arms),* }
        }
    }
}
