//! What is asked of a data folder: the same question from the command line here and over the network, with the same answer.
//! One noun, one file.

pub mod about;
pub mod append;
pub mod append_list;
pub mod audit;
pub mod export;
pub mod find;
pub mod grant;
pub mod key;
pub mod load;
pub mod offer;
pub mod organization;
pub mod until;
pub mod user;
pub mod voterfile;

use hustings_access::verb::Read;
use hustings_access::{Act, Actor, Organization, OrganizationId, OrganizationKind, Principal, Request, Verb};
use hustings_core::StateCode;
use hustings_store::access::Acting;
use hustings_store::{ErrorKind, Store, StoreError, no_list};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::{Display, Write};

/// A question. Whoever asks is decided by the policy, and the answer leaves once that is in the log.
pub trait Ask: Sync {
    /// The answer, the same JSON on standard output and over the network.
    type Answer: Serialize + DeserializeOwned + Send;

    /// How it is asked over the network.
    fn call(&self) -> Call;

    /// Answers it.
    ///
    /// # Errors
    /// When the policy refuses, what is named is not there, or the machine fails.
    fn answer(&self, store: &Store, actor: &Actor) -> impl Future<Output = Result<Self::Answer, AskError>>;
}

/// A question as a request of HTTP.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// From the root, each part percent-encoded: `/api/v1/grants`.
    pub path: String,
    /// What stands after the question mark, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// The JSON sent.
    pub body: Option<serde_json::Value>,
}

impl Call {
    /// To look at something. The parts of the address are encoded here.
    #[must_use]
    pub fn get(parts: &[&str]) -> Self {
        Self { method: "GET", path: path(parts), query: Vec::new(), body: None }
    }

    /// To end something.
    #[must_use]
    pub fn delete(parts: &[&str]) -> Self {
        Self { method: "DELETE", ..Self::get(parts) }
    }

    /// To make something.
    #[must_use]
    pub fn post(parts: &[&str], body: &impl Serialize) -> Self {
        // What is sent is text, numbers and lists, which cannot fail; a server refuses `null`.
        let body = serde_json::to_value(body).unwrap_or_default();
        Self { method: "POST", body: Some(body), ..Self::get(parts) }
    }

    /// With this after the question mark, when it is given.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<impl Display>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }
}

/// `/api/v1/` and the parts, of which none can break out of its place.
fn path(parts: &[&str]) -> String {
    parts.iter().fold("/api/v1".to_owned(), |path, part| path + "/" + &encoded(part))
}

/// Percent-encoded, all but letters, digits, `-` and `_`.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Why there is no answer, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nothing is there, or nothing that the asker may know of.
    #[error("{0}")]
    NotFound(String),
    /// What was asked cannot be understood.
    #[error("{0}")]
    Input(String),
    /// The answer is no.
    #[error("{0}")]
    Refused(String),
    /// Somebody else is at it.
    #[error("{0}")]
    Busy(String),
    /// The machine failed.
    #[error("{0}")]
    Environment(String),
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match (&error, error.kind()) {
            _ if error.is_busy() => Self::Busy(text),
            (_, ErrorKind::Input) => Self::Input(text),
            (_, ErrorKind::No) => Self::Refused(text),
            (_, ErrorKind::Environment) => Self::Environment(text),
        }
    }
}

/// Asks the policy for leave to manage; for whom and by whom it is then done.
///
/// # Errors
/// When it is refused, or the record of it cannot be written.
pub async fn allowed<V: Verb>(store: &Store, actor: &Actor, request: Request) -> Result<Acting, AskError> {
    let permit = store.permit::<V>(actor, request).await.map_err(hidden)?;
    Ok(permit
        .enter(|act| Acting { organization: act.organization().clone(), principal: act.principal().clone() }))
}

/// What is asked for and may not be known of is not there.
pub(crate) fn hidden(error: StoreError) -> AskError {
    match AskError::from(error) {
        AskError::Input(text) => AskError::NotFound(text),
        other => other,
    }
}

/// As [`hidden`] for the list alone: it is not there, or not for the asker. What else is wrong is said.
pub(crate) fn hidden_list(error: StoreError, state: StateCode) -> AskError {
    match AskError::from(error) {
        AskError::Input(text) if text == no_list(state).to_string() => AskError::NotFound(text),
        other => other,
    }
}

/// The organization named, else the asker's own. See [`called`].
async fn organization_or_own(
    store: &Store,
    actor: &Actor,
    id: Option<&OrganizationId>,
) -> Result<Organization, AskError> {
    match id {
        None => Ok(actor.organization().clone()),
        Some(id) => {
            called(store, actor, id).await?.ok_or_else(|| AskError::NotFound(organization::missing(id)))
        }
    }
}

/// The organization that is called so. Where none is, whoever may not know of all gets one that nobody is, which the policy
/// then refuses as it refuses one that is there: the asker's own log, too, tells nothing of who else is here.
///
/// # Errors
/// When the database fails.
pub(crate) async fn called(
    store: &Store,
    actor: &Actor,
    id: &OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let known = store.organization(id).await?;
    let knows_all = actor.principal == Principal::Local
        || actor.works_in.kind == OrganizationKind::Auditor
        || store.directory_owner().await?.id == actor.works_in.id;
    Ok(if knows_all { known } else { Some(known.unwrap_or_else(|| Organization::nobody(id.clone()))) })
}

/// Reads within a scope. What was revoked while it was read does not leave.
///
/// # Errors
/// When it is refused, or the work fails.
pub(crate) async fn reading<R>(
    store: &Store,
    actor: &Actor,
    request: Request,
    work: impl for<'id> AsyncFnOnce(&Act<'id, Read>) -> Result<R, AskError>,
) -> Result<R, AskError> {
    let read = async |act: &Act<'_, Read>| {
        let answer = work(act).await?;
        store.demand_grant(act).await.map_err(hidden)?;
        Ok(answer)
    };
    store.permit::<Read>(actor, request).await.map_err(hidden)?.enter_async(read).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_an_address_breaks_out_of_its_place() {
        let call = Call::get(&["states", "nc", "voters", "../AA 1?x=%2F"]).with("as_of", None::<u8>);
        assert_eq!(call.path, "/api/v1/states/nc/voters/%2E%2E%2FAA%201%3Fx%3D%252F");
        assert_eq!(call.query, []);
    }
}
