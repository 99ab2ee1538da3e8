//! Uploaded files: streamed to the disk, never whole in memory, and in the inbox only once they are complete.

use super::error::PageError;
use super::format::visible;
use super::inbox::Inbox;
use super::room::Room;
use super::security::FormToken;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Text fields of the form are dates and tokens; nothing of theirs is longer.
const TEXT_MAX: usize = 200;
const FILES_MAX: usize = 1_000;
const NAME_MAX: usize = 150;
const DRAIN_TIME_MAX: Duration = Duration::from_secs(60);

/// A delivery that has arrived in the inbox.
#[derive(Debug)]
pub struct Received {
    /// Its folder, or its file when it is only one.
    pub path: PathBuf,
    /// The date that was given with it, as typed.
    pub as_of: String,
}

/// Takes in a form with the fields `form_token`, `as_of` and then any number of `files`.
///
/// # Errors
/// When the token does not come first or is not ours, there is no file, or the disk has no room for it. Nothing stays
/// behind then.
pub async fn receive(
    inbox: &Inbox,
    token: &FormToken,
    announced: Option<u64>,
    form: &mut Multipart,
) -> Result<Received, PageError> {
    let mut as_of = String::new();
    let mut is_ours = false;
    let mut arriving: Option<(Arriving, Room)> = None;
    let mut names: Vec<String> = Vec::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("form_token") => {
                token.demand(&text(field).await?)?;
                is_ours = true;
            }
            Some("as_of") => as_of = text(field).await?,
            Some("files") => {
                // Not a byte is written for a form that is not ours.
                if !is_ours {
                    token.demand("")?;
                }
                let sent = field.file_name().unwrap_or_default().to_owned();
                if sent.is_empty() {
                    continue;
                }
                let name = file_name(&sent, &names)?;
                if arriving.is_none() {
                    let folder = Arriving::new(inbox.folder())?;
                    let room = Room::for_upload(&folder.folder, announced)?;
                    arriving = Some((folder, room));
                }
                if let Some((arriving, room)) = &mut arriving {
                    arriving.write(&name, field, room).await?;
                }
                names.push(name);
            }
            _ => {}
        }
    }
    let (arriving, _) = arriving.ok_or_else(|| PageError::Input("no file was chosen".to_owned()))?;
    let path = arriving.finish(inbox.folder(), &names)?;
    Ok(Received { path, as_of })
}

/// What was sent as a form with files and is none.
pub fn no_files(_: MultipartRejection) -> PageError {
    PageError::Input("the form that was sent cannot be understood".to_owned())
}

/// Takes the rest of a refused form in without keeping it, for at most a minute: a browser that is hung up on while it
/// still sends shows no answer.
pub async fn drain(form: &mut Multipart) {
    let rest = async {
        while let Ok(Some(mut field)) = form.next_field().await {
            while let Ok(Some(_)) = field.chunk().await {}
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME_MAX, rest).await;
}

/// A hidden folder for what is being sent, which goes with what is in it. Whatever a killed program leaves of it goes at the
/// next start of the server.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn arriving_in(folder: &Path) -> io::Result<TempDir> {
    let mut made = tempfile::Builder::new();
    made.prefix(".arriving-");
    #[cfg(unix)]
    made.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    made.tempdir_in(folder)
}

/// A hidden folder in the inbox which is removed unless the delivery becomes complete.
struct Arriving {
    folder: PathBuf,
    complete: bool,
}

impl Arriving {
    fn new(inbox: &Path) -> Result<Self, PageError> {
        let mut id = [0; 8];
        hustings_store::entropy::fill(&mut id).map_err(PageError::environment)?;
        let folder = inbox.join(format!(".arriving-{}", hustings_core::digits::hex(&id)));
        fs::create_dir_all(&folder).map_err(|error| refused(&folder, &error))?;
        Ok(Self { folder, complete: false })
    }

