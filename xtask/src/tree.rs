//! The project's files as the rules see them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Command;

/// Files by their path from the root, with `/`. Tests build small trees of their own.
#[derive(Debug, Default)]
pub struct Tree {
    /// Content by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A crate: its folder and its parsed `Cargo.toml`.
pub struct Crate {
    /// `crates/core`, `xtask`.
    pub folder: String,
    /// `hustings-core`.
    pub name: String,
    /// The whole manifest.
    pub manifest: toml::Table,
}

impl Tree {
    /// Everything that git tracks or would track.
    ///
    /// # Errors
    /// Outside a git checkout, and when a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()?;
        if !listed.status.success() {
            let message = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
            return Err(io::Error::other(format!(
                "`git ls-files` failed in `{}`: {message}",
                root.display()
            )));
        }
        let mut files = BTreeMap::new();
        for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            match std::fs::read(root.join(path)) {
                Ok(bytes) => _ = files.insert(path.to_owned(), bytes),
                // Deleted and not yet committed; or a link to a folder, which holds no text.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {}
                Err(error) => return Err(io::Error::other(format!("cannot read `{path}`: {error}"))),
            }
        }
        Ok(Self { files })
    }

    /// A tree of these texts.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Self { files: files.collect() }
    }

    /// A file's text; nothing when it is missing or not UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// Texts whose path ends so. Files that are not UTF-8 are no texts.
    pub fn texts<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let files = self.files.iter().filter(move |(path, _)| path.ends_with(ending));
        files.filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)))
    }

    /// The crates of the workspace: folders of `crates/` and `xtask` with a manifest that parses.
    pub fn crates(&self) -> Vec<Crate> {
        self.texts("/Cargo.toml")
            .filter_map(|(path, text)| {
                let folder = path.strip_suffix("/Cargo.toml")?.to_owned();
                let manifest: toml::Table = toml::from_str(text).ok()?;
                let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
                Some(Crate { folder, name, manifest })
            })
            .collect()
    }
}

impl Crate {
    /// Dependencies of every kind and target: the table they stand in, their name there, and what is said of them.
    pub fn dependencies(&self) -> Vec<(&'static str, String, &toml::Value)> {
        const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
        let targets = self.manifest.get("target").and_then(toml::Value::as_table);
        let tables =
            targets.into_iter().flat_map(|targets| targets.values()).filter_map(toml::Value::as_table);
        let mut found = Vec::new();
        for table in tables.chain([&self.manifest]) {
            for kind in KINDS {
                let dependencies = table.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
                found.extend(dependencies.map(|(name, said)| (kind, name.clone(), said)));
            }
        }
        found
    }
}
