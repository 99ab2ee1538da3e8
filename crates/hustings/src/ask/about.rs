//! Voters in the log: the one name that records have of them, whichever way they were looked up.

use hustings_access::verb::Read;
use hustings_access::{Actor, OrganizationKind, Request};
use hustings_store::{ErrorKind, Store, StoreError};

/// How names begin that are no state's id of a voter: of the log itself, of grants, keys, users, incidents.
const OURS: [&str; 7] = ["v-", "n-", "r-", "g-", "k-", "u-", "i-"];

/// Under what the log has what somebody typed: as typed, and, where it may be a state's id of a voter, the name of that id and
/// the names of the voters whom they may read. The last is the one to record.
///
/// # Errors
/// When the database or a file fails, or the record of reading cannot be written.
pub async fn names(store: &Store, actor: &Actor, typed: &str) -> Result<Vec<String>, StoreError> {
    let typed = typed.trim();
    let mut names = vec![typed.to_owned()];
    let is_id = typed.bytes().any(|byte| byte.is_ascii_digit())
        && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !OURS.iter().any(|ours| typed.starts_with(ours));
    // Auditors read no voters: asked for one, the policy would only record that it refused.
    if !is_id || actor.works_in.kind == OrganizationKind::Auditor || store.is_empty().await? {
        return Ok(names);
    }
    // An organization's id is looked for as well: whether one is there, the asker's own log must not tell.
    let permit = match store.permit::<Read>(actor, Request::all_voters()).await {
        Err(error) if error.kind() == ErrorKind::Environment => return Err(error),
        Err(_) => return Ok(names),
        Ok(permit) => permit,
    };
    let (ids, found) = permit
        .enter_async(async |act| {
            let (mut ids, mut found) = (Vec::new(), Vec::new());
            for state in store.states(act).await? {
                ids.push(store.state_id_log_name(state, typed));
                let voter = store.voter_by_state_id(act, state, None, typed).await?;
                found.extend(voter.and_then(|key| store.voter_log_name(act.organization(), state, &key)));
            }
            Ok::<_, StoreError>((ids, found))
        })
        .await?;
    // What nobody is found by may be something else's name.
    names.splice(0..0, ids);
    names.extend(found);
    Ok(names)
}
