//! Deliveries that wait to be loaded: `<data>/inbox/` of the directory's owner, `<data>/inboxes/<organization>/` of any other,
//! who knows of no inbox but its own. Each entry, a file or a folder of files, is one delivery. Which ones have been loaded
//! is kept in `.loaded/`, by name, size and time, so that a new file under an old name waits again.

use super::error::PageError;
use super::format::{Size, visible};
use hustings_access::OrganizationId;
use hustings_store::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const LOADED: &str = ".loaded";

/// One delivery in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The entry's name in the folder.
    pub name: String,
    /// The same, fit to be shown.
    pub shown: String,
    /// Size of all its files.
    pub size: Size,
    /// Number of files; one for a single file.
    pub files: usize,
    /// When its newest file was written, in words.
    pub modified: String,
    /// Where it was loaded to, when it was.
    pub loaded: Option<Loaded>,
    modified_at: Timestamp,
}

/// That a delivery was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// The state.
    pub state: String,
    /// The snapshot's id.
    pub snapshot: String,
    bytes: u64,
    modified_at: Timestamp,
}

impl Delivery {
    /// The name as it stands in an address.
    #[must_use]
    pub fn encoded(&self) -> String {
        super::paging::encoded(&self.name)
    }

    /// Whether it has not been loaded yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.loaded.is_none()
    }
}

/// An organization's inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    folder: PathBuf,
    /// Of the data directory, which holds it.
    root: PathBuf,
}

impl Inbox {
    /// The inbox of an organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(store: &Store, organization: &OrganizationId) -> Result<Self, PageError> {
        let owner = store.directory_owner().await?.id;
        let data = store.data();
        let folder = if owner == *organization { data.inbox() } else { data.inbox_of(organization) };
        Ok(Self { folder, root: data.root().to_path_buf() })
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As the pages call it: within the data directory. Where that lies is known to whoever runs the machine.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.folder.strip_prefix(&self.root).unwrap_or(Path::new("inbox")).to_string_lossy())
    }
}

/// The deliveries in an inbox, the newest first.
///
/// # Errors
/// When the folder cannot be read. A folder that is not there is an empty one.
pub fn list(inbox: &Inbox) -> Result<Vec<Delivery>, PageError> {
    let folder = inbox.folder();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let mut deliveries = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", folder, &error))?;
        // A name that is not text cannot be sent back by a form; hidden ones are ours or the system's.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let Some(found) = measure(&entry.path()) else { continue };
        let loaded = read_loaded(inbox, &name)
            .filter(|loaded| loaded.bytes == found.bytes && loaded.modified_at == found.modified_at);
        deliveries.push(Delivery {
            shown: visible(&name),
            name,
            size: Size(found.bytes),
            files: found.files,
            modified: super::format::instant(&found.modified_at.to_string()),
            loaded,
            modified_at: found.modified_at,
        });
    }
    deliveries.sort_by(|a, b| b.modified_at.cmp(&a.modified_at).then_with(|| a.name.cmp(&b.name)));
    Ok(deliveries)
}

/// The path of a delivery by its name. Only names that [`list`] yields are known, so that no name leads elsewhere.
///
/// # Errors
/// [`PageError::Input`] when it is not there any more.
pub fn find(inbox: &Inbox, name: &str) -> Result<PathBuf, PageError> {
    let known = list(inbox)?.into_iter().any(|delivery| delivery.name == name);
    if known {
        return Ok(inbox.folder().join(name));
    }
    Err(missing(name))
}

/// A delivery that is not there any more.
#[must_use]
pub fn missing(name: &str) -> PageError {
    PageError::Input(format!("there is no delivery `{}` in the inbox any more", visible(name)))
}

/// Removes a delivery with all its files. It is gone from the list at once, also when the disk is slow to follow.
///
/// # Errors
/// [`PageError::Input`] when it is not there any more, or the disk refuses.
pub fn remove(inbox: &Inbox, name: &str) -> Result<(), PageError> {
    let path = find(inbox, name)?;
    let mut id = [0; 8];
    hustings_store::entropy::fill(&mut id).map_err(PageError::environment)?;
    let gone = inbox.folder().join(format!(".removed-{}", hustings_core::digits::hex(&id)));
    fs::rename(&path, &gone).map_err(|error| failed("remove", &path, &error))?;
    let removed = if gone.is_dir() { fs::remove_dir_all(&gone) } else { fs::remove_file(&gone) };
    removed.map_err(|error| failed("remove", &gone, &error))?;
    let mark = inbox.folder().join(LOADED).join(format!("{name}.json"));
    match fs::remove_file(&mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &mark, &error)),
        _ => Ok(()),
    }
}

/// Writes down that a delivery was loaded. A failure only means that it is offered again.
pub fn mark_loaded(inbox: &Inbox, path: &Path, state: &str, snapshot: &str) {
    let (Some(name), Some(found)) = (path.file_name().and_then(|name| name.to_str()), measure(path)) else {
        return;
    };
    if path.parent() != Some(inbox.folder()) {
        return;
    }
    let loaded = Loaded {
        state: state.to_owned(),
        snapshot: snapshot.to_owned(),
        bytes: found.bytes,
        modified_at: found.modified_at,
    };
    let folder = inbox.folder().join(LOADED);
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join(format!("{name}.json")), serde_json::to_vec(&loaded)?));
    if let Err(error) = written {
        eprintln!("hustings: inbox.mark_failed error=`{error}`");
    }
}

