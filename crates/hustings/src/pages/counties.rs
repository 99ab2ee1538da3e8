//! `GET /{state}/snapshots/{id}/counties?sort=`: every county, now and before.

use super::app::App;
use super::county_view::{self, County, CountyOrder, Strip};
use super::error::{PageError, page};
use super::format::day;
use super::frame::{Frame, Link, Place};
use super::report_view;
use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "counties.html")]
struct CountiesPage {
    frame: Frame,
    tabs: Vec<Link>,
    base: String,
    order: CountyOrder,
    first_load: bool,
    day: String,
    before_day: String,
    county_strip: Strip,
    counties: Vec<County>,
}

impl CountiesPage {
    fn head(&self, word: &str, text: &str) -> String {
        let current = if CountyOrder::from_word(word) == self.order { r#" aria-current="true""# } else { "" };
        format!(r#"<a href="{}/counties?sort={word}"{current}>{text}</a>"#, self.base)
    }
}

/// How to sort.
#[derive(Debug, Deserialize)]
pub struct Sort {
    #[serde(default)]
    sort: String,
}

/// `GET /{state}/snapshots/{id}/counties`
///
/// # Errors
/// [`PageError::NotFound`] for an unknown snapshot, or when the store fails.
pub async fn get(
    app: App,
    Path((state, id)): Path<(String, String)>,
    query: Result<Query<Sort>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(query) = query?;
    let (state, snapshot) = app.snapshot(&state, &id).await?;
    let report = app.report(&snapshot).await?;
    let order = CountyOrder::from_word(&query.sort);
    let day = day(&report.summary.as_of);
    let base = super::report::address(state, &snapshot.id);
    page(&CountiesPage {
        frame: Frame::of_state(
            state,
            "Counties",
            Place::Snapshots,
            [Link::to(base.clone(), format!("List of {day}"))],
        ),
        tabs: super::report::tabs(state, &snapshot.id, "counties"),
        base,
        order,
        first_load: report.predecessor.is_none(),
        before_day: report.predecessor.as_deref().map(report_view::snapshot_day).unwrap_or_default(),
        day,
        county_strip: county_view::county_strip(&report),
        counties: county_view::counties(&report, order),
    })
}
