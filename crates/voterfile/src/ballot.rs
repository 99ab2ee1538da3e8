//! Rows of `ballots.parquet`: one row per absentee, mail or early ballot as the state's file tells it.

use crate::layout::{CodeMap, Recognized};
use crate::schema::{ColumnType, Schema, Table, arrow_type};
use crate::voter::DatePolicy;
use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::{Field, Schema as ArrowSchema, SchemaRef};
use std::sync::Arc;

/// Whose ballot it is and where its row stands.
#[derive(Debug, Clone, Copy)]
pub struct BallotMeta<'a> {
    /// Our id of the voter; none when nobody on the list has the id.
    pub voter_id: Option<i64>,
    /// The state's id.
    pub state_voter_id: &'a str,
    /// Index of the file in the manifest.
    pub source_file: i32,
    /// 1-based line in the file.
    pub line: i64,
    /// Byte offset in the file.
    pub offset: i64,
    /// Bytes of the record.
    pub length: i32,
    /// Rules by which the row was repaired; empty for none.
    pub repairs: &'a str,
    /// Day of the file in days since 1970-01-01.
    pub file_day: i32,
}

enum Source {
    Text(usize),
    Date(usize),
    Flag(usize),
    /// Field, map, and whether an unknown code becomes `unknown`.
    Code(usize, CodeMap),
}

enum Values {
    Text(StringBuilder),
    Date(Date32Builder),
    Bool(BooleanBuilder),
}

/// Builds one batch after another for one file.
pub struct BallotBuilder {
    schema: SchemaRef,
    dates: DatePolicy,
    columns: Vec<(String, Source, Values)>,
    voter_id: Int64Builder,
    state_voter_id: StringBuilder,
    source_file: Int32Builder,
    source_line: Int64Builder,
    source_offset: Int64Builder,
    source_length: Int32Builder,
    repair: StringBuilder,
    file_day: Date32Builder,
}

impl BallotBuilder {
    /// A builder for a recognized file; `dates` reads its dates.
    #[must_use]
    pub fn new(recognized: &Recognized, dates: &DatePolicy) -> Self {
        let fields: Vec<Field> = Schema::embedded()
            .columns(Table::Ballots)
            .map(|column| Field::new(column.parquet(), arrow_type(column.kind), true))
            .collect();
        let schema = Arc::new(ArrowSchema::new(fields));
        let mut columns: Vec<(String, Source, Values)> = Vec::new();
        for used in &recognized.columns {
            let is_ballot =
                used.to.starts_with("ballot.") || matches!(used.to.as_str(), "county_name" | "party");
            let name = used.to.strip_prefix("ballot.").unwrap_or(&used.to).replace('.', "_");
            let known = schema.field_with_name(&name).is_ok()
                && !columns.iter().any(|(column, _, _)| *column == name);
            if !is_ballot || !known {
                continue;
            }
            let map = used
                .codes
                .as_deref()
                .and_then(|codes| recognized.codes.map(codes))
                .or_else(|| recognized.codes.for_target(&used.to));
            let raw = format!("{name}_raw");
            if let Some(map) = map {
                columns.push((
                    name,
                    Source::Code(used.field, map.clone()),
                    Values::Text(StringBuilder::new()),
                ));
                if schema.field_with_name(&raw).is_ok() {
                    columns.push((raw, Source::Text(used.field), Values::Text(StringBuilder::new())));
                }
                continue;
            }
            let (source, values) = match used.kind {
                Some(ColumnType::Date) => (Source::Date(used.field), Values::Date(Date32Builder::new())),
                Some(ColumnType::Bool) => (Source::Flag(used.field), Values::Bool(BooleanBuilder::new())),
                _ => (Source::Text(used.field), Values::Text(StringBuilder::new())),
            };
            columns.push((name, source, values));
        }
        Self {
            schema,
            dates: dates.for_file(recognized),
            columns,
            voter_id: Int64Builder::new(),
            state_voter_id: StringBuilder::new(),
            source_file: Int32Builder::new(),
            source_line: Int64Builder::new(),
            source_offset: Int64Builder::new(),
            source_length: Int32Builder::new(),
            repair: StringBuilder::new(),
            file_day: Date32Builder::new(),
        }
    }

