//! The flow of the saga, as data.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use saga_step::Phase;
use saga_step::flow::{Compensation, Entity, Need, RowUse, Start, Step};

use crate::emit::imports::Imports;
use crate::emit::rust::{self, doc};
use crate::model::{FlowCode, Model, Named};

pub(super) fn emit(model: &Model) -> String {
    let code = &model.flow;
    let places = [
        constants("service", "services", &code.services),
        constants("entity", "entities", &code.entities),
        constants("message", "messages", &code.messages),
        constants("step", "steps", &code.steps),
    ];
    let flow = flow(code);
    let items = quote! {
        /// The flow.
        pub static FLOW: LazyLock<Flow> = LazyLock::new(flow);

        #(#places)*
        #flow
    };
    let imports = Imports::of_flow().used_by(&items);
    let doc = format!(
        "The flow of the saga `{}`: what each step waits for, and what it publishes. `cargo saga check` proves \
         that every run of it ends well, and the services perform it.",
        model.saga,
    );
    rust::file(&doc, false, &quote!(#imports #items))
}

fn constants(module: &str, what: &str, all: &[Named]) -> TokenStream {
    if all.is_empty() {
        return TokenStream::new();
    }
    let about = doc(format!("The places of the {what}."));
    let module = proc_macro2::Ident::new(module, proc_macro2::Span::call_site());
    let constants = all.iter().enumerate().map(|(place, named)| {
        let about = doc(format!("`{}`.", named.name));
        let (ident, place) = (&named.ident, Literal::usize_unsuffixed(place));
        quote!(#about pub const #ident: usize = #place;)
    });
    quote! {
        #about
        pub mod #module { #(#constants)* }
    }
}

fn flow(code: &FlowCode) -> TokenStream {
    let (services, messages) = (code.services.len(), code.messages.len());
    let (services, messages) = (Literal::usize_unsuffixed(services), Literal::usize_unsuffixed(messages));
    let writer = Writer(code);
    let steps = code.flow.steps().iter().map(|step| writer.step(step));
    let entities = code.flow.entities().iter().map(|entity| writer.entity(entity));
    let external = code.flow.external_events().iter().map(|event| {
        let messages = event.messages.iter().map(|it| writer.message(*it));
        quote!(ExternalEvent { messages: vec![#(#messages),*] })
    });
    let code = quote! {
        fn flow() -> Flow {
            let steps = vec![#(#steps),*];
            let entities = vec![#(#entities),*];
            Flow::new(#services, #messages, steps, entities, vec![#(#external),*])
        }
    };
    // It has no logic to be split.
    let long = rust::lines(&code) > 70;
    let allow = long.then(|| quote!(#[allow(clippy::too_many_lines, reason = "it is a list")]));
    quote!(#allow #code)
}

/// Writes the parts of a flow, by the names of others.
struct Writer<'c>(&'c FlowCode);

impl Writer<'_> {
    fn message(&self, place: usize) -> TokenStream {
        let ident = &self.0.messages[place].ident;
        quote!(message::#ident)
    }

    fn messages(&self, places: &[usize]) -> TokenStream {
        let messages = places.iter().map(|it| self.message(*it));
        quote!([#(#messages),*])
    }

    fn step_place(&self, place: usize) -> TokenStream {
        let ident = &self.0.steps[place].ident;
        quote!(step::#ident)
    }

    fn entity_place(&self, place: usize) -> TokenStream {
        let ident = &self.0.entities[place].ident;
        quote!(entity::#ident)
    }

    fn need(&self, need: &Need) -> TokenStream {
        let accepts = match need.accepts.as_slice() {
            [only] if need.excludes.is_empty() => return self.message(*only),
            accepts => self.messages(accepts),
        };
        let excluded = (!need.excludes.is_empty()).then(|| {
            let excludes = self.messages(&need.excludes);
            quote!(.excluded_by(#excludes))
        });
        quote!(Need::of(#accepts)#excluded)
    }

    fn step(&self, step: &Step) -> TokenStream {
        let (name, service) = (&step.name, &self.0.services[step.service].ident);
        let waits = self.waits(step);
        let does = self.does(step);
        quote!(Step::of(#name, service::#service) #(#waits)* #(#does)*)
    }

    /// What it waits for, and what it remembers of that.
    fn waits(&self, step: &Step) -> Vec<TokenStream> {
        let mut calls: Vec<TokenStream> = Vec::new();
        match step.start {
            Start::Messages => {}
            Start::Beginning => calls.push(quote!(.begins())),
            Start::Person => calls.push(quote!(.asked())),
        }
        for need in &step.all {
            let need = self.need(need);
            calls.push(quote!(.needs(#need)));
        }
        for need in &step.any {
            let need = self.need(need);
            calls.push(quote!(.needs_one(#need)));
        }
        if !step.closers.is_empty() {
            let closers = self.messages(&step.closers);
            calls.push(quote!(.closed_by(#closers)));
        }
        calls.extend(step.deadline.then(|| quote!(.deadline())));
        calls.extend(step.calls.then(|| if step.sql { quote!(.asks_sql()) } else { quote!(.calls()) }));
        calls.extend(step.kept.then(|| quote!(.kept())));
        for used in &step.rows {
            let used = self.row(used);
            calls.push(quote!(.loads(#used)));
        }
        calls
    }

    /// What comes of it.
    fn does(&self, step: &Step) -> Vec<TokenStream> {
        let mut calls: Vec<TokenStream> = Vec::new();
        if let Some(entity) = step.creates {
            let entity = self.entity_place(entity);
            calls.push(quote!(.creates(#entity)));
        }
        for way in step.successes.iter().filter(|way| !way.is_empty()) {
            let way = self.messages(way);
            calls.push(quote!(.publishes(#way)));
        }
        if let Some(failure) = step.failure {
            let failure = self.message(failure);
            calls.push(match step.rejects {
                true => quote!(.rejects_with(#failure)),
                false => quote!(.fails_with(#failure)),
            });
        }
        for command in &step.commands {
            let need = Literal::usize_unsuffixed(command.need);
            let message = self.message(command.message);
            calls.push(quote!(.owes(#need, #message)));
        }
        if let Some(undo) = self.undo(&step.undo) {
            calls.push(quote!(.undone(#undo)));
        }
        if let Some(step) = step.compensates {
            let step = self.step_place(step);
            calls.push(quote!(.compensates(#step)));
        }
        calls
    }

    fn undo(&self, undo: &Compensation) -> Option<TokenStream> {
        Some(match undo {
            Compensation::Missing => return None,
            Compensation::Needless => quote!(Compensation::Needless),
            Compensation::Command => quote!(Compensation::Command),
            Compensation::Derived { failures } => {
                let failures = failures.iter().map(|it| self.message(*it));
                quote!(Compensation::Derived { failures: vec![#(#failures),*] })
            }
        })
    }

    fn row(&self, used: &RowUse) -> TokenStream {
        let (base, from, to) = match used {
            RowUse::Own { entity, from, to, unguarded, early } => {
                let entity = self.entity_place(*entity);
                let any = unguarded.then(|| quote!(.in_any_status()));
                let waits = early.then(|| quote!(.or_waits()));
                (quote!(RowUse::own(#entity)#any #waits), from, to)
            }
            RowUse::Shared { statuses, from, to } => {
                let statuses = phases(statuses);
                (quote!(RowUse::shared([#(#statuses),*])), from, to)
            }
        };
        let from = from.as_ref().map(|from| {
            let from = from.iter().map(|it| Literal::u8_unsuffixed(*it));
            quote!(.from([#(#from),*]))
        });
        let to = to.map(|to| {
            let to = Literal::u8_unsuffixed(to);
            quote!(.moved_to(#to))
        });
        quote!(#base #from #to)
    }

    fn entity(&self, entity: &Entity) -> TokenStream {
        let statuses = phases(&entity.statuses);
        let creators = entity.creators.iter().map(|it| self.step_place(*it));
        quote!(Entity::of([#(#statuses),*], [#(#creators),*]))
    }
}

fn phases(phases: &[Phase]) -> impl Iterator<Item = TokenStream> {
    phases.iter().map(|phase| match phase {
        Phase::Open => quote!(Phase::Open),
        Phase::Done => quote!(Phase::Done),
        Phase::Failed => quote!(Phase::Failed),
    })
}
