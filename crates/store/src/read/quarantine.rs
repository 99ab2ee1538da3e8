//! Records that were held back, with their bytes.

use super::table::{Condition, Row, Rows, Table};
use super::{Page, rows_are_kept};
use crate::error::StoreError;
use crate::snapshot::SnapshotRecord;
use crate::store::Store;
use hustings_access::Scope;
use serde::{Deserialize, Serialize};

/// Which records; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineFilter {
    /// Only by this rule.
    pub rule: Option<String>,
    /// Only from this kind of file: voters, history, ballots.
    pub kind: Option<String>,
    /// Only from the file of this name.
    pub file: Option<String>,
}

/// One record that was held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// The same in every answer about this snapshot.
    pub id: u64,
    /// Kind of file: voters, history, ballots.
    pub kind: String,
    /// Name of the file inside the delivery.
    pub file: String,
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Physical lines it runs over.
    pub lines: u64,
    /// Byte at which it begins, in the unpacked file.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The rule that held it back.
    pub rule: String,
    /// What was wrong, with the field.
    pub detail: Option<String>,
    /// The record's bytes as they came. In JSON: as text, a record that is no UTF-8 byte by byte as Latin-1.
    #[serde(serialize_with = "as_text", deserialize_with = "of_text")]
    pub bytes: Vec<u8>,
    /// The state's id, when it could be read.
    pub state_voter_id: Option<String>,
    /// The county, when it could be read.
    pub county_name: Option<String>,
}

const COLUMNS: &[&str] = &[
    "kind",
    "source_name",
    "source_line",
    "source_lines",
    "source_offset",
    "source_length",
    "rule",
    "detail",
    "bytes",
    "state_voter_id",
    "county_name",
];

impl Store {
    /// The records held back on a load, in the file's order, with their number. A raw record may be anybody's, so that
    /// only who may load the list sees any.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn quarantine(
        &self,
        scope: &Scope<'_>,
        record: &SnapshotRecord,
        filter: &QuarantineFilter,
        offset: u64,
        limit: usize,
    ) -> Result<Page<QuarantineRow>, StoreError> {
        if !self.view(scope, record.state).keeps() {
            return Ok(Page { rows: Vec::new(), total: 0, offset, limit });
        }
        let columns = [("rule", &filter.rule), ("kind", &filter.kind), ("source_name", &filter.file)];
        let conditions: Vec<_> = columns
            .into_iter()
            .filter_map(|(column, value)| value.clone().map(|value| Condition::Text(column, value)))
            .collect();
        rows_are_kept(record)?;
        let table = Table::open(&record.folder.join("quarantine.parquet"))?;
        let (total, positions) = table.matching(&conditions, &[], offset, limit)?;
        let batches = table.read(&positions, COLUMNS)?;
        let rows = Rows::of(&batches).iter().zip(&positions).map(|(row, at)| held_back(row, *at)).collect();
        Ok(Page { rows, total, offset, limit })
    }
}

fn held_back(row: Row<'_>, position: usize) -> QuarantineRow {
    let count = |column| row.integer(column).and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
    QuarantineRow {
        id: u64::try_from(position).unwrap_or(u64::MAX),
        kind: row.text("kind").unwrap_or_default(),
        file: row.text("source_name").unwrap_or_default(),
        line: count("source_line"),
        lines: count("source_lines"),
        offset: count("source_offset"),
        length: count("source_length"),
        rule: row.text("rule").unwrap_or_default(),
        detail: row.text("detail"),
        bytes: row.bytes("bytes").unwrap_or_default(),
        state_voter_id: row.text("state_voter_id"),
        county_name: row.text("county_name"),
    }
}

/// Reads back what [`as_text`] wrote, as UTF-8.
fn of_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    String::deserialize(deserializer).map(String::into_bytes)
}

fn as_text<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => serializer.serialize_str(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
    }
}
