//! Names as types, and the ways one name is written in different places.

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The name as it stands in the specification.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A saga, in kebab case.
    SagaName;
    /// A Kubernetes namespace: a DNS label.
    Namespace;
    /// A service, in kebab case; also its crate, its pod and its consumer group.
    ServiceName;
    /// A step, in kebab case, unique in the file.
    StepName;
    /// An event or command, in upper camel case.
    EventName;
    /// An entity, in upper camel case.
    EntityName;
    /// A declared type, in upper camel case.
    TypeName;
    /// A field of an event, an entity, a record or a body, in lower camel case.
    FieldName;
    /// A field's name on the wire.
    WireName;
    /// A value on the wire: a status, a variant of an outcome, a value of an enum.
    Value;
    /// A Kafka topic.
    Topic;
    /// A database table.
    TableName;
    /// A `:param` of a route, without the colon.
    ParamName;
}

/// The package with the contracts of the saga of that name.
pub(crate) fn contracts_package(saga: &str) -> String {
    format!("{saga}-contracts")
}

/// The words of a name, in lower case, whatever case it is written in.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let characters: Vec<char> = name.chars().collect();
    let mut open = false;
    for (at, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            open = false;
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1);
        let humps = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|next| next.is_lowercase()))
            });
        if !open || humps {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

/// `OrderCreated` → `order-created`.
pub fn kebab(name: &str) -> String {
    words(name).join("-")
}

/// `orderId` → `order_id`.
pub fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `decrease-product` → `DecreaseProduct`.
pub fn upper_camel(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `order_id` → `orderId`.
pub fn lower_camel(name: &str) -> String {
    let words = words(name);
    let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    std::iter::once(first.to_owned()).chain(rest.iter().map(|word| capitalised(word))).collect()
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
