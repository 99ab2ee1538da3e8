//! Loading a delivery: from a state's files to a snapshot that is published, or held by the gate.
//!
//! The stages, each in its file: [`delivery`] finds the files, [`prepare`] recognizes and hashes them, [`voters`] reads
//! the list ([`arrivals`] wait), [`contested`] settles who owns an id, [`follow`] who those are whom no id tells, [`carry`] keeps those who are not on the new list, [`diff`] compares,
//! [`votes`] and [`ballots`] read history and ballots ([`twins`] are told once, [`vote_keys`] must agree), [`vote_changes`] and
//! [`damaged`] say which votes were gained, lost, or kept for a damaged row, [`report`] puts the load report together for the gate. Nothing
//! is current before the store's one transaction at the end; look-ups by likeness are prepared after it.

pub mod archive;
pub mod arrivals;
pub mod ballots;
pub mod blocks;
pub mod carry;
pub mod contested;
pub mod damaged;
pub mod delivery;
pub mod diff;
mod error;
pub mod follow;
pub mod gz;
pub mod manifest;
pub mod prepare;
pub mod prior;
pub mod progress;
mod report;
mod snapshot;
pub(crate) use snapshot::peak_memory_bytes;
pub mod tables;
pub mod tally;
pub mod twins;
pub mod unlink;
pub mod unpacked;
pub mod vote_changes;
pub mod vote_keys;
pub mod voters;
pub mod votes;
mod withheld;

pub use error::LoadError;
pub use progress::{Progress, Silent};

use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::{Clock, StateCode};
use hustings_store::{
    InsteadOf, LoadFile, LoadLock, LoadOutcome, SnapshotMeta, SnapshotRecord, SnapshotStatus, StagingFolder,
    Store,
};
use hustings_voterfile::layout::{Layout, Layouts};
use hustings_voterfile::report::{GateStatus, LoadReport};
use jiff::civil::Date;
use prepare::Prepared;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;
use unlink::{Parted, Unlink};

/// What to load.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// Files, folders and archives of one delivery.
    pub paths: Vec<PathBuf>,
    /// Whose list it is.
    pub state: StateCode,
    /// The list's date; from its name, else today, when not given.
    pub as_of: Option<Date>,
    /// Why the load is to be published even if the gate would hold it.
    pub accept_held: Option<String>,
    /// Under which id the store records the load, for who asks later how it went; a random one when not given.
    pub id: Option<String>,
}

/// Loads a delivery. Blocks its thread for as long as it takes: a server calls it on a thread of its own.
///
/// # Errors
/// The delivery cannot be read, is older than what is current, or cannot be written. The last good snapshot stays
/// current.
pub async fn load(
    store: &Store,
    layouts: &Layouts,
    act: &Act<'_, Load>,
    request: &LoadRequest,
    progress: &dyn Progress,
    clock: &dyn Clock,
) -> Result<LoadReport, LoadError> {
    load_without(store, layouts, act, request, None, progress, clock).await
}

/// As [`load`]; with `unlink` the delivery is the current snapshot's own, which is built anew without that link and takes
/// its place. It is published for the reason that is given, whatever the gate says: what was published before is the same
/// list.
///
/// # Errors
/// As [`load`]; and when the delivery is another one, or the voter was not followed by its load.
pub async fn load_without(
    store: &Store,
    layouts: &Layouts,
    act: &Act<'_, Load>,
    request: &LoadRequest,
    unlink: Option<&Unlink>,
    progress: &dyn Progress,
    clock: &dyn Clock,
) -> Result<LoadReport, LoadError> {
    let started = Instant::now();
    let state = request.state;
    let layout = layouts.get(state).ok_or(LoadError::NoLayout { state })?;
    let files = delivery::collect(&request.paths)?;
    let lock = match &request.id {
        Some(id) => store.lock_state_as(act, state, "load", id).await?,
        None => store.lock_state(act, state, "load").await?,
    };
    let desk = Desk { store, layout, act, request, unlink, progress, clock, started };
    let ready = match desk.build(files, &lock).await {
        Ok(ready) => ready,
        Err(error) => {
            // What was written so far gives its room back. If that fails too, the first error is the one to tell, and
            // whoever locks the state next cleans up.
            let _ = store.release(lock, LoadOutcome::Failed).await;
            return Err(error);
        }
    };
    let report = match ready {
        Ready::Known(report) => {
            store.release(lock, LoadOutcome::Unchanged).await?;
            *report
        }
        Ready::Accepted(id, reason) => {
            let accepted = store.accept_held(act, &lock, &id, &reason).await?;
            store.report(act, &accepted)?
        }
        Ready::Undone(id) => {
            let again = store.redo(act, &lock, &id).await?;
            store.report(act, &again)?
        }
        Ready::Built(staging, report, meta) => {
            if report.summary.gate.status == GateStatus::Held {
                store.hold(act, &lock, staging, meta).await?;
                return Ok(*report);
            }
            store.publish(act, &lock, staging, meta).await?;
            *report
        }
        Ready::Rebuilt(staging, report, meta, instead) => {
            store.publish_instead(act, &lock, staging, meta, &instead).await?;
            *report
        }
    };
    Ok(report)
}

