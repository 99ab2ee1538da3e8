//! An export that is sent in pieces, each only as long as what the export was decided upon still holds. The file lies on
//! the disk no longer than it takes to send it.

use axum::body::Bytes;
use futures_core::Stream;
use hustings_access::verb::Export;
use hustings_access::{Act, Permit};
use hustings_store::{DataDir, ExportReport, ExportRequest, Store, StoreError};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

const PIECE: usize = 64 * 1024;
/// Who takes nothing for so long is hung up on.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// An export that was made and recorded, and is being sent.
#[derive(Debug)]
pub struct Sending {
    /// What it holds.
    pub report: ExportReport,
    /// The file.
    pub pieces: Pieces,
}

/// The pieces of a file; an error as the last one when no more may leave.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<Result<Bytes, StoreError>>);

/// Makes an export and begins to send it; `request` names it, given the path of a file that goes when it is sent.
///
/// # Errors
/// As [`Store::export`].
pub async fn export(
    store: &Store,
    permit: Permit<Export>,
    extension: &str,
    request: impl FnOnce(PathBuf) -> ExportRequest,
) -> Result<Sending, StoreError> {
    let out = temporary(store.data(), extension)?;
    let request = request(out.path().to_owned());
    let (made, report) = oneshot::channel();
    // One piece waits for a slow reader, and no more: what waits can no longer be called back.
    let (sender, pieces) = mpsc::channel(1);
    let (store, runtime) = (store.clone(), Handle::current());
    let work = async move |act: &Act<'_, Export>| {
        let opened = match store.export(act, &request).await {
            Ok(report) => out.open().map(|file| (report, file)),
            Err(error) => Err(error),
        };
        match opened {
            Err(error) => drop(made.send(Err(error))),
            Ok((report, file)) => {
                if made.send(Ok(report)).is_ok() {
                    send(&store, act, file, &sender).await;
                }
            }
        }
    };
    // Reading the disk blocks.
    tokio::task::spawn_blocking(move || runtime.block_on(permit.enter_async(work)));
    let broke_off = |_| StoreError::Refused("the export broke off because of a fault in Hustings".to_owned());
    Ok(Sending { report: report.await.map_err(broke_off)??, pieces: Pieces(pieces) })
}

async fn send(
    store: &Store,
    act: &Act<'_, Export>,
    mut file: Opened,
    sender: &mpsc::Sender<Result<Bytes, StoreError>>,
) {
    loop {
        let piece = match store.still_holds(act).await {
            Ok(true) => file.piece(),
            Ok(false) => Err(StoreError::Refused("grant ended".to_owned())),
            Err(error) => Err(error),
        };
        let is_over = match &piece {
            Ok(piece) if piece.is_empty() => return,
            Ok(_) => false,
            Err(_) => true,
        };
        if sender.send_timeout(piece, SILENCE_MAX).await.is_err() || is_over {
            return;
        }
    }
}

/// A file that is removed when this is dropped.
#[derive(Debug)]
struct Temporary(PathBuf);

/// A file to be read whose name is gone, so that nothing of it stays if the program is ended.
struct Opened {
    file: File,
    path: PathBuf,
    _gone_at_the_end: Temporary,
}

/// A name in `exports/` that nobody has, for a file to be sent.
fn temporary(data: &DataDir, extension: &str) -> Result<Temporary, StoreError> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|error| StoreError::Key(format!("no randomness: {error}")))?;
    let folder = data.exports();
    fs::create_dir_all(&folder).map_err(StoreError::io("make", &folder))?;
    Ok(Temporary(folder.join(format!(".sending-{}.{extension}", super::asset::hex(&id)))))
}

impl Temporary {
    fn path(&self) -> &Path {
        &self.0
    }

    fn open(self) -> Result<Opened, StoreError> {
        let path = self.0.clone();
        let file = File::open(&path).map_err(StoreError::io("read", &path))?;
        // Where a name cannot go while the file is open, it goes with the file.
        let _ = fs::remove_file(&path);
        Ok(Opened { file, path, _gone_at_the_end: self })
    }
}

impl Opened {
    /// The next piece; an empty one at the end.
    fn piece(&mut self) -> Result<Bytes, StoreError> {
        let mut piece = vec![0; PIECE];
        let read = self.file.read(&mut piece).map_err(StoreError::io("read", &self.path))?;
        piece.truncate(read);
        Ok(Bytes::from(piece))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                eprintln!("hustings: export.cleanup_failed error=`{error}`");
            }
            _ => {}
        }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
