//! Reading a trace's lines, one at a time, however many and however long they are.

use super::invariants::Rule;
use std::io::{self, BufRead};

/// What comes next.
pub(super) enum Next<'a> {
    /// A line, without its end, and its number.
    Line(u64, &'a [u8]),
    /// Something that is no line of a trace.
    Refused(u64, Rule, String),
    /// Nothing.
    End,
}

/// The lines of a trace.
pub(super) struct Lines<R> {
    from: R,
    line: Vec<u8>,
    number: u64,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    /// Lines of at most `longest` bytes.
    pub fn new(from: R, longest: usize) -> Lines<R> {
        Lines { from, line: Vec::new(), number: 0, longest }
    }

    /// Lines read so far.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line.
    pub fn next(&mut self) -> io::Result<Next<'_>> {
        self.line.clear();
        let most = self.longest as u64 + 2;
        let mut limited = io::Read::take(&mut self.from, most);
        if limited.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(Next::End);
        }
        self.number += 1;
        if self.line.ends_with(b"\n") {
            self.line.pop();
            return Ok(Next::Line(self.number, &self.line));
        }
        let (rule, found) = if self.line.len() as u64 >= most {
            let longest = self.longest;
            (
                Rule::LineForm,
                format!(
                    "the line is longer than {longest} bytes, which is more than any line of this scenario's trace"
                ),
            )
        } else {
            (Rule::StopLast, "the last line has no line break at its end: the trace is cut".into())
        };
        Ok(Next::Refused(self.number, rule, found))
    }
}
