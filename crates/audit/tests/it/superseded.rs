//! Smaller versions of tiles stay until the full tile is there, and are served: they must say what the log signed.

use crate::{Folder, append, entries, log_of, signer};
use hustings_audit::verify;

/// What is wrong with a folder, in words.
fn wrong(folder: &Folder) -> Vec<String> {
    let mut report = verify(folder, signer().public(), &[], |_, _| Ok(()));
    let tiles = folder.keys().filter(|path| path.starts_with("tile/")).cloned();
    report.compare_superseded(folder, tiles);
    report.problems.iter().map(ToString::to_string).collect()
}

/// A log of 300 entries that had 3, 200 and 290 before.
fn grown() -> Folder {
    let all = entries(300);
    let (mut folder, mut log) = log_of(&all[..3]);
    let first = folder.clone();
    for (from, to) in [(3, 200), (200, 290), (290, 300)] {
        append(&mut folder, &mut log, &all[from..to]);
    }
    // What a crash kept from being removed.
    folder.extend(first.into_iter().filter(|(path, _)| path.starts_with("tile/")));
    folder
}

#[test]
fn an_honest_logs_older_files_are_beginnings_of_its_newer_ones() {
    let folder = grown();
    for path in ["tile/0/000.p/3", "tile/entries/000.p/3", "tile/0/001.p/34", "tile/entries/001.p/34"] {
        assert!(folder.contains_key(path), "{path}: {:?}", folder.keys().collect::<Vec<_>>());
    }
    assert_eq!(wrong(&folder), Vec::<String>::new());
    // What was written and not yet signed is nobody's claim.
    let mut ahead = folder.clone();
    let longer = [folder["tile/0/001.p/44"].clone(), vec![7; 32]].concat();
    ahead.insert("tile/0/001.p/45".to_owned(), longer);
    ahead.insert("tile/0/002.p/1".to_owned(), vec![7; 32]);
    assert_eq!(wrong(&ahead), Vec::<String>::new());
}

#[test]
fn an_older_file_that_says_something_else_is_found() {
    for path in ["tile/0/000.p/3", "tile/entries/000.p/3", "tile/0/001.p/34", "tile/entries/001.p/34"] {
        let bytes = grown()[path].clone();
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        for forged in [changed, [&bytes[..], b"\0\0"].concat(), bytes[..bytes.len() - 1].to_vec(), Vec::new()]
        {
            let mut folder = grown();
            folder.insert(path.to_owned(), forged);
            let expected =
                format!("`{path}`, which a larger file has taken the place of, is not its beginning");
            assert_eq!(wrong(&folder), [expected]);
        }
    }
    let mut folder = grown();
    folder.insert("tile/0/007.html".to_owned(), Vec::new());
    assert_eq!(wrong(&folder), ["`tile/0/007.html` is no file of a log"]);
}
