//! Columns of classes that A is given, and that its grant does not name: of the list, telephone and party; of what the party
//! appends, whatever it brings after the worlds have parted. There the worlds differ in how many such columns there are, in
//! their names and values, and whether there are any.

use super::SimulationError;
use super::known::Known;
use super::making::{PARTY, append, canary, id, nc};
use hustings_access::Request;
use hustings_access::verb::Read;
use hustings_core::FieldClass;
use hustings_store::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The column of the party's own that A's grant names.
pub(super) const SEEN: &str = "turnout_model";

/// What A's grant names.
pub(super) async fn granted(
    store: &Store,
) -> Result<BTreeMap<FieldClass, BTreeSet<String>>, SimulationError> {
    let actor = store.local_actor(Some(&id(PARTY)?)).await?;
    let permit = store.permit::<Read>(&actor, Request::voters_of(nc()?)).await?;
    let state = nc()?;
    let all = permit.enter_async(async |act| store.list_columns(act, state).await).await?;
    let is_unseen = |name: &String| {
        ["party", "party_raw", "phone", "phone_raw", "phone_quality"].contains(&name.as_str())
    };
    let (unseen, seen): (BTreeSet<_>, BTreeSet<_>) = all.into_iter().partition(is_unseen);
    if unseen.len() < 4 {
        let why = format!("of the columns that A is not to see the list has only {unseen:?}");
        return Err(SimulationError::World(why));
    }
    let party = format!("{PARTY}__{SEEN}");
    Ok(BTreeMap::from([(FieldClass::Base, seen), (FieldClass::Appended, [party].into())]))
}

/// Columns that the party adds where A sees others of the same class; the canary tokens that are their values and names.
pub(super) async fn join(
    store: &Store,
    data: &Path,
    files: &[&[&str]],
    known: &mut Known,
) -> Result<Vec<String>, SimulationError> {
    let mut canaries = Vec::new();
    for columns in files {
        let header = format!("ncid,{},{}", columns.join(","), canary(&mut canaries)?);
        let mut lines = Vec::with_capacity(known.voters.len());
        for voter in &known.voters {
            let mut line = voter.state_voter_id.clone();
            for _ in 0..=columns.len() {
                line.push(',');
                line.push_str(&canary(&mut canaries)?);
            }
            lines.push(line);
        }
        let append = append(store, data, PARTY, FieldClass::Appended, &header, lines.into_iter());
        known.ids.push(append.await?);
    }
    Ok(canaries)
}
