//! Before the first record is read: every file recognized, hashed and looked through once.

use super::LoadError;
use super::delivery::{Delivery, InputFile, Weight};
use super::progress::Progress;
use hustings_core::digits::hex;
use hustings_voterfile::format::{RecordFormat, RecordShape, TextEncoding};
use hustings_voterfile::gate;
use hustings_voterfile::identity::normalize_id;
use hustings_voterfile::layout::{
    FileKind, HEAD_MAX, Layout, RecognizeError, Recognized, is_name_of_part, recognize,
};
use hustings_voterfile::record::{Census, CensusTaker, Inspection, Inspector, KeyPlace, ScanKey};
use hustings_voterfile::report::{FileReport, GateFailure};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::sync::Arc;

/// A file that is ready to be read.
pub struct PreparedFile {
    /// Where its bytes come from.
    pub input: InputFile,
    /// What it is.
    pub recognized: Recognized,
    /// What it is in the report; lines and records are counted later.
    pub report: FileReport,
    /// Physical lines.
    pub lines: u64,
    /// The field of the state's id.
    id_field: Option<usize>,
    /// The fields of the county's code and of the county's number of the voter, when it has both and the state's id.
    pub county_key: Option<(usize, usize)>,
}

impl PreparedFile {
    /// The state's id of the row's voter, with the zeros that some tool cut off.
    pub fn state_voter_id<'a>(&self, pad: usize, field: &impl Fn(usize) -> &'a str) -> Cow<'a, str> {
        normalize_id(self.id_field.map_or("", field), pad)
    }
}

/// A delivery that is ready to be read.
#[derive(Default)]
pub struct Prepared {
    /// Files that the layout knows, in order.
    pub files: Vec<PreparedFile>,
    /// Files that it does not know, or that lie twice in the delivery.
    pub ignored: Vec<FileReport>,
    /// Sentences for the report.
    pub warnings: Vec<String>,
    /// What makes the delivery doubtful before a row of it is read.
    pub doubts: Vec<GateFailure>,
    /// Hashes of the ids that may occur twice.
    pub repeated_ids: HashSet<u64>,
    /// Hashes of the history's lines that may occur twice.
    pub repeated_votes: HashSet<u64>,
}

/// The kind of a file that looks like a part of the list and could not be read.
pub const UNREAD: &str = "unread";

impl Prepared {
    /// Columns that no voter file of the delivery tells, though the layout knows them: what is missing in all of them.
    pub fn untold(&self) -> BTreeSet<&str> {
        let lists = self
            .files
            .iter()
            .filter(|file| matches!(file.recognized.kind, FileKind::Voters | FileKind::VotersAndHistory));
        let mut lists =
            lists.map(|file| file.recognized.untold.iter().map(String::as_str).collect::<BTreeSet<_>>());
        let first = lists.next().unwrap_or_default();
        let untold = lists.fold(first, |untold, more| &untold & &more);
        // Whose flag is missing is another matter: the gate holds the load.
        untold.into_iter().filter(|column| *column != "confidential").collect()
    }

    /// Names a file that is not read, and why; one that may be a part of the list holds the load.
    fn leave_out(&mut self, report: FileReport, reason: &str, is_part: bool) {
        let kind = if is_part { UNREAD } else { "ignored" };
        self.ignored.push(FileReport {
            lines: 0,
            kind: kind.to_owned(),
            reason: reason.to_owned(),
            ..report
        });
        if is_part {
            self.doubts.push(gate::part_unread(reason));
        }
        self.warnings.push(format!("left out: {reason}"));
    }

    /// Files of one kind.
    pub fn of_kind(&self, kinds: &[FileKind]) -> impl Iterator<Item = (usize, &PreparedFile)> {
        self.files.iter().enumerate().filter(move |(_, file)| kinds.contains(&file.recognized.kind))
    }
}

