//! A delivery: what a state sent, as files, folders of parts, zip archives or gz files, seen as one list of byte
//! streams that can be read twice.

use super::LoadError;
use super::archive::{self, Archive};
use super::gz::GzReader;
use super::unpacked::Unpacked;
use jiff::civil::Date;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One file of a delivery.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Name inside the delivery, with its folder or archive.
    pub name: String,
    /// Named on the command line, not found in a folder or archive: it must be a file that the layout knows.
    pub named: bool,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Plain(PathBuf),
    Gz { path: PathBuf, trailing: Arc<AtomicBool> },
    Zip { archive: Archive, index: usize },
}

impl InputFile {
    /// The file's bytes from the start, unpacked.
    ///
    /// # Errors
    /// The file cannot be opened or the archive is damaged.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, LoadError> {
        let failed = |error: &dyn std::fmt::Display| LoadError::Unreadable {
            path: self.name.clone(),
            reason: error.to_string(),
        };
        match &self.source {
            Source::Plain(path) => Ok(Box::new(File::open(path).map_err(|error| failed(&error))?)),
            Source::Gz { path, trailing } => {
                let packed = fs::metadata(path).map_err(|error| failed(&error))?.len();
                let reader = GzReader::open(path, trailing.clone()).map_err(|error| failed(&error))?;
                Ok(Box::new(Unpacked::new(reader, packed, 1)))
            }
            Source::Zip { archive, index } => self.open_member(archive.clone(), *index),
        }
    }

    /// Whether bytes behind the packed ones were left out; known once the file has been read to its end.
    #[must_use]
    pub fn has_trailing_bytes(&self) -> bool {
        matches!(&self.source, Source::Gz { trailing, .. } if trailing.load(Ordering::Relaxed))
    }

    /// A zip member borrows its archive, so a thread of its own unpacks it into a pipe.
    fn open_member(&self, mut archive: Archive, index: usize) -> Result<Box<dyn Read + Send>, LoadError> {
        let failed = |error: &dyn std::fmt::Display| LoadError::Unreadable {
            path: self.name.clone(),
            reason: error.to_string(),
        };
        let (reader, mut writer) = std::io::pipe().map_err(|error| failed(&error))?;
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::Builder::new()
            .name("unzip".to_owned())
            .spawn(move || {
                let members = archive.len();
                let result = archive.by_index(index).map_err(std::io::Error::other).and_then(|member| {
                    let packed = member.compressed_size();
                    std::io::copy(&mut Unpacked::new(member, packed, members), &mut writer)
                });
                // The reader asks for the result at the end of the pipe, which closes after this.
                let _ = sender.send(result.map(|_| ()));
                drop(writer);
            })
            .map_err(|error| failed(&error))?;
        Ok(Box::new(MemberReader { reader, result: Some(receiver) }))
    }
}

struct MemberReader {
    reader: std::io::PipeReader,
    result: Option<std::sync::mpsc::Receiver<std::io::Result<()>>>,
}

impl Read for MemberReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count == 0
            && !buffer.is_empty()
            && let Some(result) = self.result.take()
        {
            // A damaged archive must not look like a short file.
            result.recv().unwrap_or_else(|_| Err(std::io::Error::other("the archive's reader stopped")))?;
        }
        Ok(count)
    }
}

/// All that was found in a delivery.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Files to read, in the order of their names.
    pub files: Vec<InputFile>,
    /// What lies there and is not read, in the order of their names.
    pub left_out: Vec<LeftOut>,
}

/// Something in a delivery that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Name inside the delivery.
    pub name: String,
    /// Why, as the end of a sentence.
    pub reason: &'static str,
    /// What that means for the load.
    pub weight: Weight,
}

/// What it means for a load that something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is told.
    Noted,
    /// It holds the load if its name is that of a part of the list.
    ByName,
    /// It holds the load: nobody knows what was in it.
    Holds,
}

impl Delivery {
    fn leave_out(&mut self, name: String, reason: &'static str, weight: Weight) {
        self.left_out.push(LeftOut { name, reason, weight });
    }
}

