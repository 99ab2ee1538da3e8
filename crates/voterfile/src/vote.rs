//! Rows of `votes.parquet`, gathered into Arrow batches.

use crate::history::VoteValue;
use crate::schema::{Schema, Table, arrow_type};
use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{Field, Schema as ArrowSchema, SchemaRef};
use std::sync::Arc;

/// Whose vote it is and where its row stands.
#[derive(Debug, Clone, Copy)]
pub struct VoteMeta<'a> {
    /// Our id of the voter; none for an orphan, a vote of somebody who is not on the list.
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
}

/// Builds one batch after another.
pub struct VoteBuilder {
    schema: SchemaRef,
    voter_id: Int64Builder,
    election_date: Date32Builder,
    counted: BooleanBuilder,
    texts: [StringBuilder; TEXTS.len()],
    source_file: Int32Builder,
    source_line: Int64Builder,
    source_offset: Int64Builder,
    source_length: Int32Builder,
}

const TEXTS: [&str; 17] = [
    "state_voter_id",
    "election_name",
    "election_type",
    "method",
    "method_raw",
    "party",
    "party_raw",
    "party_desc",
    "county_code",
    "county_name",
    "precinct",
    "precinct_name",
    "vtd",
    "vtd_name",
    "ballot_style",
    "record_id",
    "repair",
];

impl Default for VoteBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl VoteBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        let fields: Vec<Field> = Schema::embedded()
            .columns(Table::Votes)
            .map(|column| Field::new(column.parquet(), arrow_type(column.kind), true))
            .collect();
        Self {
            schema: Arc::new(ArrowSchema::new(fields)),
            voter_id: Int64Builder::new(),
            election_date: Date32Builder::new(),
            counted: BooleanBuilder::new(),
            texts: std::array::from_fn(|_| StringBuilder::new()),
            source_file: Int32Builder::new(),
            source_line: Int64Builder::new(),
            source_offset: Int64Builder::new(),
            source_length: Int32Builder::new(),
        }
    }

    /// The schema of `votes.parquet`.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Adds a vote.
    pub fn push(&mut self, vote: &VoteValue<'_>, meta: &VoteMeta<'_>) {
        self.voter_id.append_option(meta.voter_id);
        self.election_date.append_option(vote.election_date);
        // A ballot that was not cast or not counted stays in the history, and is no vote.
        self.counted.append_value(vote.is_counted());
        let values = [
            meta.state_voter_id,
            vote.election_name,
            vote.election_type,
            vote.method,
            vote.method_raw,
            vote.party,
            vote.party_raw,
            vote.party_desc,
            vote.county_code,
            vote.county_name,
            vote.precinct,
            vote.precinct_name,
            vote.vtd,
            vote.vtd_name,
            vote.ballot_style,
            vote.record_id,
            meta.repairs,
        ];
        for (builder, value) in self.texts.iter_mut().zip(values) {
            builder.append_option((!value.is_empty()).then_some(value));
        }
        self.source_file.append_value(meta.source_file);
        self.source_line.append_value(meta.line);
        self.source_offset.append_value(meta.offset);
        self.source_length.append_value(meta.length);
    }

    /// The votes gathered, as a batch; the builder starts anew.
    pub fn finish(&mut self) -> RecordBatch {
        let voter_id: ArrayRef = Arc::new(self.voter_id.finish());
        let rows = voter_id.len();
        let mut named: Vec<(&str, ArrayRef)> = vec![
            ("voter_id", voter_id),
            ("election_date", Arc::new(self.election_date.finish())),
            ("counted", Arc::new(self.counted.finish())),
            ("source_file", Arc::new(self.source_file.finish())),
            ("source_line", Arc::new(self.source_line.finish())),
            ("source_offset", Arc::new(self.source_offset.finish())),
            ("source_length", Arc::new(self.source_length.finish())),
        ];
        for (name, builder) in TEXTS.iter().zip(&mut self.texts) {
            named.push((name, Arc::new(builder.finish())));
        }
        let arrays = self
            .schema
            .fields()
            .iter()
            .map(|field| {
                let built =
                    named.iter().find(|(name, _)| name == field.name()).map(|(_, array)| array.clone());
                built.unwrap_or_else(|| new_null_array(field.data_type(), rows))
            })
            .collect();
        RecordBatch::try_new(self.schema.clone(), arrays)
            .expect("one array per column of columns.toml, equally long")
    }
}
