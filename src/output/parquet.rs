//! Tables as Apache Parquet: what the CSV files hold, with types.
//!
//! Every column may be absent (`null`), as an empty cell is in CSV. The bytes depend on the rows alone.

use super::error::OutputError;
use super::folder::StagedFile;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::iter;
use std::path::Path;
use std::sync::Arc;

/// Rows that are held until they are written as one group: some megabytes, however long the table.
const GROUP_ROWS: usize = 65_536;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers of at most 63 bits.
    Integer,
    /// Whole numbers of 64 bits, none negative: seeds.
    Unsigned,
    /// Floating-point numbers.
    Real,
    /// Text.
    Text,
    /// True or false.
    Flag,
}

/// A column: its name and what it holds.
pub type Column = (String, Kind);

/// A table being written.
pub struct Writer<W: Write + Send> {
    columns: Vec<Column>,
    /// The cells of the rows that are not written yet, by column.
    cells: Vec<Cells>,
    file: SerializedFileWriter<W>,
}

/// The cells of a column, one after another; an empty one is no value.
#[derive(Debug, Default)]
struct Cells {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Cells {
    fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let begins = iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.text[begin..*end])
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

impl<W: Write + Send> Writer<W> {
    /// Begins a table.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn new(columns: Vec<Column>, out: W) -> io::Result<Writer<W>> {
        let fields =
            columns.iter().map(|(name, kind)| field(name, *kind)).collect::<Result<_, _>>().map_err(of_parquet)?;
        let schema = Type::group_type_builder("table").with_fields(fields).build().map_err(of_parquet)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(of_parquet)?;
        let cells = columns.iter().map(|_| Cells::default()).collect();
        Ok(Writer { columns, cells, file })
    }

    /// Adds a row, as CSV has it: a text a column, empty where there is no value.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        for (column, cell) in self.cells.iter_mut().zip(cells) {
            column.push(cell);
        }
        if self.cells.first().is_some_and(|column| column.ends.len() >= GROUP_ROWS) { self.flush() } else { Ok(()) }
    }

    /// Ends the table and gives back what it was written to.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        self.file.into_inner().map_err(of_parquet)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.cells.iter().all(|column| column.ends.is_empty()) {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(of_parquet)?;
        for ((name, kind), cells) in self.columns.iter().zip(&mut self.cells) {
            let mut column = group.next_column().map_err(of_parquet)?.expect("there are as many as columns");
            write_column(&mut column, name, *kind, cells)?;
            column.close().map_err(of_parquet)?;
            cells.clear();
        }
        group.close().map_err(of_parquet)?;
        Ok(())
    }
}

fn field(name: &str, kind: Kind) -> Result<Arc<Type>, ParquetError> {
    let (physical, converted) = match kind {
        Kind::Integer => (Physical::INT64, ConvertedType::NONE),
        Kind::Unsigned => (Physical::INT64, ConvertedType::UINT_64),
        Kind::Real => (Physical::DOUBLE, ConvertedType::NONE),
        Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        Kind::Flag => (Physical::BOOLEAN, ConvertedType::NONE),
    };
    let builder = Type::primitive_type_builder(name, physical).with_converted_type(converted);
    Ok(Arc::new(builder.with_repetition(Repetition::OPTIONAL).build()?))
}

fn write_column(column: &mut SerializedColumnWriter<'_>, name: &str, kind: Kind, cells: &Cells) -> io::Result<()> {
    match kind {
        Kind::Integer => put(column.typed::<Int64Type>(), name, cells, |text| text.parse().ok()),
        // The bits of an unsigned number; the schema says how to read them.
        Kind::Unsigned => put(column.typed::<Int64Type>(), name, cells, |text| Some(text.parse::<u64>().ok()? as i64)),
        Kind::Real => put(column.typed::<DoubleType>(), name, cells, |text| text.parse().ok()),
        Kind::Text => put(column.typed::<ByteArrayType>(), name, cells, |text| Some(ByteArray::from(text))),
        Kind::Flag => put(column.typed::<BoolType>(), name, cells, |text| text.parse().ok()),
    }
}

