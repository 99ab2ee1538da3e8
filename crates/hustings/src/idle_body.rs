//! A request's body that ends in an error when nothing more of it comes: a connection that stays silent would take a place
//! for ever.

use axum::body::{Body, BodyDataStream, Bytes};
use futures_core::Stream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// The same body, given up when no byte of it has come for `silence_max`. However long it takes in all, it may.
pub fn limited(body: Body, silence_max: Duration) -> Body {
    Body::from_stream(IdleBody {
        body: Some(body.into_data_stream()),
        silence_max,
        alarm: Box::pin(sleep(silence_max)),
        is_waiting: false,
    })
}

struct IdleBody {
    body: Option<BodyDataStream>,
    silence_max: Duration,
    alarm: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl Stream for IdleBody {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if let Poll::Ready(piece) = Pin::new(body).poll_next(context) {
            this.is_waiting = false;
            return Poll::Ready(piece.map(|piece| piece.map_err(io::Error::other)));
        }
        // Time in which nobody asks for a piece is the reader's, not the sender's: silence begins with the question.
        if !std::mem::replace(&mut this.is_waiting, true) {
            this.alarm.as_mut().reset(Instant::now() + this.silence_max);
        }
        if this.alarm.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.body = None;
        let silence = this.silence_max.as_secs();
        Poll::Ready(Some(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no byte of the request's body for {silence} seconds"),
        ))))
    }
}
