//! A link that is shown once, to be handed on: as text, to be copied, and as a picture that a phone reads.

use super::app::App;
use super::error::{PageError, page};
use super::frame::Frame;
use super::qr::{self, Picture};
use super::security::is_this_machine;
use askama::Template;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::Response;

/// What is shown of it.
#[derive(Debug)]
pub struct Once {
    /// The page's frame.
    pub frame: Frame,
    /// What the link is.
    pub title: String,
    /// What is to be done with it.
    pub lead: String,
    /// Where it leads, from the slash on.
    pub path: String,
    /// Until when it works.
    pub until: String,
    /// What comes next, and how it is called.
    pub next: Option<(String, String)>,
    /// Where whoever is done goes back to.
    pub back: String,
}

#[derive(Template)]
#[template(path = "link_once.html")]
struct LinkPage {
    frame: Frame,
    title: String,
    lead: String,
    link: String,
    /// None where no phone gets there.
    picture: Option<Picture>,
    /// The name of this computer in the link, where it leads to no other.
    here_only: Option<String>,
    /// Whether a demo runs, which nobody reaches but this computer.
    is_demo: bool,
    until: String,
    next: Option<(String, String)>,
    back: String,
}

/// Shows a link as a reader of these pages gets there.
///
/// # Errors
/// When the template fails.
pub fn show(app: &App, headers: &HeaderMap, once: Once) -> Result<Response, PageError> {
    let (scheme, host) = match &app.place().public_host {
        Some(host) => ("https", host.as_str()),
        None => ("http", headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost")),
    };
    let link = format!("{scheme}://{host}{}", once.path);
    let here_only = is_this_machine(host);
    page(&LinkPage {
        picture: if here_only { None } else { qr::picture(&link) },
        is_demo: here_only && app.demo_links().is_demo(),
        here_only: here_only.then(|| host.to_owned()),
        link,
        frame: once.frame,
        title: once.title,
        lead: once.lead,
        until: once.until,
        next: once.next,
        back: once.back,
    })
}
