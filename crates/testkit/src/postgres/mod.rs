//! A PostgreSQL of one's own for a test: in a temporary folder, on a free port of 127.0.0.1, gone when the test is, also
//! when the test is killed.

mod programs;
mod query;

use programs::Programs;
use std::borrow::Borrow;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The machine lacks a program; a test is skipped then.
    #[error("no PostgreSQL on this machine: {0} not found in PATH or /usr/lib/postgresql/*/bin")]
    Missing(&'static str),
    /// The programs are there, but the server did not come up.
    #[error("PostgreSQL did not start: {0}")]
    Failed(String),
    /// A folder or process could not be made.
    #[error("PostgreSQL did not start: {0}")]
    Io(#[from] io::Error),
    /// The server refused a statement.
    #[error("PostgreSQL refused `{statement}`: {message}")]
    Refused {
        /// The statement.
        statement: String,
        /// The server's words.
        message: String,
    },
}

/// A running server. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Postgres {
    // The watcher: a shell that waits for the end of its standard input. It ends when we close it and when we die.
    watcher: Child,
    folder: PathBuf,
    port: u16,
}

const USER: &str = "hustings";
const START_SECONDS_MAX: u64 = 60;
const PORT_TRIES: u32 = 5;

/// `$1` the server, `$2` its folder, `$3` the port. No durability: a test's data need not outlive the machine.
const WATCH: &str = r#"
trap '' INT
"$1" -D "$2/data" -p "$3" -F -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=100 >"$2/log" 2>&1 &
server=$!
read -r _
kill -INT "$server"
wait "$server"
rm -rf "$2"
"#;

impl Postgres {
    /// Starts a server.
    ///
    /// # Errors
    /// [`PostgresError::Missing`] without `initdb` and `postgres` (and, for root, `setpriv` or `runuser` and a user to run
    /// them as, for they refuse root); the others when the server does not come up.
    pub fn start() -> Result<Self, PostgresError> {
        let programs = Programs::find()?;
        let mut tries = PORT_TRIES;
        loop {
            tries -= 1;
            match Self::start_once(&programs) {
                // Another process took the port between our look at it and the server's.
                Err(PostgresError::Failed(message)) if tries > 0 && message.contains("could not bind") => {}
                result => return result,
            }
        }
    }

    fn start_once(programs: &Programs) -> Result<Self, PostgresError> {
        let folder = temporary_folder(programs)?;
        let initialized = programs
            .command(&programs.initdb, &folder)
            .args(["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(folder.join("data"))
            .output()?;
        if !initialized.status.success() {
            std::fs::remove_dir_all(&folder)?;
            return Err(PostgresError::Failed(
                String::from_utf8_lossy(&initialized.stderr).trim().to_owned(),
            ));
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let watcher = programs
            .command(Path::new("sh"), &folder)
            .args(["-c", WATCH, "hustings-postgres"])
            .arg(&programs.postgres)
            .arg(&folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { watcher, folder, port };
        server.wait_until_ready().map_err(PostgresError::Failed)?;
        Ok(server)
    }

    /// For a test: a server, or `None` after saying aloud that the test is skipped because the machine has no PostgreSQL.
    ///
    /// # Panics
    /// When a server that should start does not, and, with `HUSTINGS_REQUIRE_ALL=1`, when the programs are missing.
    #[must_use]
    pub fn for_test(test: &str) -> Option<Self> {
        running_or_skipped(test, Self::start(), all_required())
    }

    /// As [`Postgres::for_test`], one server for all tests of a process: give each a database of its own.
    ///
    /// # Panics
    /// As [`Postgres::for_test`].
    #[must_use]
    pub fn shared(test: &str) -> Option<&'static Self> {
        static SHARED: OnceLock<Result<Postgres, PostgresError>> = OnceLock::new();
        running_or_skipped(test, SHARED.get_or_init(Self::start).as_ref(), all_required())
    }

    /// URL of the database `postgres`, such as `postgres://hustings@127.0.0.1:40123/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's folder, for whoever wants to read its `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// When the name is taken, or is not of lower-case letters, digits and underscores.
    pub fn create_database(&self, name: &str) -> Result<String, PostgresError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(plain) {
            let statement = format!("CREATE DATABASE {name}");
            let message = "expected lower-case letters, digits and underscores".to_owned();
            return Err(PostgresError::Refused { statement, message });
        }
        self.execute(&format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(name))
    }

    /// Runs one statement in the database `postgres` and returns its rows as text, empty where null.
    ///
    /// # Errors
    /// When the server refuses the statement or cannot be reached.
    pub fn execute(&self, statement: &str) -> Result<Vec<Vec<String>>, PostgresError> {
        query::execute(self.port, USER, "postgres", statement)
    }

    /// The server writes `ready` into the last line of its pid file when it takes connections.
    fn wait_until_ready(&self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        while Instant::now() < deadline {
            let state = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().last().is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if log().contains("FATAL:") {
                return Err(log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(format!("not ready after {START_SECONDS_MAX} seconds\n{}", log()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        // The watcher is our own child; there is nobody to tell if it cannot be waited for.
        let _ = self.watcher.wait();
    }
}

fn all_required() -> bool {
    std::env::var("HUSTINGS_REQUIRE_ALL").is_ok_and(|value| value == "1")
}

fn running_or_skipped<S>(
    test: &str,
    server: Result<S, impl Borrow<PostgresError>>,
    required: bool,
) -> Option<S> {
    let error = match server {
        Ok(server) => return Some(server),
        Err(error) => error,
    };
    match error.borrow() {
        error @ PostgresError::Missing(_) if !required => {
            // Not by `eprintln!`: the test harness hides what that prints unless the test fails.
            let said = writeln!(io::stderr().lock(), "SKIPPED: {test}: {error}");
            assert!(said.is_ok(), "a skipped test must say so");
            None
        }
        error => panic!("{test}: {error}"),
    }
}

fn temporary_folder(programs: &Programs) -> io::Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let nanos =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    let folder =
        std::env::temp_dir().join(format!("hustings-postgres-{}-{number}-{nanos}", std::process::id()));
    std::fs::create_dir(&folder)?;
    programs.give(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_postgresql_skips_the_test() {
        let missing: Result<(), _> = Err(PostgresError::Missing("initdb"));
        assert!(running_or_skipped("an example of a skipped test", missing, false).is_none());
    }

    #[test]
    #[should_panic(expected = "no PostgreSQL on this machine: initdb not found")]
    fn but_not_where_everything_is_required() {
        let missing: Result<(), _> = Err(PostgresError::Missing("initdb"));
        let _ = running_or_skipped("an example", missing, true);
    }

    #[test]
    #[should_panic(expected = "disk full")]
    fn nor_where_the_server_is_there_and_fails() {
        let failed: Result<(), _> = Err(PostgresError::Failed("disk full".to_owned()));
        let _ = running_or_skipped("an example", failed, false);
    }
}
