//! A reader of the pages, without a browser: keeps cookies, follows links, sends forms.

use crate::network::Serving;
use crate::support::Desk;
use hustings_access::verb::ReadLog;
use hustings_access::{OrganizationId, Request, Role, UserId};
use hustings_store::Store;
use hustings_store::audit::AuditRecord;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody with a browser.
pub struct Visit<'a> {
    serving: &'a Serving,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// An answer to them.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl<'a> Visit<'a> {
    /// Who has not signed in.
    pub fn stranger(serving: &'a Serving) -> Self {
        Self { serving, cookies: RefCell::default() }
    }

    /// Somebody who has signed in with this session.
    pub fn with_session(serving: &'a Serving, token: &str) -> Self {
        let visit = Self::stranger(serving);
        visit.cookies.borrow_mut().insert("__Host-hustings".to_owned(), token.to_owned());
        visit
    }

    /// Whoever the demo's link is for.
    pub fn by_link(serving: &'a Serving, link: &str) -> Self {
        let visit = Self::stranger(serving);
        let path = link.strip_prefix(&serving.url).unwrap();
        assert_eq!(visit.post(path, path, "").status, 303, "{path}");
        visit
    }

    pub fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[], "")
    }

    /// Sends a form with the token of the page on which it stands.
    pub fn post(&self, on: &str, path: &str, fields: &str) -> Page {
        let token = self.get(on).form_token();
        let body = format!("form_token={token}&{fields}");
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], &body)
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = headers.to_vec();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let (status, head, body) = self.serving.raw(method, path, &headers, body);
        for line in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            // The head came in lower case; values are hexadecimal, and one name is not.
            let name = name.replace("__host-", "__Host-");
            self.cookies.borrow_mut().insert(name, value.to_owned());
        }
        Page { status, head, body }
    }
}

impl Page {
    pub fn form_token(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"form_token\" value=\"")
            .unwrap_or_else(|| panic!("no form: {} {}\n{}", self.status, self.head, self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    pub fn location(&self) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix("location: "))
    }

    /// The values of an attribute, such as `href`, read as a browser does.
    pub fn all(&self, attribute: &str) -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        self.body
            .split(&begin)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(|value| value.replace("&#38;", "&").replace("&amp;", "&"))
            .collect()
    }
}

/// Whoever opens the data folder beside the program that serves it.
pub struct Office {
    runtime: tokio::runtime::Runtime,
    store: Store,
}

impl Office {
    pub fn of(desk: &Desk) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = runtime.block_on(Store::open(&desk.data(), None)).unwrap();
        Self { runtime, store }
    }

    /// Somebody with a role in an organization, and the token of a session that they have just begun.
    pub fn sign_in(&self, organization: &str, role: &str) -> (UserId, String) {
        self.sign_in_as(organization, role, &format!("{role}@{organization}.example"))
    }

    /// As [`Office::sign_in`], for somebody of this e-mail address.
    pub fn sign_in_as(&self, organization: &str, role: &str, email: &str) -> (UserId, String) {
        let id: OrganizationId = organization.parse().unwrap();
        let role: Role = role.parse().unwrap();
        self.runtime.block_on(async {
            let roles = [role].into();
            let precincts = match role {
                Role::Canvasser | Role::PrecinctCaptain => [("DURHAM".to_owned(), "12".to_owned())].into(),
                _ => BTreeSet::new(),
            };
            let user = self.store.demo_user(&id, email, role.as_str(), &roles, &precincts).await.unwrap();
            let session = self.store.begin_demo_session(&user).await.unwrap();
            (user, session.token.expose().to_owned())
        })
    }

    /// What stands in an organization's log after a record, the newest first.
    pub fn records_after(&self, organization: &str, record: &str) -> Vec<AuditRecord> {
        let id: OrganizationId = organization.parse().unwrap();
        self.runtime.block_on(async {
            let actor = self.store.local_actor(Some(&id)).await.unwrap();
            let request = Request::organization(actor.organization().clone());
            let permit = self.store.permit::<ReadLog>(&actor, request).await.unwrap();
            let mut all = permit
                .enter_async(async |act| self.store.audit_list(act, &[], None, 60).await)
                .await
                .unwrap();
            all.truncate(all.iter().position(|known| known.record == record).unwrap_or(all.len()));
            all
        })
    }
}
