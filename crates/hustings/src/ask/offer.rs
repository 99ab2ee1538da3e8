//! What an organization can give: its own classes that hold data, with the columns and counties that are there.

use super::{AskError, hidden};
use hustings_access::verb::Read;
use hustings_access::{Act, Actor, Request, Rights, Span};
use hustings_core::{FieldClass, StateCode, county};
use hustings_store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// What is there of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The state.
    pub state: StateCode,
    /// The columns of each class, under the names by which a grant takes them.
    pub classes: BTreeMap<FieldClass, Vec<String>>,
    /// The counties, upper case: those of the state, or of them those that the organization sees.
    pub counties: Vec<String>,
}

/// What the asker's organization can give, by state; nothing where it has nothing, or the asker reads no voters.
///
/// # Errors
/// When the machine fails.
pub async fn offers(store: &Store, actor: &Actor) -> Result<Vec<Offer>, AskError> {
    if store.is_empty().await? {
        return Ok(Vec::new());
    }
    let permit = match store.permit::<Read>(actor, Request::all_voters()).await.map_err(hidden) {
        Err(AskError::NotFound(_) | AskError::Refused(_)) => return Ok(Vec::new()),
        permit => permit?,
    };
    let standing = store.standing(actor.organization_id(), None).await?;
    let owns_base = |state| standing.base_owner(state) == actor.organization_id();
    let read = async |act: &Act<'_, Read>| -> Result<Vec<Offer>, StoreError> {
        let mut found: BTreeMap<StateCode, BTreeMap<FieldClass, Vec<String>>> = BTreeMap::new();
        for state in store.states(act).await?.into_iter().filter(|state| owns_base(*state)) {
            let columns = store.list_columns(act, state).await?;
            if !columns.is_empty() {
                found.entry(state).or_default().insert(FieldClass::Base, columns);
            }
        }
        for ((state, class), columns) in store.own_columns(act).await? {
            found.entry(state).or_default().insert(class, columns.into_iter().collect());
        }
        let offer = |(state, classes)| Offer { counties: counties(act.rights(), state), state, classes };
        Ok(found.into_iter().map(offer).collect())
    };
    Ok(permit.enter_async(read).await?)
}

/// Where the organization sees the list: nowhere, once nobody grants it any more.
fn counties(rights: &Rights, state: StateCode) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for right in rights.iter().filter(|right| right.state == state && right.class == FieldClass::Base) {
        match &right.counties {
            Span::All => return county::of_state(state).map(|county| county.name_upper.clone()).collect(),
            Span::Only(some) => seen.extend(some.iter().cloned()),
        }
    }
    seen.into_iter().collect()
}

/// The columns by the class that they are of; a class of which none is named is not in it, and given whole, with the columns
/// that come to it later. A column is named as its owner calls it or as it is stored; where two of the classes have one of the
/// name, with its class, as `private:phone`. Refuses columns that the asker's organization does not have in these classes of a
/// state: a misspelled one would be a grant of less than was meant. Of what others have the answer tells nothing.
///
/// # Errors
/// In one sentence that names the column; or when the machine fails.
pub async fn columns_by_class(
    store: &Store,
    actor: &Actor,
    state: StateCode,
    classes: &BTreeSet<FieldClass>,
    columns: &BTreeSet<String>,
) -> Result<BTreeMap<FieldClass, BTreeSet<String>>, AskError> {
    let own = actor.organization_id().as_str();
    let offers = offers(store, actor).await?;
    let offered = offers.iter().find(|offer| offer.state == state);
    let overlays: Vec<(FieldClass, &Vec<String>)> = offered
        .into_iter()
        .flat_map(|offer| &offer.classes)
        .map(|(class, columns)| (*class, columns))
        .filter(|(class, _)| *class != FieldClass::Base && classes.contains(class))
        .collect();
    let classes_of = |name: &str| -> BTreeSet<FieldClass> {
        // As it is stored, or as its owner calls it.
        let stored = format!("{own}__{name}");
        let has_it = |(_, columns): &&(FieldClass, &Vec<String>)| {
            columns.iter().any(|column| *column == name || *column == stored)
        };
        let listed = classes.contains(&FieldClass::Base) && hustings_store::is_list_column(name);
        let of_overlays = overlays.iter().filter(has_it).map(|(class, _)| *class);
        of_overlays.chain(listed.then_some(FieldClass::Base)).collect()
    };
    let mut found: BTreeMap<FieldClass, BTreeSet<String>> = BTreeMap::new();
    for named in columns {
        let of = classes_of(named);
        let with_class = named.split_once(':').and_then(|(class, name)| Some((class.parse().ok()?, name)));
        let (class, name) = match (of.first(), with_class) {
            (Some(class), _) if of.len() == 1 => (*class, named.as_str()),
            (None, Some((class, name))) if classes_of(name).contains(&class) => (class, name),
            (None, with_class) => {
                let (classes, name) = match with_class {
                    Some((class, name)) if classes.contains(&class) => (class.to_string(), name),
                    _ => (words(classes, ", "), named.as_str()),
                };
                return Err(AskError::Input(format!(
                    "columns: `{own}` has no column `{name}` in {classes} of {state}"
                )));
            }
            (Some(class), _) => {
                let classes = words(&of, " and in ");
                return Err(AskError::Input(format!(
                    "columns: `{own}` has a column `{named}` in {classes}: say which, such as `{class}:{named}`"
                )));
            }
        };
        found.entry(class).or_default().insert(name.to_owned());
    }
    Ok(found)
}

fn words(classes: &BTreeSet<FieldClass>, between: &str) -> String {
    classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(between)
}