/// Finds all files of a delivery, in the order of their names, so that the order of arguments does not matter.
///
/// # Errors
/// A path does not exist, or an archive cannot be opened.
pub fn collect(paths: &[PathBuf]) -> Result<Delivery, LoadError> {
    let mut files = Delivery::default();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| LoadError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let name = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        if metadata.is_dir() {
            collect_folder(path, "", &mut files)?;
        } else if !metadata.is_file() {
            return Err(LoadError::Unreadable {
                path: path.display().to_string(),
                reason: "expected a file or a folder, got a pipe or a device".to_owned(),
            });
        } else {
            collect_file(path, name, true, &mut files)?;
        }
    }
    files.files.sort_by(|a, b| a.name.cmp(&b.name));
    files.left_out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn collect_folder(folder: &Path, prefix: &str, files: &mut Delivery) -> Result<(), LoadError> {
    let unreadable = |error: std::io::Error| LoadError::Unreadable {
        path: folder.display().to_string(),
        reason: error.to_string(),
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_left_over(&name) {
            continue;
        }
        let inner = format!("{prefix}{name}");
        if name.starts_with('.') {
            files.leave_out(inner, "it is hidden", Weight::Noted);
            continue;
        }
        // Follows links to files.
        match fs::metadata(entry.path()) {
            Err(_) => files.leave_out(inner, "it is a link that leads nowhere", Weight::ByName),
            Ok(metadata) if metadata.is_file() => collect_file(&entry.path(), inner, false, files)?,
            Ok(metadata) if !metadata.is_dir() => {
                files.leave_out(inner, "it is a pipe or a device", Weight::ByName);
            }
            // It might lead back to where it stands.
            Ok(_) if entry.file_type().map_err(unreadable)?.is_symlink() => {
                files.leave_out(inner, "it is a link to a folder, which is not followed", Weight::Holds);
            }
            Ok(_) => collect_folder(&entry.path(), &format!("{inner}/"), files)?,
        }
    }
    Ok(())
}

fn collect_file(path: &Path, name: String, named: bool, files: &mut Delivery) -> Result<(), LoadError> {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".zip") {
        let archive = archive::open(path)?;
        let mut reader = archive.clone();
        for index in 0..archive.len() {
            let member = reader.by_index_raw(index).map_err(|error| LoadError::Unreadable {
                path: path.display().to_string(),
                reason: error.to_string(),
            })?;
            let member_name = member
                .name()
                .map_err(|error| LoadError::Unreadable {
                    path: path.display().to_string(),
                    reason: error.to_string(),
                })?
                .into_owned();
            let mut pieces = member_name.split(['/', '\\']).filter(|piece| *piece != ".");
            if member.is_dir() || pieces.clone().any(is_left_over) {
                continue;
            }
            let inner = format!("{name}/{member_name}");
            if pieces.clone().any(|piece| piece == "..") || pieces.next() == Some("") {
                files.leave_out(inner, "its name leads out of the archive", Weight::Holds);
                continue;
            }
            if member_name.split(['/', '\\']).any(|piece| piece.len() > 1 && piece.starts_with('.')) {
                files.leave_out(inner, "it is hidden", Weight::Noted);
                continue;
            }
            let source = Source::Zip { archive: archive.clone(), index };
            files.files.push(InputFile { name: inner, named: false, source });
        }
    } else if lower.ends_with(".gz") {
        files.files.push(InputFile {
            name,
            named,
            source: Source::Gz { path: path.to_owned(), trailing: Arc::default() },
        });
    } else {
        files.files.push(InputFile { name, named, source: Source::Plain(path.to_owned()) });
    }
    Ok(())
}

/// Files that operating systems leave in folders and archives.
#[must_use]
pub fn is_left_over(name: &str) -> bool {
    let is = |left_over: &&str| name.eq_ignore_ascii_case(left_over);
    name.starts_with("._") || ["__MACOSX", ".DS_Store", "thumbs.db", "desktop.ini"].iter().any(is)
}

