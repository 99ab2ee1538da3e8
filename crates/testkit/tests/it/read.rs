//! A plain second reader for undamaged rows, so that the generator is not checked by its own code.

use hustings_testkit::synth::nc::{NcOptions, WeekFiles, write_weeks};
use std::collections::BTreeMap;
use std::ops::Index;
use std::path::Path;
use std::rc::Rc;

/// A delivery in a folder that lives as long as this value.
pub struct Written {
    /// Keeps the folder.
    pub folder: tempfile::TempDir,
    /// The weeks.
    pub weeks: Vec<WeekFiles>,
}

pub fn write(options: &NcOptions) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let weeks = write_weeks(options, folder.path(), &mut |_, _| {}).unwrap();
    Written { folder, weeks }
}

/// cp1252 as Latin-1: good enough for the letters of the undamaged rows.
pub fn text(path: &Path) -> String {
    std::fs::read(path).unwrap().iter().map(|byte| char::from(*byte)).collect()
}

/// One row, its fields by column name.
#[derive(Clone)]
pub struct Row(Rc<BTreeMap<String, usize>>, Vec<String>);

impl Index<&str> for Row {
    type Output = String;

    fn index(&self, column: &str) -> &String {
        &self.1[self.0[column]]
    }
}

/// Rows of an undamaged file, without the header.
pub fn rows(path: &Path, delimiter: &str) -> Vec<Row> {
    let text = text(path);
    let divider = format!("\"{delimiter}\"");
    let mut lines = text.split_terminator("\r\n").map(|line| {
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).expect(line);
        inner.split(&divider).map(str::to_owned).collect::<Vec<_>>()
    });
    let header = Rc::new(lines.next().unwrap().into_iter().zip(0..).collect::<BTreeMap<_, usize>>());
    lines
        .map(|fields| {
            assert_eq!(fields.len(), header.len(), "{fields:?}");
            assert!(fields.iter().all(|field| !field.contains(['"', '\t', '\n', '\0'])), "{fields:?}");
            Row(Rc::clone(&header), fields)
        })
        .collect()
}

/// Rows of a truth file, without the header.
pub fn truth(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}