fn read_loaded(inbox: &Inbox, name: &str) -> Option<Loaded> {
    let text = fs::read(inbox.folder().join(LOADED).join(format!("{name}.json"))).ok()?;
    serde_json::from_slice(&text).ok()
}

struct Found {
    bytes: u64,
    files: usize,
    modified_at: Timestamp,
}

/// Size, number and newest time of the files of a delivery; nothing for an empty folder. Links are not followed.
fn measure(path: &Path) -> Option<Found> {
    const DEPTH_MAX: u32 = 4;
    let mut found = Found { bytes: 0, files: 0, modified_at: Timestamp::MIN };
    measure_into(path, DEPTH_MAX, &mut found);
    (found.files > 0).then_some(found)
}

fn measure_into(path: &Path, depth: u32, found: &mut Found) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    if metadata.is_file() {
        found.bytes += metadata.len();
        found.files += 1;
        let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        found.modified_at = found.modified_at.max(modified.unwrap_or(Timestamp::MIN));
    } else if metadata.is_dir() && depth > 0 {
        let Ok(entries) = fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            measure_into(&entry.path(), depth - 1, found);
        }
    }
}

fn failed(action: &str, path: &Path, error: &io::Error) -> PageError {
    PageError::Environment(format!("cannot {action} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox_in(root: &Path) -> Inbox {
        Inbox { folder: root.join("inbox"), root: root.to_path_buf() }
    }

    #[test]
    fn a_loaded_delivery_no_longer_waits_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox_in(folder.path());
        assert_eq!(list(&inbox).unwrap(), []);
        fs::create_dir_all(inbox.folder().join("week 47")).unwrap();
        fs::create_dir_all(inbox.folder().join("empty")).unwrap();
        fs::write(inbox.folder().join("week 47/ncvoter.txt"), b"abc").unwrap();
        let waiting = list(&inbox).unwrap();
        assert_eq!(waiting.len(), 1, "an empty folder is no delivery");
        assert!(waiting[0].is_waiting());
        let path = find(&inbox, "week 47").unwrap();
        mark_loaded(&inbox, &path, "nc", "2026-11-21-abc");
        assert!(!list(&inbox).unwrap()[0].is_waiting());
        fs::write(inbox.folder().join("week 47/ncvoter.txt"), b"abcd").unwrap();
        assert!(list(&inbox).unwrap()[0].is_waiting(), "changed files wait again");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox_in(folder.path());
        fs::create_dir_all(inbox.folder()).unwrap();
        fs::write(folder.path().join("secret.txt"), b"x").unwrap();
        for name in ["../secret.txt", "..", ".", "", "/etc/passwd", ".loaded"] {
            assert!(find(&inbox, name).is_err(), "{name}");
            assert!(remove(&inbox, name).is_err(), "{name}");
        }
        assert!(folder.path().join("secret.txt").exists());
    }

    #[test]
    fn a_removed_delivery_is_gone_with_its_mark_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox_in(folder.path());
        fs::create_dir_all(inbox.folder().join("week 47")).unwrap();
        fs::write(inbox.folder().join("week 47/ncvoter.txt"), b"abc").unwrap();
        fs::write(inbox.folder().join("ncvoter.zip"), b"abc").unwrap();
        mark_loaded(&inbox, &find(&inbox, "week 47").unwrap(), "nc", "2026-11-21-abc");
        remove(&inbox, "week 47").unwrap();
        let names: Vec<String> = list(&inbox).unwrap().into_iter().map(|delivery| delivery.name).collect();
        assert_eq!(names, ["ncvoter.zip"]);
        remove(&inbox, "ncvoter.zip").unwrap();
        let left: Vec<_> =
            fs::read_dir(inbox.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [LOADED], "nothing hidden stays");
        assert_eq!(fs::read_dir(inbox.folder().join(LOADED)).unwrap().count(), 0);
        assert!(remove(&inbox, "week 47").is_err(), "once");
    }

    #[tokio::test]
    async fn an_organization_knows_of_no_inbox_but_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        let ids: [OrganizationId; 3] = ["local", "nc-party", "va-party"].map(|id| id.parse().unwrap());
        for id in &ids {
            let inbox = Inbox::of(&store, id).await.unwrap();
            fs::create_dir_all(inbox.folder()).unwrap();
            fs::write(inbox.folder().join(format!("of {id}.zip")), b"abc").unwrap();
        }
        for id in &ids {
            let inbox = Inbox::of(&store, id).await.unwrap();
            let names: Vec<String> = list(&inbox).unwrap().into_iter().map(|one| one.name).collect();
            assert_eq!(names, [format!("of {id}.zip")]);
            let others = ids.iter().filter(|other| *other != id);
            assert!(others.into_iter().all(|other| remove(&inbox, &format!("of {other}.zip")).is_err()));
        }
    }
}
