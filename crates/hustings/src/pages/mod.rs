//! The pages: server-rendered, usable without JavaScript, over what the local owner's scope may read. One noun, one file.

pub mod app;
pub mod asset;
pub mod changes;
pub mod chart;
pub mod counties;
pub mod county_view;
pub mod discard;
pub mod error;
pub mod export;
pub mod file_layout;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod frame;
pub mod help;
pub mod inbox;
pub mod job;
pub mod load;
pub mod loading;
pub mod overview;
pub mod paging;
pub mod quarantine;
pub mod raw_row;
pub mod remove;
pub mod report;
pub mod report_view;
pub mod room;
pub mod security;
pub mod sending;
mod shift;
pub mod snapshots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_decisions;
#[cfg(test)]
mod tests_loaded;
pub mod upload;
pub mod verdict;
pub mod voter;
pub mod voter_view;
pub mod voter_words;
pub mod words;

use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use error::PageError;

/// All pages.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(overview::get))
        .route("/start", get(overview::start))
        .route("/help", get(help::get))
        .route("/jobs/{id}", get(job::get))
        .route("/assets/{digest}/{*name}", get(asset::get))
        .route("/{state}", get(snapshots::get))
        .route("/{state}/undo", get(snapshots::confirm_undo).post(snapshots::undo))
        .route("/{state}/load", get(load::get).post(load::post))
        .route("/{state}/load/remove", get(remove::confirm).post(remove::post))
        // Uploads go to the disk as they come: their limit is the disk.
        .route("/{state}/load/upload", post(load::post_upload).layer(DefaultBodyLimit::disable()))
        .route("/{state}/snapshots/{id}", get(report::get))
        .route("/{state}/snapshots/{id}/accept", post(report::accept))
        .route("/{state}/snapshots/{id}/discard", get(discard::confirm).post(discard::post))
        .route("/{state}/snapshots/{id}/counties", get(counties::get))
        .route("/{state}/snapshots/{id}/changes", get(changes::get))
        .route("/{state}/snapshots/{id}/quarantine", get(quarantine::get))
        .route("/{state}/snapshots/{id}/quarantine/{row}/bytes", get(quarantine::bytes))
        .route("/{state}/export", get(export::get).post(export::post))
        .route("/{state}/find", get(voter::find_form).post(voter::find))
        .route("/{state}/voters/{key}", get(voter::get))
        .fallback(|| async { PageError::NotFound })
        .layer(from_fn_with_state(app.clone(), security::guard))
        .layer(from_fn(error::render))
        .layer(from_fn(security::headers))
        .with_state(app)
}
