//! The library of one service: which messages it reads, which rows they
//! touch, and what it publishes.

mod asked;
mod calls;
mod change;
mod failing;
mod locks;
mod request;
mod rows;
mod run;
mod service;
mod steps;
mod variants;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::imports::{ContractNames, Imports};
use crate::emit::rust::{self, doc};
use crate::emit::tokens::allow_names;
use crate::model::{Model, Service};

pub(super) fn emit(model: &Model, names: &ContractNames<'_>, service: &Service) -> String {
    let definition = definition(service);
    let context = context(service);
    let messages = messages(service);
    let rows = rows::tokens(service);
    let wiring = service::tokens(model, service);
    let steps = steps(service);
    let items = quote! {
        #definition
        #context
        #messages
        #rows
        #wiring
        #steps
    };
    let imports = Imports::of_wiring(model, names, service).used_by(&items);
    let doc = format!(
        "The wiring of the service `{}`: which messages it reads, which rows they touch, and what it publishes.",
        service.name,
    );
    rust::file(&doc, true, &quote!(#imports #items))
}

fn definition(service: &Service) -> TokenStream {
    let about = doc(format!("The service `{}`.", service.name));
    let ident = &service.ident;
    if service.has_handlers() {
        quote!(#about pub struct #ident<H> { handlers: H })
    } else {
        quote!(#about pub struct #ident;)
    }
}

/// What its steps work with.
fn context(service: &Service) -> Option<TokenStream> {
    let (input, correlation) = (input_type(service), &service.correlation);
    let request = match (service.has_requests(), service.calls()) {
        (false, false) => None,
        (true, false) => Some(quote!(, Request)),
        (true, true) => Some(quote!(, Request, Answered)),
        (false, true) => Some(quote!(, Infallible, Answered)),
    };
    (!service.steps.is_empty()).then(|| {
        quote! {
            /// What a step works with.
            type Context<'a> = saga_runtime::Context<'a, Rows, #input, #correlation #request>;
        }
    })
}

/// The type of its messages.
fn input_type(service: &Service) -> TokenStream {
    if service.inputs.is_empty() { quote!(Infallible) } else { quote!(Input) }
}

fn messages(service: &Service) -> TokenStream {
    let inputs = service.inputs.iter().map(|input| {
        let about = doc(format!("From topic `{}`.", input.topic));
        let event = &input.event;
        quote!(#about #event(#event))
    });
    let requests = service.requests.iter().map(|request| &request.requested);
    let requests = requests.chain(service.asked().map(|(_, asked)| &asked.requested)).map(|requested| {
        let about = doc(format!("`{}`.", requested.http));
        let variant = asked::variant(requested);
        quote!(#about #variant)
    });
    let input = (!service.inputs.is_empty()).then(|| {
        quote! {
            /// The messages the service reads.
            pub enum Input { #(#inputs),* }
        }
    });
    let answered = calls::answered(service);
    let request = service.has_requests().then(|| {
        quote! {
            /// The requests that write.
            pub enum Request { #(#requests),* }
        }
    });
    quote!(#input #request #answered)
}

/// The functions of the steps: methods where a handler is asked.
fn steps(service: &Service) -> TokenStream {
    let mut methods = Vec::new();
    let mut functions = Vec::new();
    for request in &service.requests {
        let asks = request.ask.error.is_some() || request.ask.answer.is_some();
        if asks { &mut methods } else { &mut functions }.push(request::tokens(request));
    }
    for step in &service.steps {
        let home = if step.asks() { &mut methods } else { &mut functions };
        home.push(run::tokens(step));
    }
    for step in &service.steps {
        methods.extend(step.call.as_ref().map(|call| calls::call(step, call)));
        methods.extend(step.undo.as_ref().map(|undo| match undo.ask.apart {
            Some(to) => calls::undo(step, undo, to),
            None => run::undo(step, undo),
        }));
    }
    for step in &service.steps {
        functions.extend(step.fails.as_ref().map(|fails| failing::fail(step, fails)));
        functions.extend(step.owed.iter().map(|owed| failing::send(step, owed)));
    }
    let ident = &service.ident;
    let allow = allow_names(service.steps.iter().map(|step| &step.run.function));
    let methods = service.has_handlers().then(|| {
        quote! {
            #allow
            impl<H: Handlers> #ident<H> {
                /// The service with the team's decisions.
                pub fn new(handlers: H) -> Self {
                    Self { handlers }
                }

                #(#methods)*
            }
        }
    });
    quote! {
        #methods
        #(#functions)*
    }
}
