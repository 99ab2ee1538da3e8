//! The columns of one snapshot's `voters.parquet`: all canonical ones, and the state's extra ones.

use crate::schema::{ColumnType, Schema, Table, arrow_type};
use arrow_schema::{DataType, Field, SchemaRef};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The schema of `voters.parquet`, the same for every row group.
#[derive(Debug, Clone)]
pub struct VoterColumns {
    schema: SchemaRef,
    types: Vec<ColumnType>,
    by_name: HashMap<String, usize>,
}

impl VoterColumns {
    /// The canonical columns, then `extras` (Parquet names such as `extra_fax`, text) in the order of the alphabet.
    #[must_use]
    pub fn new<'a>(extras: impl IntoIterator<Item = &'a str>) -> Self {
        let mut types = Vec::new();
        let mut fields = Vec::new();
        for column in Schema::embedded().columns(Table::Voters) {
            let required = column.name == "voter_id" || column.name == "state_voter_id";
            fields.push(Field::new(column.parquet(), arrow_type(column.kind), !required));
            types.push(column.kind);
        }
        let canonical: BTreeSet<String> = fields.iter().map(|field| field.name().clone()).collect();
        let extras: BTreeSet<&str> = extras.into_iter().filter(|name| !canonical.contains(*name)).collect();
        for extra in extras {
            fields.push(Field::new(extra, DataType::Utf8, true));
            types.push(ColumnType::Text);
        }
        let by_name = fields.iter().enumerate().map(|(index, field)| (field.name().clone(), index)).collect();
        Self { schema: Arc::new(arrow_schema::Schema::new(fields)), types, by_name }
    }

    /// The Arrow schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Position of a column by its Parquet name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Type of a column.
    #[must_use]
    pub fn kind(&self, index: usize) -> ColumnType {
        self.types[index]
    }

    /// Number of columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no column; never, in truth.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}
