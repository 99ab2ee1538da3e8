//! One open data directory with its database.

use crate::access::authorize::Freshness;
use crate::audit::group_commit::GroupCommit;
use crate::audit::sequencer::Sequencer;
use crate::audit::trouble::LogTrouble;
use crate::data_dir::DataDir;
use crate::database::Database;
use crate::error::StoreError;
use crate::keyring::OwnerFiles;
use crate::match_base::OpenBases;
use crate::match_run::KnownPairs;
use crate::read::View;
use crate::read::confidential::KnownConfidential;
use crate::{durable, migrate, overlay, settings};
use hustings_access::verb::Load;
use hustings_access::{Act, Scope};
use hustings_core::{Clock, StateCode, SystemClock};
use jiff::Timestamp;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// One open data directory with its database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) data: DataDir,
    pub(crate) database: Database,
    pub(crate) secret: Arc<[u8; 32]>,
    pub(crate) keys: OwnerFiles,
    pub(crate) outbox: Arc<GroupCommit>,
    pub(crate) freshness: Arc<Freshness>,
    pub(crate) sequencer: Arc<tokio::sync::Mutex<Sequencer>>,
    pub(crate) confidential: Arc<KnownConfidential>,
    pub(crate) match_pairs: Arc<KnownPairs>,
    pub(crate) log_trouble: Arc<LogTrouble>,
    pub(crate) match_bases: Arc<OpenBases>,
    clock: Arc<dyn Clock>,
    #[cfg(test)]
    pub(crate) fault: Option<crate::snapshot::Step>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("data", &self.data).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the data directory at `data` and its database (`platform.db` in it, or a `postgres://` URL), makes what is
    /// missing and migrates.
    ///
    /// # Errors
    /// When the folder or the database cannot be opened, or the database is newer than this program.
    pub async fn open(data: &Path, database: Option<&str>) -> Result<Self, StoreError> {
        Self::builder(data).database(database).open().await
    }

    /// As [`Store::open`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_at(
        data: &Path,
        database: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        Self::builder(data).database(database).clock(clock).open().await
    }

    /// How to open the data directory at `data`.
    #[must_use]
    pub fn builder(data: &Path) -> StoreBuilder {
        StoreBuilder { data: data.to_path_buf(), database: None, keys: None, clock: Arc::new(SystemClock) }
    }

    async fn open_as(builder: StoreBuilder) -> Result<Self, StoreError> {
        let StoreBuilder { data, database, keys, clock } = builder;
        let data = DataDir::open(&data)?;
        // The switch to write-ahead logging does not wait for another process that makes it at the same moment.
        let opening = data.root().join(".opening");
        let guard = std::fs::File::create(&opening).map_err(StoreError::io("write", &opening))?;
        while let Err(error) = guard.try_lock() {
            match error {
                // Waits without blocking the thread, on which the holder may want to go on.
                TryLockError::WouldBlock => tokio::time::sleep(Duration::from_millis(10)).await,
                TryLockError::Error(error) => return Err(StoreError::io("lock", &opening)(error)),
            }
        }
        let now = stamp(clock.now());
        let database = Database::connect(&data, database.as_deref()).await?;
        migrate::run(&database, &now).await?;
        let keys = OwnerFiles::new(keys.unwrap_or_else(|| data.keys()));
        let secret = Arc::new(settings::secret(&database, keys.folder(), &now).await?);
        let store = Self {
            data,
            outbox: Arc::new(GroupCommit::of(database.clone())),
            freshness: Arc::default(),
            sequencer: Arc::default(),
            confidential: Arc::default(),
            match_pairs: Arc::default(),
            log_trouble: Arc::default(),
            match_bases: Arc::default(),
            database,
            secret,
            keys,
            clock,
            #[cfg(test)]
            fault: None,
        };
        store.finish_destroying().await?;
        overlay::encrypt_plain(&store).await?;
        store.sweep_matches().await?;
        store.share_adopted().await?;
        drop(guard);
        durable::sync_folder(store.data.root())?;
        store.take_up_logs().await?;
        Ok(store)
    }

    /// The paths of the data directory.
    #[must_use]
    pub fn data(&self) -> &DataDir {
        &self.data
    }

    /// The present instant by the store's clock, as it is written.
    pub(crate) fn now(&self) -> String {
        stamp(self.clock.now())
    }

    /// The present instant by the store's clock.
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        self.clock.now()
    }

    /// What of a state's list exists for a scope at this moment.
    pub(crate) fn view<'a>(&self, scope: &'a Scope<'_>, state: StateCode) -> View<'a> {
        if self.is_live(scope) { View::of(scope, state) } else { View::default() }
    }

    /// What of a state's list others are matched with: see [`View::of_own`].
    pub(crate) fn linkable_view<'a>(&self, scope: &'a Scope<'_>, state: StateCode) -> View<'a> {
        if self.is_live(scope) { View::of_own(scope, state) } else { View::default() }
    }

    /// Whether the scope may load a state's list at this moment.
    pub(crate) fn keeps_list(&self, scope: &Scope<'_>, state: StateCode) -> bool {
        scope.keeps_list(state) && self.is_live(scope)
    }

    /// Whether no right of a scope has come to its end since it was decided.
    pub(crate) fn is_live(&self, scope: &Scope<'_>) -> bool {
        scope.expires_at().is_none_or(|end| self.instant() < end)
    }

    /// Refuses loading the list of a state that the act may not load with the words for a state that is not there.
    pub(crate) fn demand_load(&self, act: &Act<'_, Load>, state: StateCode) -> Result<(), StoreError> {
        if self.keeps_list(act, state) { Ok(()) } else { Err(no_list(state)) }
    }
}

/// There is none, or none that may be known of.
#[must_use]
pub fn no_list(state: StateCode) -> StoreError {
    StoreError::Input(format!("there is no voter file of {state} here"))
}

/// How to open a data directory: [`Store::builder`].
#[derive(Clone)]
pub struct StoreBuilder {
    data: PathBuf,
    database: Option<String>,
    keys: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl StoreBuilder {
    /// The relational database: a `postgres://` URL; `platform.db` in the data directory when none.
    #[must_use]
    pub fn database(mut self, url: Option<&str>) -> Self {
        self.database = url.map(str::to_owned);
        self
    }

    /// The folder of owners' key files; `keys` in the data directory when none. On another disk than the data, a lost
    /// disk is unreadable.
    #[must_use]
    pub fn keys(mut self, folder: Option<&Path>) -> Self {
        self.keys = folder.map(Path::to_path_buf);
        self
    }

    /// The clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Opens it.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open(self) -> Result<Store, StoreError> {
        Store::open_as(self).await
    }
}

/// RFC 3339 in UTC with milliseconds, so that text sorts as time does.
pub(crate) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}
