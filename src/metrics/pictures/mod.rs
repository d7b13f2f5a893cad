//! A run as pictures: a byte for each cell, made of its tables alone, as the script of a page draws them.
//!
//! The report and the playground show the same pictures, so they are made here and not where either stands.

mod cells;
mod copies;

pub use cells::{Cells, Listing, Swarm};
pub use copies::copies_map;

/// A number with as many digits as a screen shows: a page would be twice as long with all of them.
pub fn short(value: f64) -> f64 {
    if value == value.trunc() && value.abs() < 1e15 { value } else { format!("{value:.6e}").parse().unwrap_or(value) }
}

/// Bytes as text for a script.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_counts_are_exact() {
        assert_eq!((short(1.0 / 3.0), short(123_456_789.0), short(0.0)), (0.333_333_3, 123_456_789.0, 0.0));
    }

    #[test]
    fn bytes_become_text_and_back() {
        for (bytes, text) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\x00\xfe", "/wD+")]
        {
            assert_eq!(base64(bytes), text);
        }
    }
}
