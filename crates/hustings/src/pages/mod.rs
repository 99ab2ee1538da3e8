//! The pages: server-rendered, usable without JavaScript, over what the visitor's scope may read. One noun, one file.

pub mod access_words;
pub mod account;
pub mod app;
pub mod asset;
pub mod changes;
pub mod chart;
pub mod columns;
pub mod cookie;
pub mod counties;
pub mod county_view;
pub mod demo_link;
pub mod discard;
pub mod error;
pub mod export;
pub mod file_layout;
#[cfg(test)]
pub(crate) mod fixture;
pub mod form;
pub mod format;
pub mod frame;
pub mod grants;
pub mod help;
pub mod inbox;
pub mod incidents;
pub mod invitation;
pub mod job;
pub mod keys;
pub mod load;
pub mod loading;
pub mod log;
pub mod logs;
pub mod neighbors;
pub mod organizations;
pub mod overview;
pub mod paging;
pub mod people;
pub mod permit;
pub mod qr;
pub mod quarantine;
pub mod raw_row;
pub mod recover;
pub mod remove;
pub mod report;
pub mod report_view;
pub mod room;
pub mod security;
pub mod sending;
pub mod sign_in;
pub mod snapshots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_attacks;
#[cfg(test)]
mod tests_decisions;
#[cfg(test)]
mod tests_loaded;
pub mod upload;
pub mod verdict;
pub mod visitor;
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

/// No form of ours but an upload holds more.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// All pages.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/code", get(sign_in::code).post(sign_in::post_code))
        .route("/sign-in/forgotten", get(recover::forgotten))
        .route("/recover/{code}", get(recover::get).post(recover::post))
        .route("/first/{code}", get(invitation::get).post(invitation::post))
        .route("/invitations/{code}", get(invitation::get).post(invitation::post))
        .route("/demo/{token}", get(demo_link::get).post(demo_link::post))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/sign-out/everywhere", post(sign_in::sign_out_everywhere))
        .route("/account", get(account::get))
        .route("/account/acts-for", post(account::acts_for))
        .route("/account/password", post(account::password))
        .route("/account/second-factor", post(account::second_factor))
        .route("/account/second-factor/confirm", post(account::confirm))
        .route("/account/recovery-codes", post(account::recovery_codes))
        .route("/organizations", get(organizations::get).post(organizations::post))
        .route("/organizations/{id}", get(organizations::one))
        .route("/organizations/{id}/invite", post(organizations::invite))
        .route("/people", get(people::get))
        .route("/people/invite", post(people::invite))
        .route("/people/invitations/{id}/withdraw", post(people::withdraw))
        .route("/people/{id}", get(people::one))
        .route("/people/{id}/{act}", post(people::act))
        .route("/grants", get(grants::get).post(grants::post))
        .route("/grants/ours", get(grants::ours))
        .route("/grants/new", get(grants::new))
        .route("/grants/{id}/revoke", get(grants::confirm).post(grants::revoke))
        .route("/grants/{id}/restore", post(grants::restore))
        .route("/keys", get(keys::get).post(keys::post))
        .route("/keys/{id}/revoke", post(keys::revoke))
        .route("/incidents", get(incidents::get).post(incidents::post))
        .route("/incidents/new", get(incidents::new))
        .route("/incidents/{id}/close", post(incidents::close))
        .route("/log", get(log::get))
        .route("/log/{of}/{record}/proof", get(log::proof))
        .route("/logs/{owner}/{*file}", get(logs::get))
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
        .route(
            "/{state}/columns",
            get(columns::get).post(columns::post).layer(DefaultBodyLimit::max(columns::FILE_BYTES_MAX)),
        )
        .route("/{state}/columns/{id}/remove", post(columns::remove))
        .route("/{state}/export", get(export::get).post(export::post))
        .route("/{state}/find", get(voter::find_form).post(voter::find))
        .route("/{state}/voters/{key}", get(voter::get))
        .fallback(|| async { PageError::NotFound })
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        // From the inside out: an error of a page is shown with the visitor's frame, an error before it with none.
        .layer(from_fn(error::render))
        .layer(from_fn_with_state(app.clone(), visitor::identify))
        .layer(from_fn_with_state(app.clone(), security::guard))
        .layer(from_fn(error::render))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .with_state(app)
}
