//! A delivery to a server, and how far its load is.

use super::exit::CliError;
use super::form_body::FormBody;
use super::remote::Remote;
use crate::api::load::{FILE, FILES_MAX, QUESTION};
use crate::ask::Call;
use crate::ask::load::{LoadDelivery, LoadState, SentFile};
use crate::load::Progress;
use crate::load::delivery::is_left_over;
use hustings_core::StateCode;
use hustings_store::StoreError;
use hustings_voterfile::report::LoadReport;
use jiff::civil::Date;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the server is asked: soon at first, for small lists, and then now and then.
const ASK_FIRST_AFTER: Duration = Duration::from_millis(100);
const ASK_AFTER_MAX: Duration = Duration::from_secs(3);

impl Remote {
    /// Sends a delivery, waits until it is loaded, and returns its report.
    ///
    /// # Errors
    /// As the server says; or a file cannot be read or sent.
    pub fn load(
        &self,
        state: StateCode,
        paths: &[PathBuf],
        as_of: Option<Date>,
        accept_held: Option<String>,
        progress: &dyn Progress,
    ) -> Result<LoadReport, CliError> {
        let mut found = Vec::new();
        for (named, path) in paths.iter().enumerate() {
            // `.` has no name of its own.
            let full = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
            let name = if path.file_name().is_some() { path } else { &full };
            let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            collect(path, named, name, &mut found)?;
        }
        if found.is_empty() || found.len() > FILES_MAX {
            return Err(CliError::input(format!(
                "expected 1 to {FILES_MAX} files to send, got {}: pack them into a zip",
                found.len()
            )));
        }
        let files = found.iter().map(|(_, sent)| sent.clone()).collect();
        let mut form = FormBody::new()?;
        form.json(QUESTION, &LoadDelivery { state, as_of, accept_held, files })?;
        for (path, _) in &found {
            match path {
                Some(path) => form.file(FILE, path)?,
                None => form.empty_file(FILE),
            }
        }
        form.close();
        progress.stage("send", None);
        let begun: LoadState = self.read(self.upload("/api/v1/loads", form)?)?;
        self.wait(&begun.id, progress)
    }

    fn wait(&self, id: &str, progress: &dyn Progress) -> Result<LoadReport, CliError> {
        let (mut stage, mut done, mut pause) = (String::new(), 0, ASK_FIRST_AFTER);
        loop {
            let now: LoadState = self.read(self.send(&Call::get(&["loads", id]))?)?;
            if let Some(report) = now.report {
                return Ok(*report);
            }
            if now.stage != stage {
                progress.stage(&now.stage, now.total);
                (stage, done) = (now.stage, 0);
            }
            progress.advance(now.done.saturating_sub(done));
            done = now.done;
            std::thread::sleep(pause);
            pause = (pause * 2).min(ASK_AFTER_MAX);
        }
    }
}

/// The files that a load would find, without a path where it would only tell of them. What would hold it is refused.
fn collect(
    path: &Path,
    named: usize,
    name: String,
    found: &mut Vec<(Option<PathBuf>, SentFile)>,
) -> Result<(), CliError> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if about.is_file() {
        found.push((Some(path.to_path_buf()), SentFile { named, path: name }));
        return Ok(());
    }
    if !about.is_dir() {
        return Err(CliError::input(format!(
            "`{}` is a pipe or a device and cannot be sent: take it out of the delivery",
            path.display()
        )));
    }
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let entry = entry.map_err(|error| unreadable(path, &error))?;
        let (inner, kind) = (entry.path(), entry.file_type().map_err(|error| unreadable(path, &error))?);
        let own = entry.file_name().to_string_lossy().into_owned();
        if is_left_over(&own) {
            continue;
        }
        if own.starts_with('.') {
            // It is told of, and not read.
            found.push((None, SentFile { named, path: format!("{name}/{own}") }));
            continue;
        }
        if kind.is_symlink() && inner.is_dir() {
            return Err(CliError::input(format!(
                "`{}` is a link to a folder, which is not followed: take it out of the delivery",
                inner.display()
            )));
        }
        collect(&inner, named, format!("{name}/{own}"), found)?;
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> CliError {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            CliError::input(format!("`{}` cannot be read: {error}", path.display()))
        }
        kind => StoreError::io("read", path)(kind.into()).into(),
    }
}
