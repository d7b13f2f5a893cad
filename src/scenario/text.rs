//! From bytes to text: what is no UTF-8 text is named for what it is, and positions become lines and columns.

use super::problem::{At, Problem};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// First bytes by which files of other kinds are told.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"\xfd7zXZ\0", "an xz archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "an ELF program"),
    (b"PAR1", "a Parquet file"),
    (b"\xff\xfe\0\0", "UTF-32 text; save it as UTF-8"),
    (b"\0\0\xfe\xff", "UTF-32 text; save it as UTF-8"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
    (b"\xef\xbb\xbf", "text behind a byte order mark (BOM); save it as UTF-8 without one"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
];

/// The text of a file, or why it is none.
pub fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(whole("the file has more than 16 MiB, which is the most that is read".into()));
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(whole(format!("found {what}; {JSON_EXPECTED}")));
    }
    if bytes.len() >= 4 && (bytes[0] == 0) != (bytes[1] == 0) && (bytes[0] == 0) == (bytes[2] == 0) {
        return Err(whole(format!("found UTF-16 text; save it as UTF-8; {JSON_EXPECTED}")));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| not_utf8(bytes, e.valid_up_to()))?;
    if let Some(at) = bytes.iter().position(|&b| b == 0) {
        return Err(Problem::error(At::Text(at), "", "found a NUL byte; a scenario is text".into()));
    }
    if text.trim_ascii().is_empty() {
        let what = if bytes.is_empty() { "is empty" } else { "holds nothing but blanks" };
        return Err(whole(format!("the file {what}; {JSON_EXPECTED}; `swarmsim init` writes one to start from")));
    }
    Ok(text)
}

/// What every message on a wrong kind of file ends with.
pub const JSON_EXPECTED: &str = "accepted: a JSON object, `{ … }`";

fn whole(message: String) -> Problem {
    Problem::error(At::Text(0), "", message)
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let message =
        format!("found the byte 0x{:02x}, which is no UTF-8 (Latin-1 perhaps?); save the file as UTF-8", bytes[at]);
    Problem::error(At::Text(at), "", message)
}

/// Where lines begin, so that byte offsets become lines and columns. A line ends with LF, CR LF or CR.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text, or of bytes that are none.
    pub fn of(text: &[u8]) -> Lines {
        let mut starts = vec![0];
        for (i, &byte) in text.iter().enumerate() {
            let ends_line = byte == b'\n' || (byte == b'\r' && text.get(i + 1) != Some(&b'\n'));
            if ends_line {
                starts.push(i + 1);
            }
        }
        Lines { starts }
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    pub fn position(&self, text: &[u8], offset: usize) -> (usize, usize) {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|&start| start <= offset);
        let before = &text[self.starts[line - 1]..offset];
        let column = before.iter().filter(|&&byte| !is_continuation(byte)).count() + 1;
        (line, column)
    }

    /// The bytes of a line, counted from 1, without its end.
    pub fn line<'t>(&self, text: &'t [u8], line: usize) -> &'t [u8] {
        let start = self.starts[line - 1];
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        let mut bytes = &text[start..end];
        while let [rest @ .., b'\n' | b'\r'] = bytes {
            bytes = rest;
        }
        bytes
    }
}

/// Whether a byte goes on with a UTF-8 character that an earlier one began.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_crlf_or_cr() {
        let text = "a\nbé\r\nc\rd";
        let lines = Lines::of(text.as_bytes());
        let position = |needle: &str| lines.position(text.as_bytes(), text.find(needle).unwrap());
        assert_eq!([position("a"), position("b"), position("c"), position("d")], [(1, 1), (2, 1), (3, 1), (4, 1)]);
        assert_eq!(lines.position(text.as_bytes(), "a\nbé".len()), (2, 3), "columns count characters");
        assert_eq!(lines.line(text.as_bytes(), 2), "bé".as_bytes());
    }

    #[test]
    fn files_of_other_kinds_are_named() {
        for (bytes, expected) in [
            (&b"\x1f\x8b\x08"[..], "gzip"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"\xff\xfe\0\0{\0\0\0", "UTF-32"),
            (b"{\"a\": \"\xe9\"}", "0xe9"),
            (b"{}\0", "NUL"),
            (b" \n", "nothing but blanks"),
            (b"", "is empty"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
        ] {
            let problem = decode(bytes).unwrap_err();
            assert!(problem.message.contains(expected), "{}", problem.message);
        }
    }
}