    /// Adds a ballot. `field` gives the raw value of a field by its position in the file.
    pub fn push<'a>(&mut self, field: &impl Fn(usize) -> &'a str, meta: &BallotMeta<'_>) {
        for (name, source, values) in &mut self.columns {
            match (source, values) {
                (Source::Text(index), Values::Text(builder)) => {
                    let value = field(*index).trim();
                    builder.append_option((!value.is_empty()).then_some(value));
                }
                (Source::Code(index, map), Values::Text(builder)) => {
                    let code = field(*index).trim();
                    let unknown = if name == "party" { "OTH" } else { "unknown" };
                    let word = map.word(code).or((!code.is_empty()).then_some(unknown));
                    builder.append_option(word);
                }
                (Source::Date(index), Values::Date(builder)) => {
                    let value = field(*index).trim();
                    builder.append_option(if value.is_empty() { None } else { self.dates.day(value) });
                }
                (Source::Flag(index), Values::Bool(builder)) => {
                    builder.append_option(crate::voter::flag(field(*index)));
                }
                // Sources and builders are made in pairs.
                _ => debug_assert!(false, "column {name} has a builder of another type than its source"),
            }
        }
        self.voter_id.append_option(meta.voter_id);
        self.state_voter_id.append_option((!meta.state_voter_id.is_empty()).then_some(meta.state_voter_id));
        self.source_file.append_value(meta.source_file);
        self.source_line.append_value(meta.line);
        self.source_offset.append_value(meta.offset);
        self.source_length.append_value(meta.length);
        self.repair.append_option((!meta.repairs.is_empty()).then_some(meta.repairs));
        self.file_day.append_value(meta.file_day);
    }

    /// The ballots gathered, as a batch; the builder starts anew.
    pub fn finish(&mut self) -> RecordBatch {
        let voter_id: ArrayRef = Arc::new(self.voter_id.finish());
        let rows = voter_id.len();
        let mut named: Vec<(&str, ArrayRef)> = vec![
            ("voter_id", voter_id),
            ("state_voter_id", Arc::new(self.state_voter_id.finish())),
            ("source_file", Arc::new(self.source_file.finish())),
            ("source_line", Arc::new(self.source_line.finish())),
            ("source_offset", Arc::new(self.source_offset.finish())),
            ("source_length", Arc::new(self.source_length.finish())),
            ("repair", Arc::new(self.repair.finish())),
            ("file_day", Arc::new(self.file_day.finish())),
        ];
        for (name, _, values) in &mut self.columns {
            let array: ArrayRef = match values {
                Values::Text(builder) => Arc::new(builder.finish()),
                Values::Date(builder) => Arc::new(builder.finish()),
                Values::Bool(builder) => Arc::new(builder.finish()),
            };
            named.push((name, array));
        }
        derive_status(&mut named, rows);
        let arrays = self
            .schema
            .fields()
            .iter()
            .map(|field| {
                let built = named
                    .iter()
                    .find(|(name, array)| name == field.name() && array.data_type() == field.data_type());
                built.map_or_else(|| new_null_array(field.data_type(), rows), |(_, array)| array.clone())
            })
            .collect();
        RecordBatch::try_new(self.schema.clone(), arrays)
            .expect("one array per column of columns.toml, equally long")
    }
}

/// Fills in where a ballot stands when the state gives no word for it: the last of its dates tells.
fn derive_status(named: &mut Vec<(&str, ArrayRef)>, rows: usize) {
    let column = |name: &str| named.iter().find(|(known, _)| *known == name).map(|(_, array)| array.clone());
    let given = column("status");
    let given = given.as_ref().and_then(|array| array.as_string_opt::<i32>());
    let steps: Vec<(&str, ArrayRef)> =
        [("returned", "returned_date"), ("sent", "sent_date"), ("requested", "requested_date")]
            .into_iter()
            .filter_map(|(word, name)| Some((word, column(name)?)))
            .collect();
    let status: StringArray = (0..rows)
        .map(|row| match given.filter(|array| array.is_valid(row)) {
            Some(array) => Some(array.value(row)),
            None => steps.iter().find(|(_, dates)| dates.is_valid(row)).map(|(word, _)| *word),
        })
        .collect();
    named.retain(|(name, _)| *name != "status");
    named.push(("status", Arc::new(status)));
}
