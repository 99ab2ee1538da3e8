//! Overlays: joined, listed, removed, within the asker's scope.

use super::voterfile::of_text;
use super::{Ask, AskError, Call, hidden, reading};
use crate::matching::run_pairs::RunPair;
use hustings_access::verb::{Append, Read};
use hustings_access::{Act, Actor, Request};
use hustings_core::{FieldClass, StateCode};
use hustings_matching::compare::Pattern;
use hustings_matching::explain::{ModelRecord, Waterfall};
use hustings_store::match_run::PairOfLine;
use hustings_store::{AppendRecord, Store};
use serde::{Deserialize, Serialize};

/// What is appended, but for the file, which comes behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinColumns {
    /// Whose voters they are.
    pub state: StateCode,
    /// Whose data it is: the asker's organization.
    pub owner: String,
    /// `appended`, `proprietary` or `private`.
    pub class: FieldClass,
    /// The column that holds the state's voter id; none: the rows are matched to voters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
    /// The file's name.
    pub file: String,
    /// The sheet of a spreadsheet; the first when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// For matching: what columns are, as pairs of a canonical column and a header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<(String, String)>,
    /// For matching: the share of matched rows that is to be right; 0.99 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
}

/// The share of matched rows that is to be right, where nobody says otherwise.
pub const PRECISION: f64 = 0.99;
/// What that share may be.
pub const PRECISIONS: std::ops::RangeInclusive<f64> = 0.5..=1.0;

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

/// By which pair a row of a matched list found its voter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainRow {
    /// Which append.
    pub id: String,
    /// Line on which the row begins; in a spreadsheet its number.
    #[serde(deserialize_with = "of_text")]
    pub line: u64,
}

/// Why a row found its voter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The append.
    pub append: String,
    /// The line.
    pub line: u64,
    /// The voter, as the organization knows them.
    pub voter_key: String,
    /// What became of the row.
    pub fate: String,
    /// What the weight is made of.
    #[serde(flatten)]
    pub waterfall: Waterfall,
}

impl Ask for ExplainRow {
    type Answer = Explained;

    fn call(&self) -> Call {
        Call::get(&["appends", &self.id, "rows", &self.line.to_string()])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let nothing = || {
            AskError::NotFound(format!(
                "append `{}` has no row on line {} that was matched to a voter",
                self.id, self.line
            ))
        };
        let look = async |act: &Act<'_, Read>| Ok(store.append_match(act, &self.id, self.line).await?);
        let found = match reading(store, actor, Request::all_voters(), look).await {
            // Who sees no voters sees no append of them.
            Err(AskError::NotFound(_)) => return Err(nothing()),
            found => found?.ok_or_else(nothing)?,
        };
        let model = model_of(found.model)?;
        let pair = &found.pair;
        Ok(Explained {
            append: self.id.clone(),
            line: self.line,
            voter_key: found.voter_key.to_string(),
            fate: found.fate,
            waterfall: Waterfall::rebuild(&model, Pattern(pair.levels), &pair.rarity, pair.bits),
        })
    }
}

/// The pairs of a matched list that was appended, the doubtful ones too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPairs {
    /// Which append.
    pub id: String,
}

/// Pairs, and the model with which they are explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairList {
    /// By row.
    pub pairs: Vec<RunPair>,
    /// The model.
    pub model: ModelRecord,
}

impl Ask for ListPairs {
    type Answer = PairList;

    fn call(&self) -> Call {
        Call::get(&["appends", &self.id, "pairs"])
    }

    async fn answer(&self, store: &Store, actor: &Actor) -> Result<Self::Answer, AskError> {
        let nothing = || {
            AskError::NotFound(format!(
                "append `{}` has no pairs: it was joined by ids, or is not here",
                self.id
            ))
        };
        let list = async |act: &Act<'_, Read>| Ok(store.append_run_pairs(act, &self.id).await?);
        let (model, found) = match reading(store, actor, Request::all_voters(), list).await {
            Err(AskError::NotFound(_)) => return Err(nothing()),
            found => found?.ok_or_else(nothing)?,
        };
        let model = model_of(model)?;
        let pair =
            |found: &PairOfLine| RunPair::of(&model, found.line, found.voter_key.to_string(), &found.pair);
        let pairs = found.iter().map(pair).collect();
        Ok(PairList { pairs, model })
    }
}

fn model_of(model: serde_json::Value) -> Result<ModelRecord, AskError> {
    serde_json::from_value(model).map_err(|error| AskError::Environment(error.to_string()))
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
