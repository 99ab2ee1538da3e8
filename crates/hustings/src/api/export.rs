//! `POST /api/v1/exports`: an export is made and sent in parts (`multipart/mixed`): its report, the file in pieces, and
//! instead of further pieces why no more may leave. Each part says how long it is; only after the last part is the file
//! complete.

use super::problem::Problem;
use crate::ask::export::{MakeExport, why_not};
use crate::ask::{AskError, hidden, hidden_list};
use crate::line::Cord;
use crate::pages::app::App;
use crate::pages::export::media_type;
use crate::pages::outgoing::NotMade;
use crate::pages::sending::Pieces;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use hustings_access::{Actor, Request, verb};
use hustings_store::StoreError;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the parts come in.
pub const MEDIA: &str = "multipart/mixed";

/// `POST /api/v1/exports`
///
/// # Errors
/// When the policy refuses it, there is nothing to export, or the disk is full.
pub async fn make(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Extension(cord): Extension<Cord>,
    question: Result<Json<MakeExport>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(question) = question.map_err(Problem::of_body)?;
    let (state, format) = (question.state, question.format);
    let refused = |error| Problem::from(hidden(error));
    let permit = app.store().permit::<verb::Export>(&actor, Request::voters_of(state)).await;
    let permit = permit.map_err(refused)?;
    // Where it lies here is nobody's business.
    let name = format!("{state}-{}.{}", question.class, format.as_str());
    let request = question.into(name.into(), false);
    let made = app.outgoing().export(app.store(), permit, request, actor.organization_id(), cord).await;
    let (report, pieces) = match made {
        Ok(made) => made,
        Err(NotMade::TooMany) => return Err(Problem::Busy),
        Err(NotMade::Failed(error)) => {
            let error = why_not(app.store(), &actor, state, error).await;
            return Err(hidden_list(error, state).into());
        }
    };
    let json = serde_json::to_vec(&report).map_err(|error| Problem::Environment(error.to_string()))?;
    // Random, and nowhere in the file: so it can be read by the boundary, too.
    let boundary = format!("hustings-{}", report.export);
    let headers = [(CONTENT_TYPE, format!("{MEDIA}; boundary={boundary}"))];
    let first = Some(part(&boundary, "application/json", &json));
    let parts = Parts { pieces, first, boundary, kind: media_type(format), left: report.bytes, ended: false };
    Ok((headers, Body::from_stream(parts)).into_response())
}

struct Parts {
    pieces: Pieces,
    first: Option<Bytes>,
    boundary: String,
    kind: &'static str,
    /// Bytes of the file that have not been sent.
    left: u64,
    ended: bool,
}

impl Parts {
    /// What is sent for a piece, for an error, and at the end.
    fn sent(&mut self, piece: Option<Result<Bytes, StoreError>>) -> Bytes {
        let problem = match piece {
            Some(Ok(piece)) => {
                self.left = self.left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                return part(&self.boundary, self.kind, &piece);
            }
            Some(Err(error)) => Some(Problem::from(AskError::from(error))),
            None if self.left > 0 => Some(Problem::Environment("an export broke off".to_owned())),
            None => None,
        };
        self.ended = true;
        let end = format!("--{}--\r\n", self.boundary).into_bytes();
        let why = problem.map(|problem| {
            part(&self.boundary, "application/problem+json", problem.to_json().as_bytes()).to_vec()
        });
        [why.unwrap_or_default(), end].concat().into()
    }
}

impl Stream for Parts {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        Pin::new(&mut this.pieces).poll_next(context).map(|piece| Some(Ok(this.sent(piece))))
    }
}

fn part(boundary: &str, kind: &str, bytes: &[u8]) -> Bytes {
    let head = format!("--{boundary}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", bytes.len());
    [head.as_bytes(), bytes, b"\r\n"].concat().into()
}
