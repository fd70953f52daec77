//! Whatever bytes come from Kafka: they end in a value or an error, in bounded time.
//!
//! `FUZZ_CASES` says how many are tried of each kind, and `FUZZ_SEED` with which ones it begins.

use std::time::{Duration, Instant};

use saga_runtime::protocol::admission::InputShard;
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::store::{Seen, ShardId, ShardState, Token};
use saga_runtime::wire::{Number, OutgoingHeaders, Part, Trace};
use saga_runtime::{Event, decode};
use serde::{Deserialize, Serialize};

const ORIGIN: TopicPartition = TopicPartition { topic: "t", partition: 0 };
/// The size of a large message.
const LARGE: usize = 1 << 18;
/// What one large message may take, even in a build for debugging on a busy machine. Work that grows
/// with the square of the size takes minutes.
const BOUND: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Everything {
    order_id: i32,
    big: i64,
    real: f64,
    flag: bool,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maybe: Option<f64>,
}

impl Event for Everything {
    type Correlation = i32;
    const NAME: &'static str = "Everything";
    const TOPIC: &'static str = "t";
    const READERS: &'static str = "";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }
}

/// Numbers that are the same for the same seed: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 11).expect("53 bits") % bound.max(1)
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1);
        (0..length).map(|_| u8::try_from(self.next() & 0xff).expect("8 bits")).collect()
    }

    fn perhaps(&mut self, most: usize) -> Option<Vec<u8>> {
        (self.below(4) > 0).then(|| self.bytes(most))
    }
}

/// One generator for each case.
fn cases() -> impl Iterator<Item = (u64, Random)> {
    let variable =
        |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let (first, count): (u64, u64) = (variable("FUZZ_SEED", 1), variable("FUZZ_CASES", 3_000));
    (first..first + count).map(|seed| (seed, Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)))
}

/// Pieces that bodies are made of; many are no JSON.
const PIECES: [&str; 44] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\n",
    "\\x",
    "0",
    "-",
    "+",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e308",
    "1e309",
    "1e-400",
    "0.1",
    ".",
    "e",
    "E+",
    "NaN",
    "Infinity",
    "null",
    "true",
    "false",
    "\"orderId\":1",
    "\"big\":2",
    "\"real\":0.5",
    "\"flag\":true",
    "\"text\":\"x\"",
    "\"maybe\":null",
    "\0",
    "\u{feff}",
    "ä",
    "\u{2028}",
    " \t\r\n",
];

const VALID: &str = r#"{"orderId":7,"big":-5,"real":0.1,"flag":true,"text":"\\ \" ä \u00e4","maybe":1e-7}"#;

#[test]
fn any_body_is_an_event_or_an_error() {
    for (seed, mut random) in cases() {
        let mut body = match random.below(3) {
            0 => random.bytes(200),
            1 => (0..random.below(30)).flat_map(|_| random.one(&PIECES).bytes()).collect(),
            _ => VALID.as_bytes().to_vec(),
        };
        for _ in 0..random.below(4) {
            let (at, piece) = (random.below(body.len() + 1), random.one(&PIECES));
            body.splice(at..at, piece.bytes());
        }
        match decode::<Everything>(&body) {
            Ok(event) => {
                assert!(event.real.is_finite() && !event.text.contains('\0'), "seed {seed}: {event:?}");
                assert!(
                    serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|body| body.is_object())
                );
                let again = serde_json::to_vec(&event).expect("JSON");
                assert_eq!(decode::<Everything>(&again).ok(), Some(event), "seed {seed}");
            }
            Err(error) => assert!(error.to_string().len() < 1_000, "seed {seed}"),
        }
    }
}

#[test]
fn any_record_survives_and_any_bytes_are_a_record_or_corrupt() {
    for (seed, mut random) in cases() {
        let (key, value) = (random.perhaps(20), random.perhaps(40));
        let headers: Vec<_> = (0..random.below(6)).map(|_| (random.bytes(12), random.perhaps(30))).collect();
        let borrowed = headers.iter().map(|(name, value)| (name.as_slice(), value.as_deref()));
        let record = Record::new(ORIGIN, 0, key.as_deref(), value.as_deref(), borrowed);
        let restored = Record::restore(ORIGIN, 0, record.stored().to_vec());
        assert_eq!(restored.as_ref(), Ok(&record), "seed {seed}");
        assert_eq!((record.nullable_key(), record.nullable_value()), (key.as_deref(), value.as_deref()));
        let parts = record.headers().map(|(name, value)| (Part::from(name), value.map(Part::from))).collect();
        let sent = OutgoingHeaders { headers: parts, null_key: key.is_none(), null_value: value.is_none() };
        let kept = match sent.short() {
            Some(short) => serde_json::to_vec(&short),
            None => serde_json::to_vec(&sent),
        };
        assert_eq!(OutgoingHeaders::read(&kept.expect("JSON")).as_ref(), Some(&sent), "seed {seed}");

        let mut bytes = record.stored().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = random.bytes(1).pop().unwrap_or(0xff);
        }
        if let Ok(record) = Record::restore(ORIGIN, 0, bytes) {
            let _ = (record.headers().count(), record.number(""), record.label("ce_id"), record.barest());
        }
        let _ = Record::restore(ORIGIN, 0, random.bytes(60));
        let _ = OutgoingHeaders::read(&random.bytes(60));
        let _ = Trace::after(Some(&String::from_utf8_lossy(&random.bytes(60))));
    }
}

