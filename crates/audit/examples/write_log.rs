//! Writes a log of invented records to a folder, or grows the log that is there: for `tests/verifier` and for measuring.
//! Its keys are in this file, so it can also do what an operator could: write another history and sign it.

#![expect(clippy::unwrap_used, reason = "an example has nobody to tell")]

use hustings_audit::key::KeyKind;
use hustings_audit::note::Note;
use hustings_audit::record::{CountBucket, RecordId, Salt};
use hustings_audit::witness::{Refusal, Request};
use hustings_audit::{Envelope, File, Files, Log, Record, Signer, TlogProof, Witness, verify};
use hustings_core::FieldClass;
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const USAGE: &str = "usage: write_log DIR SIZE [--rewrite INDEX] [--cosign] [--prove INDEX FILE] [--verify]";
/// A batch of the sequencer under load.
const BATCH: usize = 4096;

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.0.join(path)).ok()
    }
}

impl Folder {
    fn write(&self, file: &File) {
        let path = self.0.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        Some(arguments[place + 1..].to_vec())
    };
    let (Some(folder), Some(size)) = (arguments.first(), arguments.get(1).and_then(|size| size.parse().ok()))
    else {
        eprintln!("{USAGE}");
        std::process::exit(2);
    };
    let folder = Folder(Path::new(folder).to_owned());
    let rewritten = option("--rewrite").map(|rest| rest[0].parse().unwrap());
    grow(&folder, size, rewritten);
    if option("--cosign").is_some() {
        cosign(&folder);
    }
    if let Some(rest) = option("--prove") {
        let proof = TlogProof::prove(&folder, signer().public(), rest[0].parse().unwrap()).unwrap();
        fs::write(&rest[1], proof.to_string()).unwrap();
    }
    if option("--verify").is_some() {
        let start = Instant::now();
        let parses = |_, entry: &[u8]| Record::parse(entry).map(|_| ()).map_err(|error| error.to_string());
        let report = verify(&folder, signer().public(), &[], parses);
        eprintln!(
            "verified {} entries in {:.2} s: {:?}",
            report.entries,
            start.elapsed().as_secs_f64(),
            report.problems
        );
    }
}

fn signer() -> Signer {
    Signer::from_seed("party.example/logs/north-carolina", KeyKind::Log, &[1; 32]).unwrap()
}

fn grow(folder: &Folder, size: u64, rewritten: Option<u64>) {
    let mut log = if folder.read("checkpoint").is_some() {
        Log::resume(folder, signer(), None).unwrap()
    } else {
        let log = Log::create(signer()).unwrap();
        folder.write(&log.vkey());
        log
    };
    let entries: Vec<Vec<u8>> = (log.head().size..size).map(|number| entry(number, rewritten)).collect();
    let mut seconds = 0.0;
    for entries in entries.chunks(BATCH) {
        let start = Instant::now();
        let batch = log.append(entries).unwrap();
        seconds += start.elapsed().as_secs_f64();
        batch.files().iter().for_each(|file| folder.write(file));
        let start = Instant::now();
        let sealed = log.seal(batch).unwrap();
        seconds += start.elapsed().as_secs_f64();
        folder.write(&sealed.checkpoint);
        for gone in sealed.superseded {
            let _ = fs::remove_dir_all(folder.0.join(gone));
        }
    }
    eprintln!("appended {} entries: {seconds:.3} s in memory", entries.len());
}

fn entry(number: u64, rewritten: Option<u64>) -> Vec<u8> {
    let forged = rewritten == Some(number);
    let mut id = [0; 12];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let envelope = Envelope {
        id: RecordId::from_random(id),
        time: Timestamp::from_second(1_800_000_000 + i64::try_from(number / 50).unwrap()).unwrap(),
        organization: if forged { "somebody-else" } else { "lakes-campaign" }.to_owned(),
        action: "read".to_owned(),
        classes: [FieldClass::Base].into(),
        count: Some(CountBucket::of(number)),
    };
    let details = serde_json::json!({"principal": "key-7", "query": number});
    Record::seal(envelope, &details, &Salt::from_random([2; 32])).unwrap().0.to_entry()
}

/// A witness that confirms what it sees, once: its key goes to the file `witness.vkey`.
fn cosign(folder: &Folder) {
    let witness =
        Witness::new(Signer::from_seed("auditor.example/w1", KeyKind::Witness, &[3; 32]).unwrap()).unwrap();
    let request = Request::from_files(folder, None).unwrap();
    let pending = witness.check(&request, &[signer().public().clone()], |_| None).unwrap();
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let line = pending.cosign::<Refusal>(now, |_, _, _| Ok(())).unwrap();
    let mut note = Note::parse(&request.checkpoint).unwrap();
    note.add(line);
    folder.write(&File { path: "checkpoint".to_owned(), bytes: note.to_string().into_bytes() });
    fs::write(folder.0.join("witness.vkey"), witness.public().to_string()).unwrap();
}
