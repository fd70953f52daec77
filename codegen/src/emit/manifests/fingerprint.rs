//! A short mark of a content, for names and annotations that have to change
//! with it.

/// Ten hexadecimal digits of FNV-1a: the same for the same text, wherever and
/// by whatever version of the generator it is made. It protects nothing.
pub(super) fn fingerprint(text: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{:010x}", hash >> 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_is_another_mark() {
        assert_eq!(fingerprint(""), "cbf29ce484");
        assert_ne!(fingerprint("partitions 6"), fingerprint("partitions 7"));
        assert_eq!(fingerprint("a").len(), 10);
    }
}
