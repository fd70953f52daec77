//! Headers byte by byte. The safe API panics over a name that is not UTF-8, and takes no other.

use std::ffi::{CStr, c_void};
use std::ptr;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers as _, Message as _, OwnedHeaders};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

/// The headers of a message, in their order. librdkafka ends a name at its first NUL.
pub(in crate::kafka) fn headers<'m>(
    message: &'m BorrowedMessage<'_>,
) -> impl Iterator<Item = (&'m [u8], Option<&'m [u8]>)> {
    message
        .headers()
        .into_iter()
        .flat_map(|headers| (0..headers.count()).map_while(move |at| get(headers, at)))
}

fn get(headers: &BorrowedHeaders, at: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
    // SAFETY: a `BorrowedHeaders` stands at the address of librdkafka's own headers, which live as long as
    // the message. The callee sets the pointers where it returns no error, and keeps none.
    unsafe {
        let code =
            sys::rd_kafka_header_get_all(native(headers), at, &raw mut name, &raw mut value, &raw mut size);
        if RDKafkaErrorCode::from(code) != RDKafkaErrorCode::NoError {
            return None;
        }
        let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
        Some((CStr::from_ptr(name).to_bytes(), value))
    }
}

/// Headers to send.
pub(in crate::kafka) fn owned<'h>(
    headers: impl ExactSizeIterator<Item = (&'h [u8], Option<&'h [u8]>)>,
) -> OwnedHeaders {
    let owned = OwnedHeaders::new_with_capacity(headers.len());
    for (name, value) in headers {
        let (content, size) = value
            .map_or((ptr::null(), 0), |value| (value.as_ptr().cast::<c_void>(), value.len().cast_signed()));
        // SAFETY: the headers are owned here and shared with no one yet; name and value are copied by the
        // callee. It fails for headers of a received message alone.
        unsafe {
            sys::rd_kafka_header_add(
                native(owned.as_borrowed()).cast_mut(),
                name.as_ptr().cast(),
                name.len().cast_signed(),
                content,
                size,
            );
        }
    }
    owned
}

fn native(headers: &BorrowedHeaders) -> *const sys::rd_kafka_headers_t {
    ptr::from_ref(headers).cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_out_as_they_went_in() {
        let sent: [(&[u8], Option<&[u8]>); 5] = [
            (b"\xff\xfe", Some(b"\0\xff")),
            (b"h", None),
            (b"h", Some(b"")),
            (b"", Some(b"x")),
            (b"h", Some(b"y")),
        ];
        let owned = owned(sent.into_iter());
        let headers = owned.as_borrowed();
        assert_eq!((0..headers.count()).map_while(|at| get(headers, at)).collect::<Vec<_>>(), sent);
        assert_eq!(get(headers, sent.len()), None);
    }
}
