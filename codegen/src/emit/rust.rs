//! Tokens as Rust source: header, documentation, layout.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::emit::layout::laid_out;
use crate::files::HEADER;

/// Lines of documentation end here at the latest, where words allow it.
const DOC_WIDTH: usize = 80;

/// A file: the header, its documentation, and its items, laid out.
pub(super) fn file(doc: &str, deny_missing_docs: bool, items: &TokenStream) -> String {
    let file: syn::File = match syn::parse2(items.clone()) {
        Ok(file) => file,
        Err(error) => panic!("the generator wrote Rust that does not parse: {error}\n{items}"),
    };
    let mut text = format!("// {HEADER}\n");
    for line in wrapped(doc) {
        text.push_str(format!("//! {line}").trim_end());
        text.push('\n');
    }
    if deny_missing_docs {
        text.push_str("#![deny(missing_docs)]\n");
    }
    let mut before = None;
    for item in file.items {
        let group = Group::of(&item);
        if before != Some(group) || group == Group::Alone {
            text.push('\n');
        }
        before = Some(group);
        text.push_str(&written(item));
    }
    text
}

/// The same for a file that the team goes on with.
pub(super) fn team_file(doc: &str, items: &TokenStream) -> String {
    let text = file(doc, false, items);
    text.split_once('\n').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

/// How many lines the body of an item has.
pub(super) fn lines(item: &TokenStream) -> usize {
    let item: Option<Item> = syn::parse2(item.clone()).ok();
    item.map_or(0, |item| written(item).lines().count().saturating_sub(2))
}

/// Documentation of an item; each line of `text` is a paragraph or a heading.
pub(super) fn doc(text: impl AsRef<str>) -> TokenStream {
    let lines = wrapped(text.as_ref()).into_iter().map(|line| {
        let line = if line.is_empty() { line } else { format!(" {line}") };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > DOC_WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Items that stand together without a blank line between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Standard,
    Crates,
    Own,
    Exports,
    Modules,
    Alone,
}

impl Group {
    fn of(item: &Item) -> Self {
        match item {
            Item::Use(item) if matches!(item.vis, syn::Visibility::Public(_)) => Self::Exports,
            Item::Use(item) => match &item.tree {
                syn::UseTree::Path(path) if path.ident == "std" => Self::Standard,
                syn::UseTree::Path(path) if path.ident == "crate" => Self::Own,
                _ => Self::Crates,
            },
            Item::Mod(module) if module.content.is_none() => Self::Modules,
            _ => Self::Alone,
        }
    }
}

/// An item on its own lines.
fn written(item: Item) -> String {
    let has_methods = matches!(item, Item::Impl(_) | Item::Trait(_));
    let broken = unparsed(item);
    let text = laid_out(&broken, has_methods);
    #[cfg(test)]
    tests::assert_same_code(&text, &broken);
    text
}

fn unparsed(item: Item) -> String {
    prettyplease::unparse(&syn::File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails unless the only difference between two texts is their layout.
    pub(super) fn assert_same_code(text: &str, other: &str) {
        let item: Item = syn::parse_str(text).expect("one item");
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(squeezed(&unparsed(item)), squeezed(other));
    }

    #[test]
    fn methods_stand_apart_and_imports_in_their_groups() {
        let items = quote! {
            use std::fmt;
            use saga_runtime::Event;
            use serde::Serialize;
            impl A { #[doc = " One."] fn one() {} const X: u8 = 1; fn two() {} }
        };
        let text = file("A file.", false, &items);
        let wanted = "//! A file.\n\nuse std::fmt;\n\nuse saga_runtime::Event;\nuse serde::Serialize;\n\nimpl A {\n    \
                      /// One.\n    fn one() {}\n    const X: u8 = 1;\n\n    fn two() {}\n}\n";
        assert_eq!(text, format!("// {HEADER}\n{wanted}"));
    }

    #[test]
    fn long_documentation_is_wrapped_between_words() {
        let text = "word ".repeat(30);
        let lines = wrapped(text.trim_end());
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= DOC_WIDTH));
        assert_eq!(wrapped("a\n\nb"), ["a", "", "b"]);
    }
}
