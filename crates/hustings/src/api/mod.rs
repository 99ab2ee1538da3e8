//! The API: the command line's questions over the network, for whoever shows an API key. `GET /api/v1/openapi.json`
//! describes it.

pub mod append;
pub mod caller;
pub mod export;
pub mod handler;
pub mod load;
pub mod openapi;
pub mod problem;
pub mod rate;

use crate::ask::append::{ExplainRow, ListAppends, ListPairs, RemoveAppend};
use crate::ask::audit::{ListRecords, ProveRecord};
use crate::ask::find::FindVoters;
use crate::ask::grant::{CreateGrant, ListGrants, RevokeGrant};
use crate::ask::key::{CreateKey, ListKeys, RevokeKey};
use crate::ask::load::{DiscardHeld, UndoLoad};
use crate::ask::organization::{CreateOrganization, EngageVendor, ListOrganizations, ShowOrganization};
use crate::ask::user::{DisableUser, InviteUser, ListUsers};
use crate::ask::voterfile::{ListChanges, ListQuarantine, ListSnapshots, ShowReport, ShowVoter};
use crate::pages::app::App;
use crate::pages::security;
use crate::routes::{Guard, Table};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, post};
use handler::{in_address, in_body};
use hustings_access::Action;
use std::sync::Arc;

/// No question holds more.
const QUESTION_BYTES_MAX: usize = 256 * 1024;

const SNAPSHOT: (&str, &str) = ("snapshot?", "a snapshot's id; the current one when left out");
const OFFSET: (&str, &str) = ("offset?", "rows to leave out first");
const LIMIT: (&str, &str) = ("limit?", "rows at most; 1000 when left out, 10000 at most");
const ORGANIZATION: (&str, &str) = ("organization?", "an organization's id; the key's own when left out");
const OF: (&str, &str) = ("of?", "whose log: an organization's id; the key's own when left out");

