//! A file that is sent in pieces and gone from the disk when it has been.

use super::error::PageError;
use axum::body::{Body, Bytes};
use futures_core::Stream;
use hustings_store::DataDir;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

const PIECE: usize = 64 * 1024;
/// Pieces that wait for a slow reader.
const PIECES_WAITING: usize = 4;

/// A file that is removed when this is dropped.
#[derive(Debug)]
pub struct Temporary(PathBuf);

/// A name in `exports/` that nobody has, for a file to be sent.
///
/// # Errors
/// When the folder cannot be made.
pub fn temporary(data: &DataDir, extension: &str) -> Result<Temporary, PageError> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(PageError::environment)?;
    let folder = data.exports();
    fs::create_dir_all(&folder)
        .map_err(|error| PageError::Environment(format!("cannot make `{}`: {error}", folder.display())))?;
    Ok(Temporary(folder.join(format!(".sending-{}.{extension}", super::asset::hex(&id)))))
}

impl Temporary {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file as the body of an answer. It goes when the last piece has been read, or the reader has gone.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn into_body(self) -> Result<Body, PageError> {
        let mut file = File::open(&self.0).map_err(PageError::environment)?;
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        tokio::task::spawn_blocking(move || {
            let _gone_at_the_end = self;
            loop {
                let mut piece = vec![0; PIECE];
                let read = match file.read(&mut piece) {
                    Ok(0) => break,
                    Ok(read) => {
                        piece.truncate(read);
                        Ok(Bytes::from(piece))
                    }
                    Err(error) => Err(error),
                };
                let is_over = read.is_err();
                if sender.blocking_send(read).is_err() || is_over {
                    break;
                }
            }
        });
        Ok(Body::from_stream(Pieces(pieces)))
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

struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
