//! What most verbs need: the store, for whom it is asked, the layouts.

use super::Options;
use super::exit::CliError;
use hustings_access::{Act, Actor, OrganizationId, Request, Verb};
use hustings_core::StateCode;
use hustings_store::{ErrorKind, SnapshotRecord, Store, StoreBuilder, StoreError};
use hustings_voterfile::layout::Layouts;
use std::path::Path;

/// The opened data folder, and for whom it was opened.
pub struct Context {
    /// The store.
    pub store: Store,
    /// As given with `--as`; none: the owner of the data folder.
    pub organization: Option<OrganizationId>,
}

impl Context {
    /// Opens the data folder for a verb that writes.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(options: &Options) -> Result<Self, CliError> {
        Ok(Self { store: open_store(options).await?, organization: options.organization.clone() })
    }

    /// Does something within a scope: decided by the policy, and on record before it is done.
    ///
    /// # Errors
    /// It is refused, or what is done fails.
    pub async fn act<V: Verb, R>(
        &self,
        request: Request,
        work: impl for<'id> AsyncFnOnce(&Act<'id, V>) -> Result<R, CliError>,
    ) -> Result<R, CliError> {
        self.act_as(self.actor(self.organization.as_ref()).await?, request, work).await
    }

    /// Whoever runs the program, acting as an organization; as the owner of the data folder when none is named.
    ///
    /// # Errors
    /// There is no such organization.
    pub async fn actor(&self, organization: Option<&OrganizationId>) -> Result<Actor, CliError> {
        Ok(self.store.local_actor(organization).await?)
    }

    /// As [`Context::act`] for an actor.
    ///
    /// # Errors
    /// As [`Context::act`].
    pub async fn act_as<V: Verb, R>(
        &self,
        actor: Actor,
        request: Request,
        work: impl for<'id> AsyncFnOnce(&Act<'id, V>) -> Result<R, CliError>,
    ) -> Result<R, CliError> {
        self.store.permit::<V>(&actor, request).await?.enter_async(work).await
    }

    /// The snapshot named, else the current one.
    ///
    /// # Errors
    /// There is none.
    pub async fn snapshot<V: Verb>(
        &self,
        act: &Act<'_, V>,
        state: StateCode,
        id: Option<&str>,
    ) -> Result<SnapshotRecord, CliError> {
        let found = match id {
            Some(id) => self.store.snapshot(act, state, id).await?,
            None => self.store.current(act, state).await?,
        };
        found.ok_or_else(|| match id {
            Some(id) => CliError::input(format!(
                "no snapshot `{id}` of {state}: `hustings snapshots --state {state}` lists them"
            )),
            None => CliError::input(format!(
                "no snapshot of {state} yet: `hustings load PATH --state {state}` makes the first"
            )),
        })
    }
}

/// Opens the data folder with the database and the keys that the options name.
///
/// # Errors
/// It cannot be opened.
pub async fn open_store(options: &Options) -> Result<Store, StoreError> {
    builder(options).open().await
}

fn builder(options: &Options) -> StoreBuilder {
    files_for_their_owner_alone();
    Store::builder(&options.data).database(options.database.as_deref()).keys(options.keys.as_deref())
}

/// From now on every file and folder that the program makes is for its owner alone: data directories hold voters, and what
/// leaves them by an export does, too. A mode that somebody wants otherwise, they set.
fn files_for_their_owner_alone() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// The built-in layouts, and those of the folder given.
///
/// # Errors
/// The folder cannot be read, or a layout in it is wrong.
pub fn layouts(folder: Option<&Path>) -> Result<Layouts, CliError> {
    let Some(folder) = folder else { return Ok(Layouts::embedded().clone()) };
    let unreadable =
        |error: std::io::Error| CliError::input(format!("`{}` cannot be read: {error}", folder.display()));
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            texts.push((path.display().to_string(), std::fs::read_to_string(&path).map_err(unreadable)?));
        }
    }
    texts.sort();
    Layouts::with_overrides(&texts).map_err(CliError::input)
}

/// Runs a verb's work.
///
/// # Errors
/// As the work, or no runtime can be made.
pub fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::environment)?
        .block_on(work)
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let kind = error.kind();
        of_kind(kind, anyhow::anyhow!("{error}"))
    }
}

impl From<crate::load::LoadError> for CliError {
    fn from(error: crate::load::LoadError) -> Self {
        let kind = error.kind();
        of_kind(kind, anyhow::anyhow!("{error}"))
    }
}

fn of_kind(kind: ErrorKind, error: anyhow::Error) -> CliError {
    match kind {
        ErrorKind::Input => CliError::Input(error),
        ErrorKind::Environment => CliError::Environment(error),
        ErrorKind::No => CliError::No(error),
    }
}
