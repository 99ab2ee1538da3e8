//! A list that was sent and not yet matched: what its columns were taken for, to be looked at and changed. One a person, kept
//! until it is matched, replaced or removed.

use super::link::{self, Chosen};
use crate::pages::app::{App, state_of};
use crate::pages::error::{PageError, page};
use crate::pages::form::Sent;
use crate::pages::format::{Count, visible};
use crate::pages::frame::{Frame, Link, Place};
use crate::pages::security::FormToken;
use crate::pages::visitor::Visitor;
use crate::pages::words;
use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use hustings_access::verb::Append;
use hustings_access::{Act, Request};
use hustings_core::StateCode;
use hustings_matching::field::Field;
use hustings_store::match_run::MatchDraft;
use hustings_store::{ListFile, ListRows, Mended, Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// So long a visitor waits for a result before a page says how far it is.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The same for lists that take no time but the machine's.
const PATIENCE_FEW: Duration = Duration::from_secs(60);
/// Lists of so few rows take no time.
const FEW_ROWS: usize = 100;
/// So many values of a column are shown.
const SAMPLES: usize = 3;

/// What a column may be taken for, in the order of the choices.
pub const FIELDS: [(Field, &str); 20] = [
    (Field::FullName, "Whole name"),
    (Field::FirstName, "First name"),
    (Field::MiddleName, "Middle name or initial"),
    (Field::LastName, "Last name"),
    (Field::SecondLastName, "Second last name"),
    (Field::Suffix, "Suffix (Jr, Sr, III)"),
    (Field::BirthDate, "Date of birth"),
    (Field::BirthYear, "Year of birth"),
    (Field::BirthMonth, "Month of birth"),
    (Field::BirthDay, "Day of birth"),
    (Field::Age, "Age"),
    (Field::Sex, "Sex"),
    (Field::HouseNumber, "House number"),
    (Field::Street, "Street, or whole address line"),
    (Field::Unit, "Apartment or unit"),
    (Field::City, "City"),
    (Field::State, "State"),
    (Field::Zip, "ZIP"),
    (Field::Phone, "Telephone"),
    (Field::Email, "E-mail"),
];

/// A list whose header has been found.
#[derive(Debug)]
pub struct Draft {
    /// As it is kept.
    pub about: MatchDraft,
    /// Its headers.
    pub headers: Vec<String>,
    /// The rows below.
    pub rows: ListRows,
    /// Records above the header.
    above: usize,
    /// Sheets of a spreadsheet, and which of them was read.
    sheets: Vec<String>,
    sheet: usize,
}

impl Draft {
    /// Reads a list that was sent: a text in whatever encoding, or a sheet of a spreadsheet (the first, or the one at this
    /// place among its sheets).
    ///
    /// # Errors
    /// It is damaged, empty, too long, or has no rows.
    pub fn read(about: MatchDraft, bytes: &Bytes, sheet: Option<usize>) -> Result<Self, StoreError> {
        let name = std::path::PathBuf::from(visible(&about.file));
        let mut list = ListFile::open_bytes(&name, bytes, None)?;
        let sheets = list.sheets().0.to_vec();
        if let Some(wanted) = sheet.and_then(|at| sheets.get(at)) {
            list = ListFile::open_bytes(&name, bytes, Some(wanted))?;
        }
        let read = list.sheets().1.and_then(|name| sheets.iter().position(|sheet| sheet == name));
        let (rows, above) = (ListRows::read_sent(&list)?, list.above());
        if rows.is_empty() {
            return Err(StoreError::Input(format!(
                "`{}` has a header and no rows below it",
                visible(&about.file)
            )));
        }
        let headers = rows.headers().to_vec();
        Ok(Self { about, headers, rows, above, sheets, sheet: read.unwrap_or(0) })
    }

    /// The draft of whoever asks.
    async fn open(app: &App, state: StateCode, id: &str, sheet: Option<usize>) -> Result<Self, PageError> {
        let id = id.to_owned();
        let work = async move |store: &Store, act: &Act<'_, Append>| {
            let Some(about) = store.draft(act, state).await?.filter(|draft| draft.id == id) else {
                return Ok(None);
            };
            match store.draft_bytes(act, &about).await? {
                Some(bytes) => Self::read(about, &bytes.into(), sheet).map(Some),
                None => Ok(None),
            }
        };
        app.act(Request::voters_of(state), work).await?.ok_or(PageError::NotFound)
    }

    /// The state with whose voters it is matched.
    #[must_use]
    pub fn state(&self) -> StateCode {
        self.about.state
    }
}

