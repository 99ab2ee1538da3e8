//! What is written must not take the place of what is read, nor of what else is written.

use super::pair_files::PairFiles;
use super::{MatchError, Place, Source};
use hustings_store::ResultFile;
use std::path::{Path, PathBuf};

/// Refuses a name for pairs under which, or beside which, nothing may be written: before there is any work.
///
/// # Errors
/// It is one of the inputs, or no name of a file.
pub fn demand_pairs_writable<'a>(
    inputs: impl IntoIterator<Item = &'a Path>,
    out: &Path,
) -> Result<(), MatchError> {
    let names = PairFiles::names(out);
    demand_apart(inputs, names.iter().map(PathBuf::as_path))?;
    demand_writable([out])
}

/// Refuses outputs that are one of the inputs, or each other, by whatever name.
///
/// # Errors
/// One of them is.
pub fn demand_apart<'a, 'b>(
    inputs: impl IntoIterator<Item = &'a Path>,
    outputs: impl IntoIterator<Item = &'b Path>,
) -> Result<(), MatchError> {
    let inputs: Vec<PathBuf> = inputs.into_iter().map(place).collect();
    let mut known: Vec<PathBuf> = Vec::new();
    for output in outputs {
        let place = place(output);
        if inputs.contains(&place) {
            return Err(MatchError::Input(format!(
                "`{}` is read, and would be written over: expected another name for what is written",
                output.display()
            )));
        }
        if known.contains(&place) {
            return Err(MatchError::Input(format!(
                "`{}` would be written twice: expected a name of its own for each file",
                output.display()
            )));
        }
        known.push(place);
    }
    Ok(())
}

/// Refuses names of tables that cannot be written, before there is any work.
///
/// # Errors
/// As [`ResultFile::check`].
pub fn demand_writable<'a>(tables: impl IntoIterator<Item = &'a Path>) -> Result<(), MatchError> {
    for table in tables {
        ResultFile::check(table)?;
    }
    Ok(())
}

/// The file of a source.
pub fn file(source: &Source) -> Option<&Path> {
    match &source.place {
        Place::File(path) => Some(path),
        Place::Snapshot(..) => None,
    }
}

/// Where a file lies or would lie.
fn place(path: &Path) -> PathBuf {
    let there = path.canonicalize();
    there.unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        folder.join(path.file_name().unwrap_or_default())
    })
}