/// The routes of the API: a new question is one entry here.
#[must_use]
pub fn table() -> Table {
    let read = Guard::Action(Action::Read);
    let (organizations, people) =
        (Guard::Action(Action::ManageOrganizations), Guard::Action(Action::ManagePeople));
    let loads = Guard::Action(Action::Load);
    let (appends, log) = (Guard::Action(Action::Append), Guard::Action(Action::ReadLog));
    let (keys, grants) = (Guard::Action(Action::ManageKeys), Guard::Action(Action::ManageGrants));
    Table::new()
        .get("/api/v1/openapi.json", Guard::Public, openapi::get)
        .says("This document", &[])
        .get("/api/v1/states/{state}/snapshots", read, in_address::<ListSnapshots>)
        .says("List the snapshots of a state", &[])
        .get("/api/v1/states/{state}/report", read, in_address::<ShowReport>)
        .says("Show the report of a load", &[SNAPSHOT])
        .get("/api/v1/states/{state}/changes", read, in_address::<ListChanges>)
        .says(
            "List what changed against the snapshot before",
            &[SNAPSHOT, ("kind?", "a kind of change"), ("county?", "a county"), OFFSET, LIMIT],
        )
        .get("/api/v1/states/{state}/quarantine", read, in_address::<ListQuarantine>)
        .says(
            "List the rows that were held back",
            &[SNAPSHOT, ("rule?", "a rule"), ("kind?", "a kind of file"), OFFSET, LIMIT],
        )
        .post("/api/v1/voters/find", read, in_body::<ShowVoter>)
        .says(
            "Show one voter, with the source of every value",
            &[
                ("state", "a state such as nc"),
                ("id", "the state's id of the voter"),
                ("as_of?", "a date: as the last list up to that day has the voter"),
            ],
        )
        .post("/api/v1/voters/search", read, in_body::<FindVoters>)
        .says(
            "Find voters by id or name, and by likeness where nobody is exactly so called",
            &[
                ("state", "a state such as nc"),
                ("query?", "a voter id, a name, or what is known, parted by commas"),
                ("first_name?", "given name"),
                ("middle_name?", "middle name or initial"),
                ("last_name?", "last name"),
                ("suffix?", "JR, III"),
                ("dob?", "birth date, or the year alone"),
                ("sex?", "F or M"),
                ("street?", "house number and street"),
                ("city?", "city"),
                ("zip?", "ZIP"),
                ("phone?", "telephone"),
                ("email?", "e-mail address"),
                ("limit?", "a number: at most so many by likeness"),
            ],
        )
        // Deliveries go to the disk as they come: their limit is the disk.
        .add("POST", "/api/v1/loads", loads, post(load::begin).layer(DefaultBodyLimit::disable()))
        .says(
            "Load a delivery; the answer tells the id by which to ask how far it is",
            &[
                (
                    load::QUESTION,
                    "JSON, first: `state`, `files` (list of `named`, the number of the file, folder or archive that was \
                     named, and `path`, its name with its folders), `as_of`, `accept_held`",
                ),
                (load::FILE, "each file of the list, in its order"),
            ],
        )
        .accepts("multipart/form-data")
        .get("/api/v1/loads/{id}", loads, load::ask)
        .says("Show how far a load is that the key has begun, and then its report", &[])
        .post("/api/v1/loads/undo", loads, in_body::<UndoLoad>)
        .says("Make the previous snapshot current again", &[("state", "a state such as nc")])
        .post("/api/v1/loads/discard", loads, in_body::<DiscardHeld>)
        .says(
            "Throw a held load away",
            &[("state", "a state such as nc"), ("snapshot?", "a snapshot's id; the only held one when left out")],
        )
        .add(
            "POST",
            "/api/v1/appends",
            appends,
            post(append::join).layer(DefaultBodyLimit::max(append::FILE_BYTES_MAX)),
        )
        .says(
            "Join a file of columns to the voter file",
            &[
                (
                    append::QUESTION,
                    "JSON, first: `state`, `owner` (the key's own organization), `class`, `id_column` (which holds the \
                     state's voter id where the key's grants show it, else the organization's own key of the voter; the rows \
                     are matched to voters when it is left out), `file` (its name), `sheet` (of a spreadsheet), and for matching \
                     `columns` (list of pairs of what a column is and its header) and `precision` (0.99 when left out)",
                ),
                (append::FILE, "delimited text, parquet or xlsx with a header, at most 1 GiB"),
            ],
        )
        .accepts("multipart/form-data")
        .get("/api/v1/appends", read, in_address::<ListAppends>)
        .says("List appends, removed ones too", &[("state?", "a state such as nc")])
        .delete("/api/v1/appends/{id}", appends, in_address::<RemoveAppend>)
        .says("Remove an append and delete its files", &[])
        .get("/api/v1/appends/{id}/rows/{line}", read, in_address::<ExplainRow>)
        .says("Show why a row of a matched list, which begins on this line, found its voter", &[])
        .get("/api/v1/appends/{id}/pairs", read, in_address::<ListPairs>)
        .says("List the pairs of a matched list, the doubtful ones too", &[])
        .post("/api/v1/exports", Guard::Action(Action::Export), export::make)
        .says(
            "Make an export and send it: its report as JSON, then the file in pieces, and instead of further pieces a \
             Problem when no more may leave. Each part says its length; the file is complete with the last boundary",
            &[
                ("state", "a state such as nc"),
                ("class", "base, or the class of an overlay that goes out with the base columns"),
                ("owner?", "the owner of the overlay"),
                ("county?", "only this county"),
                ("format", "csv, parquet or xlsx"),
            ],
        )
        .sends(export::MEDIA)
        .post("/api/v1/audit/records/find", log, in_body::<ListRecords>)
        .says(
            "List who saw, changed and exported, newest first",
            &[
                OF,
                ("about?", "only about this voter, organization, grant or export"),
                ("before?", "a record's id: only those before it"),
                ("limit?", "integer: records at most; 100 when left out, 1000 at most"),
            ],
        )
        .get("/api/v1/audit/records/{record}/proof", log, in_address::<ProveRecord>)
        .says("Prove that a record is in a log", &[OF])
        .get("/api/v1/organizations", organizations, in_address::<ListOrganizations>)
        .says("List the organizations that the key's organization may know of", &[])
        .post("/api/v1/organizations", organizations, in_body::<CreateOrganization>)
        .says(
            "Register an organization",
            &[
                ("id", "text"),
                ("kind", "a kind of organization"),
                ("name?", "text; the id when left out"),
                ("state?", "a state such as nc"),
                ("counties?", "list of counties, of a local committee"),
                ("directory_owner?", "boolean: the data folder belongs to it from now on"),
            ],
        )
        .get("/api/v1/organizations/{id}", organizations, in_address::<ShowOrganization>)
        .says("Show an organization", &[])
        .post("/api/v1/engagements", grants, in_body::<EngageVendor>)
        .says(
            "Engage a vendor, or end its engagement",
            &[
                ("vendor", "an organization's id, or its contact code as in a grant"),
                ("for", "the key's own organization"),
                ("classes", "list of field classes"),
                ("exportable?", "boolean"),
                ("until?", "an instant; it ends now when left out"),
            ],
        )
        .get("/api/v1/users", people, in_address::<ListUsers>)
        .says("List people and open invitations", &[ORGANIZATION])
        .post("/api/v1/users", people, in_body::<InviteUser>)
        .says(
            "Invite somebody; the code is told once",
            &[
                ("email", "text"),
                ORGANIZATION,
                ("roles", "list of roles"),
                ("precincts?", "list of pairs of county and precinct"),
            ],
        )
        .delete("/api/v1/users/{user}", people, in_address::<DisableUser>)
        .says("Disable somebody, by id or e-mail address", &[ORGANIZATION])
        .get("/api/v1/keys", keys, in_address::<ListKeys>)
        .says("List API keys", &[ORGANIZATION])
        .post("/api/v1/keys", keys, in_body::<CreateKey>)
        .says(
            "Make an API key; its secret is told once",
            &[
                ORGANIZATION,
                ("name", "text"),
                ("role", "a role"),
                ("grant?", "a grant's id: the only one that it may use"),
                ("until", "an instant"),
            ],
        )
        .delete("/api/v1/keys/{id}", keys, in_address::<RevokeKey>)
        .says("Revoke an API key at once", &[ORGANIZATION])
        .get("/api/v1/grants", grants, in_address::<ListGrants>)
        .says("List the grants given and got", &[])
        .post("/api/v1/grants", grants, in_body::<CreateGrant>)
        .says(
            "Give a grant",
            &[
                ("to", "an organization's id; with a point and its contact code where the key's own does not know of it"),
                ("state", "a state such as nc"),
                ("classes", "list of field classes"),
                ("columns?", "list of columns; of a class of which none is named all are given, also those that come later; all of all when left out"),
                ("counties?", "list of counties; all when left out"),
                ("purposes", "list of purposes"),
                ("exportable?", "boolean: copies may leave; false when left out"),
                ("not_before?", "an instant; at once when left out"),
                ("until", "an instant"),
            ],
        )
        .delete("/api/v1/grants/{id}", grants, in_address::<RevokeGrant>)
        .says("Revoke a grant: nothing more leaves under it", &[])
}

/// The API, with all that stands before a handler.
pub fn router(app: &App) -> Router<App> {
    let limits = Arc::new(rate::Limits::default());
    table()
        .into_router()
        // What is not in the table is not there, for whoever may ask at all.
        .route("/api/{*path}", any(problem::nothing_here))
        .layer(DefaultBodyLimit::max(QUESTION_BYTES_MAX))
        .layer(from_fn(problem::render))
        .layer(from_fn_with_state((app.clone(), limits), caller::identify))
        .layer(from_fn_with_state(app.clone(), caller::check_host))
        .layer(from_fn(problem::render))
        .layer(from_fn_with_state(app.clone(), security::headers))
}
