//! The file that a trace stands in: as it is, or compressed with Zstandard.

use crate::output::{OutputError, StagedFile};
use rust_zstd::compress::Encoder;
use rust_zstd::{CompressOptions, DecompressReader};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

/// The names that a trace may have in a run's folder.
pub const NAMES: [&str; 2] = ["trace.jsonl", "trace.jsonl.zst"];

/// How a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// As text.
    Jsonl,
    /// The same text, compressed with Zstandard.
    Zst,
}

impl TraceFormat {
    /// The trace's name in a run's folder.
    pub fn file_name(self) -> &'static str {
        match self {
            TraceFormat::Jsonl => NAMES[0],
            TraceFormat::Zst => NAMES[1],
        }
    }
}

/// Lines repeat each other closely. Level −1 saves a seventh of the bytes and takes a sixth more time, which a run then waits for; lower
/// ones take no less.
const LEVEL: i32 = -3;

/// The first bytes of whatever Zstandard has compressed.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes that are read or decompressed at a time.
const BLOCK: usize = 1 << 16;

/// A trace's file that whoever makes the lines writes.
pub enum TraceFile {
    /// As text.
    Jsonl(Box<StagedFile>),
    /// Compressed.
    Zst(Box<Encoder<StagedFile>>),
}

pub(super) fn options() -> CompressOptions {
    CompressOptions { level: LEVEL, checksum: true, ..CompressOptions::default() }
}

impl TraceFile {
    /// Writes to `file`, in this format.
    pub fn new(file: StagedFile, format: TraceFormat) -> TraceFile {
        match format {
            TraceFormat::Jsonl => TraceFile::Jsonl(Box::new(file)),
            TraceFormat::Zst => TraceFile::Zst(Box::new(Encoder::new(file, options()))),
        }
    }

    /// Ends the trace; the file, in which all of it stands.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn finish(self) -> io::Result<StagedFile> {
        match self {
            TraceFile::Jsonl(file) => Ok(*file),
            TraceFile::Zst(encoder) => encoder.finish(),
        }
    }
}

impl fmt::Debug for TraceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TraceFile::Jsonl(_) => "TraceFile::Jsonl",
            TraceFile::Zst(_) => "TraceFile::Zst",
        })
    }
}

impl Write for TraceFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            TraceFile::Jsonl(file) => file.write(buffer),
            TraceFile::Zst(encoder) => encoder.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            TraceFile::Jsonl(file) => file.flush(),
            TraceFile::Zst(encoder) => encoder.flush(),
        }
    }
}

/// Opens a trace to be read line by line, compressed or not: its first bytes tell, not its name. Whoever reads a trace
/// reads it through this.
///
/// # Errors
/// Where it cannot be read, or is no regular file.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>, OutputError> {
    let wrap = || OutputError::io("read", path);
    if !path.metadata().map_err(wrap())?.is_file() {
        return Err(wrap()(io::Error::other("is no regular file")));
    }
    let mut file = BufReader::with_capacity(BLOCK, File::open(path).map_err(wrap())?);
    if file.fill_buf().map_err(wrap())?.starts_with(&MAGIC) {
        return Ok(Box::new(BufReader::with_capacity(BLOCK, Decompressed(DecompressReader::new(file)))));
    }
    Ok(Box::new(file))
}

/// Says of what is damaged that it is.
struct Decompressed<R: Read>(DecompressReader<R>);

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the compressed data is damaged or cut off: {error}"),
            ),
            _ => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{IfThere, Purpose, RunFolder};
    use std::fs;

    /// A text whose lines are like those of a trace.
    fn text(lines: u64) -> String {
        (0..lines)
            .map(|n| format!("{{\"t\":{},\"ev\":\"deliver\",\"msg\":{}}}\n", n * 7_919, n * n % 100_003))
            .collect()
    }

    /// The file in which `text` stands in a format.
    fn written(folder: &Path, text: &str, format: TraceFormat) -> Vec<u8> {
        let target = folder.join(format.file_name().replace('.', "-"));
        let mut run = RunFolder::prepare(&target, Purpose::RUN, IfThere::Refuse, None).unwrap();
        let mut file = TraceFile::new(run.create("trace").unwrap(), format);
        text.as_bytes().chunks(1 << 16).for_each(|block| file.write_all(block).unwrap());
        run.finish(file.finish().unwrap()).unwrap();
        fs::read(run.partial().join("trace")).unwrap()
    }

    fn read_back(folder: &Path, bytes: &[u8]) -> io::Result<String> {
        let path = folder.join("any name");
        fs::write(&path, bytes).unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn both_formats_read_back_through_the_same_door() {
        let folder = tempfile::tempdir().unwrap();
        for lines in [0, 1, 10, 200_000] {
            let text = text(lines);
            let plain = written(folder.path(), &text, TraceFormat::Jsonl);
            let compressed = written(folder.path(), &text, TraceFormat::Zst);
            assert_eq!(plain, text.as_bytes());
            assert!(compressed.starts_with(&MAGIC));
            assert!(lines < 100 || compressed.len() * 3 < plain.len(), "{} of {}", compressed.len(), plain.len());
            assert_eq!(read_back(folder.path(), &plain).unwrap(), text);
            assert_eq!(read_back(folder.path(), &compressed).unwrap(), text);
            // Whoever compresses, and whenever: the same bytes.
            let mut alone = Encoder::new(Vec::new(), options());
            text.as_bytes().chunks(1 << 16).for_each(|block| alone.write_all(block).unwrap());
            assert_eq!(alone.finish().unwrap(), compressed);
        }
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let compressed = written(folder.path(), &text(50_000), TraceFormat::Zst);
        for length in [4, 5, 17, compressed.len() / 2, compressed.len() - 1] {
            assert!(read_back(folder.path(), &compressed[..length]).is_err(), "{length} bytes");
        }
        for place in [6, compressed.len() / 3, compressed.len() - 2] {
            let mut flipped = compressed.clone();
            flipped[place] ^= 16;
            assert!(read_back(folder.path(), &flipped).is_err(), "byte {place}");
        }
        assert!(open(folder.path()).is_err() && open(&folder.path().join("not there")).is_err());
    }
}
