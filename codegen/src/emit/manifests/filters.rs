//! Filters of the templates.
#![expect(unreachable_pub, reason = "a filter becomes an item that is as public as its macro makes it")]

use std::fmt;

/// A text as one YAML scalar: plain where it can be read as nothing but a
/// text, else in double quotes.
#[askama::filter_fn]
pub(in crate::emit) fn scalar(text: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(written(&text.to_string()))
}

/// A text in double quotes, as YAML and JSON read it.
#[askama::filter_fn]
pub(in crate::emit) fn quoted(text: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(in_quotes(&text.to_string()))
}

/// An image under the name that a build gives it: no build has a digest yet.
#[askama::filter_fn]
pub(in crate::emit) fn built(image: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(without_digest(&image.to_string()).to_owned())
}

/// An image by name and tag.
pub(in crate::emit) fn without_digest(image: &str) -> &str {
    image.split_once('@').map_or(image, |(name, _)| name)
}

/// The name of an image alone. A colon before the last slash is that of the
/// registry's port.
pub(in crate::emit) fn without_tag(image: &str) -> &str {
    let image = without_digest(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// A text as one YAML scalar.
pub(in crate::emit) fn written(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { in_quotes(text) }
}

fn is_plain(text: &str) -> bool {
    // YAML 1.1 reads more words than these as something else; none of them is
    // longer than five letters.
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let safe = text.chars().all(|it| it.is_ascii_alphanumeric() || "-_./".contains(it));
    let word = text.len() <= 5 && text.chars().all(|it| it.is_ascii_alphabetic());
    const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];
    starts && safe && !(word && WORDS.contains(&text.to_ascii_lowercase().as_str()))
}

/// A text in double quotes.
pub(in crate::emit) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            it if it.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_their_names() {
        for (image, built, name) in [
            ("order", "order", "order"),
            ("shop/order:1.0", "shop/order:1.0", "shop/order"),
            ("registry.example:5000/order", "registry.example:5000/order", "registry.example:5000/order"),
            (
                "registry.example:5000/order:1.0@sha256:ab",
                "registry.example:5000/order:1.0",
                "registry.example:5000/order",
            ),
        ] {
            assert_eq!((without_digest(image), without_tag(image)), (built, name));
        }
    }

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        for text in
            ["on", "No", "null", "1e3", "8081", "", "a: b", "a #b", "-", "tab\there", "\u{85}", "~", "0x1"]
        {
            let scalar = written(text);
            assert!(scalar.starts_with('"'), "{text:?} is written as {scalar}");
            let read: String = serde_yaml::from_str(&scalar).expect("one scalar");
            assert_eq!(read, text);
        }
        for text in ["order", "food-delivery", "kafka/service.yaml", "nobody"] {
            assert_eq!(written(text), text);
        }
    }
}
