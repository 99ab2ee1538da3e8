//! What all tests share: the program, a folder of its own for each test, and deliveries written by hand.

use hustings_access::verb::Load;
use hustings_access::{
    Act, Actor, Organization, OrganizationId, OrganizationKind, Policy, Receipt, Request, Standing,
};
use hustings_store::snapshot_scan::TableScan;
use hustings_testkit::synth::nc::row::{BALLOT_HEADER, HEADER, HISTORY_HEADER};
use hustings_testkit::synth::nc::{NcOptions, WeekFiles, write_weeks};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A desk to work at: a temporary folder with the data folder in it.
pub struct Desk {
    folder: tempfile::TempDir,
    /// More arguments for every run.
    pub extra: Vec<String>,
}

/// What the program said.
#[derive(Debug)]
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), extra: Vec::new() }
    }

    /// In memory where the system has such a place: for what commits thousands of times and is not about the disk.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self { folder: folder.unwrap(), extra: Vec::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The program on this desk's data folder, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).args(&self.extra).arg("--data").arg(self.data());
        command.current_dir(self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    /// Runs with `--json` and expects an exit code and one JSON document.
    #[track_caller]
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let answer = self.run(&arguments);
        assert_eq!(answer.code, code, "{arguments:?}: {answer:#?}");
        serde_json::from_str(&answer.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {answer:#?}"))
    }

    /// Loads a folder or file of this desk.
    #[track_caller]
    pub fn load(&self, delivery: &str, code: i32) -> Value {
        self.json(&["load", delivery, "--state", "nc"], code)
    }

    /// Expects a refusal in one sentence on standard error that holds `words`, and nothing on standard output.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], code: i32, words: &str) {
        let answer = self.run(arguments);
        assert_eq!(answer.code, code, "{arguments:?}: {answer:#?}");
        assert_eq!(answer.stdout, "", "{arguments:?}");
        let sentence = answer.stderr.strip_prefix("hustings: ").unwrap_or_else(|| panic!("{answer:#?}"));
        assert_eq!(sentence.trim_end().lines().count(), 1, "one sentence: {answer:#?}");
        assert!(sentence.contains(words), "expected `{words}`: {answer:#?}");
    }

    /// Writes one file of a delivery.
    pub fn write(&self, delivery: &str, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(delivery).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes a delivery of voters and, when there are any, votes, under names of the state.
    pub fn deliver(&self, delivery: &str, voters: &[Voter], votes: &[[&str; 3]]) {
        self.write(delivery, "ncvoter_Statewide.txt", list(&HEADER, voters));
        if !votes.is_empty() {
            self.write(delivery, "ncvhis_Statewide.txt", history(votes));
        }
    }

    /// Writes synthetic weeks; the folders are named `weeks/<date>`.
    pub fn weeks(&self, options: &NcOptions) -> Vec<WeekFiles> {
        write_weeks(options, &self.path("weeks"), &mut |_, _| {}).unwrap()
    }

    /// Id of the current snapshot.
    #[track_caller]
    pub fn current(&self) -> Option<String> {
        let list = self.json(&["snapshots", "--state", "nc"], 0);
        let mut current =
            list["snapshots"].as_array().unwrap().iter().filter(|row| row["is_current"] == true);
        let id = current.next().map(|row| row["id"].as_str().unwrap().to_owned());
        assert!(current.next().is_none(), "one current snapshot: {list:#}");
        id
    }

    /// Folder of the current snapshot.
    pub fn current_folder(&self) -> PathBuf {
        self.data().join("voterfile/nc").join(self.current().unwrap())
    }

    /// A table of the current snapshot, every cell as text.
    pub fn table(&self, name: &str) -> Vec<Row> {
        table(&self.current_folder().join(name))
    }

    /// The voters of the current snapshot by state id.
    pub fn voters(&self) -> BTreeMap<String, Row> {
        let rows = self.table("voters.parquet");
        let count = rows.len();
        let voters: BTreeMap<_, _> =
            rows.into_iter().map(|row| (row["state_voter_id"].clone(), row)).collect();
        assert_eq!(voters.len(), count, "every voter stands once");
        voters
    }

    /// Everything in the state's folder but lock and database, sorted, directories with a slash.
    pub fn state_folder(&self) -> Vec<String> {
        names(&self.data().join("voterfile/nc"))
    }
}

/// Names of what lies in a folder but the lock, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".lock")
        .collect();
    names.sort();
    names
}