/// What a load leaves for when everything counts and has been told: look-ups by likeness in the list that is current now are
/// prepared. Where this fails or is killed, a server makes up for it, or who asks first, who is told what is wrong.
pub async fn prepare_lookups(store: &Store, act: &Act<'_, Load>, state: StateCode, progress: &dyn Progress) {
    progress.stage(PREPARING_LOOKUPS, None);
    let _ = store.prepare_lookups(act, state).await;
}

/// The name of that stage.
pub const PREPARING_LOOKUPS: &str = "Preparing look-ups";

/// A list dated later than this many days from today is a slip of the pen, after which no honest list would load.
const FUTURE_DAYS_MAX: i32 = 366;

/// What a load comes to before anything counts.
enum Ready {
    /// These files are known, and nothing is to be done.
    Known(Box<LoadReport>),
    /// These files were held, and a person accepts them: the snapshot and the reason.
    Accepted(String, String),
    /// These files were published onto what is current now, and undone: the snapshot becomes current again as it was.
    Undone(String),
    /// A new snapshot, to be published or held.
    Built(StagingFolder, Box<LoadReport>, SnapshotMeta),
    /// The current snapshot without a link, to take its place.
    Rebuilt(StagingFolder, Box<LoadReport>, SnapshotMeta, InsteadOf),
}

/// All that a load works with.
struct Desk<'a, 'id> {
    store: &'a Store,
    layout: &'a Layout,
    act: &'a Act<'id, Load>,
    request: &'a LoadRequest,
    unlink: Option<&'a Unlink>,
    progress: &'a dyn Progress,
    clock: &'a dyn Clock,
    started: Instant,
}

impl Desk<'_, '_> {
    async fn build(&self, files: delivery::Delivery, lock: &LoadLock) -> Result<Ready, LoadError> {
        let Self { store, layout, act, request, .. } = *self;
        let state = request.state;
        let prepared = prepare::prepare(files, layout, self.progress)?;
        let manifests = manifests(store, act, state).await?;
        let mut parted = unlink::known(&manifests);
        let mut current = store.current(act, state).await?;
        let mut instead = None;
        if let Some(unlink) = self.unlink {
            let rebuilt = current.take().ok_or_else(|| hustings_store::no_list(state))?;
            let link = unlink::parted(act, unlink, &rebuilt, &prepared)?;
            if let Some(before) = &rebuilt.predecessor {
                current = store.snapshot(act, state, before).await?;
            }
            parted.insert(link.clone());
            instead = Some((rebuilt, link));
        }
        let as_of = match &instead {
            Some((rebuilt, _)) => rebuilt.as_of,
            None => as_of(request, &prepared, self.clock),
        };
        let inputs_digest = inputs_digest(&prepared, layout, &parted);
        let latest = self.clock.today().saturating_add(jiff::Span::new().days(FUTURE_DAYS_MAX));
        if as_of > latest {
            return Err(LoadError::Future { as_of, today: self.clock.today() });
        }
        let mut known = store.find_by_inputs(act, state, &inputs_digest).await?;
        known.retain(|known| instead.is_none() && (known.as_of == as_of || request.as_of.is_none()));
        let onto = current.as_ref().map(|current| current.id.clone());
        for known in &known {
            let fits = known.predecessor == onto;
            match (known.status, &request.accept_held) {
                (SnapshotStatus::Published, _) if known.is_current => {
                    return Ok(Ready::Known(Box::new(store.report(act, known)?)));
                }
                (SnapshotStatus::Undone, _) if fits && known.folder.is_dir() => {
                    return Ok(Ready::Undone(known.id.clone()));
                }
                (SnapshotStatus::Held, Some(reason)) if fits => {
                    return Ok(Ready::Accepted(known.id.clone(), reason.clone()));
                }
                (SnapshotStatus::Held, None) if fits => {
                    return Ok(Ready::Known(Box::new(store.report(act, known)?)));
                }
                _ => {}
            }
        }
        if let Some(current) = current.as_ref().filter(|current| as_of < current.as_of) {
            return Err(LoadError::Older {
                as_of,
                current: current.id.clone(),
                current_as_of: current.as_of,
            });
        }
        let id = store.next_id(act, state, as_of, &inputs_digest, onto.as_deref()).await?;
        let replaced =
            known.into_iter().find(|known| known.status == SnapshotStatus::Published && known.id == id);
        if let (Some(known), Some(current)) = (replaced, &current) {
            return Err(LoadError::Replaced { snapshot: known.id, current: current.id.clone(), state });
        }
        let staging = store.staging(lock)?;
        let build = snapshot::Build {
            store,
            act,
            layout,
            prepared: &prepared,
            as_of,
            id,
            predecessor: current.as_ref(),
            folder: staging.path(),
            accept_held: match &instead {
                Some((_, link)) => Some(&link.why),
                None => request.accept_held.as_deref(),
            },
            parted: &parted,
            started: self.started,
            loaded_at: self.clock.now(),
            progress: self.progress,
        };
        let earlier = earlier(store, act, state, current.as_ref()).await?;
        let report = build.run(earlier, manifests)?;
        let meta = meta(&report, &prepared, as_of, inputs_digest, current);
        let Some((rebuilt, link)) = instead else {
            return Ok(Ready::Built(staging, Box::new(report), meta));
        };
        let instead = InsteadOf { snapshot: rebuilt.id, before: link.before, now: link.now, why: link.why };
        Ok(Ready::Rebuilt(staging, Box::new(report), meta, instead))
    }
}

