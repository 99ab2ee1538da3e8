//! A connection that can be cut: what has been handed over to the system and has not left by then never does.
//!
//! What a program has written to a connection it has closed still leaves it, as slowly as its reader takes it. So a
//! connection whose cord somebody holds is closed only when its reader has everything.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Who has not taken the end of an answer by then does not get it.
const TAKEN_WITHIN: Duration = Duration::from_mins(10);

/// What the connection is to do with what has not left yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is sent, however slowly it is taken.
    Sent,
    /// It is dropped when the connection ends.
    Dropped,
    /// It is dropped now.
    Cut,
}

/// The cord of one request on its connection. Whoever answers with what may be revoked holds it as long as anything of the
/// answer may still be on its way.
#[derive(Debug, Clone)]
pub struct Cord {
    fate: Arc<watch::Sender<Fate>>,
    requests: watch::Receiver<u64>,
}

impl Cord {
    /// From now on the connection does not end without dropping what has not left.
    pub fn fray(&self) {
        self.turn(Fate::Dropped);
    }

    /// Ends the connection at once.
    pub fn pull(&self) {
        self.turn(Fate::Cut);
    }

    /// Done when the answer has been taken: its reader has asked for the next thing, or is gone.
    pub async fn taken(&mut self) {
        let _ = self.requests.changed().await;
    }

    fn turn(&self, fate: Fate) {
        self.fate.send_if_modified(|known| std::mem::replace(known, (*known).max(fate)) < fate);
    }
}

/// Makes the cords of a connection's requests.
#[derive(Debug)]
pub struct Cords {
    fate: Arc<watch::Sender<Fate>>,
    requests: Arc<watch::Sender<u64>>,
}

impl Cords {
    /// Of one connection, and what tells when one of them is pulled.
    #[must_use]
    pub fn new() -> (Self, Pulled) {
        let (fate, pulled) = watch::channel(Fate::Sent);
        (Self { fate: Arc::new(fate), requests: Arc::new(watch::Sender::new(0)) }, Pulled(pulled))
    }

    /// The next request's: with it the answers before it have been taken.
    pub fn next(&self) -> Cord {
        self.requests.send_modify(|count| *count = count.wrapping_add(1));
        Cord { fate: Arc::clone(&self.fate), requests: self.requests.subscribe() }
    }
}

/// Done when somebody pulls a cord of the connection.
#[derive(Debug)]
pub struct Pulled(watch::Receiver<Fate>);

impl Pulled {
    /// Never done when nobody does.
    pub async fn wait(mut self) {
        if self.0.wait_for(|fate| *fate == Fate::Cut).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A TCP connection whose cords can be pulled.
#[derive(Debug)]
pub struct Line(Option<Open>);

#[derive(Debug)]
struct Open {
    stream: TcpStream,
    fate: watch::Receiver<Fate>,
    /// Until it is dropped, no answer counts as taken because of the connection's end.
    _requests: Arc<watch::Sender<u64>>,
}

impl Line {
    /// The line over a connection, what makes its cords, and what tells when one is pulled: the line is to be dropped then.
    #[must_use]
    pub fn new(stream: TcpStream) -> (Self, Cords, Pulled) {
        let (cords, pulled) = Cords::new();
        let open = Open { stream, fate: pulled.0.clone(), _requests: Arc::clone(&cords.requests) };
        (Self(Some(open)), cords, pulled)
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let open = self.0.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(&mut open.stream))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(open) = self.0.take() else { return };
        if *open.fate.borrow() != Fate::Sent {
            open.cut();
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(open.close());
        }
    }
}

impl Open {
    /// Closes it when its reader has everything, or nobody holds a cord of it.
    async fn close(mut self) {
        let Self { stream, fate, .. } = &mut self;
        let taken = async {
            // Whoever has hung up reads no more; what they still say is of no interest.
            let mut said = [0; 512];
            while matches!(stream.read(&mut said).await, Ok(1..)) {}
        };
        let is_cut = tokio::select! {
            () = taken => false,
            turned = fate.wait_for(|fate| *fate != Fate::Sent) => turned.is_ok(),
            () = tokio::time::sleep(TAKEN_WITHIN) => true,
        };
        if is_cut {
            self.cut();
        }
    }

    fn cut(self) {
        // Where it cannot be set, the other side has gone already.
        let _ = self.stream.set_zero_linger();
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.stream.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}
