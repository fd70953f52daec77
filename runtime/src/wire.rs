//! The form of our messages on Kafka: keys, numbers and headers.
//!
//! Headers follow the CloudEvents Kafka protocol binding 1.0 in binary mode, and
//! W3C Trace Context; the number is our own.

use std::fmt::{self, Display};

use uuid::Uuid;

mod headers;

pub(crate) use headers::hex;
pub use headers::{Headers, OutgoingHeaders, Part};

/// The header that numbers the messages of one source to one partition.
pub const SEQ_HEADER: &str = "saga-seq";
/// The header that names the services that read a message, as its sender knows them.
pub const READERS_HEADER: &str = "saga-readers";
/// The header of a message without effect, which takes the place of one that could never be sent.
pub const SKIP_HEADER: &str = "saga-skip";

/// The longest source of a number, in bytes.
const LONGEST_SOURCE: usize = 255;

/// The highest number that counts: more than a service will ever send. One that claims more would have all
/// numbers of its source taken for duplicates.
const LAST_NUMBER: i64 = (1 << 53) - 1;

/// The highest incarnation that counts: the beginning of the year 2100, in milliseconds, for that is what a
/// new incarnation is. A higher one would have all messages of its source taken for stale.
const LAST_INCARNATION: i64 = 4_102_444_800_000;

/// The partition of a key: Kafka's default, murmur2 over the key's bytes.
pub fn partition_of(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & 0x7fff_ffff) as i32 % partitions.max(1)
}

/// murmur2 with the seed of Kafka's Java client.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ data.len() as u32;
    let (chunks, tail) = data.as_chunks::<4>();
    for chunk in chunks {
        let mut k = u32::from_le_bytes(*chunk).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (at, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

/// What `saga-seq` says: the number of a message among those of one source,
/// in one of its incarnations, to one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// `<service>/<shard>`.
    pub source: &'a str,
    /// The incarnation of the source's database.
    pub incarnation: i64,
    /// The topic it was sent to.
    pub topic: &'a str,
    /// The partition it was sent to.
    pub partition: i32,
    /// Gapless from 1.
    pub dseq: i64,
}

impl<'a> Number<'a> {
    /// Reads a `saga-seq` header; `None` when it is not one of version 1, or is none that a service of
    /// ours could have written. Its source becomes a key in the database, and its numbers are counted on.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('|');
        if parts.next()? != "1" {
            return None;
        }
        let number = Self {
            source: parts.next()?,
            incarnation: unsigned(parts.next()?)?,
            topic: parts.next()?,
            partition: i32::try_from(unsigned(parts.next()?)?).ok()?,
            dseq: unsigned(parts.next()?)?,
        };
        let is_source = (1..=LONGEST_SOURCE).contains(&number.source.len())
            && number.source.bytes().all(|byte| byte.is_ascii_graphic());
        let counts =
            (0..=LAST_INCARNATION).contains(&number.incarnation) && (1..=LAST_NUMBER).contains(&number.dseq);
        (parts.next().is_none() && is_source && counts).then_some(number)
    }
}

/// A number as it is written: in digits alone. What parses text takes a sign as well.
fn unsigned(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, incarnation, topic, partition, dseq } = self;
        write!(f, "1|{source}|{incarnation}|{topic}|{partition}|{dseq}")
    }
}

/// What the headers of a message are made of.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The saga's name.
    pub saga: &'a str,
    /// The sending service.
    pub service: &'a str,
    /// The event's name.
    pub event: &'a str,
    /// The correlation key.
    pub correlation: &'a str,
    /// `<shard>/<incarnation>/<seq>` of the message.
    pub id: (i32, i64, i64),
    /// `ce_id` of the message that caused it.
    pub causation: Option<&'a str>,
    /// When the batch was decided.
    pub time: &'a str,
    /// The trace it belongs to.
    pub trace: Trace,
    /// The services that read it.
    pub readers: &'a str,
    /// Its number.
    pub number: Number<'a>,
}

