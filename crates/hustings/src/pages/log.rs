//! `/log`: who saw, changed and exported what belongs to an organization; its checkpoint and key, and how to check it all
//! with tools that are not ours.

use super::access_words;
use super::app::App;
use super::error::{PageError, page};
use super::form::Sent;
use super::format::{Count, instant, visible};
use super::frame::{Frame, Link};
use super::log_seen;
use super::log_voter::{self, NamedVoter};
use super::log_words::{self, Known as Names};
use super::logs;
use super::paging::encoded;
use super::security::FormToken;
use super::visitor::Visitor;
use super::{neighbors, permit};
use crate::ask::about;
use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::ReadLog;
use hustings_access::{Organization, OrganizationId, OrganizationKind, Request};
use hustings_store::StoreError;
use hustings_store::audit::{AuditRecord, Held};
use serde::Deserialize;
use std::sync::Arc;

const RECORDS: u32 = 50;
/// Of a voter: whoever is shown one has asked before, and what was only asked stands apart.
const RECORDS_OF_VOTER: u32 = 200;
/// Nothing that a record is about has a longer name.
const ABOUT_MAX: usize = 100;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    log: String,
    address: String,
    guide: String,
    name: String,
    about: Option<String>,
    /// Whether it is about a voter.
    of_voter: bool,
    /// The voter, where the visitor may see them.
    voter: Option<NamedVoter>,
    /// Of a voter: who saw them, a sentence for each organization.
    seen: Vec<String>,
    rows: Vec<Line>,
    /// Of a voter: what was asked and looked up, which alone showed nothing of them.
    asked: Vec<Row>,
    /// Whether somebody stands here under a number.
    numbered: bool,
    older: Option<String>,
    others: Vec<(String, String, bool)>,
    checkpoint: Option<String>,
    /// The time at which the page was made: the download and its folder are named by it, so that no two are confused.
    stamp: String,
    /// How the download is called, without `.tar`.
    copy: String,
    key: Option<String>,
    /// Whether it is the log of the visitor's own organization.
    is_own: bool,
    form_token: String,
}

/// A line of the table.
enum Line {
    One(Box<Row>),
    /// One after the other, newest first: nothing but looks at pages. Folded, so that what was changed stands out.
    Looks(Vec<Row>),
}

/// What a folded line says: `7 looks at pages, FROM to TO`.
fn folded_title(looks: &[Row]) -> String {
    let count = looks.iter().map(|look| 1 + look.alike.len()).sum();
    let count = super::words::plural_of(count, "look at pages", "looks at pages");
    match looks {
        [newest, .., oldest] if newest.at != oldest.at => format!("{count}, {} to {}", oldest.at, newest.at),
        [newest, ..] => format!("{count}, {}", newest.at),
        [] => count,
    }
}

struct Row {
    record: String,
    at: String,
    who: String,
    organization: String,
    what: String,
    about: Option<String>,
    classes: String,
    /// Whether nothing was done but a page opened.
    is_look: bool,
    voters: Option<Count>,
    held: &'static str,
    refused: bool,
    details: Vec<(String, String)>,
    proof: String,
    /// Records that tell the same of the same minute: name and proof.
    alike: Vec<(String, String)>,
}

impl Row {
    /// Whether a reader could not tell the two apart but by their names.
    fn is_like(&self, other: &Self) -> bool {
        let told = |row: &Self| (row.at.clone(), row.who.clone(), row.organization.clone(), row.what.clone());
        self.about.is_none()
            && other.about.is_none()
            && self.voters.is_none()
            && other.voters.is_none()
            && self.refused == other.refused
            && self.classes == other.classes
            && told(self) == told(other)
    }
}

/// One after the other, with those that tell the same in one: a page that asks ten times is one line.
fn gathered(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut gathered: Vec<Row> = Vec::new();
    for row in rows {
        match gathered.last_mut() {
            Some(last) if last.is_like(&row) => last.alike.push((row.record, row.proof)),
            _ => gathered.push(row),
        }
    }
    gathered
}

/// Runs of looks in one line each; one look alone stays a row.
fn folded(rows: Vec<Row>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let last = lines.pop();
        match last {
            Some(Line::Looks(mut looks)) if row.is_look => {
                looks.push(row);
                lines.push(Line::Looks(looks));
            }
            Some(Line::One(before)) if before.is_look && row.is_look => {
                lines.push(Line::Looks(vec![*before, row]));
            }
            last => {
                lines.extend(last);
                lines.push(Line::One(Box::new(row)));
            }
        }
    }
    lines
}

/// Whose log, about what, and from where on.
#[derive(Debug, Default, Deserialize)]
pub struct Choice {
    #[serde(default)]
    of: String,
    #[serde(default)]
    about: String,
    before: Option<String>,
}

