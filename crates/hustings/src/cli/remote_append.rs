//! A file of columns to a server.

use super::exit::CliError;
use super::form_body::FormBody;
use super::remote::Remote;
use crate::api::append::{FILE, FILE_BYTES_MAX, QUESTION};
use crate::ask::append::{JoinColumns, Named};
use hustings_store::{AppendReport, StoreError};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

impl Remote {
    /// Sends a file to be joined; what the server joined, once that is durable there.
    ///
    /// # Errors
    /// As the server says, or the file cannot be read or is too large to be sent.
    pub fn append(&self, path: &Path, question: &JoinColumns) -> Result<Named<AppendReport>, CliError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => StoreError::Input(format!("there is no file `{}`", path.display())),
            _ => StoreError::io("read", path)(error),
        })?;
        let about = file.metadata().map_err(StoreError::io("read", path))?;
        if about.is_dir() {
            return Err(CliError::input(format!("`{}` is a folder: expected a file", path.display())));
        }
        let max = u64::try_from(FILE_BYTES_MAX - 64 * 1024).unwrap_or(u64::MAX);
        if about.len() > max {
            return Err(CliError::input(format!(
                "`{}` has {} bytes, and a server takes {max}: append it in parts, or on the server's machine",
                path.display(),
                about.len()
            )));
        }
        let mut form = FormBody::new()?;
        form.json(QUESTION, question)?;
        form.file(FILE, path)?;
        form.close();
        let sent = self.upload("/api/v1/appends", form);
        let answer =
            sent.map_err(|error| as_called_here(error, &question.file, &path.display().to_string()))?;
        self.read(answer)
    }
}

/// The server knows the file by its name; whoever reads this by its path.
fn as_called_here(error: CliError, name: &str, path: &str) -> CliError {
    match error {
        CliError::Input(why) => {
            CliError::input(why.to_string().replace(&format!("`{name}`"), &format!("`{path}`")))
        }
        other => other,
    }
}