/// Recognizes, hashes and inspects every file.
///
/// # Errors
/// A file cannot be read, or one named by the user is not known to the layout.
pub fn prepare(delivery: Delivery, layout: &Layout, progress: &dyn Progress) -> Result<Prepared, LoadError> {
    progress.stage("Looking through the files", None);
    let mut prepared = Prepared::default();
    let mut seen = HashSet::new();
    let (mut key_hashes, mut vote_hashes) = (Vec::new(), Vec::new());
    for left_out in delivery.left_out {
        let is_part = match left_out.weight {
            Weight::Noted => false,
            Weight::ByName => is_name_of_part(layout, &left_out.name),
            Weight::Holds => true,
        };
        let reason = format!("`{}` was not read: {}", left_out.name, left_out.reason);
        prepared.leave_out(FileReport { name: left_out.name, ..FileReport::default() }, &reason, is_part);
    }
    for input in delivery.files {
        let head = head(&input)?;
        let recognized = recognize(layout, &input.name, &head, guess_encoding(&head));
        let key = recognized.as_ref().ok().and_then(|recognized| scan_key(&recognized.format, recognized));
        let taker = recognized.as_ref().ok().and_then(|recognized| CensusTaker::new(&recognized.format));
        let (sha256, inspection, census) = inspect(&input, key, taker, progress)?;
        if input.has_trailing_bytes() {
            let name = &input.name;
            prepared.warnings.push(format!(
                "`{name}` has bytes behind its packed data that are none: left out; all before them was whole"
            ));
        }
        let mut report = FileReport {
            name: input.name.clone(),
            sha256: sha256.clone(),
            bytes: inspection.bytes,
            encoding: encoding_word(inspection.encoding).to_owned(),
            lines: inspection.lines,
            kind: "ignored".to_owned(),
            ..FileReport::default()
        };
        if !seen.insert(sha256) {
            let reason = format!("`{}` is in the delivery twice, byte for byte: read once", input.name);
            prepared.ignored.push(FileReport { lines: 0, reason: reason.clone(), ..report });
            prepared.warnings.push(reason);
            continue;
        }
        match recognized {
            Ok(mut recognized) => {
                recognized.format.encoding = inspection.encoding;
                recognized.format.line_end = inspection.line_end;
                recognized.format.census = census;
                report.kind = recognized.kind.as_str().to_owned();
                report.layout_version.clone_from(&recognized.version);
                report.missing_columns.clone_from(&recognized.missing_columns);
                report.unknown_columns.clone_from(&recognized.unknown_columns);
                prepared.warnings.append(&mut recognized.warnings);
                if lacks_confidential(layout, &recognized) {
                    let doubt = gate::confidential_missing(&input.name, &recognized.unknown_columns);
                    prepared.warnings.push(doubt.detail.clone());
                    prepared.doubts.push(doubt);
                }
                let lines = inspection.lines;
                let is_history = recognized.kind == FileKind::History;
                let hashes = if is_history { &mut vote_hashes } else { &mut key_hashes };
                hashes.extend(inspection.key_hashes);
                let id_field = recognized.field("state_voter_id");
                let county_key = recognized.field("county_code").zip(recognized.field("county_voter_id"));
                let county_key = county_key.filter(|_| id_field.is_some());
                prepared.files.push(PreparedFile { input, recognized, report, lines, id_field, county_key });
            }
            Err(error) if input.named && !matches!(error, RecognizeError::Empty { .. }) => {
                return Err(LoadError::Unrecognized(error.to_string()));
            }
            Err(error) => {
                let is_part = error.is_near() || is_name_of_part(layout, &input.name);
                prepared.leave_out(report, &error.to_string(), is_part);
            }
        }
    }
    prepared.repeated_ids = repeated(key_hashes);
    prepared.repeated_votes = repeated(vote_hashes);
    Ok(prepared)
}

/// Whether a voter file cannot tell who is confidential though the state tells it.
fn lacks_confidential(layout: &Layout, recognized: &Recognized) -> bool {
    let has_voters = |kind| matches!(kind, FileKind::Voters | FileKind::VotersAndHistory);
    let mut files = layout.files.iter().filter(|file| has_voters(file.kind));
    has_voters(recognized.kind)
        && recognized.field("confidential").is_none()
        && files.any(|file| file.columns.iter().any(|column| column.to == "confidential"))
}

