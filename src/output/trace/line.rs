//! One line of JSON, written by hand: a trace has millions of them, of a few fields each.
//!
//! What a line costs is mostly moving a few bytes many times, so that pieces are as long as possible and their lengths known to the
//! compiler: a key stands between the two marks around it, and a number is moved with the room that eight digits take. These are made
//! in a register: what was just stored byte by byte and is loaded as a whole makes the processor wait, which took a third of the time.

/// A key, with what stands before and after it.
macro_rules! key {
    ($key:literal) => {
        concat!(",\"", $key, "\":")
    };
}
pub(super) use key;

/// A key whose value is a word, up to that.
macro_rules! word_key {
    ($key:literal) => {
        concat!(",\"", $key, "\":\"")
    };
}
pub(super) use word_key;

/// What kind of line it is, and its first key.
macro_rules! event {
    ($event:literal) => {
        concat!(",\"ev\":\"", $event, "\"")
    };
    ($event:literal, $key:literal) => {
        concat!(",\"ev\":\"", $event, "\",\"", $key, "\":")
    };
}
pub(super) use event;

/// So many numbers have eight digits or fewer.
const EIGHT_DIGITS: u64 = 100_000_000;

/// How lines of an instant begin. Most instants have several, and share all digits but the last eight with those before.
#[derive(Debug)]
pub(super) struct Beginning {
    nanos: u64,
    /// What comes before the last eight digits, and how long it is.
    text: [u8; BEGINNING],
    length: usize,
    last: Digits,
}

const BEFORE: [u8; 5] = *b"{\"t\":";
/// The largest number has twenty digits.
const BEGINNING: usize = BEFORE.len() + 12;

impl Beginning {
    pub(super) fn new(nanos: u64) -> Beginning {
        let mut start = BEFORE.to_vec();
        let mut last = Digits::of((nanos % EIGHT_DIGITS) as u32);
        if nanos >= EIGHT_DIGITS {
            push_number(&mut start, nanos / EIGHT_DIGITS);
            last = Digits::all_of((nanos % EIGHT_DIGITS) as u32);
        }
        let mut text = [0; BEGINNING];
        text[..start.len()].copy_from_slice(&start);
        Beginning { nanos, text, length: start.len(), last }
    }

    #[inline]
    fn go_to(&mut self, nanos: u64) {
        if nanos < EIGHT_DIGITS || nanos / EIGHT_DIGITS != self.nanos / EIGHT_DIGITS {
            *self = Beginning::new(nanos);
        } else {
            self.nanos = nanos;
            self.last = Digits::all_of((nanos % EIGHT_DIGITS) as u32);
        }
    }
}

/// A line under construction at the end of a buffer. Keys and words are our own and need no escapes.
pub(super) struct Line<'b> {
    buffer: &'b mut Vec<u8>,
}

impl<'b> Line<'b> {
    /// Begins a line with when and what ([`event`]).
    #[inline(always)]
    pub(super) fn begin(buffer: &'b mut Vec<u8>, beginning: &mut Beginning, nanos: u64, event: &str) -> Line<'b> {
        if nanos != beginning.nanos {
            beginning.go_to(nanos);
        }
        push_first(buffer, &beginning.text, beginning.length);
        beginning.last.push(buffer);
        buffer.extend_from_slice(event.as_bytes());
        Line { buffer }
    }

    /// A piece that is as it should be already.
    #[inline(always)]
    pub(super) fn piece(self, piece: &str) -> Self {
        self.buffer.extend_from_slice(piece.as_bytes());
        self
    }

    /// The number of what the event named last.
    #[inline(always)]
    pub(super) fn value(self, number: impl Into<u64>) -> Self {
        push_number(self.buffer, number.into());
        self
    }

    /// A [`key`] and its number.
    #[inline(always)]
    pub(super) fn number(self, key: &str, number: impl Into<u64>) -> Self {
        self.piece(key).value(number)
    }

    /// A [`word_key`] and its word.
    #[inline(always)]
    pub(super) fn word(self, key: &str, word: &str) -> Self {
        self.piece(key).piece(word).piece("\"")
    }

    /// A [`key`] and its numbers.
    pub(super) fn list(self, key: &str, numbers: impl Iterator<Item = u32>) -> Self {
        let line = self.piece(key).piece("[");
        for (place, number) in numbers.enumerate() {
            if place > 0 {
                line.buffer.push(b',');
            }
            push_number(line.buffer, u64::from(number));
        }
        line.piece("]")
    }

    #[inline(always)]
    pub(super) fn end(self) {
        self.buffer.extend_from_slice(b"}\n");
    }
}

/// Appends the first `length` of some bytes, by moving all of them: their number is known, and needs no call.
#[inline(always)]
fn push_first<const N: usize>(buffer: &mut Vec<u8>, bytes: &[u8; N], length: usize) {
    let end = buffer.len() + length;
    buffer.extend_from_slice(bytes);
    buffer.truncate(end);
}

/// The digits of a number below 10^8.
#[derive(Clone, Copy, Debug)]
struct Digits {
    /// The first digit in the lowest byte.
    text: u64,
    count: usize,
}

impl Digits {
    /// All eight, zeros in front included.
    #[inline]
    fn all_of(number: u32) -> Digits {
        Digits { text: values_of_digits(number) | ZEROS, count: 8 }
    }

