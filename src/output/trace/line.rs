//! One line of JSON, written by hand: a trace has millions of them, of a few fields each.
//!
//! What a line costs is mostly moving a few bytes many times, so that pieces are as long as possible and their lengths known to the
//! compiler: a key stands between the two marks around it, and a number is moved with the room that the longest takes.

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
        concat!($event, "\"")
    };
    ($event:literal, $key:literal) => {
        concat!($event, "\",\"", $key, "\":")
    };
}
pub(super) use event;

/// The most digits that a number has.
const MOST_DIGITS: usize = 20;

/// How lines of an instant begin. Most instants have several.
#[derive(Debug)]
pub(super) struct Beginning {
    nanos: u64,
    text: [u8; BEGINNING],
    length: usize,
}

/// Before and after its number.
const BEFORE: [u8; 5] = *b"{\"t\":";
const AFTER: [u8; 7] = *b",\"ev\":\"";
const BEGINNING: usize = BEFORE.len() + MOST_DIGITS + AFTER.len();

impl Beginning {
    pub(super) fn new(nanos: u64) -> Beginning {
        let (digits, count) = digits_of(nanos);
        let (number, after) = (BEFORE.len(), BEFORE.len() + count);
        let mut text = [0; BEGINNING];
        text[..number].copy_from_slice(&BEFORE);
        text[number..number + MOST_DIGITS].copy_from_slice(&digits);
        text[after..after + AFTER.len()].copy_from_slice(&AFTER);
        Beginning { nanos, text, length: after + AFTER.len() }
    }

    /// The beginning of lines at `nanos`.
    #[inline]
    fn at(&mut self, nanos: u64) -> (&[u8; BEGINNING], usize) {
        if nanos != self.nanos {
            *self = Beginning::new(nanos);
        }
        (&self.text, self.length)
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
        let (text, length) = beginning.at(nanos);
        push_first(buffer, text, length);
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

/// All numbers of two digits.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// The digits of a number, and how many there are.
#[inline]
fn digits_of(mut number: u64) -> ([u8; MOST_DIGITS], usize) {
    let count = number.checked_ilog10().unwrap_or(0) as usize + 1;
    let mut digits = [0; MOST_DIGITS];
    let mut end = count;
    while end >= 2 {
        [digits[end - 2], digits[end - 1]] = PAIRS[(number % 100) as usize];
        number /= 100;
        end -= 2;
    }
    if end == 1 {
        digits[0] = b'0' + number as u8;
    }
    (digits, count)
}

#[inline]
fn push_number(buffer: &mut Vec<u8>, number: u64) {
    let (digits, count) = digits_of(number);
    push_first(buffer, &digits, count);
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
    fn numbers_of_every_length_have_their_digits() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        for number in powers.flat_map(|power| [power - 1, power, power + 1, 9 * (power / 10) + 7]).chain([u64::MAX]) {
            let mut buffer = b"before ".to_vec();
            push_number(&mut buffer, number);
            assert_eq!(String::from_utf8(buffer).unwrap(), format!("before {number}"));
        }
    }
}
