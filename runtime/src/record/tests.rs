use super::*;

const ORIGIN: TopicPartition = TopicPartition { topic: "order-created", partition: 3 };

type Header<'h> = (&'h [u8], Option<&'h [u8]>);

fn record(seq: &str) -> Record {
    let headers: [Header<'_>; 2] =
        [(b"ce_type", Some(b"order.OrderCreated")), (SEQ_HEADER.as_bytes(), Some(seq.as_bytes()))];
    Record::new(ORIGIN, 42, Some(b"7"), Some(b"{}"), headers.into_iter())
}

fn labelled(value: &str) -> Record {
    let headers: [Header<'_>; 1] = [(b"ce_id", Some(value.as_bytes()))];
    Record::new(ORIGIN, 42, None, None, headers.into_iter())
}

#[test]
fn parts_come_out_as_they_went_in() {
    let record = record("1|order/1|0|order-created|3|5");
    assert_eq!((record.key(), record.value()), (b"7".as_slice(), b"{}".as_slice()));
    assert_eq!(record.headers().count(), 2);
    assert_eq!(record.header("ce_type"), Some("order.OrderCreated"));
    assert_eq!(record.header("absent"), None);
    assert_eq!(record.number("").map(|number| number.dseq), Some(5));
    let restored = Record::restore(ORIGIN, 42, record.stored().to_vec());
    assert_eq!(restored, Ok(record));
}

#[test]
fn any_bytes_and_nulls_survive() {
    let headers: [Header<'_>; 6] = [
        (b"\xff\xfe", Some(b"1")),
        (b"h", None),
        (b"h", Some(b"")),
        (b"", Some(b"\0\xff\x80")),
        (b"a\0b", None),
        (b"h", Some(b"last")),
    ];
    for key in [None, Some(b"".as_slice()), Some(b"\xff\0\xfe".as_slice())] {
        for value in
            [None, Some(b"".as_slice()), Some(b"\0".as_slice()), Some(b"\xff\xff\xff\xff".as_slice())]
        {
            let record = Record::new(ORIGIN, 1, key, value, headers.into_iter());
            let restored = Record::restore(ORIGIN, 1, record.stored().to_vec()).expect("what was stored");
            assert_eq!((restored.nullable_key(), restored.nullable_value()), (key, value));
            assert_eq!(restored.headers().collect::<Vec<_>>(), headers);
            assert_eq!(restored, record);
            assert_eq!(record.header("h"), None, "the first of a name counts");
        }
    }
}

#[test]
fn a_number_copied_from_another_message_does_not_count() {
    assert_eq!(record("1|order/1|0|order-created|2|5").number(""), None);
    assert_eq!(record("1|order/1|0|another|3|5").number(""), None);
    assert_eq!(record("nonsense").number(""), None);
}

#[test]
fn the_barest_form_keeps_a_number_that_counts() {
    let kept = record("1|order/1|0|order-created|3|5").barest();
    assert_eq!(kept.number("").map(|number| number.dseq), Some(5));
    assert_eq!((kept.nullable_key(), kept.nullable_value(), kept.headers().count()), (None, None, 1));
    assert_eq!(kept.barest(), kept);
    assert_eq!(record("nonsense").barest().headers().count(), 0);
}

#[test]
fn only_short_plain_text_is_passed_on() {
    let longest = "x".repeat(LONGEST_LABEL);
    assert_eq!(labelled(&longest).label("ce_id"), Some(longest.as_str()));
    for value in
        [longest + "x", "a\0".to_owned(), "a\nb".to_owned(), "\u{1b}[2J".to_owned(), "\u{85}".to_owned()]
    {
        assert_eq!(labelled(&value).label("ce_id"), None, "{value:?}");
    }
}

#[test]
fn a_cut_record_is_noticed() {
    let stored = record("x").stored().to_vec();
    for end in 1..stored.len() {
        let cut = Record::restore(ORIGIN, 0, stored[..end].to_vec());
        assert!(cut.is_err() || cut.is_ok_and(|cut| cut.stored().len() < stored.len()));
    }
}

#[test]
fn a_number_of_another_environment_does_not_count() {
    let (plain, test) = ("1|order/1|0|order-created|3|5", "1|order/1|0|test.order-created|3|5");
    assert!(record(plain).number("").is_some() && record(plain).number("test.").is_none());
    assert!(record(test).number("").is_none() && record(test).number("test.").is_some());
}