impl Answer {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program, without what the tester's own environment would tell it.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hustings"));
    for name in ["HUSTINGS_DATA", "HUSTINGS_DATABASE", "HUSTINGS_KEYS", "HUSTINGS_LAYOUTS", "HUSTINGS_AS"] {
        command.env_remove(name);
    }
    command
}

/// A row of a Parquet file: column to text; absent values are left out.
pub type Row = BTreeMap<String, String>;

/// A Parquet file, read whole.
pub fn table(path: &Path) -> Vec<Row> {
    loading(|act| rows_of(act, path))
}

/// Within a scope for the load of a list, decided upon facts of the test's own and recorded nowhere.
fn loading<R>(work: impl for<'id> FnOnce(&Act<'id, Load>) -> R) -> R {
    let nc = "nc".parse().unwrap();
    let owner = Organization {
        id: OrganizationId::local(),
        kind: OrganizationKind::National,
        name: "Owner of this data directory".to_owned(),
        state: None,
        counties: None,
        registered_by: None,
    };
    let standing = Standing {
        organization: owner.id.clone(),
        directory_owner: owner.id.clone(),
        base_owners: BTreeMap::new(),
        states: [nc].into(),
        grants: Vec::new(),
        engagements: Vec::new(),
        epoch: 0,
    };
    let decision = Policy::new()
        .unwrap()
        .decide::<Load>(&Actor::local(owner), &Request::voters_of(nc), &standing, jiff::Timestamp::UNIX_EPOCH)
        .unwrap();
    let receipt = Receipt::of_durable_row(decision.intent().digest(), 0);
    decision.logged(receipt).unwrap().enter(work)
}

fn rows_of(act: &Act<'_, Load>, path: &Path) -> Vec<Row> {
    let scan = TableScan::open(act, path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut rows = Vec::new();
    for batch in scan.all(&[]).unwrap() {
        let batch = batch.unwrap();
        let schema = batch.schema();
        for at in 0..batch.num_rows() {
            let cells = schema.fields().iter().zip(batch.columns());
            rows.push(
                cells.filter_map(|(field, array)| Some((field.name().clone(), cell(array, at)?))).collect(),
            );
        }
    }
    rows
}

fn cell(array: &arrow_array::ArrayRef, row: usize) -> Option<String> {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, Int32Type, Int64Type};
    use arrow_schema::DataType;
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let epoch = jiff::civil::date(1970, 1, 1);
            epoch.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
        }
        DataType::Binary => String::from_utf8_lossy(array.as_binary::<i32>().value(row)).into_owned(),
        other => panic!("a column of type {other}"),
    })
}

/// A voter of a hand-written list: Durham, active, without party, at an address of their own.
#[derive(Clone)]
pub struct Voter(BTreeMap<&'static str, String>);

impl Voter {
    /// The voter with this id, such as `AA12`; the number in it is the house number.
    pub fn new(ncid: &str) -> Self {
        let number: String = ncid.chars().filter(char::is_ascii_digit).collect();
        let address = format!("{number}  MAIN ST");
        let mut voter = Self(BTreeMap::new());
        for (column, value) in [
            ("county_id", "32"),
            ("county_desc", "DURHAM"),
            ("voter_reg_num", &format!("{number:0>12}")),
            ("ncid", ncid),
            ("last_name", "WINDOM"),
            ("first_name", "DARRELL"),
            ("status_cd", "A"),
            ("voter_status_desc", "ACTIVE"),
            ("reason_cd", "AV"),
            ("voter_status_reason_desc", "VERIFIED"),
            ("res_street_address", &address),
            ("res_city_desc", "DURHAM"),
            ("state_cd", "NC"),
            ("zip_code", "27701"),
            ("mail_addr1", &address),
            ("mail_city", "DURHAM"),
            ("mail_state", "NC"),
            ("mail_zipcode", "27701"),
            ("full_phone_number", "9195550134"),
            ("confidential_ind", "N"),
            ("registr_dt", "01/14/2017"),
            ("race_code", "W"),
            ("ethnic_code", "NL"),
            ("party_cd", "UNA"),
            ("gender_code", "F"),
            ("birth_year", "1974"),
            ("age_at_year_end", "52"),
            ("birth_state", "NC"),
            ("drivers_lic", "Y"),
            ("ssn", "Y"),
            ("no_dl_ssn_chkbx", "N"),
            ("hava_id_req", "N"),
            ("precinct_abbrv", "01"),
            ("precinct_desc", "PRECINCT 01"),
            ("cong_dist_abbrv", "4"),
        ] {
            voter.0.insert(column, value.to_owned());
        }
        voter
    }

    #[must_use]
    pub fn with(mut self, column: &'static str, value: &str) -> Self {
        self.0.insert(column, value.to_owned());
        self
    }

    /// As the state gives somebody whose address it keeps to itself.
    #[must_use]
    pub fn confidential(self) -> Self {
        self.with("confidential_ind", "Y")
    }

    /// The row in the order of a header, without its line end.
    pub fn row(&self, header: &[&str]) -> String {
        quoted(header.iter().map(|column| self.0.get(*column).map_or("", String::as_str)))
    }
}

/// Voters with the ids `AA<from>` to `AA<to>`.
pub fn voters(from: u32, to: u32) -> Vec<Voter> {
    (from..=to).map(|number| Voter::new(&format!("AA{number}"))).collect()
}

fn quoted<'a>(values: impl Iterator<Item = &'a str>) -> String {
    values.map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join("\t")
}

