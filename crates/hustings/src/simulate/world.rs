//! A world: a data directory with the real listener over it, on threads of its own, whose clock and randomness are those
//! of the step. So two worlds in which nobody can tell the difference answer the same bytes, ids and times included.

use super::clock::StepClock;
use super::{SimulationError, at};
use crate::pages::security::FormKey;
use crate::serve::Server;
use hustings_store::entropy::{self, Seeded};
use hustings_store::{Store, StoreError};
use hustings_voterfile::layout::Layouts;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// One of the two.
#[derive(Debug)]
pub struct World {
    /// Where it answers.
    pub address: SocketAddr,
    folder: PathBuf,
    clock: Arc<StepClock>,
    stream: Arc<Seeded>,
    store: Store,
    runtime: Handle,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), SimulationError>>,
}

type Begun = (SocketAddr, Store, Handle);

impl World {
    /// Serves a copy of a data directory as `hustings serve` does, in `folder`.
    ///
    /// # Errors
    /// When the folder, the store or the listener cannot be had.
    pub fn begin(
        template: &Path,
        folder: &Path,
        seed: u64,
        form_key: [u8; 32],
    ) -> Result<Self, SimulationError> {
        copy_folder(template, folder)?;
        let (clock, stream) = (Arc::new(StepClock::default()), Arc::new(Seeded::new(seed)));
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel::<Begun>();
        let thread = std::thread::spawn({
            let (folder, clock, stream) = (folder.to_path_buf(), Arc::clone(&clock), Arc::clone(&stream));
            move || {
                let runtime = runtime(&stream)?;
                runtime.block_on(async {
                    let store = open(&folder, &clock).await?;
                    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                    let layouts = Layouts::embedded().clone();
                    let form_key = FormKey::from_bytes(form_key);
                    let server = Server::bind_keyed(store.clone(), layouts, address, form_key).await;
                    let server = server.map_err(|error| SimulationError::World(error.to_string()))?;
                    let server = server.logs_kept_by_caller();
                    let address = server.address().map_err(SimulationError::Server)?;
                    // Whoever waits for it may have gone.
                    let _ = tell.send((address, store, Handle::current()));
                    server.run(async move { drop(stopped.await) }).await;
                    Ok(())
                })
            }
        });
        let Ok((address, store, runtime)) = told.recv() else {
            return Err(match thread.join() {
                Ok(Err(error)) => error,
                _ => SimulationError::World("a server broke off before it answered".to_owned()),
            });
        };
        Ok(Self { address, folder: folder.to_path_buf(), clock, stream, store, runtime, stop, thread })
    }

    /// It is now the time of this step, and what is drawn from now on is this step's.
    pub fn set(&self, step: u64) {
        self.clock.set(step);
        self.stream.begin(step);
    }

    /// Copies the outbox into the logs, which a server otherwise does by itself every half second.
    ///
    /// # Errors
    /// When the logs cannot be written.
    pub async fn copy_logs(&self) -> Result<(), SimulationError> {
        let store = self.store.clone();
        let copied = self.runtime.spawn(async move { store.sequence_logs().await }).await;
        copied.map_err(|error| SimulationError::World(error.to_string()))??;
        Ok(())
    }

    /// Ends it, and takes its data directory away.
    ///
    /// # Errors
    /// When the server failed, or the folder cannot be removed.
    pub fn end(self) -> Result<(), SimulationError> {
        let _ = self.stop.send(());
        drop(self.store);
        let ended = self.thread.join();
        ended.map_err(|_| SimulationError::World("a server broke off".to_owned()))??;
        fs::remove_dir_all(&self.folder).map_err(at(&self.folder))
    }
}

/// Rounds of ten milliseconds after which a log that nobody changes is nobody's any more.
const UNCHANGED_ROUNDS: u32 = 1_000;

/// A runtime whose threads, this one and those for blocking work, draw from a stream. For a thread of its own.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime(stream: &Arc<Seeded>) -> Result<Runtime, SimulationError> {
    entropy::simulate_this_thread(Arc::clone(stream));
    let of_threads = Arc::clone(stream);
    Builder::new_current_thread()
        .enable_all()
        .on_thread_start(move || entropy::simulate_this_thread(Arc::clone(&of_threads)))
        .build()
        .map_err(SimulationError::Server)
}

/// Opens a data directory with a clock.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(folder: &Path, clock: &Arc<StepClock>) -> Result<Store, StoreError> {
    let clock: Arc<StepClock> = Arc::clone(clock);
    Store::open_at(folder, None, clock).await
}

/// A database that is being closed still puts its last pages in place. Where a connection outlives it that does nothing any
/// more, its log stays, unchanged: a copy takes it along, and is whole with it.
///
/// # Errors
/// When it is still written to.
pub async fn wait_until_closed(data: &Path) -> Result<(), SimulationError> {
    let log = data.join("platform.db-wal");
    let state = || fs::metadata(&log).ok().map(|log| (log.len(), log.modified().ok()));
    let (mut before, mut unchanged) = (state(), 0);
    for _ in 0..6_000 {
        if before.is_none() || unchanged >= UNCHANGED_ROUNDS {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = state();
        unchanged = if now == before { unchanged + 1 } else { 0 };
        before = now;
    }
    Err(SimulationError::World(format!("`{}` stays in use", log.display())))
}

/// Copies a folder with everything in it.
///
/// # Errors
/// When something cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), SimulationError> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(at(&path))?.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(at(&path))?;
        }
    }
    Ok(())
}
