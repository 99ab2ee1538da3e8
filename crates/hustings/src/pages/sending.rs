//! A file that is sent in pieces, each with leave of its own.

use crate::line::Cord;
use axum::body::Bytes;
use futures_core::Stream;
use hustings_access::Scope;
use hustings_store::{Store, StoreError};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

const PIECE: usize = 64 * 1024;
/// How often it is asked whether a file may still be sent. With the age of the answer and [`TOLD_WITHIN`] it stays well
/// within the second in which everything must have left.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// How long a reader may take to be told that no more comes.
const TOLD_WITHIN: Duration = Duration::from_millis(300);

/// The pieces of a file, and what gives them; an error as the last one when no more may leave.
#[must_use]
pub fn pieces() -> (Pieces, Sender) {
    // Nothing waits in between: a piece is asked for when it can be sent, and leave for it is asked then.
    let (ask, asked) = mpsc::channel(1);
    let (give, given) = mpsc::channel(1);
    (Pieces { ask, given, is_asked: false }, Sender { asked, give })
}

/// Fills the body of an answer piece by piece, as its reader takes them.
#[derive(Debug)]
pub struct Sender {
    asked: mpsc::Receiver<()>,
    give: mpsc::Sender<Result<Bytes, StoreError>>,
}

impl Sender {
    /// Sends a file, for as long as what it was made under holds: revoked, it breaks off, and what a slow reader has not
    /// taken by then is dropped with the connection.
    pub async fn send(mut self, file: File, store: &Store, scope: &Scope<'_>, mut cord: Cord) {
        let why = tokio::select! {
            () = self.pieces(file) => None,
            why = ended(store, scope) => Some(why),
        };
        let Some(why) = why else {
            // All of it is given, and not all of it need have left.
            drop(self);
            tokio::select! {
                () = cord.taken() => {}
                _ = ended(store, scope) => cord.pull(),
            }
            return;
        };
        eprintln!("hustings: export.broken_off error=`{}`", super::format::visible(&why.to_string()));
        cord.fray();
        // The reader sees an answer that is not whole, never one that looks so; whoever reads is told why.
        let told = async {
            let _ = self.give.send(Err(why)).await;
            drop(self);
            cord.taken().await;
        };
        if tokio::time::timeout(TOLD_WITHIN, told).await.is_err() {
            cord.pull();
        }
    }

    async fn pieces(&mut self, mut content: File) {
        let failed = |error| StoreError::io("read", Path::new("the export"))(error);
        let mut piece = vec![0; PIECE];
        while self.asked.recv().await.is_some() {
            let read = content.read(&mut piece);
            let is_over = !matches!(read, Ok(1..));
            let given = match read {
                Ok(0) => return,
                Ok(read) => Ok(Bytes::copy_from_slice(&piece[..read])),
                Err(error) => Err(failed(error)),
            };
            if self.give.send(given).await.is_err() || is_over {
                return;
            }
        }
    }
}

/// Done when what a scope was decided upon no longer holds: why.
async fn ended(store: &Store, scope: &Scope<'_>) -> StoreError {
    loop {
        match store.demand_grant(scope).await {
            Ok(()) => tokio::time::sleep(ASKED_EVERY).await,
            Err(why) => return why,
        }
    }
}

/// The pieces of a file, each asked for when it can be sent.
#[derive(Debug)]
pub struct Pieces {
    ask: mpsc::Sender<()>,
    given: mpsc::Receiver<Result<Bytes, StoreError>>,
    is_asked: bool,
}

impl Stream for Pieces {
    type Item = Result<Bytes, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.is_asked {
            // There is room for one: it fails only when whoever fills this has gone.
            self.is_asked = self.ask.try_send(()).is_ok();
        }
        let given = self.given.poll_recv(context);
        if given.is_ready() {
            self.is_asked = false;
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Cords;
    use axum::body::Body;
    use hustings_access::verb::Export;
    use hustings_access::{Organization, OrganizationId, OrganizationKind, Purpose, Request};
    use hustings_core::FieldClass;
    use hustings_store::access::Acting;
    use hustings_store::access::grant::NewGrant;
    use std::future::poll_fn;
    use std::io::{Seek, Write};

    #[tokio::test]
    async fn what_is_revoked_breaks_off_a_file_that_is_being_sent() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        let local = Acting::local(OrganizationId::local());
        let rivera = Organization {
            id: "rivera".parse().unwrap(),
            kind: OrganizationKind::Campaign,
            name: "Rivera".to_owned(),
            state: None,
            counties: None,
            registered_by: None,
        };
        store.create_organization(&local, &rivera).await.unwrap();
        let new = NewGrant {
            grantee: rivera.id.clone(),
            state: "nc".parse().unwrap(),
            classes: [FieldClass::Base].into(),
            columns: [].into(),
            counties: None,
            purposes: [Purpose::VoterContact].into(),
            exportable: true,
            not_before: None,
            until: "2100-01-01T00:00:00Z".parse().unwrap(),
        };
        let grant = store.create_grant(&local, &new).await.unwrap();
        let actor = store.local_actor(Some(&rivera.id)).await.unwrap();
        for revoked in [false, true] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![b'x'; 10 * PIECE]).unwrap();
            file.rewind().unwrap();
            let request = Request::voters_of("nc".parse().unwrap()).only_classes([FieldClass::Base]);
            let permit = store.permit::<Export>(&actor, request).await.unwrap();
            let (pieces, sender) = pieces();
            // Of a connection that has ended: nothing is waited for.
            let cord = Cords::new().0.next();
            let sending = {
                let store = store.clone();
                async move { permit.enter_async(async |act| sender.send(file, &store, act, cord).await).await }
            };
            let reading = async {
                let mut stream = Body::from_stream(pieces).into_data_stream();
                let mut next = async || poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
                assert_eq!(next().await.unwrap().unwrap().len(), PIECE);
                if revoked {
                    store.revoke_grant(&local, &grant.id).await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(900)).await;
                let mut read = PIECE;
                loop {
                    match next().await {
                        Some(Ok(piece)) => read += piece.len(),
                        Some(Err(_)) => break (read, true),
                        None => break (read, false),
                    }
                }
            };
            let ((), (read, broken_off)) = tokio::join!(sending, reading);
            assert_eq!((read, broken_off), if revoked { (PIECE, true) } else { (10 * PIECE, false) });
        }
    }
}
