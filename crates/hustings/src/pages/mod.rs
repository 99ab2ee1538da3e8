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
pub mod ended;
pub mod error;
pub mod export;
pub mod file_layout;
#[cfg(test)]
pub(crate) mod fixture;
pub mod form;
pub mod format;
pub mod frame;
pub mod grant_form;
pub mod grants;
pub mod help;
pub mod inbox;
pub mod incidents;
pub mod invitation;
pub mod job;
pub mod keys;
pub mod leftovers;
pub mod link_once;
pub mod load;
pub mod loading;
pub mod log;
mod log_seen;
mod log_voter;
mod log_words;
pub mod logs;
pub mod matches;
pub mod neighbors;
pub mod organizations;
pub mod outgoing;
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
mod shift;
pub mod sign_in;
pub mod snapshots;
mod tar;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_attacks;
#[cfg(test)]
mod tests_decisions;
#[cfg(test)]
mod tests_handed_on;
#[cfg(test)]
mod tests_loaded;
#[cfg(test)]
mod tests_matches;
pub mod upload;
pub mod vendors;
pub mod verdict;
mod verifier;
pub mod visitor;
pub mod voter;
pub mod voter_view;
pub mod voter_words;
pub mod words;

use crate::routes::{Guard, Table};
use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing;
use error::PageError;
use hustings_access::Action;

