//! The `use` declarations of a file, from the names its code mentions.
//!
//! Only this and `tokens::mentions` read tokens back. The alternative is for every
//! emitter to report each name it writes, in some fifty places, and a name that
//! one of them forgets is a generated file that does not compile. Here a name
//! needs no bookkeeping: a file imports what it mentions. That works because the
//! names are few and known beforehand, and because lowering keeps the types of a
//! specification apart from all of them ([`Ident::spec_type`]).

use std::collections::{BTreeSet, HashMap};

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::quote;

use crate::model::{Ident, Model, RUNTIME_TYPES, Service};

/// The types of the contracts, by name: those of events, and those that events and rows share. Every file may
/// mention some, and a large saga has many of both.
pub(super) struct ContractNames<'m> {
    events: ByName<'m>,
    shared: ByName<'m>,
}

type ByName<'m> = HashMap<&'m str, &'m Ident>;

impl<'m> ContractNames<'m> {
    pub(super) fn of(model: &'m Model) -> Self {
        let outcomes = model.events.iter().filter_map(|event| event.outcome.as_ref()?.choice.as_ref());
        let outcomes = outcomes.map(|choice| &choice.ident);
        let by_name = |ident: &'m Ident| (ident.as_str(), ident);
        Self {
            events: model.events.iter().map(|event| &event.ident).chain(outcomes).map(by_name).collect(),
            shared: model.types.iter().map(|shared| by_name(&shared.ident)).collect(),
        }
    }
}

/// Names that are defined elsewhere, and what they need to be in scope.
pub(super) struct Imports<'m> {
    /// Where a group of names comes from, and the names.
    sources: Vec<(TokenStream, Names<'m>)>,
}

#[derive(Clone)]
enum Names<'m> {
    Listed(Vec<Ident>),
    Known(&'m ByName<'m>),
}

impl Names<'_> {
    /// Those that are wanted, sorted.
    fn among(&self, wanted: &BTreeSet<String>) -> Vec<&Ident> {
        let mut used: Vec<&Ident> = match self {
            Names::Listed(names) => names.iter().filter(|name| wanted.contains(name.as_str())).collect(),
            Names::Known(known) => {
                wanted.iter().filter_map(|name| known.get(name.as_str()).copied()).collect()
            }
        };
        used.sort();
        used
    }
}

impl<'m> Imports<'m> {
    /// For a module of the contracts.
    pub(super) fn of_contracts(names: &'m ContractNames<'m>) -> Self {
        let mut imports = Self::of_everything();
        imports.sources.push((quote!(crate::events), Names::Known(&names.events)));
        imports.sources.push((quote!(crate::types), Names::Known(&names.shared)));
        imports
    }

    /// For the events.
    pub(super) fn of_events(names: &'m ContractNames<'m>) -> Self {
        let mut imports = Self::of_everything();
        imports.sources.push((quote!(crate::types), Names::Known(&names.shared)));
        imports
    }