/// A voter file as the state writes it: tabs, quotes, CR LF.
pub fn list(header: &[&str], voters: &[Voter]) -> String {
    let mut text = quoted(header.iter().copied()) + "\r\n";
    for voter in voters {
        text += &(voter.row(header) + "\r\n");
    }
    text
}

/// A history file from (ncid, date `MM/DD/YYYY`, method).
pub fn history(votes: &[[&str; 3]]) -> String {
    let mut text = quoted(HISTORY_HEADER.into_iter()) + "\r\n";
    for [ncid, date, method] in votes {
        let name = format!("{date} GENERAL");
        let number: String = ncid.chars().filter(char::is_ascii_digit).collect();
        let number = format!("{number:0>12}");
        let row = [
            "32",
            "DURHAM",
            &number,
            date,
            &name,
            method,
            "UNA",
            "UNAFFILIATED",
            "01",
            "PRECINCT 01",
            ncid,
            "32",
            "DURHAM",
            "01",
            "01",
        ];
        text += &(quoted(row.into_iter()) + "\r\n");
    }
    text
}

/// An absentee file from the values of named columns.
pub fn absentee(ballots: &[&[(&str, &str)]]) -> String {
    let comma =
        |values: Vec<&str>| values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(",");
    let mut text = comma(BALLOT_HEADER.to_vec()) + "\r\n";
    for ballot in ballots {
        let value =
            |column: &&str| ballot.iter().find(|(name, _)| name == column).map_or("", |(_, value)| *value);
        text += &(comma(BALLOT_HEADER.iter().map(value).collect()) + "\r\n");
    }
    text
}

/// The number at `pointer`.
#[track_caller]
pub fn number(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no count at {pointer}: {json:#}"))
}

/// Rules of the gate that failed.
#[track_caller]
pub fn failed_rules(summary: &Value) -> Vec<String> {
    let failed = summary["gate"]["failed"].as_array().unwrap();
    failed.iter().map(|failure| failure["rule"].as_str().unwrap().to_owned()).collect()
}

/// Changes that happened, as (kind, count).
pub fn changes_of(summary: &Value) -> Vec<(String, u64)> {
    let changes = summary["changes"].as_object().unwrap();
    let counts = changes.iter().map(|(kind, count)| (kind.clone(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Says that a test was skipped, or fails where everything is required.
pub fn skipped(test: &str, why: &str) {
    assert!(std::env::var("HUSTINGS_REQUIRE_ALL").as_deref() != Ok("1"), "{test}: {why}");
    writeln!(std::io::stderr().lock(), "SKIPPED: {test}: {why}").unwrap();
}

/// Compares text with a file below `tests/`, or rewrites the file under `UPDATE=1`.
#[track_caller]
pub fn same_as_file(text: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if text != expected {
        let different = text.lines().zip(expected.lines()).position(|(now, then)| now != then);
        let line = different.unwrap_or_else(|| text.lines().count().min(expected.lines().count()));
        panic!(
            "{file} differs from line {}:\n  file: {:?}\n  now:  {:?}\nUPDATE=1 rewrites it",
            line + 1,
            expected.lines().nth(line),
            text.lines().nth(line)
        );
    }
}
