//! The log as its users see it: written, crashed, resumed, forged, witnessed, proved.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer")]

mod forge;
mod fuzz;
mod grow;
mod superseded;
mod witness;

use hustings_audit::key::KeyKind;
use hustings_audit::{File, Log, Signer};
use std::collections::BTreeMap;

pub(crate) type Folder = BTreeMap<String, Vec<u8>>;

pub(crate) const ORIGIN: &str = "party.example/logs/state";

pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN, KeyKind::Log, &[1; 32]).unwrap()
}

pub(crate) fn entry(number: usize) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

pub(crate) fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(entry).collect()
}

pub(crate) fn write(folder: &mut Folder, file: &File) {
    folder.insert(file.path.clone(), file.bytes.clone());
}

/// Appends, as a caller does who is never interrupted.
pub(crate) fn append(folder: &mut Folder, log: &mut Log, entries: &[Vec<u8>]) {
    let batch = log.append(entries).unwrap();
    for file in batch.files() {
        write(folder, file);
    }
    let sealed = log.seal(batch).unwrap();
    write(folder, &sealed.checkpoint);
    for gone in sealed.superseded {
        folder.retain(|path, _| !path.starts_with(&format!("{gone}/")));
    }
}

/// A log of these entries in one batch.
pub(crate) fn log_of(entries: &[Vec<u8>]) -> (Folder, Log) {
    let mut log = Log::create(signer()).unwrap();
    let mut folder = Folder::new();
    write(&mut folder, &log.vkey());
    write(&mut folder, &log.checkpoint().unwrap());
    append(&mut folder, &mut log, entries);
    (folder, log)
}