    async fn write(&self, name: &str, mut field: Field<'_>, room: &mut Room) -> Result<(), PageError> {
        let path = self.folder.join(name);
        let mut file = File::create_new(&path).map_err(|error| refused(&path, &error))?;
        while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
            room.take(&self.folder, chunk.len())?;
            // A chunk is some kilobytes: writing it in place costs less than handing it to another thread.
            file.write_all(&chunk).map_err(|error| refused(&path, &error))?;
        }
        file.sync_all().map_err(|error| refused(&path, &error))
    }

    /// One file goes into the inbox under its own name, several as a folder named after the first one.
    fn finish(mut self, inbox: &Path, names: &[String]) -> Result<PathBuf, PageError> {
        let first = names.first().map_or("delivery", String::as_str);
        let (from, wish) = match names {
            [only] => (self.folder.join(only), only.clone()),
            _ => (self.folder.clone(), format!("{} and {} more", stem(first), names.len() - 1)),
        };
        let is_one = names.len() == 1;
        let mut number = 1_u32;
        let target = loop {
            let target = inbox.join(numbered(&wish, number));
            // Never in the place of another delivery, also not of one that arrives at this moment.
            let placed = if is_one { fs::hard_link(&from, &target) } else { fs::rename(&from, &target) };
            match placed {
                Ok(()) => break target,
                Err(_) if target.symlink_metadata().is_ok() => number += 1,
                Err(error) => return Err(refused(&target, &error)),
            }
        };
        self.complete = !is_one;
        File::open(inbox).and_then(|folder| folder.sync_all()).map_err(|error| refused(inbox, &error))?;
        Ok(target)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.complete
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            eprintln!("hustings: upload.cleanup_failed error=`{error}`");
        }
    }
}

async fn text(mut field: Field<'_>) -> Result<String, PageError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > TEXT_MAX {
            return Err(PageError::Input("a field of the form is too long".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| PageError::Input("a field of the form is not text".to_owned()))
}

/// A safe name for a file that a browser sent: its last part, without what would hide it or lead elsewhere.
pub(crate) fn file_name(sent: &str, taken: &[String]) -> Result<String, PageError> {
    if taken.len() >= FILES_MAX {
        return Err(PageError::Input(format!("more than {FILES_MAX} files at once: pack them into a zip")));
    }
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = visible(last)
        .chars()
        .map(|character| if ":*?\"<>|\\".contains(character) { '_' } else { character })
        .take(NAME_MAX)
        .collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() {
        return Err(PageError::Input(format!("`{}` cannot be the name of a file", visible(sent))));
    }
    if taken.contains(&name) {
        return Err(PageError::Input(format!("two files are named `{name}`: rename one of them")));
    }
    Ok(name)
}

fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// The names that a delivery may have in turn: `ncvoter.zip`, `ncvoter (2).zip`, ….
fn numbered(wish: &str, number: u32) -> String {
    match wish.split_once('.') {
        _ if number == 1 => wish.to_owned(),
        Some((stem, extension)) => format!("{stem} ({number}).{extension}"),
        None => format!("{wish} ({number})"),
    }
}

fn unreadable(_: MultipartError) -> PageError {
    PageError::Input("the upload broke off before it was complete".to_owned())
}

fn refused(path: &Path, error: &io::Error) -> PageError {
    match error.kind() {
        // Where the file was to lie is for whoever runs the machine.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => PageError::NoRoom(
            "no space left to take the file in: free some space on the server's disk and upload again"
                .to_owned(),
        ),
        _ => PageError::Environment(format!("cannot write `{}`: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uploaded_files_lead_nowhere() {
        let name = |sent: &str| file_name(sent, &[]);
        assert_eq!(name("ncvoter_Statewide.zip").unwrap(), "ncvoter_Statewide.zip");
        assert_eq!(name("../../etc/passwd").unwrap(), "passwd");
        assert_eq!(name(r"C:\Users\a\list.txt").unwrap(), "list.txt");
        assert_eq!(name(".hidden").unwrap(), "hidden");
        assert_eq!(name("a\0b.txt").unwrap(), "a_x00b.txt");
        for bad in ["", "..", "/", "a/..", "..."] {
            assert!(name(bad).is_err(), "{bad}");
        }
        assert!(file_name("a.txt", &["a.txt".to_owned()]).is_err());
    }

    #[test]
    fn a_delivery_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = folder.path();
        fs::write(inbox.join("a.tar.gz"), b"old").unwrap();
        for expected in ["a (2).tar.gz", "a (3).tar.gz"] {
            let arriving = Arriving::new(inbox).unwrap();
            fs::write(arriving.folder.join("a.tar.gz"), expected).unwrap();
            assert_eq!(arriving.finish(inbox, &["a.tar.gz".to_owned()]).unwrap(), inbox.join(expected));
            assert_eq!(fs::read(inbox.join(expected)).unwrap(), expected.as_bytes());
        }
        for expected in ["a and 1 more", "a and 1 more (2)"] {
            let arriving = Arriving::new(inbox).unwrap();
            fs::write(arriving.folder.join("a.txt"), b"new").unwrap();
            let names = ["a.txt".to_owned(), "b.txt".to_owned()];
            assert_eq!(arriving.finish(inbox, &names).unwrap(), inbox.join(expected));
        }
        assert_eq!(fs::read(inbox.join("a.tar.gz")).unwrap(), b"old");
        assert_eq!(fs::read_dir(inbox).unwrap().count(), 5, "nothing hidden stays");
    }
}
