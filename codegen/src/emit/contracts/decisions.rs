//! The trait that a service's team implements.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::allow_names;
use crate::lower::listed;
use crate::model::{About, Apart, Ask, AskError, Decision, Passed, Rejected, Service};

pub(super) fn tokens(service: &Service) -> TokenStream {
    let about = doc(format!("The decisions of the service `{}`.", service.name));
    let methods = service.decisions.iter().map(method);
    let allow = allow_names(service.decisions.iter().map(|decision| &decision.ask.method));
    quote! {
        #about
        #allow
        pub trait Handlers: Send + Sync + 'static {
            #(#methods)*
        }
    }
}

fn method(decision: &Decision) -> TokenStream {
    let about = documentation(decision);
    let signature = signature(&decision.ask);
    let optional = matches!(decision.about, About::Request { required: false });
    let body = if optional && decision.ask.answer.is_none() {
        let params = decision.ask.rows.iter().chain(&decision.ask.inputs).map(|param| &param.binding);
        let params: Vec<_> = params.collect();
        let unused = match params.as_slice() {
            [only] => quote!(#only),
            all => quote!((#(#all),*)),
        };
        quote!({
            let _ = #unused;
            Ok(())
        })
    } else {
        quote!(;)
    };
    quote!(#about #signature #body)
}

/// A method as the trait declares it.
pub(in crate::emit) fn signature(ask: &Ask) -> TokenStream {
    let (params, ok) = (params(ask), ok(ask));
    let method = &ask.method;
    if let Some(error) = error_apart(ask) {
        return quote!(fn #method(&self, #(#params),*) -> impl Future<Output = Result<#ok, #error>> + Send);
    }
    let returns = match ask.error {
        Some(AskError::Rejection) => quote!(-> Result<#ok, Rejection>),
        Some(AskError::Refusal) => quote!(-> Result<#ok, Refusal>),
        None if ask.answer.is_none() => TokenStream::new(),
        None => quote!(-> #ok),
    };
    quote!(fn #method(&self, #(#params),*) #returns)
}

/// A method as an implementation writes it that is asked apart from the batch.
pub(in crate::emit) fn async_signature(ask: &Ask) -> TokenStream {
    let (method, params, ok, error) = (&ask.method, params(ask), ok(ask), error_apart(ask));
    quote!(async fn #method(&self, #(#params),*) -> Result<#ok, #error>)
}

fn ok(ask: &Ask) -> TokenStream {
    let answer = ask.answer.as_ref().map(|answer| &answer.ident);
    answer.map_or_else(|| quote!(()), |answer| quote!(#answer))
}

/// What can go wrong where a handler is asked apart: whether it may say no is a matter of its step; that it
/// cannot be asked is none.
fn error_apart(ask: &Ask) -> Option<TokenStream> {
    ask.apart.map(|to| match to {
        Apart::Call if ask.undoes => quote!(Unanswered),
        Apart::Call => quote!(CallError),
        Apart::Sql => quote!(SqlError),
    })
}

fn params(ask: &Ask) -> Vec<TokenStream> {
    let rows = ask.rows.iter().map(|row| {
        let (binding, ty) = (&row.binding, &row.ty);
        match row.passed {
            // What is asked apart sees a row that others may change meanwhile.
            _ if ask.apart.is_some() => quote!(#binding: &#ty),
            Passed::Selection => quote!(#binding: &mut Selection<#ty>),
            Passed::Reference | Passed::Optional | Passed::OneOf => quote!(#binding: &mut #ty),
        }
    });
    let inputs = ask.inputs.iter().map(|input| {
        let (binding, ty) = (&input.binding, &input.ty);
        match input.passed {
            Passed::Reference | Passed::Selection => quote!(#binding: &#ty),
            Passed::Optional => quote!(#binding: Option<&#ty>),
            Passed::OneOf => quote!(#binding: #ty<'_>),
        }
    });
    let handle = ask.apart.map(|to| match to {
        Apart::Call => quote!(call: &Call),
        Apart::Sql => quote!(sql: &Sql),
    });
    handle.into_iter().chain(rows).chain(inputs).collect()
}

fn documentation(decision: &Decision) -> TokenStream {
    let step = &decision.step;
    doc(match &decision.about {
        About::Request { .. } => format!(
            "Whether `{step}` accepts a request.\n\n# Errors\n\
             The client gets a [`Refusal`] as a 4xx response; nothing is stored or published."
        ),
        About::Compensation(of) => format!("Carries out `{step}`, which compensates `{of}`."),
        About::Step { on, any, rejection } => {
            let quoted = |names: &[String]| names.iter().map(|what| format!("`{what}`")).collect::<Vec<_>>();
            let one = (!any.is_empty()).then(|| format!("one of {}", listed(&quoted(any))));
            let all: Vec<String> = quoted(on).into_iter().chain(one).collect();
            let errors = rejection.as_ref().map(errors).unwrap_or_default();
            format!("Decides `{step}`, on {}.{errors}", listed(&all))
        }
    })
}

fn errors(rejected: &Rejected) -> String {
    let consequence = match (rejected.keeps_row, rejected.keeps_rows, rejected.creates_no_row) {
        (_, true, true) => "; the rows stay as they were, and none is created",
        (_, true, false) => "; the rows stay as they were",
        (true, _, true) => "; the row stays as it was, and none is created",
        (true, _, false) => "; the row stays as it was",
        (false, _, true) => "; no row is created",
        (false, _, false) => "",
    };
    format!("\n\n# Errors\nA [`Rejection`] publishes `{}`{consequence}.", rejected.publishes)
}