fn put<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    name: &str,
    cells: &Cells,
    parse: impl Fn(&str) -> Option<T::T>,
) -> io::Result<()> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(!cell.is_empty())).collect();
    let value =
        |text: &str| parse(text).ok_or_else(|| io::Error::other(format!("{text:?} does not fit column {name}")));
    let values = cells.iter().filter(|text| !text.is_empty()).map(value).collect::<io::Result<Vec<T::T>>>()?;
    column.write_batch(&values, Some(&levels), None).map_err(of_parquet)?;
    Ok(())
}

/// The system's own error where there is one beneath.
fn of_parquet(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

/// Writes a run's table, which stands as CSV in `from`, to a staged file.
///
/// # Errors
/// What the system refuses, and a table that is not what it should be.
pub fn of_table(from: &Path, file: StagedFile) -> Result<StagedFile, OutputError> {
    let path = file.path().to_path_buf();
    let mut csv = csv::Reader::from_path(from).map_err(|error| OutputError::damaged(from, error))?;
    let header = csv.headers().map_err(|error| OutputError::damaged(from, error))?.clone();
    let columns = header.iter().map(|name| (name.to_owned(), kind_of(name))).collect();
    let mut writer = Writer::new(columns, file).map_err(OutputError::io("write", &path))?;
    for record in csv.records() {
        let record = record.map_err(|error| OutputError::damaged(from, error))?;
        writer.row(&record).map_err(OutputError::io("write", &path))?;
    }
    writer.finish().map_err(OutputError::io("write", &path))
}

/// What a column of a run's tables holds, by its name.
fn kind_of(name: &str) -> Kind {
    match name {
        "group" => Kind::Text,
        "false_expiry" => Kind::Flag,
        "mean_copies" | "entropy" => Kind::Real,
        _ if name.ends_with("_s") => Kind::Real,
        _ => Kind::Integer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn columns() -> Vec<Column> {
        let named =
            [("n", Kind::Integer), ("seed", Kind::Unsigned), ("x_s", Kind::Real), ("t", Kind::Text), ("f", Kind::Flag)];
        named.map(|(name, kind)| (name.to_owned(), kind)).to_vec()
    }

    #[test]
    fn what_is_written_is_read_by_an_independent_reader() {
        let mut writer = Writer::new(columns(), Vec::new()).unwrap();
        for i in 0..GROUP_ROWS {
            writer
                .row([i.to_string().as_str(), "18446744073709551615", "0.30000000000000004", "é, \"x\"", "true"])
                .unwrap();
        }
        writer.row(["", "", "", "", ""]).unwrap();
        let bytes = writer.finish().unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), GROUP_ROWS + 1);
        let expected = r#"{n: 7, seed: 18446744073709551615, x_s: 0.30000000000000004, t: "é, "x"", f: true}"#;
        assert_eq!(rows[7], expected);
        assert_eq!(rows[GROUP_ROWS], "{n: null, seed: null, x_s: null, t: null, f: null}");
    }

    #[test]
    fn what_does_not_fit_its_column_is_refused() {
        let mut writer = Writer::new(vec![("n".into(), Kind::Integer)], Vec::new()).unwrap();
        writer.row(["1.5"]).unwrap();
        assert!(writer.finish().unwrap_err().to_string().contains("column n"));
    }

    #[test]
    fn every_column_of_every_table_has_its_kind() {
        use crate::output::tables::{CopiesRow, EndedRow, PeerRow, Table, TimeRow};
        let reals = |columns: &[&'static str]| columns.iter().filter(|name| kind_of(name) == Kind::Real).count();
        let counts = [PeerRow::COLUMNS, TimeRow::COLUMNS, EndedRow::COLUMNS, CopiesRow::COLUMNS].map(reals);
        assert_eq!(counts, [5, 4, 6, 2]);
    }
}
