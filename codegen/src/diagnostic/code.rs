//! Every rule has a number and a paragraph: `saga explain SG0207`.

use std::fmt;

macro_rules! codes {
    ($($name:ident $number:literal $title:literal $text:literal;)*) => {
        /// A rule of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every rule, by number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its number: `SG0101`.
            pub fn number(self) -> &'static str {
                match self { $(Self::$name => $number,)* }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Why it is a rule, and the way out.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    NotGenerated "SG0001" "understood, but not generated yet"
        "The construct is part of the language and was checked, but this version of the generator has no code for it. `generate` refuses the file at that place instead of writing services that would do something else. `check` accepts it.";

    UnknownKey "SG0101" "unknown key"
        "A mapping has a key the language does not know. It is an error rather than ignored, because a misspelt `unless` would otherwise be a cancel that nobody obeys. The nearest known key is proposed.";
    DuplicateKey "SG0102" "written twice"
        "A key stands twice in one mapping, or an item twice in one list. YAML readers silently keep one of the two, and not all keep the same one.";
    WrongShape "SG0103" "wrong shape"
        "A value is of another kind than its key asks for (a list for a name, a text for a number), a required key is missing, or two keys of a step do not go together.";
    BadName "SG0104" "bad name"
        "Names become Rust identifiers, tables, topics, crates and Kubernetes objects. Words that one of these can escape are accepted (a field `type`, an entity `Order`). What cannot be escaped is refused here, and so are two names that would become one.";
    BadDuration "SG0105" "bad duration"
        "A duration is a whole number and a unit, without a space: `90s`, `15m`, `24h`, `3d`. It is at least one second.";
    BadHttp "SG0106" "bad route"
        "A route is a method and a path, `POST /orders/:id/cancel`. Parameters begin with a colon: a brace would open a mapping in YAML.";
    Syntax "SG0107" "not YAML"
        "The file could not be read as YAML. Nothing behind the place is certain, so this is the only finding in the file until it is mended.";
    EmptyFile "SG0108" "empty file"
        "The file holds nothing but white space and comments. A specification has at least `saga`, `correlation`, `events` and `services`.";
    TooLarge "SG0109" "file too large"
        "Files above one mebibyte are not read. The largest sensible specification has a few hundred lines, so this is most likely the wrong file.";
    YamlFeature "SG0110" "a feature of YAML that is not used"
        "Anchors, aliases, merge keys, tags, several documents, and keys that are not words are refused, and so is text that two YAML parsers read differently: a specification has one reading, for every tool and every reader.";
    LaterVersion "SG0111" "part of a later version"
        "The key is reserved for a later version of the language. The finding says how to do without it.";
    BadDeploy "SG0112" "cannot be deployed"
        "What is said of the deployment contradicts itself, or what the services need: bounds the wrong way round, more asked for than the limit allows, an image that would be another one after a restart, or messages that Kafka keeps for longer than services remember what has run.";

    UnknownName "SG0201" "name resolves to nothing"
        "An event, entity, step, field or parameter is named that the file does not declare. The nearest declared name is proposed.";
    UnknownVariant "SG0202" "variant does not exist"
        "After the dot stands a name that is no variant of the event. A boolean outcome has `.success` and `.failure`; other outcomes have the values they list; an event without `outcome` has no variants.";
    UnknownStatus "SG0203" "status does not exist"
        "A step names a status that none of its entities has. Statuses are written exactly as under `status`.";
    UnknownType "SG0204" "unknown type"
        "Types are bool, i32, i64, f64, string, decimal, uuid, timestamp, date, the names under `types`, lists `[T]`, and optional `T?`. Unsigned numbers are missing because SQL has none, maps and free JSON because no table and no check could hold them, optional lists because the empty list says it.";
    Duplicate "SG0205" "taken twice"
        "Two events share a topic, two services a port, two entities of a service a table, two requests of a service a route, or two steps of the file a name.";
    NoCorrelation "SG0206" "correlation missing"
        "Every event carries the correlation field, always of the same type: it is the key that brings all messages of one instance of the saga together and in order. Every step must know it, too.";
    Source "SG0207" "no single source of a field"
        "Each field that a step writes has one source: `set`, the body or path, a trigger, the rejection, a row. If two sources of the same rank offer it, or the only one offers another type, the file must say which is meant: `set: { quantity: OrderCreated.quantity }`.";
    WhichRow "SG0208" "which row?"
        "Nothing a step has tells which row of its entity is meant. A row is found by its key in a trigger (`productId` for `Product`), by a natural key's name, by `:id` in the path, or by the correlation stored in it. `entity: { Product: path }` names another field.";
    FailingSource "SG0209" "the failing variant has a field without source"
        "A failure is published without asking a handler, by whatever message closes the step, and other messages may not have come yet. So each field of the failing variant must come from the correlation, from that message, or from the file: `on_failure: 0`, or an optional type.";
    BadRows "SG0210" "rows that do not fit"
        "A row of an entity's first content lacks a field, has one too many, has a value of another type, or repeats a key.";
    BadLiteral "SG0211" "literal of another type"
        "A value written in the file does not fit the type of its field. Literals are read by the declared type and never through a floating-point number.";

    NobodyPublishes "SG0301" "nobody publishes it"
        "A step waits for an event, or a variant of it, that no step publishes. If it comes from outside, declare the event `external: publishes`.";
    NobodyHears "SG0302" "nobody hears it"
        "A failing variant that no step hears is an error: something fails, and whoever waits for the success waits for ever, or keeps what it did. A message of another kind that nobody hears is only a warning.";
    CommandConsumers "SG0303" "a command needs one consumer"
        "An event whose name ends in `Command` asks one receiver to do something. Nobody, or more than one, receives this one.";
    CannotFail "SG0304" "the step needs a success but cannot fail"
        "Naming a whole event under `on` means: I need it to succeed, and if it fails, I fail. This step has no failing outcome to tell that by. Name the variant, `Event.success`, or let the step emit an event with an outcome.";
    CloserWithoutFailure "SG0305" "nothing to publish when closed"
        "`unless` and `deadline` close a step before it ran, which publishes its failing variant. This step emits none.";
    Cycle "SG0306" "events go in a circle"
        "A step is reached again by what it publishes. Rounds need a limit, which this version of the language does not have: write the rounds out as steps.";
    NoSender "SG0307" "no step sends the compensating command"
        "A compensation by command is sent by the steps that await the compensated step's success and can fail. There is none. Let a step need the event, or use a derived compensation: `step: name`.";
    NoFailedStatus "SG0308" "something fails, but nothing says what a failed saga is"
        "A step can fail, but no entity has a `failed` status, so there is no telling which effects must be compensated. Give the entity that stands for the whole saga `status: { start: …, done: …, failed: … }`.";
    SameRow "SG0309" "two steps, one row"
        "Two steps of a service create, or compensate, the same row, and both can run in one instance of the saga.";
    TwoOutcomes "SG0310" "two outcomes"
        "A step emits at most one event with an outcome, because a run has one. Further events must be plain ones.";
    AnyVariant "SG0311" "which variant?"
        "Under `any` an event with an outcome must name a variant: the failure of one alternative does not fail a step that can still take another.";
    NothingToHear "SG0312" "no failure to subscribe to"
        "A derived compensation runs when the saga fails, which is when an event moves an entity to a `failed` status. No subscription does that.";
    PublishedHere "SG0313" "published inside, declared outside"
        "`external: publishes` says that the producer of an event is outside, but a step of this file emits it.";
}

impl Code {
    /// The rule of that number, in either case.
    pub fn from_number(number: &str) -> Option<Self> {
        let wanted = |code: &&Self| code.number().eq_ignore_ascii_case(number);
        Self::ALL.iter().find(wanted).copied()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}
