//! The crate in which a saga lives through simulated worlds, made once: from then on it belongs to the team.

use proc_macro2::{Ident as Name, Span, TokenStream};
use quote::{ToTokens, quote};

use crate::emit::contracts::decisions;
use crate::emit::{cargo, rust};
use crate::files::FileSet;
use crate::model::{AnswerType, Apart, Ask, Decision, Ident, Model, Service};

/// The folder of the crate.
pub(crate) const FOLDER: &str = "simulation";

/// The files of the crate.
pub(crate) fn simulation(model: &Model) -> FileSet {
    let mut files = FileSet::default();
    let package = model.simulation_package();
    let tests = format!(
        "//! The saga in simulated worlds: a seed decides all that goes wrong in one of them.\n\n\
         #[test]\nfn seeds() {{\n    saga_simulation::live({}::saga(), \"{}\");\n}}\n",
        package.replace('-', "_"),
        model.saga,
    );
    files.add_once(format!("{FOLDER}/Cargo.toml"), cargo::simulation(model));
    files.add_once(format!("{FOLDER}/src/lib.rs"), library(model));
    files.add_once(format!("{FOLDER}/tests/seeds.rs"), tests);
    files
}

fn library(model: &Model) -> String {
    let calling: Vec<&Service> = model.services.iter().filter(|service| service.calls()).collect();
    let modules = calling.iter().map(|service| calls(model, service));
    let mut imports: Vec<(&Ident, &Ident)> =
        model.services.iter().map(|service| (&service.module, &service.ident)).collect();
    imports.sort_by_key(|(module, _)| module.bare());
    let imports = imports.into_iter().map(|(module, ident)| quote!(use #module::#ident;));
    let services = model.services.iter().map(hosted);
    let about = rust::doc("The saga, with the services in the order of the file.");
    let items = quote! {
        use saga_simulation::{Hosted, Saga};
        #(#imports)*

        #about
        pub fn saga() -> Saga {
            let services = vec![#(#services),*];
            Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services)
        }
        #(#modules)*
    };
    let about = match calling.is_empty() {
        true => "the team's own handlers, in worlds where everything fails.",
        false => "the team's own handlers, but for what they call: a gateway of the simulated world.",
    };
    rust::team_file(&format!("The saga `{}` as it is simulated: {about}", model.saga), &items)
}

fn hosted(service: &Service) -> TokenStream {
    let (ident, handlers) = (&service.ident, service.handlers_crate());
    if service.calls() {
        let calls = calls_module(service);
        quote!(Hosted::new(|faults| #ident::new(#calls::Handlers(faults.clone()))).any())
    } else if service.has_handlers() {
        quote!(Hosted::new(|_| #ident::new(#handlers::Handlers)).any())
    } else {
        quote!(Hosted::new(|_| #ident).any())
    }
}

fn calls_module(service: &Service) -> Name {
    Name::new(&format!("{}_calls", service.module.bare()), Span::call_site())
}

/// The decisions of a service that calls: what it calls is replaced.
fn calls(model: &Model, service: &Service) -> TokenStream {
    let (module, contracts) = (&service.module, model.contracts_crate());
    let name = calls_module(service);
    let about =
        rust::doc(format!("The decisions of `{}`, which call the gateway of the world.", service.name));
    let methods = service.decisions.iter().map(|decision| method(service, decision));
    let decides = service.decisions.iter().any(|decision| decision.ask.apart != Some(Apart::Call));
    let delegate = decides.then(|| {
        quote!(
            use #contracts::#module::Handlers as _;
        )
    });
    quote! {
        mod #name {
            use #contracts::#module::*;
            use saga_simulation::Faults;
            #delegate

            #about
            pub(super) struct Handlers(pub(super) Faults);

            impl #contracts::#module::Handlers for Handlers {
                #(#methods)*
            }
        }
    }
}

fn method(service: &Service, decision: &Decision) -> TokenStream {
    let ask = &decision.ask;
    let (method, params) = (&ask.method, ask.rows.iter().chain(&ask.inputs).map(|param| &param.binding));
    if ask.apart != Some(Apart::Call) {
        let (signature, handlers) = (decisions::signature(ask), service.handlers_crate());
        return quote!(#signature { #handlers::Handlers.#method(#(#params),*) });
    }
    let signature = decisions::async_signature(ask);
    let unused: Vec<_> = params.collect();
    let unused = (!unused.is_empty()).then(|| quote!(let _ = (#(#unused),*);));
    let body = match ask.undoes {
        true => quote!(self.0.gateway().undo(call).await),
        false => {
            let answer = answer(ask);
            quote!(self.0.gateway().act(call).await?; Ok(#answer))
        }
    };
    quote!(#signature { #unused #body })
}

/// What the gateway answers: a text is the key of the call, anything else is empty.
fn answer(ask: &Ask) -> TokenStream {
    let Some(AnswerType { ident, fields, variants, .. }) = &ask.answer else { return quote!(()) };
    let fields = fields.iter().map(|field| {
        let ident = &field.ident;
        match field.ty.to_token_stream().to_string().as_str() {
            "String" => quote!(#ident: call.key.clone()),
            _ => quote!(#ident: Default::default()),
        }
    });
    match variants.first() {
        Some((variant, _)) if fields.len() == 0 => quote!(#ident::#variant),
        Some((variant, _)) => quote!(#ident::#variant { #(#fields),* }),
        None => quote!(#ident { #(#fields),* }),
    }
}