    /// For the tables of a service, which stand apart from its rows.
    pub(super) fn of_database(names: &'m ContractNames<'m>, service: &Service) -> Self {
        let mut imports = Self::of_everything();
        let module = &service.module;
        imports.sources.push((quote!(crate::#module), Names::Listed(row_types(service))));
        imports.sources.push((quote!(crate::types), Names::Known(&names.shared)));
        imports.sources[5..].sort_by_key(|(source, _)| sorted_as(source));
        imports
    }

    /// For what is stored of the types that rows share.
    pub(super) fn of_shared_database(model: &Model) -> Self {
        let mut imports = Self::of_everything();
        let shared = model.types.iter().map(|shared| shared.ident.clone()).collect();
        imports.sources.push((quote!(crate::types), Names::Listed(shared)));
        imports
    }

    /// For what names no type of the specification but its own.
    pub(super) fn of_everything() -> Self {
        let plain = |names: &[&str]| Names::Listed(names.iter().map(|name| Ident::plain(name)).collect());
        Self {
            sources: vec![
                (quote!(std::convert), plain(&["Infallible"])),
                (quote!(std), plain(&["fmt"])),
                (quote!(std::str), plain(&["FromStr"])),
                (quote!(std::sync), plain(&["Arc"])),
                (quote!(std::time), plain(&["Duration"])),
                (quote!(saga_runtime), plain(&RUNTIME_TYPES)),
                (quote!(serde), plain(&["Deserialize", "Serialize"])),
            ],
        }
    }

    /// For the flow.
    pub(super) fn of_flow() -> Self {
        let plain = |names: &[&str]| Names::Listed(names.iter().map(|name| Ident::plain(name)).collect());
        let parts = ["Compensation", "Entity", "ExternalEvent", "Flow", "Need", "Phase", "RowUse", "Step"];
        Self {
            sources: vec![
                (quote!(std::sync), plain(&["LazyLock"])),
                (quote!(saga_runtime::flow), plain(&parts)),
            ],
        }
    }

    /// For the wiring of a service.
    pub(super) fn of_wiring(model: &Model, names: &'m ContractNames<'m>, service: &Service) -> Self {
        let mut imports = Self::of_everything();
        let mut own = row_types(service);
        own.extend(service.bodies.iter().map(|body| body.ident.clone()));
        let answers = service.decisions.iter().filter_map(|decision| decision.ask.answer.as_ref());
        own.extend(answers.map(|answer| answer.ident.clone()));
        let one_of = service.steps.iter().filter_map(|step| step.memory()?.one_of.as_ref());
        own.extend(one_of.map(|one_of| one_of.ident.clone()));
        own.push(Ident::plain("Handlers"));
        let (contracts, module) = (model.contracts_crate(), &service.module);
        // What a method or a field is called may be a module of the flow as well.
        let (reads, acts) = (!service.inputs.is_empty(), !service.steps.is_empty());
        let flow = [("FLOW", true), ("message", reads), ("service", true), ("step", acts)];
        let flow = flow.iter().filter(|(_, used)| *used).map(|(name, _)| Ident::plain(name)).collect();
        imports.sources.push((quote!(#contracts::events), Names::Known(&names.events)));
        imports.sources.push((quote!(#contracts::flow), Names::Listed(flow)));
        imports.sources.push((quote!(#contracts::#module), Names::Listed(own)));
        imports.sources.push((quote!(#contracts::types), Names::Known(&names.shared)));
        // The standard library is a group of its own.
        imports.sources[5..].sort_by_key(|(source, _)| sorted_as(source));
        imports
    }

    /// The declarations that `code` needs.
    pub(super) fn used_by(&self, code: &TokenStream) -> TokenStream {
        declarations(&self.sources, &quote!(use), &mentioned(code))
    }

    /// The declarations that `code` needs, and those that hand on what the part
    /// `public` of it mentions.
    pub(super) fn split(&self, code: &TokenStream, public: &TokenStream) -> (TokenStream, TokenStream) {
        let (mut private, mut public) = (mentioned(code), mentioned(public));
        // A method may be called `fmt`.
        public.retain(|name| name.starts_with(char::is_uppercase));
        private.retain(|name| !public.contains(name));
        let mut sources = self.sources.clone();
        let imports = declarations(&sources, &quote!(use), &private);
        sources.sort_by_key(|(source, _)| sorted_as(source));
        (imports, declarations(&sources, &quote!(pub use), &public))
    }
}

/// The types of a service's rows, and of their statuses.
fn row_types(service: &Service) -> Vec<Ident> {
    let statuses = service.entities.iter().filter_map(|entity| entity.status.as_ref());
    let rows = service.entities.iter().map(|entity| entity.ident.clone());
    rows.chain(statuses.map(|status| status.ident.clone())).collect()
}

/// By what rustfmt sorts declarations: segment by segment, whether it is raw or
/// not, and a hyphen of the crate's name before every letter and digit.
fn sorted_as(source: &TokenStream) -> Vec<String> {
    let source = source.to_string();
    let segments = source.split("::").map(str::trim);
    segments.map(|segment| segment.trim_start_matches("r#").replace('_', " ")).collect()
}

/// The names that code mentions, one way or another.
fn mentioned(code: &TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(code, &mut names);
    // These traits are used without being named.
    for (method, of) in [("TOPIC", "Event")] {
        if names.contains(method) {
            names.insert(of.to_owned());
        }
    }
    names
}

/// A declaration for each source that has a name which is wanted.
fn declarations(
    sources: &[(TokenStream, Names<'_>)],
    keyword: &TokenStream,
    wanted: &BTreeSet<String>,
) -> TokenStream {
    let uses = sources.iter().filter_map(|(source, names)| match names.among(wanted).as_slice() {
        [] => None,
        [only] => Some(quote!(#keyword #source::#only;)),
        used => Some(quote!(#keyword #source::{#(#used),*};)),
    });
    quote!(#(#uses)*)
}

/// The names that a path begins with. A module begins a longer path; alone, its
/// name is that of a field or a method.
fn collect(code: &TokenStream, names: &mut BTreeSet<String>) {
    let mut in_path = false;
    let mut derives = false;
    let mut colons = 0;
    let mut tokens = code.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let begins = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
                derives = name == "derive";
                if name == "TOPIC" || (!in_path && (name != "fmt" || begins)) {
                    names.insert(name);
                }
                in_path = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                in_path = colons == 2;
                continue;
            }
            // What is derived is a macro, which the types of a saga do not hide.
            TokenTree::Group(group) if derives => {
                let mut derived = BTreeSet::new();
                collect(&group.stream(), &mut derived);
                names.extend(
                    derived.into_iter().filter(|name| ["Deserialize", "Serialize"].contains(&name.as_str())),
                );
                derives = false;
            }
            TokenTree::Group(group) => {
                collect(&group.stream(), names);
                in_path = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => in_path = false,
        }
        colons = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_methods_and_derived_traits_are_no_names_of_others() {
        let names = mentioned(&quote!(
            #[derive(Clone, Eq, Serialize)]
            struct Row { fmt: i32 }
            impl Row { fn fmt(&self) -> i32 { self.fmt } }
        ));
        assert!(names.contains("Serialize") && !names.contains("fmt") && !names.contains("Eq"), "{names:?}");
        assert!(mentioned(&quote!(impl fmt::Display for Row {})).contains("fmt"));
        assert!(
            mentioned(&quote!(
                fn take(_: &Eq) {}
            ))
            .contains("Eq")
        );
    }

    /// rustfmt leaves these as they are, in the edition of the generated crates.
    #[test]
    fn declarations_stand_as_rustfmt_would_sort_them() {
        let sorted = [
            quote!(saga_contracts::events),
            quote!(saga_contracts::r#type),
            quote!(saga_contracts::user),
            quote!(saga_runtime),
            quote!(saga_runtime_contracts::events),
            quote!(saga_x_contracts::events),
            quote!(saga2_contracts::events),
            quote!(sagas_contracts::events),
            quote!(serde),
            quote!(serde_contracts::events),
        ];
        let mut again = sorted.to_vec();
        again.reverse();
        again.sort_by_key(sorted_as);
        let texts = |all: &[TokenStream]| all.iter().map(TokenStream::to_string).collect::<Vec<_>>();
        assert_eq!(texts(&again), texts(&sorted));
    }
}
