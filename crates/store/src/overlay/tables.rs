//! The tables of an append while they are written: what voters get, the rows that nobody gets, and the values outside of
//! their column's type.

use super::AppendColumn;
use super::OverlayType;
use super::guess::Typed;
use super::table_file::TableFile;
use super::vault::{OUT_OF_DOMAIN, REJECTED, VALUES, Vault};
use crate::error::StoreError;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// The tables of an append while they are written.
pub(super) struct Tables<'a> {
    columns: &'a mut [AppendColumn],
    values: TableFile,
    rejected: TableFile,
    outside: TableFile,
}

impl<'a> Tables<'a> {
    /// No row yet; what is filled and what is outside is counted in `columns`.
    pub(super) fn create(vault: &Vault<'_>, columns: &'a mut [AppendColumn]) -> Result<Self, StoreError> {
        let create = |table: &str, schema| TableFile::create(&vault.path(table), schema, &vault.key(table));
        let values = create(VALUES, values_schema(columns))?;
        let text = |name| (name, DataType::Utf8);
        let line = ("line", DataType::Int64);
        let rejected = schema([line.clone(), text("rule"), text("detail"), text("record")]);
        let outside = schema([line, text("column"), text("value")]);
        Ok(Self {
            columns,
            values,
            rejected: create(REJECTED, rejected)?,
            outside: create(OUT_OF_DOMAIN, outside)?,
        })
    }

    /// Gives a voter the cells of a row: one a column, in their order.
    pub(super) fn join<'b>(
        &mut self,
        voter: i64,
        line: u64,
        cells: impl IntoIterator<Item = &'b str>,
    ) -> Result<(), StoreError> {
        let line = number(line);
        let mut row = vec![Some(Typed::Int(voter)), line.clone()];
        for (column, value) in self.columns.iter_mut().zip(cells) {
            let typed = if value.is_empty() { None } else { column.kind.read(value) };
            if typed.is_some() {
                column.filled += 1;
            } else if !value.is_empty() {
                column.out_of_domain += 1;
                self.outside.push([line.clone(), text(&column.name), text(value)])?;
            }
            row.push(typed);
        }
        self.values.push(row)
    }

    /// Keeps a row apart: by which rule, why, and its fields.
    pub(super) fn reject(
        &mut self,
        line: u64,
        (rule, detail): (&str, &str),
        fields: &[impl AsRef<str>],
    ) -> Result<(), StoreError> {
        let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        let kept = serde_json::json!(fields).to_string();
        self.rejected.push([number(line), text(rule), text(detail), Some(Typed::Text(kept))])
    }

    /// Completes them.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        self.values.finish()?;
        self.rejected.finish()?;
        self.outside.finish()
    }
}

fn number(line: u64) -> Option<Typed> {
    Some(Typed::Int(i64::try_from(line).unwrap_or(i64::MAX)))
}

fn text(text: &str) -> Option<Typed> {
    Some(Typed::Text(text.to_owned()))
}

fn schema<const N: usize>(fields: [(&str, DataType); N]) -> SchemaRef {
    Arc::new(Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec()))
}

fn values_schema(columns: &[AppendColumn]) -> SchemaRef {
    let mut fields = vec![
        Field::new("voter_id", DataType::Int64, false),
        Field::new("source_line", DataType::Int64, false),
    ];
    fields.extend(columns.iter().map(|column| {
        let kind = match column.kind {
            OverlayType::Int => DataType::Int64,
            OverlayType::Decimal => DataType::Float64,
            OverlayType::Date => DataType::Date32,
            OverlayType::Phone | OverlayType::Text => DataType::Utf8,
        };
        Field::new(&column.name, kind, true)
    }));
    Arc::new(Schema::new(fields))
}