/// Where a draft is looked at.
#[must_use]
pub fn address(draft: &MatchDraft) -> String {
    format!("/{}/lists/{}", draft.state, draft.id)
}

/// The place of a sheet, as the page counts them, from 1.
fn place(text: &str) -> Option<usize> {
    text.parse::<usize>().ok()?.checked_sub(1)
}

#[derive(Template)]
#[template(path = "match_draft.html")]
struct DraftPage {
    frame: Frame,
    file: String,
    address: String,
    rows: Count,
    above: String,
    mended: Vec<String>,
    columns: Vec<Column>,
    sheets: Vec<Sheet>,
    sheet: String,
    form_token: String,
}

/// What was not as it should be in a list, in sentences.
fn mended(mended: Mended) -> Vec<String> {
    let mut said = Vec::new();
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    if mended.wider > 0 {
        let rows = words::plural_of(
            count(mended.wider),
            "row has more cells than the header",
            "rows have more cells than the header",
        );
        said.push(format!("{rows}: what is beyond is left out."));
    }
    if mended.quotes > 0 {
        let lines = words::plural_of(count(mended.quotes), "line has", "lines have");
        said.push(format!(
            "{lines} a quote where none may be, line {} first: it is left out.",
            Count(mended.first_line)
        ));
    }
    said
}

/// A sheet of the file.
struct Sheet {
    number: usize,
    name: String,
    is_read: bool,
}

/// Which sheet is looked at.
#[derive(Debug, serde::Deserialize)]
pub struct Looked {
    #[serde(default)]
    sheet: String,
}

struct Column {
    at: usize,
    header: String,
    samples: String,
    choices: Vec<Choice>,
    is_appended: bool,
}

struct Choice {
    word: &'static str,
    name: &'static str,
    chosen: bool,
}

/// What each column is taken for at first: by its header, each field once.
fn recognized(headers: &[String]) -> Vec<Option<Field>> {
    let mut taken = BTreeSet::new();
    let mut fields: Vec<Option<Field>> =
        headers.iter().map(|header| Field::of_header(header).filter(|field| taken.insert(*field))).collect();
    // A whole name beside its parts says nothing new.
    if taken.contains(&Field::FirstName) || taken.contains(&Field::LastName) {
        for field in fields.iter_mut().filter(|field| **field == Some(Field::FullName)) {
            *field = None;
        }
    }
    fields
}

/// `GET /{state}/lists/{draft}`
///
/// # Errors
/// [`PageError::NotFound`] where the visitor has sent no such list; or when the policy says no.
pub async fn get(
    app: App,
    Path((state, draft)): Path<(String, String)>,
    Query(looked): Query<Looked>,
    Extension(token): Extension<FormToken>,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let draft = Draft::open(&app, state, &draft, place(&looked.sheet)).await?;
    let fields = recognized(&draft.headers);
    let columns = draft.headers.iter().zip(&fields).enumerate().map(|(at, (header, field))| {
        let samples: Vec<String> = (0..draft.rows.len())
            .filter_map(|row| draft.rows.cell(row, at))
            .take(SAMPLES)
            .map(|cell| visible(&cell.chars().take(40).collect::<String>()))
            .collect();
        Column {
            at,
            header: if header.is_empty() { format!("Column {}", at + 1) } else { visible(header) },
            samples: samples.join(" · "),
            choices: FIELDS
                .iter()
                .map(|(choice, name)| Choice { word: choice.as_str(), name, chosen: *field == Some(*choice) })
                .collect(),
            is_appended: matches!(field, Some(Field::Phone | Field::Email)),
        }
    });
    page(&DraftPage {
        frame: Frame::of_state(
            state,
            "What the columns are",
            Place::Columns,
            [Link::to(format!("/{state}/matches"), "Lists without ids")],
        ),
        file: visible(&draft.about.file),
        address: address(&draft.about),
        rows: Count(u64::try_from(draft.rows.len()).unwrap_or(u64::MAX)),
        above: match draft.above {
            0 => String::new(),
            above => words::plural_of(above, "row above it was left out", "rows above it were left out"),
        },
        mended: mended(draft.rows.mended()),
        columns: columns.collect(),
        sheets: (1..)
            .zip(&draft.sheets)
            .map(|(number, name)| Sheet { number, name: visible(name), is_read: number == draft.sheet + 1 })
            .collect(),
        sheet: if draft.sheets.is_empty() { String::new() } else { (draft.sheet + 1).to_string() },
        form_token: token.0,
    })
}

