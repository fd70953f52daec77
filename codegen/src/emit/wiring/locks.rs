//! Which rows a step needs: those it locks, and those the flow judges it by.

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use quote::quote;

use crate::emit::tokens::{borrowed_in, keys, mentions, param};
use crate::emit::wiring::asked;
use crate::model::{Ident, Load, LockedRow, RowLock, Sees, Service, Step, StepRows, Value};

/// `lock`, where any step locks a row.
pub(super) fn of_steps(service: &Service) -> Option<TokenStream> {
    let arms: Vec<Arm> = service.steps.iter().filter_map(lock_arm).collect();
    if arms.is_empty() {
        return None;
    }
    let body = in_one_match(arms, &quote!(at.input), &quote!({}));
    let at = param(&Ident::plain("at"), &body);
    let correlation = &service.correlation;
    let input = super::input_type(service);
    Some(quote! {
        fn lock(&self, step: usize, #at: &At<'_, #input, #correlation>, rows: &mut Rows) {
            #body
        }
    })
}

/// `row`, where the flow judges any step by a row.
pub(super) fn judged(service: &Service) -> Option<TokenStream> {
    let arms: Vec<Arm> =
        service.steps.iter().flat_map(|step| step.loads.iter().map(|load| load_arm(step, load))).collect();
    if arms.is_empty() {
        return None;
    }
    let body = in_one_match(arms, &quote!(cx.input), &quote!(None));
    // The first row is by far the most frequent.
    Some(quote! {
        fn row(&self, step: usize, used: usize, cx: &mut Context<'_>) -> Option<RowStatus> {
            #body
        }
    })
}

