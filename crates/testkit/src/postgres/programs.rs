//! Where PostgreSQL's programs are, and as whom they run.

use super::PostgresError;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs found on this machine.
pub(super) struct Programs {
    pub(super) initdb: PathBuf,
    pub(super) postgres: PathBuf,
    /// For root, whom the programs refuse: words before the command that change the user, and that user.
    other_user: Option<(Vec<String>, u32)>,
}

impl Programs {
    pub(super) fn find() -> Result<Self, PostgresError> {
        let initdb = server_program("initdb").ok_or(PostgresError::Missing("initdb"))?;
        // `initdb` looks for the server beside itself, so that is where ours must come from.
        let real = std::fs::canonicalize(&initdb).unwrap_or_else(|_| initdb.clone());
        let postgres = Some(real.with_file_name("postgres"))
            .filter(|path| path.is_file())
            .or_else(|| server_program("postgres"))
            .ok_or(PostgresError::Missing("postgres"))?;
        let other_user = if id_of(None)? == 0 { Some(other_user()?) } else { None };
        Ok(Self { initdb, postgres, other_user })
    }

    /// A command that runs as the right user, in this folder, with none of the caller's PostgreSQL settings.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match &self.other_user {
            None => Command::new(program),
            Some((words, _)) => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]).arg(program);
                command
            }
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command.current_dir(folder).env("LC_ALL", "C");
        command
    }

    /// Makes the folder the server's user's.
    pub(super) fn give(&self, folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        if let Some((_, user)) = &self.other_user {
            std::os::unix::fs::chown(folder, Some(*user), None)?;
        }
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// In `PATH`, else the newest of Debian's and Ubuntu's folders, which are not in it.
fn server_program(name: &str) -> Option<PathBuf> {
    in_path(name).or_else(|| {
        let folders = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
        let mut folders: Vec<_> = folders.map(|entry| entry.path()).collect();
        folders.sort_by_key(|path| std::cmp::Reverse(version(path)));
        folders.into_iter().map(|path| path.join("bin").join(name)).find(|file| file.is_file())
    })
}

/// Numeric id of a user, by default of who runs this: the standard library cannot tell without a call into C.
fn id_of(user: Option<&str>) -> io::Result<u32> {
    let output = Command::new("id").arg("-u").args(user).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| io::Error::other(format!("`id -u` answered `{}`", text.trim())))
}

fn other_user() -> Result<(Vec<String>, u32), PostgresError> {
    let mut users = ["postgres", "nobody"].into_iter();
    let (user, id) = users
        .find_map(|user| Some((user, id_of(Some(user)).ok()?)))
        .ok_or(PostgresError::Missing("a user other than root (postgres, nobody)"))?;
    let words = if let Some(setpriv) = in_path("setpriv") {
        // The group does not matter, and `nobody`'s has another name on every distribution.
        let (user, group) = (format!("--reuid={id}"), format!("--regid={id}"));
        vec![setpriv.display().to_string(), user, group, "--clear-groups".to_owned()]
    } else if let Some(runuser) = in_path("runuser") {
        vec![runuser.display().to_string(), "-u".to_owned(), user.to_owned(), "--".to_owned()]
    } else {
        return Err(PostgresError::Missing("setpriv or runuser (PostgreSQL refuses to run as root)"));
    };
    Ok((words, id))
}