/// Hashes that occur more than once.
fn repeated(mut hashes: Vec<u64>) -> HashSet<u64> {
    hashes.sort_unstable();
    hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}

fn head(input: &InputFile) -> Result<Vec<u8>, LoadError> {
    let mut head = Vec::new();
    let limit = u64::try_from(HEAD_MAX).unwrap_or(1 << 20);
    input.open()?.take(limit).read_to_end(&mut head).map_err(|error| unreadable(input, &error))?;
    Ok(head)
}

/// For recognition the head is enough: header names are ASCII in every state.
fn guess_encoding(head: &[u8]) -> TextEncoding {
    match std::str::from_utf8(head) {
        Ok(_) => TextEncoding::Utf8,
        // A letter cut in two by the end of the head.
        Err(error) if error.error_len().is_none() => TextEncoding::Utf8,
        Err(_) => TextEncoding::Cp1252,
    }
}

fn scan_key(format: &RecordFormat, recognized: &Recognized) -> Option<ScanKey> {
    if recognized.kind == FileKind::History {
        return Some(ScanKey::Line);
    }
    let RecordShape::Delimited { delimiter, quote } = format.shape else { return None };
    let is_voters = matches!(recognized.kind, FileKind::Voters | FileKind::VotersAndHistory);
    let field = recognized.field("state_voter_id").filter(|_| is_voters)?;
    Some(ScanKey::Field(KeyPlace { field, delimiter, quote }))
}

/// One thread reads and hashes, the other one inspects, a few chunks behind.
fn inspect(
    input: &InputFile,
    key: Option<ScanKey>,
    mut taker: Option<CensusTaker>,
    progress: &dyn Progress,
) -> Result<(String, Inspection, Option<Arc<Census>>), LoadError> {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 8;
    let mut source = input.open()?;
    let (chunks, inspected) = crossbeam_channel::bounded::<Vec<u8>>(CHUNKS);
    let (used, free) = crossbeam_channel::bounded::<Vec<u8>>(CHUNKS);
    std::thread::scope(|scope| {
        let hashing = scope.spawn(move || {
            let mut hash = Sha256::new();
            loop {
                // A chunk's memory is used again: fresh memory costs as much as reading into it.
                let mut chunk = free.try_recv().unwrap_or_else(|_| Vec::with_capacity(CHUNK));
                chunk.clear();
                let limit = u64::try_from(CHUNK).unwrap_or(1 << 20);
                source.by_ref().take(limit).read_to_end(&mut chunk)?;
                if chunk.is_empty() {
                    return Ok(hash.finalize());
                }
                hash.update(&chunk);
                if chunks.send(chunk).is_err() {
                    return Err(std::io::ErrorKind::BrokenPipe.into());
                }
            }
        });
        let mut inspector = Inspector::new(key);
        for chunk in inspected {
            progress.advance(u64::try_from(chunk.len()).unwrap_or(0));
            inspector.feed(&chunk);
            if let Some(taker) = &mut taker {
                taker.feed(&chunk);
            }
            let _ = used.try_send(chunk);
        }
        let digest = hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let digest = digest.map_err(|error: std::io::Error| unreadable(input, &error))?;
        let inspection = inspector.finish().map_err(|error| unreadable(input, &error))?;
        Ok((hex(&digest), inspection, taker.map(CensusTaker::finish)))
    })
}

fn unreadable(input: &InputFile, error: &dyn std::fmt::Display) -> LoadError {
    LoadError::Unreadable { path: input.name.clone(), reason: error.to_string() }
}

fn encoding_word(encoding: TextEncoding) -> &'static str {
    match encoding {
        TextEncoding::Utf8 => "utf-8",
        TextEncoding::Cp1252 => "cp1252",
    }
}