/// No form of ours but an upload holds more.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// The pages: a new one is one line here, with its guard. Whoever has not signed in reaches those that are `Public`, which
/// stand in [`visitor::PUBLIC`] too; for `Action(…)` the handler asks the policy for a permit of that action.
#[must_use]
pub fn table() -> Table {
    use Guard::{Action as Leave, Public, SignedIn};
    Table::new()
        .get("/sign-in", Public, sign_in::get)
        .post("/sign-in", Public, sign_in::post)
        .get("/sign-in/code", Public, sign_in::code)
        .post("/sign-in/code", Public, sign_in::post_code)
        .get("/sign-in/forgotten", Public, recover::forgotten)
        .get("/recover/{code}", Public, recover::get)
        .post("/recover/{code}", Public, recover::post)
        .get("/first/{code}", Public, invitation::get)
        .post("/first/{code}", Public, invitation::post)
        .get("/invitations/{code}", Public, invitation::get)
        .post("/invitations/{code}", Public, invitation::post)
        .get("/demo/{token}", Public, demo_link::get)
        .post("/demo/{token}", Public, demo_link::post)
        .post("/sign-out", SignedIn, sign_in::sign_out)
        .post("/sign-out/everywhere", SignedIn, sign_in::sign_out_everywhere)
        .get("/account", SignedIn, account::get)
        .post("/account/acts-for", SignedIn, account::acts_for)
        .post("/account/password", SignedIn, account::password)
        .post("/account/second-factor", SignedIn, account::second_factor)
        .post("/account/second-factor/confirm", SignedIn, account::confirm)
        .post("/account/recovery-codes", SignedIn, account::recovery_codes)
        .get("/organizations", Leave(Action::ManageOrganizations), organizations::get)
        .post("/organizations", Leave(Action::ManageOrganizations), organizations::post)
        .get("/organizations/{id}", Leave(Action::ManageOrganizations), organizations::one)
        .post("/organizations/{id}/invite", Leave(Action::ManagePeople), organizations::invite)
        .get("/people", Leave(Action::ManagePeople), people::get)
        .post("/people/invite", Leave(Action::ManagePeople), people::invite)
        .post("/people/invitations/{id}/withdraw", Leave(Action::ManagePeople), people::withdraw)
        .get("/people/{id}", Leave(Action::ManagePeople), people::one)
        .post("/people/{id}/{act}", Leave(Action::ManagePeople), people::act)
        .get("/grants", Leave(Action::ManageGrants), grants::get)
        .post("/grants", Leave(Action::ManageGrants), grant_form::post)
        .get("/grants/ours", SignedIn, grants::ours)
        .get("/grants/new", Leave(Action::ManageGrants), grant_form::get)
        .get("/grants/{id}/revoke", Leave(Action::ManageGrants), grants::confirm)
        .post("/grants/{id}/revoke", Leave(Action::ManageGrants), grants::revoke)
        .post("/grants/{id}/restore", Leave(Action::ManageGrants), grants::restore)
        .get("/vendors", Leave(Action::ManageGrants), vendors::get)
        .post("/vendors", Leave(Action::ManageGrants), vendors::post)
        .get("/vendors/{id}/end", Leave(Action::ManageGrants), vendors::confirm)
        .post("/vendors/{id}/end", Leave(Action::ManageGrants), vendors::end)
        .get("/keys", Leave(Action::ManageKeys), keys::get)
        .post("/keys", Leave(Action::ManageKeys), keys::post)
        .post("/keys/{id}/revoke", Leave(Action::ManageKeys), keys::revoke)
        .get("/incidents", Leave(Action::ReadLog), incidents::get)
        .post("/incidents", Leave(Action::ReportIncident), incidents::post)
        // Only looking at the form leaves no record: whoever then reports is not the one who looked just before.
        .get("/incidents/new", SignedIn, incidents::new)
        .post("/incidents/{id}/close", Leave(Action::ReadLog), incidents::close)
        .get("/log", Leave(Action::ReadLog), log::get)
        .post("/log", Leave(Action::ReadLog), log::find)
        .get("/log/{of}/{record}/proof", Leave(Action::ReadLog), log::proof)
        .get("/log/{of}/copy.tar", Leave(Action::ReadLog), logs::copy)
        .get("/logs/{log}/{*file}", Public, logs::get)
        .get("/", SignedIn, overview::get)
        .get("/start", SignedIn, overview::start)
        .get("/help", SignedIn, help::get)
        .get("/jobs/{id}", SignedIn, job::get)
        .get("/assets/{digest}/{*name}", Public, asset::get)
        .get("/{state}", Leave(Action::Read), snapshots::get)
        .get("/{state}/undo", Leave(Action::Load), snapshots::confirm_undo)
        .post("/{state}/undo", Leave(Action::Load), snapshots::undo)
        .get("/{state}/load", Leave(Action::Load), load::get)
        .post("/{state}/load", Leave(Action::Load), load::post)
        .get("/{state}/load/remove", Leave(Action::Load), remove::confirm)
        .post("/{state}/load/remove", Leave(Action::Load), remove::post)
        // Uploads go to the disk as they come: their limit is the disk.
        .add(
            "POST",
            "/{state}/load/upload",
            Leave(Action::Load),
            routing::post(load::post_upload).layer(DefaultBodyLimit::disable()),
        )
        .get("/{state}/snapshots/{id}", Leave(Action::Read), report::get)
        .post("/{state}/snapshots/{id}/accept", Leave(Action::Load), report::accept)
        .get("/{state}/snapshots/{id}/discard", Leave(Action::Load), discard::confirm)
        .post("/{state}/snapshots/{id}/discard", Leave(Action::Load), discard::post)
        .get("/{state}/snapshots/{id}/counties", Leave(Action::Read), counties::get)
        .get("/{state}/snapshots/{id}/changes", Leave(Action::Read), changes::get)
        .get("/{state}/snapshots/{id}/quarantine", Leave(Action::Read), quarantine::get)
        .get("/{state}/snapshots/{id}/quarantine/{row}/bytes", Leave(Action::Read), quarantine::bytes)
        .get("/{state}/columns", Leave(Action::Read), columns::get)
        .get("/{state}/columns/sample.csv", Leave(Action::Append), columns::sample)
        .add(
            "POST",
            "/{state}/columns",
            Leave(Action::Append),
            routing::post(columns::post).layer(DefaultBodyLimit::max(columns::FILE_BYTES_MAX)),
        )
        .post("/{state}/columns/{id}/remove", Leave(Action::Append), columns::remove)
        .get("/{state}/matches", Leave(Action::Read), matches::lists::get)
        .add(
            "POST",
            "/{state}/matches",
            Leave(Action::Append),
            routing::post(matches::lists::post).layer(DefaultBodyLimit::max(matches::lists::FORM_BYTES_MAX)),
        )
        .get("/{state}/matches/sample.csv", Leave(Action::Append), matches::lists::sample)
        .get("/{state}/lists/{draft}", Leave(Action::Append), matches::draft::get)
        .post("/{state}/lists/{draft}", Leave(Action::Append), matches::draft::post)
        .post("/{state}/lists/{draft}/remove", Leave(Action::Append), matches::draft::remove)
        .get("/{state}/matches/{run}", Leave(Action::Read), matches::run::get)
        .post("/{state}/matches/{run}/remove", Leave(Action::Append), matches::lists::remove)
        .get("/{state}/matches/{run}/review", Leave(Action::Read), matches::review::get)
        .post("/{state}/matches/{run}/review", Leave(Action::Append), matches::review::post)
        .get("/{state}/matches/{run}/disagreements", Leave(Action::Read), matches::review::disagreements)
        .get("/{state}/matches/{run}/pairs", Leave(Action::Read), matches::pairs::get)
        .post("/{state}/matches/{run}/pairs", Leave(Action::Read), matches::pairs::find)
        .get("/{state}/matches/{run}/pairs/{pair}", Leave(Action::Read), matches::pair::get)
        .post("/{state}/matches/{run}/pairs/{pair}/take-back", Leave(Action::Append), matches::undo::one)
        .post("/{state}/matches/{run}/append", Leave(Action::Append), matches::append::post)
        .post("/{state}/matches/{run}/undo", Leave(Action::Append), matches::undo::all)
        .get("/{state}/export", Leave(Action::Read), export::get)
        .post("/{state}/export", Leave(Action::Export), export::post)
        .get("/{state}/find", Leave(Action::Read), voter::find_form)
        .post("/{state}/find", Leave(Action::Read), voter::find)
        .get("/{state}/voters/{key}", Leave(Action::Read), voter::get)
}

/// All pages, and the API.
pub fn router(app: App) -> Router {
    let api = crate::api::router(&app);
    table()
        .into_router()
        .fallback(|| async { PageError::NotFound })
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        // From the inside out: an error of a page is shown with the visitor's frame, an error before it with none.
        .layer(from_fn(error::render))
        .layer(from_fn_with_state(app.clone(), visitor::identify))
        .layer(from_fn_with_state(app.clone(), security::guard))
        .layer(from_fn(error::render))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .merge(api)
        .with_state(app)
}
