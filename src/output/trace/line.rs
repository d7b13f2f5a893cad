//! One line of JSON, written by hand: a trace has millions of them, of a few fields each.

/// A line under construction at the end of a buffer. Keys and words are our own and need no escapes.
pub(super) struct Line<'b> {
    buffer: &'b mut Vec<u8>,
}

impl<'b> Line<'b> {
    /// Begins a line with when and what.
    #[inline]
    pub(super) fn begin(buffer: &'b mut Vec<u8>, nanos: u64, event: &str) -> Line<'b> {
        buffer.extend_from_slice(b"{\"t\":");
        push_number(buffer, nanos);
        Line { buffer }.word("ev", event)
    }

    #[inline]
    fn key(&mut self, key: &str) {
        self.buffer.extend_from_slice(b",\"");
        self.buffer.extend_from_slice(key.as_bytes());
        self.buffer.extend_from_slice(b"\":");
    }

    #[inline]
    pub(super) fn number(mut self, key: &str, number: impl Into<u64>) -> Self {
        self.key(key);
        push_number(self.buffer, number.into());
        self
    }

    #[inline]
    pub(super) fn word(mut self, key: &str, word: &str) -> Self {
        self.key(key);
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(word.as_bytes());
        self.buffer.push(b'"');
        self
    }

    /// A value that is JSON already.
    #[inline]
    pub(super) fn json(mut self, key: &str, json: &str) -> Self {
        self.key(key);
        self.buffer.extend_from_slice(json.as_bytes());
        self
    }

    pub(super) fn list(mut self, key: &str, numbers: impl Iterator<Item = u32>) -> Self {
        self.key(key);
        self.buffer.push(b'[');
        for (place, number) in numbers.enumerate() {
            if place > 0 {
                self.buffer.push(b',');
            }
            push_number(self.buffer, u64::from(number));
        }
        self.buffer.push(b']');
        self
    }

    #[inline]
    pub(super) fn end(self) {
        self.buffer.extend_from_slice(b"}\n");
    }
}

#[inline]
fn push_number(buffer: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json() {
        let mut buffer = Vec::new();
        Line::begin(&mut buffer, u64::MAX, "x")
            .number("a", 0u32)
            .json("b", "null")
            .list("c", [1, 20, 300].into_iter())
            .list("d", std::iter::empty())
            .end();
        let text = String::from_utf8(buffer).unwrap();
        assert_eq!(text, "{\"t\":18446744073709551615,\"ev\":\"x\",\"a\":0,\"b\":null,\"c\":[1,20,300],\"d\":[]}\n");
    }
}
