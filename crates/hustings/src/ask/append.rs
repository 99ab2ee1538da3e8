//! Overlays: joined, listed, removed, within the asker's scope.

use super::{Ask, AskError, Call, hidden, reading};
use hustings_access::verb::Append;
use hustings_access::{Act, Actor, Request};
use hustings_core::{FieldClass, StateCode};
use hustings_store::{AppendRecord, Store};
use serde::{Deserialize, Serialize};

/// What is appended, but for the file, which comes behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinColumns {
    /// Whose voters they are.
    pub state: StateCode,
    /// Whose data it is: the asker's organization.
    pub owner: String,
    /// `appended`, `proprietary` or `private`.
    pub class: FieldClass,
    /// The column that holds the state's voter id.
    pub id_column: String,
    /// The file's name.
    pub file: String,
}

/// An append with what `append remove` takes under its name there, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<T> {
    /// Its id.
    pub id: String,
    /// The append.
    #[serde(flatten)]
    pub append: T,
}

/// To list appends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAppends {
    /// Only of this state.
    #[serde(default)]
    pub state: Option<StateCode>,
}

/// The appends that exist for whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppendList {
    /// Newest first.
    pub appends: Vec<Named<AppendRecord>>,
}

impl Ask for ListAppends {
    type Answer = AppendList;

    fn call(&self) -> Call {
        Call::get(&["appends"]).with("state", self.state.as_ref())
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let appends = seen(store, actor, self.state).await?;
        Ok(AppendList { appends: appends.into_iter().map(named).collect() })
    }
}

/// To remove an append and delete its files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveAppend {
    /// Which.
    pub id: String,
}

impl Ask for RemoveAppend {
    type Answer = Named<AppendRecord>;

    fn call(&self) -> Call {
        Call::delete(&["appends", &self.id])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let found = find(store, actor, &self.id).await?;
        self.remove(store, actor, &found).await
    }
}

impl RemoveAppend {
    /// Removes what was found.
    ///
    /// # Errors
    /// When the policy refuses it, the append is not the asker's, or the machine fails.
    pub async fn remove(
        &self,
        store: &Store,
        actor: &Actor,
        found: &AppendRecord,
    ) -> Result<Named<AppendRecord>, AskError> {
        let request = Request::voters_of(found.report.state).about(self.id.as_str());
        let permit = store.permit::<Append>(actor, request).await.map_err(hidden)?;
        let remove = async |act: &Act<'_, Append>| store.remove_append(act, &self.id).await;
        permit.enter_async(remove).await.map(named).map_err(hidden)
    }
}

/// An append that exists for whoever asks.
///
/// # Errors
/// When there is none, or the machine fails.
pub async fn find(store: &Store, actor: &Actor, id: &str) -> Result<AppendRecord, AskError> {
    let missing = || AskError::NotFound(format!("there is no append `{id}`: see `hustings append list`"));
    let appends = match seen(store, actor, None).await {
        // Who sees no voters sees no append of them.
        Err(AskError::NotFound(_)) => return Err(missing()),
        seen => seen?,
    };
    appends.into_iter().find(|known| known.report.append == id).ok_or_else(missing)
}

async fn seen(store: &Store, actor: &Actor, state: Option<StateCode>) -> Result<Vec<AppendRecord>, AskError> {
    let request = match state {
        Some(state) => Request::voters_of(state),
        None if store.is_empty().await? => return Ok(Vec::new()),
        None => Request::all_voters(),
    };
    reading(store, actor, request, async |act| Ok(store.appends(act, state).await?)).await
}

fn named(append: AppendRecord) -> Named<AppendRecord> {
    Named { id: append.report.append.clone(), append }
}
