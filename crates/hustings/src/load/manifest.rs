//! `manifest.json`: what a snapshot was made from and what it consists of.

use super::LoadError;
use super::unlink::Parted;
use hustings_voterfile::layout::Layout;
use hustings_voterfile::report::FileReport;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The manifest of one snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this form.
    pub version: u32,
    /// `<date>-<digest>`.
    pub snapshot: String,
    /// `nc`.
    pub state: String,
    /// The list's date, ISO.
    pub as_of: String,
    /// The snapshot compared with.
    pub predecessor: Option<String>,
    /// Program and version that wrote it.
    pub program: String,
    /// The layout in words.
    pub layout: String,
    /// Digest of the whole layout, lower-case hex; empty in a manifest of a program that did not write it.
    #[serde(default)]
    pub layout_sha256: String,
    /// Every input file; `source_file` of a row is an index into this list. The files of the predecessor come first, for
    /// what is carried over stands in those and keeps its number; the last `files_delivered` are this delivery's.
    pub files: Vec<ManifestFile>,
    /// How many of `files` were in this delivery.
    pub files_delivered: usize,
    /// What lay in the delivery and was not read, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<FileReport>,
    /// Tables: digest, size and rows.
    pub tables: BTreeMap<String, TableEntry>,
    /// No voter of the state has or had an id of ours from here on.
    pub voter_id_next: i64,
    /// Dates found to stand for "not known", by column, ISO.
    pub placeholders: BTreeMap<String, Vec<String>>,
    /// Ids of which a person has said that they are two people's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parted: Vec<Parted>,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ManifestFile {
    /// As in the report.
    #[serde(flatten)]
    pub file: FileReport,
    /// The file's own name of each canonical column; of several that feed one column, the first.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// The names of its fields in the file's order: from its header, else from the layout.
    #[serde(default)]
    pub header: Vec<String>,
}

/// One table of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableEntry {
    /// Digest, lower-case hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
}

/// Program and version, as manifests tell them.
#[must_use]
pub fn program() -> String {
    format!("hustings {}", env!("CARGO_PKG_VERSION"))
}

/// Digest of a layout, lower-case hex.
#[must_use]
pub fn layout_sha256(layout: &Layout) -> String {
    hustings_core::digits::hex(&Sha256::digest(
        hustings_voterfile::layout::to_json(layout).to_string().as_bytes(),
    ))
}

impl Manifest {
    /// What of the program and of the layout is not what made this snapshot; none when nothing is.
    #[must_use]
    pub fn reading_changed(&self, program: &str, layout_sha256: &str) -> Option<String> {
        let is_program = self.program != program;
        let is_layout = !self.layout_sha256.is_empty() && self.layout_sha256 != layout_sha256;
        let what = match (is_program, is_layout) {
            (true, true) => format!("the program ({}, now {program}) and the layout", self.program),
            (true, false) => format!("the program ({}, now {program})", self.program),
            (false, true) => "the layout".to_owned(),
            (false, false) => return None,
        };
        Some(format!("{what} changed since the snapshot before"))
    }

    /// The manifest in a folder; none when there is none.
    ///
    /// # Errors
    /// It cannot be read or is damaged.
    pub fn read(folder: &Path) -> Result<Option<Self>, LoadError> {
        let path = folder.join("manifest.json");
        let unreadable = |error: &dyn std::fmt::Display| LoadError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| unreadable(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&error)),
        }
    }
}
