//! What every page has around its content: title, navigation, breadcrumbs.

use super::asset;
use super::visitor::{self, Visitor};
use hustings_core::StateCode;
use std::sync::Arc;

/// The frame of one page.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The page's title.
    pub title: String,
    /// From the overview down to this page, this page last.
    pub crumbs: Vec<Link>,
    /// The state whose pages these are.
    pub state: Option<StateCode>,
    /// Which entry of the navigation this page belongs to.
    pub place: Place,
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// All states.
    Overview,
    /// A state's snapshots and what lies below them.
    Snapshots,
    /// Look up one voter.
    Find,
    /// Load a delivery.
    Load,
    /// An organization's own columns.
    Columns,
    /// Take a file away.
    Export,
    /// Organizations, people, grants, keys, the log.
    Access,
    /// One's own account.
    Account,
    /// What the words mean.
    Help,
    /// Outside the navigation.
    #[default]
    Elsewhere,
}

/// A link of the navigation or the breadcrumbs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where to; empty for the page itself.
    pub href: String,
    /// What it says.
    pub text: String,
    /// Whether the reader is there.
    pub current: bool,
}

impl Link {
    /// A link to elsewhere.
    pub fn to(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into(), current: false }
    }
}

/// The first of the pages about access that the visitor may read.
fn access() -> &'static str {
    match visitor::present() {
        Some(visitor) if visitor.manages() => "/grants",
        _ => "/grants/ours",
    }
}

impl Frame {
    /// A page outside any state.
    pub fn new(title: impl Into<String>, place: Place) -> Self {
        let title = title.into();
        let crumbs = if place == Place::Overview {
            Vec::new()
        } else {
            vec![Link::to("/", "Overview"), Link::to("", title.clone())]
        };
        Self { title, crumbs, state: None, place }
    }

    /// A page for whoever has not signed in: no way leads on from it.
    pub fn bare(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A page of what organizations, people, grants and the log are about; `above` as for [`Frame::of_state`].
    pub fn of_access(title: impl Into<String>, above: impl IntoIterator<Item = Link>) -> Self {
        let title = title.into();
        let mut crumbs = vec![Link::to("/", "Overview"), Link::to(access(), "Access")];
        crumbs.extend(above);
        crumbs.push(Link::to("", title.clone()));
        Self { title, crumbs, state: None, place: Place::Access }
    }

    /// A page of a state; `above` are the breadcrumbs between the state's own page and this one.
    pub fn of_state(
        state: StateCode,
        title: impl Into<String>,
        place: Place,
        above: impl IntoIterator<Item = Link>,
    ) -> Self {
        let title = title.into();
        let mut crumbs =
            vec![Link::to("/", "Overview"), Link::to(format!("/{state}"), super::words::state(state))];
        crumbs.extend(above);
        crumbs.push(Link::to("", title.clone()));
        Self { title: format!("{title} · {}", state.upper()), crumbs, state: Some(state), place }
    }

    /// A state's own page.
    #[must_use]
    pub fn state_home(state: StateCode) -> Self {
        let name = super::words::state(state);
        Self {
            title: name.clone(),
            crumbs: vec![Link::to("/", "Overview"), Link::to("", name)],
            state: Some(state),
            place: Place::Snapshots,
        }
    }

    /// The navigation.
    #[must_use]
    pub fn nav(&self) -> Vec<Link> {
        let link = |href: String, text: &str, place: Place| Link {
            href,
            text: text.to_owned(),
            current: self.place == place,
        };
        let Some(visitor) = self.visitor() else { return Vec::new() };
        let mut links = vec![link("/".to_owned(), "Overview", Place::Overview)];
        if let Some(state) = self.state.or(visitor.home) {
            links.push(link(format!("/{state}"), "Snapshots", Place::Snapshots));
            links.push(link(format!("/{state}/find"), "Find a voter", Place::Find));
            if visitor.keeps(state) {
                links.push(link(format!("/{state}/load"), "Load", Place::Load));
            }
            links.push(link(format!("/{state}/columns"), "Our columns", Place::Columns));
            if visitor.exports() {
                links.push(link(format!("/{state}/export"), "Export", Place::Export));
            }
        }
        links.push(link(access().to_owned(), "Access", Place::Access));
        links.push(link("/help".to_owned(), "Help", Place::Help));
        links
    }

    /// Who has signed in.
    #[must_use]
    pub fn visitor(&self) -> Option<Arc<Visitor>> {
        visitor::present()
    }

    /// Whether this is the reader's account.
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.place == Place::Account
    }

    /// The pages about access that the visitor's roles open.
    #[must_use]
    pub fn access_tabs(&self) -> Vec<Link> {
        let Some(visitor) = self.visitor() else { return Vec::new() };
        let (manages, reads_log) = (visitor.manages(), visitor.reads_log());
        let here = visitor::present_path();
        [
            ("/grants", "Who sees what of ours", manages),
            ("/grants/ours", "What we may see", true),
            ("/vendors", "Vendors", manages && visitor.has_data()),
            ("/people", "People", manages),
            ("/organizations", "Organizations", manages),
            ("/keys", "API keys", manages),
            ("/log", "Log", reads_log),
            ("/incidents", "Incidents", reads_log),
        ]
        .into_iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(href, text, _)| Link { current: href == here, ..Link::to(href, text) })
        .collect()
    }

    /// The address of this page, for a report about it.
    #[must_use]
    pub fn report_page(&self) -> String {
        super::paging::encoded(&visitor::present_path())
    }

    /// The address of an asset.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        asset::address(name)
    }

    /// The program's version.
    #[must_use]
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