type Known = Extension<Arc<Visitor>>;

/// `GET /log?of=&about=&before=`
///
/// # Errors
/// When the policy says no, or the store fails.
pub async fn get(
    State(app): State<App>,
    Extension(visitor): Known,
    Extension(token): Extension<FormToken>,
    query: Result<Query<Choice>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(choice) = query?;
    let organization = chosen(&app, &visitor, &choice.of).await?;
    let about = Some(choice.about.trim().to_owned()).filter(|about| !about.is_empty());
    let request = Request::organization(organization.clone());
    let names = match &about {
        Some(about) => {
            let typed: String = about.chars().take(ABOUT_MAX).collect();
            about::names(app.store(), &visitor.actor, &typed).await?
        }
        None => Vec::new(),
    };
    let request = match names.last() {
        Some(name) => request.about(name.as_str()),
        None => request,
    };
    let permit = app.store().permit::<ReadLog>(&visitor.actor, request).await.map_err(permit::refused)?;
    let store = app.store();
    let of_voter = names.iter().any(|name| name.starts_with("v-") || name.starts_with("n-"));
    let most = if of_voter { RECORDS_OF_VOTER } else { RECORDS };
    let records = permit
        .enter_async(async |act| store.audit_list(act, &names, choice.before.as_deref(), most + 1).await)
        .await
        .map_err(permit::refused)?;
    let known = store.organizations().await?;
    let mut users = store.users(&organization.id).await?;
    if organization.id != visitor.actor.works_in.id {
        // An auditor finds their own people by name.
        users.extend(store.users(&visitor.actor.works_in.id).await?);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = records.len() > most;
    let shown = &records[..records.len().min(most)];
    let older = shown.last().filter(|_| more).map(|last| {
        let about = about.as_deref().map(|about| format!("&about={}", encoded(about))).unwrap_or_default();
        format!("/log?of={}&before={}{about}", organization.id, last.record)
    });
    let voter = log_voter::find(store, &visitor, &names).await?;
    let neighbors = store.known_to(&visitor.organization().id).await?;
    let words = Names { organizations: &neighbors, users: &users };
    let told = |of: &dyn Fn(&AuditRecord) -> bool| {
        gathered(
            shown
                .iter()
                .filter(|record| of(record))
                .map(|record| row(record, &known, words, &organization.id)),
        )
    };
    let folder = store.log_folder(organization.id.as_str());
    let text = |file: &str| folder.public_file(file).and_then(|bytes| String::from_utf8(bytes).ok());
    let checkpoint = text("checkpoint");
    let stamp = logs::stamp(super::visitor::now());
    page(&LogPage {
        frame: match &about {
            Some(_) => Frame::of_access("Who saw it", [Link::to("/log", "Log")]),
            None => Frame::of_access("Log", []),
        },
        log: organization.id.to_string(),
        address: store.log_address(organization.id.as_str()),
        guide: super::asset::address("verify-a-log.md"),
        name: visible(&organization.name),
        numbered: shown.iter().any(|record| {
            let id = record.principal.as_deref().unwrap_or_default();
            id.starts_with("u-") && !users.iter().any(|user| user.id.as_str() == id)
        }),
        seen: if of_voter { log_seen::sentences(shown, &known, words) } else { Vec::new() },
        rows: match of_voter {
            true => told(&|record| !is_asked(record)).into_iter().map(Box::new).map(Line::One).collect(),
            false if about.is_some() => told(&|_| true).into_iter().map(Box::new).map(Line::One).collect(),
            false => folded(told(&|_| true)),
        },
        asked: told(&|record| of_voter && is_asked(record)),
        of_voter,
        voter,
        form_token: token.0,
        about: about.as_deref().map(visible),
        older,
        others: others(&visitor, &known, &organization.id),
        copy: logs::copy_name(&organization.id, &stamp),
        stamp,
        checkpoint,
        is_own: organization.id == visitor.organization().id,
        key: text("vkey").map(|key| key.trim().to_owned()),
    })
}

/// Whether a record tells of a question alone: what an answer shows has a record of its own.
fn is_asked(record: &AuditRecord) -> bool {
    let action = record.action.as_str();
    action.ends_with("_refused") || ["read", "read_log", "load", "append", "export"].contains(&action)
}

/// Whether a record tells that a page was opened, and nothing more.
fn is_look(record: &AuditRecord) -> bool {
    let action = record.action.as_str();
    ["read", "read_log", "manage_grants", "manage_people", "manage_keys", "manage_organizations"]
        .contains(&action)
}

/// `POST /log`: what is looked for. A state's id of a voter does not belong in addresses, which browsers keep: there stands
/// the name that logs have of the voter.
///
/// # Errors
/// When the form is not ours, the policy says no, or the store fails.
pub async fn find(
    State(app): State<App>,
    Extension(visitor): Known,
    sent: Sent,
) -> Result<Response, PageError> {
    let organization = chosen(&app, &visitor, sent.text("of")).await?;
    let request = Request::organization(organization.clone());
    permit::of::<ReadLog>(&app, &visitor, request).await?;
    let typed: String = sent.text("about").trim().chars().take(ABOUT_MAX).collect();
    if typed.is_empty() {
        return Ok(Redirect::to(&format!("/log?of={}", organization.id)).into_response());
    }
    let names = about::names(app.store(), &visitor.actor, &typed).await?;
    let name = names.last().map_or(typed.as_str(), String::as_str);
    Ok(Redirect::to(&format!("/log?of={}&about={}", organization.id, encoded(name))).into_response())
}

/// The organization whose log is asked for: the visitor's own unless named.
pub(super) async fn chosen(app: &App, visitor: &Visitor, of: &str) -> Result<Organization, PageError> {
    if of.is_empty() {
        return Ok(visitor.organization().clone());
    }
    let id: OrganizationId = of.parse().map_err(|_| PageError::NotFound)?;
    permit::there(app, visitor, &id).await
}

/// Auditors choose among all logs.
fn others(visitor: &Visitor, known: &[Organization], chosen: &OrganizationId) -> Vec<(String, String, bool)> {
    if visitor.actor.works_in.kind != OrganizationKind::Auditor {
        return Vec::new();
    }
    known.iter().map(|known| (known.id.to_string(), visible(&known.name), known.id == *chosen)).collect()
}

fn row(record: &AuditRecord, known: &[Organization], words: Names<'_>, log: &OrganizationId) -> Row {
    let who = match record.principal.as_deref() {
        None => "kept back".to_owned(),
        Some("local") => "whoever opened the data folder".to_owned(),
        Some(id) => words.called(id),
    };
    let refused = record.action.ends_with("_refused");
    let classes: Vec<String> = record
        .classes
        .iter()
        .map(|class| {
            class.parse().map_or_else(|_| visible(class), |class| access_words::class(class).name.to_owned())
        })
        .collect();
    let classes = classes.join(", ");
    let mut details = log_words::details(&record.details, words);
    // Of what such an answer may be put together, which is no word of what is there: it would read as if it were.
    let might = is_asked(record) && !refused && !classes.is_empty();
    if might {
        details.push(("Could show, where it is its own or granted".to_owned(), classes.clone()));
    }
    Row {
        at: instant(&record.at),
        who,
        organization: record
            .organization
            .parse()
            .map_or_else(|_| visible(&record.organization), |id| visible(&neighbors::name(known, &id))),
        what: record.details["place"]
            .as_str()
            .and_then(access_words::shown)
            .map_or_else(|| access_words::deed(&record.action), str::to_owned),
        alike: Vec::new(),
        about: record.about.as_deref().filter(|about| !about.is_empty()).map(|about| words.called(about)),
        classes: if might { String::new() } else { classes },
        is_look: is_look(record),
        voters: record.voters.and_then(|voters| u64::try_from(voters).ok()).map(Count),
        held: match record.held {
            Some(Held::Yes) => "held this voter",
            Some(Held::Maybe) => "may have held this voter",
            None => "",
        },
        refused,
        details,
        proof: format!("/log/{log}/{}/proof", record.record),
        record: record.record.clone(),
    }
}

/// `GET /log/{of}/{record}/proof`: the file that proves a record to anybody, without a network.
///
/// # Errors
/// [`PageError::NotFound`] when that log has no such record; or when the policy says no.
pub async fn proof(
    State(app): State<App>,
    Extension(visitor): Known,
    Path((of, record)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organization = chosen(&app, &visitor, &of).await?;
    let is_id = !record.is_empty()
        && record.len() <= 64
        && record.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_id {
        return Err(PageError::NotFound);
    }
    let request = Request::organization(organization).about(record.clone());
    let permit = app.store().permit::<ReadLog>(&visitor.actor, request).await.map_err(permit::refused)?;
    let store = app.store();
    // What was just done is in the log a moment later: whoever asks for its proof waits for that.
    store.sequence_logs().await?;
    let proved = permit.enter_async(async |act| store.prove_record(act, &record).await).await;
    let proved = proved.map_err(|error| match error {
        StoreError::Input(_) => PageError::NotFound,
        error => error.into(),
    })?;
    let name = format!("attachment; filename=\"{record}.tlog-proof\"");
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, proved.proof).into_response())
}
