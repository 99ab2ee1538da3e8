//! The voter whom a log is asked about, where whoever asks may see them: a name in a log tells nobody who it is.

use super::error::PageError;
use super::format::visible;
use super::visitor::Visitor;
use super::voter_view;
use hustings_access::verb::Read;
use hustings_access::{OrganizationKind, Request};
use hustings_store::{ErrorKind, Store, StoreError, VoterSelector};

/// A voter by name.
pub struct NamedVoter {
    /// The name, or that it is not seen.
    pub name: String,
    /// The state's id; none where it is not seen.
    pub id: Option<String>,
    /// Their page.
    pub href: String,
}

/// The voter behind one of the names that a log has of voters; none where the visitor's scope shows nothing of them. It is
/// an act like any other that shows a voter, and on record.
///
/// # Errors
/// When the store fails.
pub async fn find(
    store: &Store,
    visitor: &Visitor,
    names: &[String],
) -> Result<Option<NamedVoter>, PageError> {
    let Some(name) = names.iter().rfind(|name| name.starts_with("v-")) else { return Ok(None) };
    // Auditors read no voters: asked for one, the policy would only record that it refused.
    if visitor.actor.works_in.kind == OrganizationKind::Auditor || store.is_empty().await? {
        return Ok(None);
    }
    let request = Request::all_voters().about(name.as_str());
    let permit = match store.permit::<Read>(&visitor.actor, request).await {
        Err(error) if error.kind() == ErrorKind::Environment => return Err(error.into()),
        Err(_) => return Ok(None),
        Ok(permit) => permit,
    };
    let found = permit
        .enter_async(async |act| {
            for state in store.states(act).await? {
                let Some(key) = store.voter_key_of_log_name(act, state, name) else { continue };
                let voter = store.voter(act, state, None, VoterSelector::Key(&key)).await?;
                if let Some(voter) = voter {
                    store.demand_grant(act).await?;
                    return Ok::<_, StoreError>(Some((state, voter)));
                }
            }
            Ok(None)
        })
        .await
        .map_err(PageError::from)?;
    Ok(found.map(|(state, voter)| {
        let id = voter.values.iter().find(|value| value.column == "state_voter_id");
        NamedVoter {
            name: voter_view::name(&voter),
            id: id.map(|value| visible(&value.value)),
            href: format!("/{state}/voters/{}", voter.voter_key),
        }
    }))
}
