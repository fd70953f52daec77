//! What a step does once everything it needs is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::{borrowed, owned, param, reads};
use crate::emit::wiring::asked;
use crate::emit::wiring::change::{By, changed, moved, read, sets};
use crate::emit::wiring::variants::{answered, chosen};
use crate::model::{
    Ask, AskError, Chosen, Creates, FoundBy, FoundKey, Ident, Run, Sees, Step, StepRows, Undo,
};

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
    let one_of = memory.one_of.iter().map(|it| &it.binding);
    let did = memory.did.published.iter().map(|need| &need.binding);
    let did = did.chain(memory.did.created.iter().map(|(field, _)| field));
    let did = did.chain(memory.did.found.iter().map(|found| &found.field));
    let all = seen.chain(one_of).chain(did.filter(|_| matches!(without, Without::Undone)));
    let bindings: Vec<&Ident> = all.filter(|name| reads(code, name.as_str())).collect();
    if bindings.is_empty() && !reads(code, "inputs") {
        return None;
    }
    let (field, taken) = (&memory.field, taken(memory, &bindings, &without.ends(step)));
    Some(quote! {
        let inputs = cx.rows.#field.inputs(cx.key);
        #taken
    })
}

/// Takes messages out of `inputs`, or ends.
pub(super) fn taken(memory: &StepRows, bindings: &[&Ident], ends: &TokenStream) -> TokenStream {
    let from = |binding: &Ident| match &memory.one_of {
        Some(one_of) if one_of.binding == *binding => quote!(inputs.one_of()),
        _ => quote!(&inputs.#binding),
    };
    match bindings {
        [] => TokenStream::new(),
        [only] => {
            let kept = from(only);
            quote!(let Some(#only) = #kept else { #ends; };)
        }
        all => {
            let kept = all.iter().map(|binding| from(binding));
            quote!(let (#(Some(#all)),*) = (#(#kept),*) else { #ends; };)
        }
    }
}

fn body(step: &Step) -> TokenStream {
    let run = &step.run;
    let name = step.name.as_str();
    let reads = run.reads.iter().map(read);
    let reads_again = run.reads_again.iter().map(read);
    let moves = run.moves.iter().map(|it| moved(name, it));
    let moved = run.moves.iter().filter(|it| it.published).map(|it| read(&it.row));
    let messages = &run.publishes;
    let silent = run.publishes.is_empty() && run.moves.is_empty();
    let done = silent.then(|| quote!(cx.out.done(#name, cx.key);));
    let did = step.memory().map(|memory| &memory.did);
    let publish = messages.iter().enumerate().map(|(place, message)| {
        let kept = did.and_then(|did| did.published.get(place)).map(|need| kept_after(step, &need.binding));
        quote!(let event = #message; cx.out.emit(#name, &event); #kept)
    });
    let created = did.and_then(|did| did.created.as_ref()).zip(run.creates.as_ref());
    let created = created.map(|((field, ty), creates)| {
        let (binding, key) = (&creates.binding, creates.row.fields.first().map(|(key, _)| key));
        let clone = (!ty.is_copy()).then(|| quote!(.clone()));
        quote!(let #field = #binding.#key #clone;)
    });
    let keep_created = did.and_then(|did| did.created.as_ref()).map(|(field, _)| {
        let memory = step.memory().map(|memory| &memory.field);
        quote!(cx.rows.#memory.keep(cx.key).#field = Some(#field);)
    });
    let keep_found = did.into_iter().flat_map(|did| &did.found).map(|FoundKey { field, key, .. }| {
        let (memory, key) = (step.memory().map(|memory| &memory.field), owned(key));
        quote!(cx.rows.#memory.keep(cx.key).#field = Some(#key);)
    });
    let decide = decide(name, run);
    let way = match &run.chosen {
        Some(Chosen::Variants(_)) => quote!(way),
        Some(Chosen::Boolean { .. }) | None => quote!(0),
    };
    let finds = run.finds.iter().map(|(table, found)| find(table, found));
    quote! {
        #(#finds)*
        #(#reads)*
        #decide
        #(#reads_again)*
        #(#moves)*
        #(#moved)*
        #created
        #(#publish)*
        #keep_created
        #(#keep_found)*
        #done
        Ok(#way)
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
    let finds = undo.changes.iter().filter_map(|row| {
        let FoundBy { key, column, value } = row.found.as_ref()?;
        let (table, value) = (&row.table, borrowed(value));
        Some(quote!(let #key = cx.rows.#table.find_to_compensate(#name, #column, #value)?;))
    });
    let work = match undo.changes.as_slice() {
        [] => quote!(#call;),
        rows => {
            let changed = changed(rows, By::Compensation(name), quote!({ #call; Ok(()) }));
            quote!(#(#finds)* #changed?;)
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

/// Asks the handler, changes the rows, and creates the new one: all of it or nothing.
fn decide(name: &str, run: &Run) -> TokenStream {
    let created = run.creates.as_ref();
    // What is asked apart has been asked.
    let asks = run.ask.as_ref().filter(|ask| ask.apart.is_none());
    if run.changes.is_empty() {
        let ask = asks.map(|ask| statement(ask, &call(ask)));
        let creates = created.map(|creates| bound(run, creates));
        let chosen = chosen(run, true);
        return quote!(#ask #chosen #creates);
    }
    let by = match run.ask.as_ref().and_then(|ask| ask.error) {
        Some(AskError::Refusal) => By::Request,
        _ if run.compensates => By::Compensation(name),
        _ => By::Step,
    };
    let by_field = run.chosen.as_ref().is_some_and(Chosen::by_field);
    let (left, sets) = (left_by_change(run), sets(&run.changes));
    let inner = match (created, asks) {
        (None, Some(ask)) if !by_field => called_to_change(ask, &sets),
        _ => {
            let asked = asks.map(|ask| statement(ask, &call(ask)));
            let chosen = chosen(run, matches!(by, By::Request));
            match created.map(|creates| (create(creates), &creates.binding)) {
                // The row is all that is left, whether anything needs it or not.
                Some((create, _)) if run.chosen.is_none() && !answers_after(run) => {
                    quote!({ #asked #sets #create })
                }
                Some((create, row)) => {
                    let row = has_row(run).then(|| quote!(let #row =));
                    quote!({ #asked #sets #chosen #row #create?; Ok(#left) })
                }
                None => quote!({ #asked #sets #chosen Ok(#left) }),
            }
        }
    };
    let changed = changed(&run.changes, by, inner);
    let binding = match (created, asks.and_then(|ask| ask.answer.as_ref())) {
        (None, Some(answer)) if !by_field => {
            let binding = &answer.binding;
            quote!(#binding)
        }
        _ => left,
    };
    // Without a new row, the answer leaves the rows as it is, and is looked at here.
    let after = (created.is_none() && !by_field).then(|| chosen(run, true));
    match binding.to_string().as_str() {
        "()" => quote!(#changed?;),
        _ => quote!(let #binding = #changed?; #after),
    }
}

/// The call of a handler that changes rows, as what it leaves.
fn called_to_change(ask: &Ask, sets: &TokenStream) -> TokenStream {
    let call = call(ask);
    match (ask.error, &ask.answer) {
        (_, Some(answer)) if !sets.is_empty() => {
            let (asked, binding) = (statement(ask, &call), &answer.binding);
            quote!({ #asked #sets Ok(#binding) })
        }
        (Some(AskError::Refusal), Some(_)) => quote!({ Ok(#call?) }),
        (Some(AskError::Rejection), _) if sets.is_empty() => call,
        (None, Some(_)) => quote!(Ok(#call)),
        (Some(_), _) => quote!({ #call?; #sets Ok(()) }),
        (None, None) => quote!({ #call; #sets Ok(()) }),
    }
}

/// What the rest of a step's function needs of what happens while its rows change: the answer or what was
/// taken out of it, and the row that was created.
fn left_by_change(run: &Run) -> TokenStream {
    let answer = run.ask.as_ref().and_then(|ask| ask.answer.as_ref());
    let answer = answer.filter(|_| answers_after(run)).map(|answer| {
        let binding = &answer.binding;
        quote!(#binding)
    });
    let chosen = match &run.chosen {
        Some(Chosen::Variants(variants)) => {
            let fields = answered(run, variants).filter(|field| mentioned(run, field));
            let names = [&variants.outcome].into_iter().chain(fields).map(|name| quote!(#name));
            [quote!(way)].into_iter().chain(names).collect()
        }
        Some(Chosen::Boolean { .. }) | None => Vec::new(),
    };
    let row = run.creates.as_ref().filter(|_| has_row(run)).map(|creates| {
        let binding = &creates.binding;
        quote!(#binding)
    });
    match answer.into_iter().chain(chosen).chain(row).collect::<Vec<_>>().as_slice() {
        [only] => only.clone(),
        all => quote!((#(#all),*)),
    }
}

/// Whether what is published needs the answer.
fn answers_after(run: &Run) -> bool {
    let answer = run.ask.as_ref().and_then(|ask| ask.answer.as_ref());
    answer.is_some_and(|answer| answer.variants.is_empty() && mentioned(run, &answer.binding))
}

/// Whether the rest of the function needs the row that is created.
fn has_row(run: &Run) -> bool {
    run.creates.as_ref().is_some_and(|creates| creates.kept || mentioned(run, &creates.binding))
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
    if has_row(run) { quote!(let #binding = #create?;) } else { quote!(#create?;) }
}

fn mentioned(run: &Run, binding: &Ident) -> bool {
    run.publishes.iter().any(|message| message.mentions(binding))
}
