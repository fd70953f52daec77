//! Names, types and values of the model as tokens.

use proc_macro2::{Literal as Token, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::model::{Ident, RustType, StructValue, Taken, Value};
use crate::resolved::Literal;

impl ToTokens for Ident {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let ident = match self.as_str().strip_prefix("r#") {
            Some(bare) => proc_macro2::Ident::new_raw(bare, Span::call_site()),
            None => proc_macro2::Ident::new(self.as_str(), Span::call_site()),
        };
        ident.to_tokens(tokens);
    }
}

impl ToTokens for RustType {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Bool => quote!(bool),
            Self::I32 => quote!(i32),
            Self::I64(_) => quote!(i64),
            Self::F64 => quote!(f64),
            Self::String => quote!(String),
            Self::Decimal => quote!(Decimal),
            Self::Uuid => quote!(Uuid),
            Self::Timestamp => quote!(Timestamp),
            Self::Date => quote!(Date),
            Self::Enum(ident) | Self::Record(ident) => quote!(#ident),
            Self::List(item) => quote!(Vec<#item>),
            Self::Optional(inner) => quote!(Option<#inner>),
        });
    }
}

impl ToTokens for StructValue {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let of = &self.of;
        let fields = self.fields.iter().map(|(field, value)| match value {
            Value::Binding(name) if name == field => quote!(#field),
            value => {
                let value = owned(value);
                quote!(#field: #value)
            }
        });
        tokens.extend(quote!(#of { #(#fields),* }));
    }
}

/// A value to keep.
pub(super) fn owned(value: &Value) -> TokenStream {
    match value {
        Value::Literal(value) => literal(value),
        Value::Absent => quote!(None),
        Value::Present(inner) => {
            let inner = owned(inner);
            quote!(Some(#inner))
        }
        Value::Binding(name) => quote!(#name),
        Value::Reference(name, true) => quote!(*#name),
        Value::Reference(name, false) => quote!(#name.to_owned()),
        Value::Held(name, taken) => taken_out(&quote!(#name), *taken),
        Value::Field { of, field, taken } => taken_out(&quote!(#of.#field), *taken),
        Value::Within { of, path, taken } => {
            let of = place(of);
            taken_out(&quote!(#of #(.#path)*), *taken)
        }
        Value::Each { of, path, taken } => {
            let (of, item) = (place(of), taken_out(&quote!(item #(.#path)*), *taken));
            quote!(#of.iter().map(|item| #item).collect())
        }
        Value::Variant(of, variant) => quote!(#of::#variant),
        Value::OneOf { of: (binding, of), variants, field } => {
            let arms = variants.iter().map(|(variant, taken)| {
                let value = taken_out(&quote!(it.#field), *taken);
                quote!(#of::#variant(it) => #value)
            });
            quote!(match #binding { #(#arms),* })
        }
        Value::First { step, of, field } => {
            let (kept, step) = (of.iter().map(|(binding, _)| quote!(&inputs.#binding)), step.as_str());
            let arms = of.iter().enumerate().map(|(place, (_, taken))| {
                let there = (0..of.len()).map(|at| if at == place { quote!(Some(it)) } else { quote!(_) });
                let value = taken_out(&quote!(it.#field), *taken);
                quote!((#(#there),*) => #value)
            });
            quote!(match (#(#kept),*) { #(#arms,)* _ => return cx.out.unexpected(#step) })
        }
        Value::IfCame { of, field, lacks, taken } => {
            let value = taken_out(&quote!(it.#field), *taken);
            let method = if *lacks { quote!(and_then) } else { quote!(map) };
            quote!(inputs.#of.as_ref().#method(|it| #value))
        }
        Value::Correlation(true) => quote!(*cx.correlation),
        Value::Correlation(false) => quote!(cx.correlation.clone()),
    }
}

fn taken_out(place: &TokenStream, taken: Taken) -> TokenStream {
    match taken {
        Taken::AsIs => quote!(#place),
        Taken::Cloned => quote!(#place.clone()),
        Taken::Called => quote!(#place()),
        Taken::CalledCloned => quote!(#place().clone()),
    }
}

/// Where a value is, to look at what it holds.
fn place(value: &Value) -> TokenStream {
    match value {
        Value::Field { of, field, taken: Taken::AsIs | Taken::Cloned } => quote!(#of.#field),
        Value::Field { of, field, .. } => quote!(#of.#field()),
        Value::Within { of, path, .. } => {
            let of = place(of);
            quote!(#of #(.#path)*)
        }
        other => owned(other),
    }
}

/// A reference to a value.
pub(super) fn borrowed(value: &Value) -> TokenStream {
    match value {
        Value::Field { of, field, taken: Taken::CalledCloned } => quote!(#of.#field()),
        Value::Field { .. } | Value::Within { .. } => {
            let place = place(value);
            quote!(&#place)
        }
        Value::OneOf { of: (binding, of), variants, field } => {
            let arms = variants.iter().map(|(variant, taken)| {
                let value = match taken {
                    Taken::AsIs | Taken::Cloned => quote!(&it.#field),
                    Taken::Called => quote!(&it.#field()),
                    Taken::CalledCloned => quote!(it.#field()),
                };
                quote!(#of::#variant(it) => #value)
            });
            quote!(match #binding { #(#arms),* })
        }
        Value::Correlation(_) => quote!(cx.correlation),
        Value::Reference(name, _) => quote!(#name),
        Value::Held(name, _) => quote!(&#name),
        other => {
            let value = owned(other);
            quote!(&#value)
        }
    }
}

/// References to the values of a list, one after the other.
pub(super) fn keys(list: &Value) -> TokenStream {
    match list {
        Value::Each { of, path, .. } => {
            let of = place(of);
            quote!(#of.iter().map(|item| &item #(.#path)*))
        }
        list => borrowed(list),
    }
}

/// The same where the correlation is a field of `context`.
pub(super) fn borrowed_in(value: &Value, context: &Ident) -> TokenStream {
    match value {
        Value::Correlation(_) => quote!(#context.correlation),
        other => borrowed(other),
    }
}

/// A literal of the type it was read as.
pub(super) fn literal(literal: &Literal) -> TokenStream {
    match literal {
        Literal::Null => quote!(None),
        Literal::Bool(value) => quote!(#value),
        Literal::I32(value) => signed(*value < 0, Token::u32_unsuffixed(value.unsigned_abs())),
        Literal::I64(value) => signed(*value < 0, Token::u64_unsuffixed(value.unsigned_abs())),
        Literal::F64(digits) => {
            let value: f64 = digits.parse().unwrap_or_default();
            signed(value.is_sign_negative(), Token::f64_unsuffixed(value.abs()))
        }
        Literal::String(text) => quote!(#text.to_owned()),
        Literal::Decimal(text) | Literal::Uuid(text) | Literal::Timestamp(text) | Literal::Date(text) => {
            quote!(saga_runtime::literal(#text))
        }
        Literal::Enum(of, value) => {
            let (of, variant) = (Ident::declared(of), Ident::upper_camel(value.as_str()));
            quote!(#of::#variant)
        }
        Literal::List(items) => {
            let items = items.iter().map(self::literal);
            quote!(vec![#(#items),*])
        }
        Literal::Record(of, fields) => {
            let of = Ident::declared(of);
            let fields = fields.iter().map(|(name, value)| {
                let (field, value) = (Ident::snake(name.as_str()), self::literal(value));
                quote!(#field: #value)
            });
            quote!(#of { #(#fields),* })
        }
        Literal::Present(inner) => {
            let inner = self::literal(inner);
            quote!(Some(#inner))
        }
    }
}

fn signed(negative: bool, digits: Token) -> TokenStream {
    if negative { quote!(-#digits) } else { quote!(#digits) }
}

/// Whether code mentions a name.
pub(super) fn mentions(code: &TokenStream, name: &str) -> bool {
    code.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether code reads a binding of that name: a field of that name is another thing.
pub(super) fn reads(code: &TokenStream, name: &str) -> bool {
    let tokens: Vec<TokenTree> = code.clone().into_iter().collect();
    let is = |at: Option<usize>, mark: char| {
        let token = at.and_then(|at| tokens.get(at));
        matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
    };
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => {
            let named = is(Some(at + 1), ':') && !is(Some(at + 2), ':');
            ident == name && !named && !is(at.checked_sub(1), '.')
        }
        TokenTree::Group(group) => reads(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// A parameter's name, marked as unused if `body` does not mention it.
pub(super) fn param(name: &Ident, body: &TokenStream) -> Ident {
    if mentions(body, name.as_str()) { name.clone() } else { name.unused() }
}

/// A closure's parameter, `_` if `body` does not mention it.
pub(super) fn closure_param(name: &Ident, body: &TokenStream) -> TokenStream {
    if mentions(body, name.as_str()) { quote!(#name) } else { quote!(_) }
}

/// For an impl or a trait: steps may be named like conversions.
pub(super) fn allow_names<'n>(mut methods: impl Iterator<Item = &'n Ident>) -> Option<TokenStream> {
    methods
        .any(Ident::reads_as_conversion)
        .then(|| quote!(#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]))
}
