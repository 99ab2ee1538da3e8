//! What really changed, and what was really damaged: the files beside a delivery that a load is measured against.

use super::row::{Row, column};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::Path;

/// What `<date>.summary.json` holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// The list's date, ISO.
    pub as_of: String,
    /// 0 for the first list.
    pub week: u32,
    /// Voters on the list: distinct ids, damaged rows included.
    pub voters: u64,
    /// Physical lines of the voter file. `lines = records + header_lines + blank_lines + continuation_lines`.
    pub lines: u64,
    /// Header lines, repeated ones included.
    pub header_lines: u64,
    /// Lines of blanks.
    pub blank_lines: u64,
    /// Second lines of rows with a line break inside.
    pub continuation_lines: u64,
    /// Rows of the voter file, duplicates included.
    pub records: u64,
    /// Rows that lose against another one with the same id.
    pub duplicates: u64,
    /// Damaged rows by kind.
    pub damage: BTreeMap<String, u64>,
    /// Damaged rows by expected outcome.
    pub expected: BTreeMap<String, u64>,
    /// Changes since the week before by kind; on the first list every voter is `new`, and `changes.tsv` is empty.
    pub changes: BTreeMap<String, u64>,
    /// Ids that the state gave anew: `new_id` to the same voter, `reused` to another one.
    #[serde(default)]
    pub identity: BTreeMap<String, u64>,
    /// Rows of the history file.
    pub votes: u64,
    /// Among them, votes of ids that are on no list.
    pub votes_orphan: u64,
    /// Among them, rows that stop early (expected: quarantined).
    pub votes_truncated: u64,
    /// Rows of the absentee file.
    pub ballots: u64,
}

/// The truth files of one week, open.
pub(super) struct Truth {
    changes: BufWriter<File>,
    identity: BufWriter<File>,
    dirt: BufWriter<File>,
    duplicates: BufWriter<File>,
    history_dirt: BufWriter<File>,
    pub(super) summary: Summary,
}

impl Truth {
    pub(super) fn create(folder: &Path, date: &str, week: u32) -> io::Result<Self> {
        let open = |name: &str, header: &str| -> io::Result<BufWriter<File>> {
            let mut file = BufWriter::new(File::create(folder.join(format!("{date}.{name}.tsv")))?);
            writeln!(file, "{header}")?;
            Ok(file)
        };
        Ok(Self {
            changes: open("changes", "ncid\tkind\told\tnew")?,
            identity: open("identity", "kind\tbefore\tnow")?,
            dirt: open("dirt", "ncid\tline\tkind\texpected")?,
            duplicates: open("duplicates", "ncid\tkept_line\tlosing_line\tkind")?,
            history_dirt: open("history-dirt", "ncid\tline\tkind\texpected")?,
            summary: Summary { as_of: date.to_owned(), week, ..Summary::default() },
        })
    }

    pub(super) fn change(&mut self, ncid: &str, kind: &str, old: &str, new: &str) -> io::Result<()> {
        count(&mut self.summary.changes, kind);
        writeln!(self.changes, "{ncid}\t{kind}\t{old}\t{new}")
    }

    /// Writes down that the state has given an id anew: `new_id` to a voter who had another one, `reused` one that
    /// somebody else had.
    pub(super) fn identity(&mut self, kind: &str, before: &str, now: &str) -> io::Result<()> {
        count(&mut self.summary.identity, kind);
        writeln!(self.identity, "{kind}\t{before}\t{now}")
    }

    pub(super) fn dirt(&mut self, ncid: &str, line: u64, kind: &str, expected: &str) -> io::Result<()> {
        count(&mut self.summary.damage, kind);
        count(&mut self.summary.expected, expected);
        writeln!(self.dirt, "{ncid}\t{line}\t{kind}\t{expected}")
    }

    pub(super) fn history_dirt(
        &mut self,
        ncid: &str,
        line: u64,
        kind: &str,
        expected: &str,
    ) -> io::Result<()> {
        writeln!(self.history_dirt, "{ncid}\t{line}\t{kind}\t{expected}")
    }

    pub(super) fn duplicate(&mut self, ncid: &str, kept: u64, losing: u64, kind: &str) -> io::Result<()> {
        self.summary.duplicates += 1;
        writeln!(self.duplicates, "{ncid}\t{kept}\t{losing}\t{kind}")
    }

    /// Compares the rows of one voter in two weeks and writes down what differs. Whoever moves is in another precinct, too:
    /// only the move is a change then. So is it where the mail goes home and follows, and where an address becomes
    /// confidential.
    pub(super) fn compare(&mut self, ncid: &str, old: &Row, new: &Row) -> io::Result<()> {
        let mut change = |kind: &str, fields: RangeInclusive<usize>| -> io::Result<()> {
            self.change(ncid, kind, &old.joined(fields.clone()), &new.joined(fields))
        };
        let differs = |fields: RangeInclusive<usize>| old.differs(new, fields);
        const RESIDENCE: RangeInclusive<usize> = column::RES_STREET..=column::RES_ZIP;
        let hidden = differs(column::CONFIDENTIAL..=column::CONFIDENTIAL);
        if hidden {
            change("became_confidential", column::CONFIDENTIAL..=column::CONFIDENTIAL)?;
        }
        if differs(column::COUNTY_ID..=column::COUNTY_ID) {
            change("moved_county", column::COUNTY_DESC..=column::COUNTY_DESC)?;
        } else if differs(RESIDENCE) && !hidden {
            change("moved_within_county", RESIDENCE)?;
        } else if differs(column::PRECINCT..=column::PRECINCT) && !differs(RESIDENCE) {
            change("precinct_changed", column::PRECINCT..=column::PRECINCT)?;
        }
        const NAME: RangeInclusive<usize> = column::LAST_NAME..=column::SUFFIX;
        if differs(NAME) {
            let corrected = one_letter_less(old.field(column::LAST_NAME), new.field(column::LAST_NAME));
            change(if corrected { "name_corrected" } else { "name_changed" }, NAME)?;
        }
        for (kind, fields) in [
            ("status_changed", column::STATUS..=column::STATUS_REASON),
            ("party_changed", column::PARTY..=column::PARTY),
            ("birth_date_changed", column::BIRTH_YEAR..=column::BIRTH_YEAR),
            ("registration_date_changed", column::REGISTERED..=column::REGISTERED),
        ] {
            if differs(fields.clone()) {
                change(kind, fields)?;
            }
        }
        if hidden {
            return Ok(());
        }
        let at_home = |row: &Row| row.shown(column::MAIL_1) == row.shown(column::RES_STREET);
        let follows = at_home(old) && at_home(new);
        if differs(column::MAIL_1..=column::MAIL_ZIP) && !follows {
            change("mailing_changed", column::MAIL_1..=column::MAIL_ZIP)?;
        }
        if differs(column::PHONE..=column::PHONE) {
            change("contact_changed", column::PHONE..=column::PHONE)?;
        }
        Ok(())
    }

    pub(super) fn finish(self, path: &Path) -> io::Result<Summary> {
        let files = [self.changes, self.identity, self.dirt, self.duplicates, self.history_dirt];
        for mut file in files {
            file.flush()?;
        }
        let mut text = serde_json::to_string_pretty(&self.summary)?;
        text.push('\n');
        std::fs::write(path, text)?;
        Ok(self.summary)
    }
}

/// A clerk took out a letter that was typed twice.
fn one_letter_less(old: &[u8], new: &[u8]) -> bool {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    old.len() == new.len() + 1 && old[same + 1..] == new[same..]
}

fn count(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.to_owned(), 1);
        }
    }
}