/// `lock_for_request`, where any request says which row it needs.
pub(super) fn of_requests(service: &Service) -> Option<TokenStream> {
    let begin = service.requests.iter().map(|request| (&request.requested, &request.locks));
    let asked = service.asked().map(|(_, asked)| (&asked.requested, &asked.locks));
    let (lock, none): (Vec<_>, Vec<_>) = begin.chain(asked).partition(|(_, locks)| !locks.is_empty());
    if lock.is_empty() {
        return None;
    }
    let arms = lock.iter().map(|(requested, locks)| {
        let locks: Vec<TokenStream> = locks.iter().map(|lock| locked(lock, &Ident::plain("at"))).collect();
        let locks = quote!({ #(#locks;)* });
        let pattern = asked::pattern(requested, &locks);
        quote!(#pattern => #locks)
    });
    // The rows of steps are named by `lock`.
    let none: Vec<_> = none.into_iter().map(|(requested, _)| requested).collect();
    let none = asked::others(&none, &quote!({}));
    Some(quote! {
        fn lock_for_request(&self, request: &Request, rows: &mut Rows) {
            match request { #(#arms)* #none }
        }
    })
}

/// An arm of a match on the step, on the place of a row if there are several, and on the message at hand.
struct Arm {
    step: TokenStream,
    used: Option<usize>,
    input: Option<TokenStream>,
    body: TokenStream,
}

/// Arms with the same body are one.
fn in_one_match(arms: Vec<Arm>, input: &TokenStream, otherwise: &TokenStream) -> TokenStream {
    let by_input = arms.iter().any(|arm| arm.input.is_some());
    let by_place = arms.iter().any(|arm| arm.used.is_some());
    let mut merged: Vec<(Vec<TokenStream>, Arm)> = Vec::new();
    for arm in arms {
        let same = |known: &Arm| {
            let text = |tokens: &Option<TokenStream>| tokens.as_ref().map(ToString::to_string);
            known.used == arm.used
                && text(&known.input) == text(&arm.input)
                && known.body.to_string() == arm.body.to_string()
        };
        match merged.iter_mut().find(|(_, known)| same(known)) {
            Some((steps, _)) => steps.push(arm.step),
            None => merged.push((vec![arm.step.clone()], arm)),
        }
    }
    if let ([(steps, Arm { used: None, input: pattern, body, .. })], true) =
        (merged.as_slice(), otherwise.to_string() == "{ }" || otherwise.to_string() == "{}")
    {
        let block = block(body);
        return match (pattern, steps.as_slice()) {
            (Some(pattern), steps) => quote!(if let (#(#steps)|*, #pattern) = (step, #input) #block),
            (None, [only]) => quote!(if step == #only #block),
            (None, steps) => quote!(if matches!(step, #(#steps)|*) #block),
        };
    }
    let arms = merged.iter().map(|(steps, Arm { used, input, body, .. })| {
        let used = by_place.then(|| {
            let used = used.map_or_else(
                || quote!(_),
                |used| {
                    let used = Literal::usize_unsuffixed(used);
                    quote!(#used)
                },
            );
            quote!(, #used)
        });
        let input = by_input.then(|| {
            let input = input.clone().unwrap_or_else(|| quote!(_));
            quote!(, #input)
        });
        let steps = quote!(#(#steps)|*);
        match (&used, &input) {
            (None, None) => quote!(#steps => #body),
            _ => quote!((#steps #used #input) => #body),
        }
    });
    let of = match (by_place, by_input) {
        (false, false) => quote!(step),
        (true, false) => quote!((step, used)),
        (false, true) => quote!((step, #input)),
        (true, true) => quote!((step, used, #input)),
    };
    quote! {
        match #of {
            #(#arms,)*
            _ => #otherwise,
        }
    }
}

/// Code as a block, unless it is one.
fn block(code: &TokenStream) -> TokenStream {
    let mut tokens = code.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Brace => code.clone(),
        _ => quote!({ #code }),
    }
}

fn lock_arm(step: &Step) -> Option<Arm> {
    if step.locks.is_empty() {
        return None;
    }
    let place = &step.place;
    let (input, locks) = match &step.sees {
        Sees::Message(need) => {
            let locks: Vec<TokenStream> =
                step.locks.iter().map(|lock| locked(lock, &Ident::plain("at"))).collect();
            let binding = &need.binding;
            let mentioned = locks.iter().any(|lock| mentions(lock, binding.as_str()));
            let event = &need.event;
            (mentioned.then(|| quote!(Some(Input::#event(#binding)))), locks)
        }
        Sees::Request => (None, step.locks.iter().map(|lock| locked(lock, &Ident::plain("at"))).collect()),
        Sees::Rows(memory) => (None, locked_by_kept(memory, &step.locks)),
    };
    let body = match locks.as_slice() {
        [only] if !mentions(only, "if") => quote!(#only),
        all => quote!({ #(#all;)* }),
    };
    Some(Arm { step: quote!(step::#place), used: None, input, body })
}

/// Locks a row whose key is at hand.
pub(super) fn locked(lock: &RowLock, at: &Ident) -> TokenStream {
    let table = &lock.table;
    match &lock.row {
        LockedRow::New => quote!(rows.#table.reserve_new()),
        LockedRow::Key(key) | LockedRow::KeyIn(_, key) | LockedRow::Asked(key) if lock.each => {
            let keys = keys(key);
            quote!(rows.#table.lock_all(#keys))
        }
        LockedRow::Key(key) | LockedRow::KeyIn(_, key) | LockedRow::Asked(key) => {
            let key = borrowed_in(key, at);
            match &lock.column {
                Some(column) => quote!(rows.#table.lock_by(#column, #key)),
                None => quote!(rows.#table.lock(#key)),
            }
        }
        // Of a step with a row, and of one message or another.
        LockedRow::Created(_) | LockedRow::OneOf(_) => TokenStream::new(),
    }
}

/// Locks rows whose keys may be in messages that came before.
fn locked_by_kept(memory: &StepRows, locks: &[RowLock]) -> Vec<TokenStream> {
    let field = &memory.field;
    let need_of = |lock: &RowLock| match &lock.row {
        LockedRow::KeyIn(binding, _) => memory.kept.iter().find(|need| need.binding == *binding),
        LockedRow::New
        | LockedRow::Key(_)
        | LockedRow::Asked(_)
        | LockedRow::Created(_)
        | LockedRow::OneOf(_) => None,
    };
    let together = locks.chunk_by(|one, next| {
        need_of(one).is_some_and(|need| need_of(next).is_some_and(|it| it.binding == need.binding))
    });
    let locked = together.map(|locks| {
        let code: Vec<TokenStream> = locks.iter().map(|lock| locked(lock, &Ident::plain("at"))).collect();
        match (&locks[0].row, need_of(&locks[0])) {
            (LockedRow::Created(kept), _) => {
                let table = &locks[0].table;
                let lock = if locks[0].each { quote!(lock_all) } else { quote!(lock) };
                quote! {
                    if let Some(#kept) = &rows.#field.inputs(at.key).#kept {
                        rows.#table.#lock(#kept);
                    }
                }
            }
            (_, Some(need)) => {
                let (event, binding) = (&need.event, &need.binding);
                quote! {
                    if let Some(Input::#event(#binding)) = at.input {
                        #(#code;)*
                    } else if let Some(#binding) = &rows.#field.inputs(at.key).#binding {
                        #(#code;)*
                    }
                }
            }
            _ => quote!(#(#code);*),
        }
    });
    locked.collect()
}

fn load_arm(step: &Step, load: &Load) -> Arm {
    let place = &step.place;
    let table = &load.row.table;
    let method = if load.status { quote!(status) } else { quote!(existing) };
    let found = |key: &Value| {
        let keys = keys(key);
        match &load.row.column {
            Some(column) => quote!(cx.rows.#table.#method(cx.rows.#table.find_by(#column, #keys)?)),
            None if load.row.each && load.status => {
                quote!(cx.rows.#table.status_of_all(#keys, |status| FLOW.lets_run(step, used, status)))
            }
            None if load.row.each => quote!(cx.rows.#table.existing_all(#keys)),
            None => quote!(cx.rows.#table.#method(#keys)),
        }
    };
    let (input, body) = match (&load.row.row, &step.sees) {
        (LockedRow::KeyIn(binding, key), Sees::Message(need)) => {
            let event = &need.event;
            (Some(quote!(Some(Input::#event(#binding)))), found(key))
        }
        (LockedRow::KeyIn(binding, key), Sees::Rows(memory)) => {
            let (field, found) = (&memory.field, found(key));
            let body = quote!({
                let #binding = cx.rows.#field.inputs(cx.key).#binding.as_ref()?;
                #found
            });
            (None, body)
        }
        (LockedRow::OneOf(key), Sees::Rows(memory)) => {
            let (field, found) = (&memory.field, found(key));
            let body = quote!({
                let one_of = cx.rows.#field.inputs(cx.key).one_of()?;
                #found
            });
            (None, body)
        }
        (LockedRow::Asked(key), _) => {
            let found = found(key);
            let said = asked::said(step, &found, &quote!(return None));
            (None, quote!({ #said #found }))
        }
        (LockedRow::Key(key), _) => (None, found(key)),
        (LockedRow::KeyIn(..), Sees::Request)
        | (LockedRow::New | LockedRow::Created(_) | LockedRow::OneOf(_), _) => (None, quote!(None)),
    };
    Arm { step: quote!(step::#place), used: Some(load.place), input, body }
}
