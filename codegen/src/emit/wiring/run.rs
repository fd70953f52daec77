//! What a step does once everything it needs is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, closure_param, mentions, owned, param};
use crate::emit::wiring::asked;
use crate::model::{Ask, AskError, Creates, FoundBy, FoundKey, Ident, Move, RowAt, Run, Sees, Step, StepRows, Undo};

/// The function of a step.
pub(super) fn tokens(step: &Step) -> TokenStream {
    let about = doc(format!("`{}`: {}.", step.name, step.run.summary));
    let function = &step.run.function;
    let body = body(step);
    let receiver = step.asks().then(|| quote!(&self,));
    let (message, prologue) = seen(step, &body, Without::Halts);
    let answer = step.call.as_ref().zip(step.run.ask.as_ref().and_then(|ask| ask.answer.as_ref()));
    let message = answer
        .map(|(_, answer)| {
            let (binding, ty) = (&answer.binding, &answer.ident);
            quote!(#binding: &#ty,)
        })
        .or(message);
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
    /// With a fault.
    Undone,
}

impl Without {
    pub(super) fn ends(self, step: &Step) -> TokenStream {
        let name = step.name.as_str();
        match self {
            Self::Halts => quote!(return Err(Halt::unexpected(#name))),
            Self::Faults => quote!(return cx.out.unexpected(#name)),
            Self::Undone => quote!(return Err(Fault::Unexpected { step: #name })),
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
        Sees::Rows(memory) => {
            let (kept, body) = (kept(step, memory, code, without), body_of(step, code, without));
            (None, Some(quote!(#kept #body)))
        }
        Sees::Request => (None, body_of(step, code, without)),
    }
}

fn body_of(step: &Step, code: &TokenStream, without: Without) -> Option<TokenStream> {
    let wanted = !matches!(without, Without::Undone);
    wanted.then(|| asked::said(step, code, &without.ends(step))).flatten()
}

/// Takes the messages that code mentions out of the step's row.
fn kept(step: &Step, memory: &StepRows, code: &TokenStream, without: Without) -> Option<TokenStream> {
    let seen = memory.kept.iter().map(|need| &need.binding);
    let did = memory.did.published.iter().map(|need| &need.binding);
    let did = did.chain(memory.did.created.iter().map(|(field, _)| field));
    let did = did.chain(memory.did.found.iter().map(|found| &found.field));
    let all = seen.chain(did.filter(|_| matches!(without, Without::Undone)));
    let bindings: Vec<&Ident> = all.filter(|name| mentions(code, name.as_str())).collect();
    let (field, ends) = (&memory.field, without.ends(step));
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
    let reads: TokenStream = run.reads.iter().map(|(row, mentioned)| read(row, *mentioned)).collect();
    let moves = run.moves.iter().map(|it| moved(name, it));
    let moved = run.moves.iter().filter(|it| it.published).map(|it| read(&it.row, true));
    let messages = &run.publishes;
    let silent = run.publishes.is_empty() && run.moves.is_empty();
    let done = silent.then(|| quote!(cx.out.done(#name, cx.key);));
    let did = step.memory().map(|memory| &memory.did);
    let publish = messages.iter().enumerate().map(|(place, message)| {
        let kept = did.and_then(|did| did.published.get(place)).map(|need| kept_after(step, &need.binding));
        quote!(let event = #message; cx.out.emit(#name, &event); #kept)
    });
    let created = did.and_then(|did| did.created.as_ref()).zip(run.creates.as_ref());
    let created = created.map(|((field, _), creates)| {
        let binding = &creates.binding;
        quote!(let #field = #binding.key().clone();)
    });
    let keep_created = did.and_then(|did| did.created.as_ref()).map(|(field, _)| {
        let memory = step.memory().map(|memory| &memory.field);
        quote!(cx.rows.#memory.keep(cx.key).#field = Some(#field);)
    });
    let keep_found = did.into_iter().flat_map(|did| &did.found).map(|FoundKey { field, key, .. }| {
        let (memory, key) = (step.memory().map(|memory| &memory.field), owned(key));
        quote!(cx.rows.#memory.keep(cx.key).#field = Some(#key);)
    });
    let decide = decide(run);
    // What a handler has changed is read afterwards, and what a new row takes over before it is created.
    let decided = if run.ask.is_some() { quote!(#decide #reads) } else { quote!(#reads #decide) };
    let finds = run.finds.iter().map(|(table, found)| find(table, found));
    quote! {
        #(#finds)*
        #decided
        #(#moves)*
        #(#moved)*
        #created
        #(#publish)*
        #keep_created
        #(#keep_found)*
        #done
        Ok(0)
    }
}

/// Finds the key of a row that no message says.
fn find(table: &Ident, found: &FoundBy) -> TokenStream {
    let FoundBy { key, column, value } = found;
    let value = borrowed(value);
    quote!(let #key = cx.rows.#table.find_by(#column, #value).cloned().ok_or_else(Rejection::not_found)?;)
}

/// Keeps what was published, for the compensation.
fn kept_after(step: &Step, field: &Ident) -> TokenStream {
    let memory = step.memory().map(|memory| &memory.field);
    quote!(cx.rows.#memory.keep(cx.key).#field = Some(event);)
}

/// The function that compensates a step.
pub(super) fn undo(step: &Step, undo: &Undo) -> TokenStream {
    let about = doc(format!("`{}`: compensates `{}`, as the saga has failed.", undo.name, step.name));
    let (function, name) = (&undo.function, undo.name.as_str());
    let call = call(&undo.ask);
    let work = match undo.changes.as_slice() {
        [] => quote!(#call;),
        [row, ..] => {
            let changed = changed(&undo.changes, quote!({ #call; Ok(()) }));
            let (entity, key) = (&row.entity, borrowed(&row.key));
            quote!(#changed.map_err(|_| Fault::nothing_to_compensate::<#entity>(#name, #key))?;)
        }
    };
    let (message, prologue) = seen(step, &work, Without::Undone);
    quote! {
        #about
        fn #function(&self, #message cx: &mut Context<'_>) -> Result<(), Fault> {
            #prologue
            #work
            cx.out.done(#name, cx.key);
            Ok(())
        }
    }
}

/// Asks the handler, changes the rows it was given, and creates the new one: all of it or nothing.
fn decide(run: &Run) -> TokenStream {
    let created = run.creates.as_ref();
    if run.ask.as_ref().is_some_and(|ask| ask.calls) {
        return created.map(|creates| bound(run, creates)).unwrap_or_default();
    }
    if run.changes.is_empty() {
        let ask = run.ask.as_ref().map(|ask| statement(ask, &call(ask)));
        let creates = created.map(|creates| bound(run, creates));
        let chosen = chosen(run);
        return quote!(#ask #chosen #creates);
    }
    let Some(ask) = &run.ask else { return TokenStream::new() };
    let call = call(ask);
    let answered = ask.answer.as_ref().map(|answer| &answer.binding).filter(|it| mentioned(run, it));
    let has_row = created.is_some_and(|creates| creates.kept || mentioned(run, &creates.binding));
    let chosen = chosen(run);
    let inner = match (created, ask.error.is_some()) {
        (None, true) if ask.error == Some(AskError::Refusal) => match &ask.answer {
            Some(answer) => {
                let binding = &answer.binding;
                quote!({ let #binding = #call?; #chosen Ok(#binding) })
            }
            None => quote!({ #call?; #chosen Ok(()) }),
        },
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
            let create = create(creates);
            let row = &creates.binding;
            match (answered, has_row) {
                (Some(answer), true) => quote!({ #ask let #row = #create?; Ok((#answer, #row)) }),
                (Some(answer), false) => quote!({ #ask #create?; Ok(#answer) }),
                (None, _) => quote!({ #ask #create }),
            }
        }
    };
    let changed = if ask.error == Some(AskError::Refusal) {
        asked_to_change(&run.changes, inner)
    } else {
        changed(&run.changes, inner)
    };
    let fault = run.compensates.as_ref().zip(run.changes.first()).map(|(entity, row)| {
        let key = borrowed(&row.key);
        let step = run.ask.as_ref().map(|ask| ask.method.bare().replace('_', "-"));
        quote!(.map_err(|_| Fault::nothing_to_compensate::<#entity>(#step, #key)))
    });
    let binding = match (created, &ask.answer) {
        (Some(creates), _) if has_row => {
            let row = &creates.binding;
            Some(answered.map_or_else(|| quote!(#row), |answer| quote!((#answer, #row))))
        }
        (Some(_), _) => answered.map(|answer| quote!(#answer)),
        (None, Some(answer)) => {
            let binding = &answer.binding;
            Some(quote!(#binding))
        }
        (None, None) => None,
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

/// The same where a request is refused instead of a step being rejected.
fn asked_to_change(rows: &[RowAt], inner: TokenStream) -> TokenStream {
    let [row, rest @ ..] = rows else { return inner };
    let body = asked_to_change(rest, inner);
    let (table, key) = (&row.table, borrowed(&row.key));
    let binding = closure_param(&row.binding, &body);
    quote!(cx.rows.#table.ask::<_, Halt>(#key, |#binding| #body))
}

/// Fails the step if the field that decides says so.
fn chosen(run: &Run) -> Option<TokenStream> {
    let (value, name) = run.chosen.as_ref()?;
    let (value, reason) = (owned(value), format!("`{name}` is false"));
    Some(quote! {
        if !#value {
            return Err(Rejection::because(#reason).into());
        }
    })
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
    if creates.kept || mentioned(run, binding) { quote!(let #binding = #create?;) } else { quote!(#create?;) }
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