/// The date that a name carries: `2026-02-07`, `20260207` or `02072026`, whatever stands around it.
#[must_use]
pub fn date_in_name(name: &str) -> Option<Date> {
    let bytes = name.as_bytes();
    let digits = |from: usize, count: usize| -> Option<i16> {
        let slice = bytes.get(from..from + count)?;
        slice.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(slice).ok()?.parse().ok()).flatten()
    };
    let day = |number: Option<i16>| number.and_then(|number| i8::try_from(number).ok());
    let date = |year: Option<i16>, month: Option<i16>, day_of_month: Option<i16>| -> Option<Date> {
        let year = year.filter(|year| (1990..=2100).contains(year))?;
        Date::new(year, day(month)?, day(day_of_month)?).ok()
    };
    for start in 0..bytes.len() {
        let free_before = start == 0 || !bytes[start - 1].is_ascii_digit();
        let free_after = |end: usize| !bytes.get(end).is_some_and(u8::is_ascii_digit);
        if !free_before {
            continue;
        }
        for separator in [b'-', b'_', b'.'] {
            let separated =
                bytes.get(start + 4) == Some(&separator) && bytes.get(start + 7) == Some(&separator);
            if separated && free_after(start + 10) {
                let found = date(digits(start, 4), digits(start + 5, 2), digits(start + 8, 2));
                if found.is_some() {
                    return found;
                }
            }
        }
        if free_after(start + 8) {
            let found = date(digits(start, 4), digits(start + 4, 2), digits(start + 6, 2))
                .or_else(|| date(digits(start + 4, 4), digits(start, 2), digits(start + 2, 2)));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn dates_in_names() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(date_in_name(name).map(|date| date.to_string()).as_deref(), expected, "{name}");
        };
        check("2026-02-07", Some("2026-02-07"));
        check("absentee_20260207.csv", Some("2026-02-07"));
        check("AllNYSVoters_02072026.txt", Some("2026-02-07"));
        check("nc_2026_02_07.zip", Some("2026-02-07"));
        check("ncvoter_Statewide.txt", None);
        check("ncvoter32.txt", None);
        check("123456789.txt", None);
        check("20261340.txt", None);
    }

    #[test]
    fn a_folder_with_an_archive_and_left_overs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("a.txt"), "plain").unwrap();
        fs::write(path.join(".DS_Store"), "x").unwrap();
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(b"packed").unwrap();
        fs::write(path.join("b.txt.gz"), gz.finish().unwrap()).unwrap();
        let mut archive = zip::ZipWriter::new(File::create(path.join("c.zip")).unwrap());
        archive.start_file("__MACOSX/x", zip::write::SimpleFileOptions::default()).unwrap();
        archive.start_file("inner/c.txt", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(b"zipped").unwrap();
        archive.finish().unwrap();
        let files = collect(&[path.to_owned()]).unwrap().files;
        let contents: Vec<_> = files
            .iter()
            .map(|file| {
                let mut text = String::new();
                file.open().unwrap().read_to_string(&mut text).unwrap();
                (file.name.as_str(), text)
            })
            .collect();
        let expected = [("a.txt", "plain"), ("b.txt.gz", "packed"), ("c.zip/inner/c.txt", "zipped")]
            .map(|(n, t)| (n, t.to_owned()));
        assert_eq!(contents, expected);
    }

    #[test]
    fn an_archive_that_swells_is_refused_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let (zip_path, gz_path) = (folder.path().join("c.zip"), folder.path().join("c.txt.gz"));
        let mut archive = zip::ZipWriter::new(File::create(&zip_path).unwrap());
        archive.start_file("c.txt", zip::write::SimpleFileOptions::default()).unwrap();
        let mut gz =
            flate2::write::GzEncoder::new(File::create(&gz_path).unwrap(), flate2::Compression::best());
        let blanks = vec![b' '; 1 << 20];
        for _ in 0..5 {
            archive.write_all(&blanks).unwrap();
            gz.write_all(&blanks).unwrap();
        }
        archive.finish().unwrap();
        gz.finish().unwrap();
        assert!(fs::metadata(&gz_path).unwrap().len() < 1 << 20, "it is a bomb");
        for path in [zip_path, gz_path] {
            let mut files = collect(&[path]).unwrap().files;
            let error =
                std::io::copy(&mut files.remove(0).open().unwrap(), &mut std::io::sink()).unwrap_err();
            assert!(error.to_string().starts_with("more than 250 times its "), "{error}");
        }
    }

    #[test]
    fn a_damaged_archive_is_an_error_and_not_a_short_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.zip");
        let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
        archive.start_file("c.txt", zip::write::SimpleFileOptions::default()).unwrap();
        // Noise does not compress, so that the damaged byte lies in the data.
        let noise: Vec<u8> = (0..25_000_u64)
            .flat_map(|seed| xxhash_rust::xxh3::xxh3_64_with_seed(b"noise", seed).to_le_bytes())
            .collect();
        archive.write_all(&noise).unwrap();
        archive.finish().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[50_000] ^= 0xff;
        fs::write(&path, bytes).unwrap();
        let files = collect(&[path]).unwrap().files;
        assert!(files[0].open().unwrap().read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn the_directory_of_an_archive_is_read_once_for_all_its_members() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.zip");
        let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
        for number in 0..300 {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(format!("{number:03}.txt"), options).unwrap();
            write!(archive, "list {number}").unwrap();
        }
        archive.finish().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let files = collect(std::slice::from_ref(&path)).unwrap().files;
        // Nobody could read the directory a second time.
        let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[directory..].fill(0);
        fs::write(&path, bytes).unwrap();
        assert!(collect(&[path]).is_err());
        for (number, file) in files.iter().enumerate() {
            for _again in 0..2 {
                let mut text = String::new();
                file.open().unwrap().read_to_string(&mut text).unwrap();
                assert_eq!(text, format!("list {number}"));
            }
        }
    }

    #[test]
    fn a_path_that_does_not_exist() {
        let error = collect(&[PathBuf::from("/nowhere/list.txt")]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/list.txt"), "{error}");
    }
}
