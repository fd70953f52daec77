//! What a step does once everything it needs is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, closure_param, mentions, param};
use crate::model::{Ask, Creates, Ident, Move, Need, RowAt, Run, Sees, Step, StepRows};

/// The function of a step.
pub(super) fn tokens(step: &Step) -> TokenStream {
    let about = doc(format!("`{}`: {}.", step.name, step.run.summary));
    let function = &step.run.function;
    let body = body(step);
    let receiver = step.run.ask.is_some().then(|| quote!(&self,));
    let (message, prologue) = seen(step, &body, Without::Halts);
    let code = quote!(#prologue #body);
    let cx = param(&Ident::plain("cx"), &code);
    quote! {
        #about
        fn #function(#receiver #message #cx: &mut Context<'_>) -> Result<usize, Halt> {
            #code
        }
    }
}

/// How a function ends if a message is missing that its step needs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Without {
    /// With an error.
    Halts,
    /// With a fault of what is published.
    Faults,
}

impl Without {
    pub(super) fn ends(self, step: &Step) -> TokenStream {
        let name = step.name.as_str();
        match self {
            Self::Halts => quote!(return Err(Halt::unexpected(#name))),
            Self::Faults => quote!(return cx.out.unexpected(#name)),
        }
    }
}

/// How a function of a step sees the messages that its code mentions: as a parameter, or as what its row
/// keeps.
pub(super) fn seen(
    step: &Step,
    code: &TokenStream,
    without: Without,
) -> (Option<TokenStream>, Option<TokenStream>) {
    match &step.sees {
        Sees::Message(need) => {
            let (binding, event) = (param(&need.binding, code), &need.event);
            (Some(quote!(#binding: &#event,)), None)
        }
        Sees::Rows(memory) => (None, kept(step, memory, code, without)),
    }
}

/// Takes the messages that code mentions out of the step's row.
fn kept(step: &Step, memory: &StepRows, code: &TokenStream, without: Without) -> Option<TokenStream> {
    let used: Vec<&Need> = memory.kept.iter().filter(|need| mentions(code, need.binding.as_str())).collect();
    let (field, ends) = (&memory.field, without.ends(step));
    let bindings: Vec<&Ident> = used.iter().map(|need| &need.binding).collect();
    match bindings.as_slice() {
        [] => None,
        [only] => Some(quote! {
            let inputs = cx.rows.#field.inputs(cx.key);
            let Some(#only) = &inputs.#only else {
                #ends;
            };
        }),
        all => Some(quote! {
            let inputs = cx.rows.#field.inputs(cx.key);
            let (#(Some(#all)),*) = (#(&inputs.#all),*) else {
                #ends;
            };
        }),
    }
}

fn body(step: &Step) -> TokenStream {
    let run = &step.run;
    let name = step.name.as_str();
    let reads = run.reads.iter().map(|(row, mentioned)| read(row, *mentioned));
    let moves = run.moves.iter().map(|it| moved(name, it));
    let messages = &run.publishes;
    let silent = run.publishes.is_empty() && run.moves.is_empty();
    let done = silent.then(|| quote!(cx.out.done(#name, cx.key);));
    let publish = if let [only] = messages.as_slice() {
        quote!(let event = #only; cx.out.emit(#name, &event);)
    } else {
        quote!(#(let event = #messages; cx.out.emit(#name, &event);)*)
    };
    let decide = decide(run);
    quote! {
        #decide
        #(#reads)*
        #(#moves)*
        #publish
        #done
        Ok(0)
    }
}

/// Asks the handler, changes the rows it was given, and creates the new one: all of it or nothing.
fn decide(run: &Run) -> TokenStream {
    let created = run.creates.as_ref();
    if run.changes.is_empty() {
        let ask = run.ask.as_ref().map(|ask| statement(ask, &call(ask)));
        let creates = created.map(|creates| bound(run, creates));
        return quote!(#ask #creates);
    }
    let Some(ask) = &run.ask else { return TokenStream::new() };
    let call = call(ask);
    let inner = match (created, ask.error.is_some()) {
        (None, true) => call,
        (None, false) if ask.answer.is_some() => quote!(Ok(#call)),
        (None, false) => quote!({ #call; Ok(()) }),
        (Some(creates), fallible) => {
            let question = fallible.then(|| quote!(?));
            let ask = match &ask.answer {
                Some(answer) => {
                    let binding = &answer.binding;
                    quote!(let #binding = #call #question;)
                }
                None => quote!(#call #question;),
            };
            let creates = create(creates);
            quote!({ #ask #creates })
        }
    };
    let changed = changed(&run.changes, inner);
    let fault = run.compensates.as_ref().zip(run.changes.first()).map(|(entity, row)| {
        let key = borrowed(&row.key);
        let step = run.ask.as_ref().map(|ask| ask.method.bare().replace('_', "-"));
        quote!(.map_err(|_| Fault::nothing_to_compensate::<#entity>(#step, #key)))
    });
    let binding = match (created, &ask.answer) {
        (Some(creates), _) if mentioned(run, &creates.binding) => Some(creates.binding.clone()),
        (None, Some(answer)) => Some(answer.binding.clone()),
        _ => None,
    };
    match binding {
        Some(binding) => quote!(let #binding = #changed #fault?;),
        None => quote!(#changed #fault?;),
    }
}

/// The rows, one inside the other: if any part says no, none of them changes.
fn changed(rows: &[RowAt], inner: TokenStream) -> TokenStream {
    let [row, rest @ ..] = rows else { return inner };
    let body = changed(rest, inner);
    let (table, key) = (&row.table, borrowed(&row.key));
    let binding = closure_param(&row.binding, &body);
    quote!(cx.rows.#table.change(#key, |#binding| #body))
}

/// A call of the team's code.
pub(super) fn call(ask: &Ask) -> TokenStream {
    let method = &ask.method;
    let params = ask.rows.iter().chain(&ask.inputs).map(|param| &param.binding);
    quote!(self.handlers.#method(#(#params),*))
}

fn statement(ask: &Ask, call: &TokenStream) -> TokenStream {
    let question = ask.error.is_some().then(|| quote!(?));
    match &ask.answer {
        Some(answer) => {
            let binding = &answer.binding;
            quote!(let #binding = #call #question;)
        }
        None => quote!(#call #question;),
    }
}

/// The expression that creates a row.
pub(super) fn create(creates: &Creates) -> TokenStream {
    let (table, row) = (&creates.table, &creates.row);
    match &creates.allocates {
        Some(id) => quote!(cx.rows.#table.create(|#id| #row)),
        None => quote!(cx.rows.#table.insert(#row)),
    }
}

/// Creates a row, and gives it a name if what is published mentions it.
fn bound(run: &Run, creates: &Creates) -> TokenStream {
    let (binding, create) = (&creates.binding, create(creates));
    if mentioned(run, binding) { quote!(let #binding = #create?;) } else { quote!(#create?;) }
}

fn mentioned(run: &Run, binding: &Ident) -> bool {
    run.publishes.iter().any(|message| message.mentions(binding))
}

fn read(row: &RowAt, mentioned: bool) -> TokenStream {
    let (table, key, binding) = (&row.table, borrowed(&row.key), &row.binding);
    if mentioned {
        quote!(let #binding = cx.rows.#table.row(#key)?;)
    } else {
        quote!(cx.rows.#table.row(#key)?;)
    }
}

fn moved(name: &str, it: &Move) -> TokenStream {
    let (table, key) = (&it.row.table, borrowed(&it.row.key));
    let (of, to) = &it.to;
    quote! {
        cx.rows.#table.set_status(#key, #of::#to);
        cx.out.moved(#name, cx.key, #of::#to);
    }
}