/// `POST /{state}/lists/{draft}`: begins to match it.
///
/// # Errors
/// When the form is not ours, the policy says no, two columns were taken for one thing, nothing can be compared, or another
/// list of the organization is being matched.
pub async fn post(
    app: App,
    Path((state, draft)): Path<(String, String)>,
    Extension(visitor): Extension<Arc<Visitor>>,
    sent: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let draft = Arc::new(Draft::open(&app, state, &draft, place(sent.text("sheet"))).await?);
    let mut fields = Vec::with_capacity(draft.headers.len());
    for (at, header) in draft.headers.iter().enumerate() {
        let word = sent.text(&format!("taken_{at}"));
        let field = FIELDS.iter().map(|(field, _)| *field).find(|field| field.as_str() == word);
        if let Some(field) = field
            && let Some(other) = fields.iter().position(|known| *known == Some(field))
        {
            return Err(PageError::Input(format!(
                "`{}` and `{}` were both taken for the same: choose one of them",
                visible(&draft.headers[other]),
                visible(header)
            )));
        }
        fields.push(field);
    }
    let names = [Field::FirstName, Field::LastName, Field::FullName];
    if !fields.iter().flatten().any(|field| names.contains(field)) {
        return Err(PageError::Input(
            "say which column holds the names: without names nobody is found".to_owned(),
        ));
    }
    let appended = sent.all("append").filter_map(|at| at.parse().ok()).collect();
    let job = app.jobs().begin_own(
        state,
        format!("Match {}", visible(&draft.about.file)),
        visitor.organization().id.clone(),
    )?;
    let address = job.address();
    let done = link::start(app.clone(), job, Arc::clone(&draft), Chosen { fields, appended });
    // What is done at once needs no page that says how far it is.
    let patience = if draft.rows.len() <= FEW_ROWS { PATIENCE_FEW } else { PATIENCE };
    match tokio::time::timeout(patience, done).await {
        Ok(Ok(Some(result))) => Ok(Redirect::to(&result).into_response()),
        _ => Ok(Redirect::to(&address).into_response()),
    }
}

/// `POST /{state}/lists/{draft}/remove`: the list is not to be matched after all.
///
/// # Errors
/// When the form is not ours, the policy says no, or there is no such draft.
pub async fn remove(
    app: App,
    Path((state, draft)): Path<(String, String)>,
    _: Sent,
) -> Result<Response, PageError> {
    let state = state_of(&state)?;
    let work = async move |store: &Store, act: &Act<'_, Append>| store.remove_draft(act, state, &draft).await;
    if !app.act(Request::voters_of(state), work).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&format!("/{state}/matches")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Draft, StoreError> {
        let about = MatchDraft {
            id: "1".to_owned(),
            state: "nc".parse().unwrap(),
            file: "list.csv".to_owned(),
            sha256: String::new(),
            sent_at: String::new(),
        };
        Draft::read(about, &Bytes::from(text.to_owned()), None)
    }

    #[test]
    fn a_list_is_read_as_the_command_line_reads_it_but_for_what_the_page_tells() {
        let draft = read(
            "Acme Data - append order 4711,\nas of 11/01,confidential\n\nFNAME,Last Name,Phone #,\nAnn,Lee,919,,stray\nBo\n\"Cy,Day,9\n,,,\n",
        )
        .unwrap();
        assert_eq!(draft.headers, ["FNAME", "Last Name", "Phone #"]);
        assert_eq!((draft.above, draft.rows.len()), (2, 3));
        assert_eq!(draft.rows.cell(0, 2), Some("919"));
        assert_eq!(draft.rows.cell(1, 2), None, "as wide as the header");
        assert_eq!(draft.rows.cell(2, 0), Some("Cy"));
        assert_eq!(
            mended(draft.rows.mended()),
            [
                "1 row has more cells than the header: what is beyond is left out.",
                "1 line has a quote where none may be, line 7 first: it is left out.",
            ]
        );
        let refused = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(refused("FNAME,Last Name\n"), "`list.csv` has a header and no rows below it");
        let many = format!("FNAME{}\n1\n", ",x".repeat(500));
        assert!(refused(&many).starts_with("`list.csv` has more than 500 columns"), "{}", refused(&many));
        let empty =
            format!("FNAME{}\n{}", ",x".repeat(499), format!("1{}\n", ",".repeat(499)).repeat(40_001));
        assert!(refused(&empty).starts_with("`list.csv` has more than 20000000 cells"));
    }

    #[test]
    fn each_field_is_taken_once() {
        let headers = ["Name", "First", "given name", "Cell"].map(str::to_owned);
        assert_eq!(recognized(&headers), [None, Some(Field::FirstName), None, Some(Field::Phone)]);
        let whole = ["Full Name", "Cell"].map(str::to_owned);
        assert_eq!(recognized(&whole)[0], Some(Field::FullName));
    }
}
