//! The pairs of a run as files: what `match` promises, and beside it what explains each pair. They get their names together,
//! and know each other: what explains pairs of another run is not taken.

use super::output::{batch, texts_and_numbers};
use super::{MatchError, PAIRS_SUFFIX, RUN_SUFFIX, beside};
use arrow_array::ArrayRef;
use arrow_schema::SchemaRef;
use hustings_matching::explain::ModelRecord;
use hustings_store::{CompleteFile, ListFile, ResultFile, StoreError};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

const PAIR_COLUMNS: [&str; 6] = ["left_id", "right_id", "weight_bits", "probability", "decision", "reason"];

/// The files of a run's pairs, while they are being written.
#[derive(Debug)]
pub struct PairFiles {
    out: PathBuf,
    pairs: (ResultFile, SchemaRef),
    levels: (ResultFile, SchemaRef),
}

/// Some pairs.
pub struct Pairs {
    /// `left_id` and `right_id`.
    pub ids: [ArrayRef; 2],
    /// `weight_bits` as they are shown, `probability`.
    pub numbers: [ArrayRef; 2],
    /// `decision` and `reason`.
    pub texts: [ArrayRef; 2],
    /// A level a comparison as a hexadecimal digit each, and the bits of the values' rarity.
    pub levels: [ArrayRef; 2],
    /// `weight_bits` as they are.
    pub bits: ArrayRef,
}

/// What is kept of a run.
#[derive(Debug, Serialize, Deserialize)]
struct RunRecord {
    #[serde(flatten)]
    model: ModelRecord,
    /// Whether the rows of a pair are of two lists.
    #[serde(default)]
    two_sides: bool,
    /// Digests of the files of pairs; none in runs of before.
    #[serde(default)]
    digests: Option<Digests>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Digests {
    pairs: String,
    levels: String,
}

/// A run that was read again.
#[derive(Debug)]
pub struct KnownRun {
    /// Its model.
    pub model: ModelRecord,
    /// Whether the rows of a pair are of two lists.
    pub two_sides: bool,
    /// Each pair's levels.
    pub levels: ListFile,
    /// What the user should know.
    pub note: Option<String>,
}

impl PairFiles {
    /// The files that are written for `out`.
    pub fn names(out: &Path) -> [PathBuf; 3] {
        [out.to_path_buf(), beside(out, PAIRS_SUFFIX), beside(out, RUN_SUFFIX)]
    }

    /// Creates them.
    ///
    /// # Errors
    /// As [`ResultFile::create`].
    pub fn create(out: &Path) -> Result<Self, MatchError> {
        let create = |path: &Path, names: &[&str]| {
            let schema = texts_and_numbers(names);
            Ok::<_, StoreError>((ResultFile::create(path, schema.clone())?, schema))
        };
        let of_levels = ["left_id", "right_id", "levels", "rarity_bits", "weight_bits"];
        Ok(Self {
            out: out.to_path_buf(),
            pairs: create(out, &PAIR_COLUMNS)?,
            levels: create(&beside(out, PAIRS_SUFFIX), &of_levels)?,
        })
    }

    /// Writes more pairs.
    ///
    /// # Errors
    /// The disk is full.
    pub fn push(&mut self, pairs: Pairs) -> Result<(), MatchError> {
        let Pairs { ids: [left, right], numbers: [shown, chance], texts: [decision, reason], levels, bits } =
            pairs;
        let [levels, rarity] = levels;
        let columns = vec![left.clone(), right.clone(), shown, chance, decision, reason];
        self.pairs.0.push(&batch(&self.pairs.1, columns)?)?;
        self.levels.0.push(&batch(&self.levels.1, vec![left, right, levels, rarity, bits])?)?;
        Ok(())
    }

    /// Completes them, and gives them their names: the pairs come last.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self, model: &ModelRecord, two_sides: bool) -> Result<(), MatchError> {
        let (pairs, levels) = (self.pairs.0.complete()?, self.levels.0.complete()?);
        let path = beside(&self.out, RUN_SUFFIX);
        let read = |file: &CompleteFile| digest(file.open()?).map_err(|error| failed(&self.out, error));
        let digests = Some(Digests { pairs: read(&pairs)?, levels: read(&levels)? });
        let record = RunRecord { model: model.clone(), two_sides, digests };
        let text =
            serde_json::to_string_pretty(&record).map_err(|error| MatchError::Input(error.to_string()))?;
        let run = CompleteFile::of_bytes(&path, text.as_bytes())?;
        levels.name()?;
        run.name()?;
        Ok(pairs.name()?)
    }
}

impl KnownRun {
    /// Opens the run that wrote `out`.
    ///
    /// # Errors
    /// What lies beside it cannot be read, or is of another run.
    pub fn open(out: &Path) -> Result<Self, MatchError> {
        let [out, levels, run] = Self::paths(out);
        let shown = out.display();
        let text = std::fs::read_to_string(&run).map_err(|error| {
            MatchError::Input(format!(
                "`{shown}` was not written by `match` or `dedupe --pairs`, or its `{}` is gone: {error}",
                run.display()
            ))
        })?;
        let record: RunRecord = serde_json::from_str(&text)
            .map_err(|error| MatchError::Input(format!("`{}` holds no model: {error}", run.display())))?;
        let mut note = None;
        if let Some(digests) = &record.digests {
            let of = |path: &Path| {
                let file = std::fs::File::open(path)?;
                digest(file)
            };
            if of(&levels).map_err(|error| failed(&levels, error))? != digests.levels {
                return Err(MatchError::Input(format!(
                    "`{}` and `{}` are of two runs: run it again",
                    levels.display(),
                    run.display()
                )));
            }
            // Who moves the pairs away may still ask why.
            if of(&out).is_ok_and(|digest| digest != digests.pairs) {
                if ListFile::open(&out).map_or(true, |list| list.headers() != PAIR_COLUMNS) {
                    return Err(MatchError::Input(format!(
                        "`{shown}` has been replaced since `match` or `dedupe --pairs` wrote it: it holds no pairs"
                    )));
                }
                note = Some(format!(
                    "`{shown}` has been changed since the run: the pair is explained as the run wrote it"
                ));
            }
        }
        let levels = ListFile::open(&levels)?;
        Ok(Self { model: record.model, two_sides: record.two_sides, levels, note })
    }

    fn paths(out: &Path) -> [PathBuf; 3] {
        PairFiles::names(out)
    }
}

fn failed(path: &Path, error: io::Error) -> MatchError {
    MatchError::Input(format!("cannot read `{}`: {error}", path.display()))
}

/// A digest against mistakes, not against malice.
fn digest(file: std::fs::File) -> io::Result<String> {
    let (mut hash, mut file) = (Xxh3::new(), BufReader::with_capacity(1 << 18, file));
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(format!("{:032x}", hash.digest128()));
        }
        hash.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}