/// Reports of the predecessor and of those before it, the latest first, at most half a year of weeks.
async fn earlier(
    store: &Store,
    act: &Act<'_, Load>,
    state: StateCode,
    current: Option<&SnapshotRecord>,
) -> Result<Vec<LoadReport>, LoadError> {
    const WEEKS: usize = 26;
    let mut reports = Vec::new();
    let mut next = current.cloned();
    while let Some(snapshot) = next.take().filter(|_| reports.len() < WEEKS) {
        reports.push(store.report(act, &snapshot)?);
        if let Some(predecessor) = &snapshot.predecessor {
            next = store.snapshot(act, state, predecessor).await?;
        }
    }
    Ok(reports)
}

/// The manifests of all snapshots of the state, also of held and undone ones: an id of ours that was given once is
/// never given to somebody else.
async fn manifests(
    store: &Store,
    act: &Act<'_, Load>,
    state: StateCode,
) -> Result<Vec<(String, manifest::Manifest)>, LoadError> {
    let mut manifests = Vec::new();
    for snapshot in store.snapshots(act, state).await? {
        if let Some(manifest) = manifest::Manifest::read(&snapshot.folder)? {
            manifests.push((snapshot.id, manifest));
        }
    }
    Ok(manifests)
}

/// The list's date: as asked for, else in the name of the folder or archive that was delivered, else in a voter file's
/// name, else in the name of the folder that a file lies in, else today. The name of a ballot file says nothing: it may
/// carry the election's date.
fn as_of(request: &LoadRequest, prepared: &Prepared, clock: &dyn Clock) -> Date {
    let date_of = |path: &Path| path.file_name()?.to_str().and_then(delivery::date_in_name);
    let is_single = |path: &&PathBuf| {
        path.is_file() && path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("zip"))
    };
    let whole = request.paths.iter().filter(|path| !is_single(path)).filter_map(|path| date_of(path));
    let lists = prepared.files.iter().filter(|file| file.report.kind.starts_with("voters"));
    let inner = lists.filter_map(|file| delivery::date_in_name(&file.input.name));
    let folders = request.paths.iter().filter(is_single).filter_map(|path| path.parent().and_then(date_of));
    request
        .as_of
        .or_else(|| whole.max())
        .or_else(|| inner.max())
        .or_else(|| folders.max())
        .unwrap_or_else(|| clock.today())
}

/// One digest over all files, whatever their names and order, over the layout and the program that read them, and over what
/// people have said of ids: with another layout the same files are another load.
fn inputs_digest(prepared: &Prepared, layout: &Layout, parted: &BTreeSet<Parted>) -> String {
    let mut digests: Vec<&str> = prepared.files.iter().map(|file| file.report.sha256.as_str()).collect();
    digests.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    // Whatever order the keys of objects are kept in.
    let mut told = hustings_voterfile::layout::to_json(layout);
    told.sort_all_objects();
    hash.update(told.to_string().as_bytes());
    for digest in digests {
        hash.update(digest.as_bytes());
    }
    // The parts that could be read alone are another delivery.
    for file in prepared.ignored.iter().filter(|file| file.kind == prepare::UNREAD) {
        hash.update([0]);
        hash.update(file.name.as_bytes());
        hash.update(file.sha256.as_bytes());
    }
    for parted in parted {
        hash.update([1]);
        hash.update(parted.before.as_bytes());
        hash.update([0]);
        hash.update(parted.now.as_bytes());
    }
    hustings_core::digits::hex(&hash.finalize())
}

fn meta(
    report: &LoadReport,
    prepared: &Prepared,
    as_of: Date,
    inputs_digest: String,
    current: Option<SnapshotRecord>,
) -> SnapshotMeta {
    SnapshotMeta {
        as_of,
        inputs_digest,
        predecessor: current.map(|current| current.id),
        layout: report.summary.layout.clone(),
        voters: report.counties.iter().map(|county| county.now).sum(),
        households: report.summary.households,
        gate_failed: report.summary.gate.failed.clone(),
        accepted_reason: report.summary.gate.accepted_reason.clone(),
        files: prepared
            .files
            .iter()
            .map(|file| LoadFile {
                name: file.input.name.clone(),
                sha256: file.report.sha256.clone(),
                bytes: file.report.bytes,
            })
            .collect(),
    }
}
