//! The snapshot's tables while they are written.

use super::LoadError;
use arrow_array::builder::{BinaryBuilder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema as ArrowSchema, SchemaRef};
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_store::snapshot_writer::TableWriter;
use hustings_voterfile::change::ChangeRow;
use hustings_voterfile::record::QuarantinedRow;
use hustings_voterfile::schema::{Schema, Table, arrow_type};
use std::path::Path;
use std::sync::Arc;

/// A row held back, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Kind of the file.
    pub kind: &'static str,
    /// Name of the file in the delivery.
    pub source_name: String,
    /// 1-based number of its first physical line.
    pub line: u64,
    /// Physical lines.
    pub lines: u32,
    /// Byte offset.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
    /// The rule's name.
    pub rule: &'static str,
    /// One sentence without personal data.
    pub detail: String,
    /// The bytes as they stand in the file.
    pub bytes: Vec<u8>,
    /// The state's id, when it could be read.
    pub state_voter_id: Option<String>,
    /// The county, when it could be read.
    pub county_name: Option<String>,
    /// Whether it says confidential, or may.
    pub withheld: bool,
}

impl QuarantineRow {
    /// A row that the reader held back, in a file of this kind and name.
    #[must_use]
    pub fn of(row: &QuarantinedRow<'_>, kind: &'static str, source_name: &str) -> Self {
        Self {
            kind,
            source_name: source_name.to_owned(),
            line: row.line,
            lines: row.lines,
            offset: row.offset,
            length: row.length,
            rule: row.rule.name(),
            detail: row.detail.clone(),
            bytes: row.bytes.to_vec(),
            state_voter_id: None,
            county_name: None,
            withheld: false,
        }
    }
}

/// The Arrow schema of a table of `columns.toml`.
#[must_use]
pub fn schema_of(table: Table) -> SchemaRef {
    let fields: Vec<Field> = Schema::embedded()
        .columns(table)
        .map(|column| Field::new(column.parquet(), arrow_type(column.kind), true))
        .collect();
    Arc::new(ArrowSchema::new(fields))
}

/// Opens a table for writing.
///
/// # Errors
/// The file cannot be created.
pub fn create(
    act: &Act<'_, Load>,
    folder: &Path,
    table: Table,
    schema: SchemaRef,
) -> Result<TableWriter, LoadError> {
    let unique: &[&str] = match table {
        // Unique or nearly so: a dictionary would be built and thrown away.
        Table::Voters => &[
            "voter_id",
            "state_voter_id",
            "county_voter_id",
            "phone",
            "res_line1",
            "res_std_line",
            "source_line",
            "source_offset",
            "fingerprint",
        ],
        Table::Votes | Table::Ballots => &["voter_id", "source_line", "source_offset"],
        _ => &[],
    };
    let path = folder.join(format!("{}.parquet", table.as_str()));
    Ok(TableWriter::create(act, &path, schema, unique)?)
}

/// Opens the table of rows that wait, which is read again soon and then gone.
///
/// # Errors
/// The file cannot be created.
pub fn create_arrived(
    act: &Act<'_, Load>,
    folder: &Path,
    schema: SchemaRef,
) -> Result<TableWriter, LoadError> {
    Ok(TableWriter::create(act, &folder.join(super::arrivals::FILE), schema, &[])?)
}

/// A batch of `changes.parquet`.
#[must_use]
pub fn change_batch(rows: &[ChangeRow], schema: &SchemaRef) -> RecordBatch {
    let mut voter_id = Int64Builder::with_capacity(rows.len());
    let mut texts: [StringBuilder; 7] = std::array::from_fn(|_| StringBuilder::new());
    for row in rows {
        voter_id.append_value(row.voter_id);
        let values = [
            row.state_voter_id.as_str(),
            row.kind.as_str(),
            row.county_name.as_str(),
            row.column,
            row.old.as_str(),
            row.new.as_str(),
            row.reason.as_str(),
        ];
        for (builder, value) in texts.iter_mut().zip(values) {
            builder.append_option((!value.is_empty()).then_some(value));
        }
    }
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(voter_id.finish())];
    arrays.extend(texts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
    RecordBatch::try_new(schema.clone(), arrays)
        .expect("voter_id and seven texts, as columns.toml lists them")
}

/// A batch of `quarantine.parquet`.
#[must_use]
pub fn quarantine_batch(rows: &[QuarantineRow], schema: &SchemaRef) -> RecordBatch {
    let mut texts: [StringBuilder; 6] = std::array::from_fn(|_| StringBuilder::new());
    let mut numbers: [Int64Builder; 2] = std::array::from_fn(|_| Int64Builder::new());
    let mut sizes: [Int32Builder; 2] = std::array::from_fn(|_| Int32Builder::new());
    let mut bytes = BinaryBuilder::new();
    let withheld: BooleanArray = rows.iter().map(|row| Some(row.withheld)).collect();
    for row in rows {
        let values = [
            Some(row.kind),
            Some(row.source_name.as_str()),
            Some(row.rule),
            Some(row.detail.as_str()),
            row.state_voter_id.as_deref(),
            row.county_name.as_deref(),
        ];
        for (builder, value) in texts.iter_mut().zip(values) {
            builder.append_option(value);
        }
        numbers[0].append_value(i64::try_from(row.line).unwrap_or(i64::MAX));
        numbers[1].append_value(i64::try_from(row.offset).unwrap_or(i64::MAX));
        sizes[0].append_value(i32::try_from(row.lines).unwrap_or(i32::MAX));
        sizes[1].append_value(i32::try_from(row.length).unwrap_or(i32::MAX));
        bytes.append_value(&row.bytes);
    }
    let [kind, source_name, rule, detail, state_voter_id, county_name] =
        texts.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let [line, offset] = numbers.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let [lines, length] = sizes.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
    let bytes: ArrayRef = Arc::new(bytes.finish());
    let arrays = vec![
        kind,
        source_name,
        line,
        lines,
        offset,
        length,
        rule,
        detail,
        bytes,
        state_voter_id,
        county_name,
        Arc::new(withheld),
    ];
    RecordBatch::try_new(schema.clone(), arrays)
        .expect("the columns of quarantine in columns.toml, in their order")
}