    /// Those from the first that is not zero on, and at least one.
    #[inline]
    fn of(number: u32) -> Digits {
        let values = values_of_digits(number);
        let leading_zeros = (values.trailing_zeros() / 8).min(7);
        Digits { text: (values | ZEROS) >> (8 * leading_zeros), count: 8 - leading_zeros as usize }
    }

    #[inline(always)]
    fn push(self, buffer: &mut Vec<u8>) {
        push_first(buffer, &self.text.to_le_bytes(), self.count);
    }
}

/// A zero in each byte.
const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The eight digits of a number below 10^8 as numbers, the first in the lowest byte. All are worked out at once: halves of four digits
/// lie side by side, in these pairs, and in these digits. A division by 100 or by 10 is a multiplication and a shift, exact for
/// numbers as small as these.
#[inline]
fn values_of_digits(number: u32) -> u64 {
    let halves = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

#[inline]
fn push_number(buffer: &mut Vec<u8>, number: u64) {
    if number < EIGHT_DIGITS {
        Digits::of(number as u32).push(buffer);
    } else {
        push_long(buffer, number);
    }
}

fn push_long(buffer: &mut Vec<u8>, number: u64) {
    push_number(buffer, number / EIGHT_DIGITS);
    Digits::all_of((number % EIGHT_DIGITS) as u32).push(buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json() {
        let mut buffer = Vec::new();
        let mut beginning = Beginning::new(0);
        Line::begin(&mut buffer, &mut beginning, u64::MAX, event!("x", "a"))
            .value(0u32)
            .word(word_key!("b"), "word")
            .list(key!("c"), [1, 20, 300].into_iter())
            .list(key!("d"), std::iter::empty())
            .end();
        Line::begin(&mut buffer, &mut beginning, 7, event!("y")).number(key!("e"), 10u32).end();
        let text = String::from_utf8(buffer).unwrap();
        let first = "{\"t\":18446744073709551615,\"ev\":\"x\",\"a\":0,\"b\":\"word\",\"c\":[1,20,300],\"d\":[]}\n";
        assert_eq!(text, format!("{first}{{\"t\":7,\"ev\":\"y\",\"e\":10}}\n"));
    }

    #[test]
    fn a_line_begins_with_its_instant_whatever_came_before() {
        let mut beginning = Beginning::new(0);
        let instants = [
            5,
            99_999_999,
            100_000_000,
            100_000_001,
            123_456_789,
            199_999_999,
            200_000_000,
            12_300_000_007,
            7,
            u64::MAX,
        ];
        for nanos in instants.into_iter().flat_map(|nanos| [nanos, nanos, nanos - 1]) {
            let mut buffer = Vec::new();
            Line::begin(&mut buffer, &mut beginning, nanos, event!("y")).end();
            assert_eq!(String::from_utf8(buffer).unwrap(), format!("{{\"t\":{nanos},\"ev\":\"y\"}}\n"));
        }
    }

    #[test]
    fn numbers_of_every_length_have_their_digits() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        for number in powers.flat_map(|power| [power - 1, power, power + 1, 9 * (power / 10) + 7]).chain([u64::MAX]) {
            let mut buffer = b"before ".to_vec();
            push_number(&mut buffer, number);
            assert_eq!(String::from_utf8(buffer).unwrap(), format!("before {number}"));
        }
    }

    #[test]
    fn every_half_of_eight_digits_is_told_as_it_is() {
        for half in 0..10_000 {
            for number in [half, half * 10_000, half * 10_001] {
                let mut buffer = Vec::new();
                push_number(&mut buffer, number);
                assert_eq!(buffer, number.to_string().as_bytes());
            }
        }
    }
}