/// A header that claims a number, often an impossible one.
fn claim(random: &mut Random) -> String {
    const NUMBERS: [&str; 14] = [
        "0",
        "1",
        "2",
        "3",
        "4",
        "-1",
        "9223372036854775807",
        "9223372036854775806",
        "9223372036854775808",
        "-9223372036854775808",
        "1e3",
        "+2",
        "",
        "00000000000000000001",
    ];
    let source = match random.below(6) {
        0 => "a\0".to_owned(),
        1 => "x".repeat(random.below(400)),
        2 => String::from_utf8_lossy(&random.bytes(10)).into_owned(),
        _ => "a/1".to_owned(),
    };
    let (incarnation, dseq) = (random.one(&NUMBERS), random.one(&NUMBERS));
    format!(
        "{}|{source}|{incarnation}|t|{}|{dseq}",
        random.one(&["1", "1", "1", "2", ""]),
        random.one(&["0", "0", "1"])
    )
}

#[test]
fn any_claimed_number_is_counted_or_ignored() {
    for (seed, mut random) in cases() {
        let seen = Seen {
            topic: "t".into(),
            partition: 0,
            source: "a/1".to_owned(),
            incarnation: 0,
            // As an earlier version may have left it.
            last_dseq: if random.below(10) == 0 { i64::MAX } else { 0 },
            anchored: random.below(2) == 0,
        };
        let state = ShardState {
            previous_owner: None,
            id: ShardId(0),
            name: "in:t:0".to_owned(),
            next_offset: 0,
            last_seq: 0,
            cursor: 0,
            incarnation: 0,
            new_incarnation: None,
            destinations: Vec::new(),
            seen: if random.below(2) == 0 { vec![seen] } else { Vec::new() },
            held: Vec::new(),
            parked: Vec::new(),
        };
        let mut shard = InputShard::new(ORIGIN, Token::random(), &state).expect("nothing is held");
        let claims: Vec<String> = (0..random.below(20)).map(|_| claim(&mut random)).collect();
        let records = (0..).zip(&claims).map(|(offset, claim)| {
            let headers = [(b"saga-seq".as_slice(), Some(claim.as_bytes()))];
            Record::new(ORIGIN, offset, None, None, headers.into_iter())
        });
        let records: Vec<_> = records.collect();
        for chunk in records.chunks(3) {
            let admission = shard.admit(chunk);
            for seen in admission.seen_rows(ORIGIN) {
                assert!(seen.source.len() <= 255 && seen.source.bytes().all(|byte| byte.is_ascii_graphic()));
                assert!((1..i64::MAX).contains(&seen.last_dseq), "seed {seed}: {seen:?}");
            }
            let adoption = admission.adoption();
            shard.adopt(adoption);
        }
        assert_eq!(shard.next_offset, i64::try_from(records.len()).expect("few"), "seed {seed}");
        for claim in &claims {
            assert!(Number::parse(claim).is_none_or(|number| number.dseq.checked_add(1).is_some()));
        }
    }
}

#[test]
fn a_large_message_takes_time_by_its_size() {
    let patterns = [
        ("{\"\\", "\\"),
        ("{\"", "\\u000"),
        ("{\"a\":", "["),
        ("{\"a\":", "{\"a\":"),
        ("{\"a\":", "9"),
        ("{\"real\":0.", "1"),
        ("{\"real\":", "0"),
        ("{\"real\":1e", "9"),
        ("{", "\"a\":1,"),
        ("{", " "),
        (" ", " "),
        ("{\"text\":\"", "\u{fffd}"),
        ("{\"orderId\":\"", "\\\""),
        ("{\"", "\""),
        ("{\"a\":\"", "\\ud800"),
        ("{\"orderId\":", "-"),
        ("{\"a\":", "null,"),
    ];
    for (begin, repeated) in patterns {
        let body = format!("{begin}{}", repeated.repeat(LARGE / repeated.len()));
        let began = Instant::now();
        let read = decode::<Everything>(body.as_bytes());
        assert!(began.elapsed() < BOUND, "{begin}{repeated}… took {:?}", began.elapsed());
        assert!(read.is_err_and(|error| error.to_string().len() < 1_000), "{begin}{repeated}…");
    }
}

#[test]
fn many_headers_take_time_by_their_number() {
    let headers = || (0..LARGE / 8).map(|_| (b"".as_slice(), None));
    let record = Record::new(ORIGIN, 0, None, None, headers());
    let began = Instant::now();
    assert_eq!((record.number(""), record.label("ce_id"), record.header("traceparent")), (None, None, None));
    let claim = format!("1|{}|0|t|0|1", "a|".repeat(LARGE / 2));
    assert_eq!(Number::parse(&claim), None);
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}