impl Envelope<'_> {
    /// The headers, in a fixed order.
    pub fn headers(&self) -> Headers<'static> {
        let (shard, incarnation, seq) = self.id;
        let mut headers = vec![
            ("ce_specversion", "1.0".to_owned()),
            ("ce_type", format!("{}.{}", self.saga, self.event)),
            ("ce_source", format!("/{}/{}", self.saga, self.service)),
            ("ce_id", format!("{}/{shard}/{incarnation}/{seq}", self.service)),
            ("ce_subject", self.correlation.to_owned()),
            ("ce_correlationid", self.correlation.to_owned()),
            ("ce_time", self.time.to_owned()),
            ("content-type", "application/json".to_owned()),
            ("traceparent", self.trace.to_string()),
            (READERS_HEADER, self.readers.to_owned()),
            (SEQ_HEADER, self.number.to_string()),
        ];
        if let Some(causation) = self.causation {
            headers.push(("ce_causationid", causation.to_owned()));
        }
        Headers(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// A position in a distributed trace (W3C Trace Context).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub trace: u128,
    /// The span.
    pub span: u64,
    /// The span that caused it; none where the trace begins.
    pub parent: Option<u64>,
    /// Whether the trace is recorded, according to the service that began it.
    pub sampled: bool,
}

impl Trace {
    /// A trace that begins here.
    pub fn root() -> Self {
        Self { trace: Uuid::new_v4().as_u128(), span: span(), parent: None, sampled: true }
    }

    /// The next span in the trace of `parent`, a `traceparent` header; a new trace when it is not one.
    pub fn after(parent: Option<&str>) -> Self {
        parent.and_then(Self::child_of).unwrap_or_else(Self::root)
    }

    fn child_of(parent: &str) -> Option<Self> {
        let mut parts = parent.split('-').skip(1);
        let trace = digits(parts.next()?, 32).filter(|trace| *trace != 0)?;
        let parent = digits(parts.next()?, 16).and_then(|id| u64::try_from(id).ok()).filter(|id| *id != 0)?;
        let sampled = digits(parts.next()?, 2)? & 1 == 1;
        Some(Self { trace, span: span(), parent: Some(parent), sampled })
    }
}

/// The value of so many hexadecimal digits.
fn digits(text: &str, digits: usize) -> Option<u128> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u128::from_str_radix(text, 16).ok())?
}

fn span() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}

impl Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur2_is_the_one_of_the_java_client() {
        // From UtilsTest.testMurmur2 in Apache Kafka.
        let cases: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ];
        for (key, hash) in cases {
            assert_eq!(murmur2(key) as i32, hash);
        }
    }

    #[test]
    fn numbers_survive_the_wire() {
        let number = Number {
            source: "product/4",
            incarnation: 2,
            topic: "product-decreased",
            partition: 5,
            dseq: 17,
        };
        assert_eq!(Number::parse(&number.to_string()), Some(number));
    }

    #[test]
    fn other_versions_and_garbage_are_no_numbers() {
        for text in [
            "",
            "1",
            "2|a/1|0|t|0|1",
            "1|a/1|0|t|0|0",
            "1|a/1|0|t|0|1|more",
            "1|a/1|x|t|0|1",
            "1|a/1|0|t|0|+1",
            "1|a/1|+0|t|0|1",
            "1|a/1|0|t|-0|1",
            "1|a/1||t|0|1",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_no_service_of_ours_wrote_is_no_number() {
        let of = |source: &str, incarnation: &str, dseq: &str| {
            Number::parse(&format!("1|{source}|{incarnation}|t|0|{dseq}")).is_some()
        };
        assert!(of("product/4", "0", "1") && of(&"x".repeat(255), "4102444800000", "9007199254740991"));
        for source in ["", "a\0", "a b", "a\n", "ä/1", "\u{7f}", &"x".repeat(256)] {
            assert!(!of(source, "0", "1"), "{source:?}");
        }
        for dseq in [
            "9007199254740992",
            "9223372036854775806",
            "9223372036854775807",
            "9223372036854775808",
            "0",
            "-1",
            "1e3",
            " 1",
            "",
        ] {
            assert!(!of("a/1", "0", dseq), "{dseq}");
        }
        for incarnation in ["-1", "4102444800001", "9223372036854775807", "9223372036854775808"] {
            assert!(!of("a/1", incarnation, "1"), "{incarnation}");
        }
    }

    #[test]
    fn a_trace_goes_on_in_new_spans() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let next = Trace::after(Some(parent));
        assert_eq!(next.parent, Some(0x00f0_67aa_0ba9_02b7));
        let text = next.to_string();
        assert!(text.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && text.ends_with("-01"), "{text}");
        assert_ne!(text, parent);
        let unrecorded = Trace::after(Some(&parent.replace("-01", "-00")));
        assert!(unrecorded.to_string().ends_with("-00"));
        for rubbish in
            ["rubbish", &parent.replace('4', "+"), &parent[..parent.len() - 3], &parent.replace('b', "g")]
        {
            let trace = Trace::after(Some(rubbish));
            assert_eq!((trace.parent, trace.to_string().len()), (None, parent.len()), "{rubbish}");
        }
    }
}
