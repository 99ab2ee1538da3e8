//! The snapshot's files are open: another program reads them as they are.

use crate::support::{Desk, number, skipped};
use hustings_testkit::synth::nc::NcOptions;
use hustings_voterfile::schema::{ColumnType, Schema, Table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

const SCRIPT: &str = r#"
import json, sys
import duckdb
folder = sys.argv[1]
answer = {}
for name in ["voters", "votes", "ballots", "changes", "quarantine"]:
    table = f"read_parquet('{folder}/{name}.parquet')"
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM {table}").fetchall()
    answer[name] = {
        "rows": duckdb.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0],
        "columns": [[column[0], column[1]] for column in columns],
    }
def one(sql):
    return duckdb.sql(sql.replace("FOLDER", folder)).fetchall()[0][0]
answer["on_the_list"] = one("SELECT count(*) FROM 'FOLDER/voters.parquet' WHERE dropped_at IS NULL")
answer["households"] = one("SELECT count(DISTINCT household_id) FROM 'FOLDER/voters.parquet' WHERE dropped_at IS NULL")
answer["joined"] = one("SELECT count(*) FROM 'FOLDER/votes.parquet' JOIN 'FOLDER/voters.parquet' USING (voter_id)")
answer["orphans"] = one("SELECT count(*) FROM 'FOLDER/votes.parquet' WHERE voter_id IS NULL")
answer["parties"] = dict(duckdb.sql(f"SELECT party, count(*) FROM '{folder}/voters.parquet' WHERE dropped_at IS NULL GROUP BY 1").fetchall())
answer["kinds"] = dict(duckdb.sql(f"SELECT kind, count(*) FROM '{folder}/changes.parquet' GROUP BY 1").fetchall())
answer["rules"] = dict(duckdb.sql(f"SELECT rule, count(*) FROM '{folder}/quarantine.parquet' GROUP BY 1").fetchall())
print(json.dumps(answer))
"#;

fn sql_type(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "VARCHAR",
        ColumnType::Int => "INTEGER",
        ColumnType::Int64 => "BIGINT",
        ColumnType::Date => "DATE",
        ColumnType::Bool => "BOOLEAN",
        ColumnType::Timestamp => "TIMESTAMP WITH TIME ZONE",
        ColumnType::Bytes => "BLOB",
    }
}

#[test]
fn duckdb_reads_every_table_with_the_documented_columns_and_the_report_s_counts() {
    let desk = Desk::new();
    let weeks = desk.weeks(&NcOptions { voters: 1_500, weeks: 2, dirt: 0.02, ..NcOptions::default() });
    let mut summary = Value::Null;
    for week in &weeks {
        let folder = week.folder.to_str().unwrap();
        summary = desk.json(&["load", folder, "--state", "nc", "--accept-held", "dirt"], 0);
    }
    let report = desk.json(&["report", "--state", "nc"], 0);
    let python = std::env::var("HUSTINGS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = match Command::new(&python).args(["-c", SCRIPT]).arg(desk.current_folder()).output() {
        Ok(output) => output,
        Err(error) => return skipped("DuckDB reads the snapshot", &format!("{python}: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("No module named 'duckdb'") {
        return skipped("DuckDB reads the snapshot", &format!("{python} has no module duckdb"));
    }
    assert!(output.status.success(), "{said}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    for table in [Table::Voters, Table::Votes, Table::Ballots, Table::Changes, Table::Quarantine] {
        let found: BTreeMap<String, String> =
            serde_json::from_value::<Vec<(String, String)>>(answer[table.as_str()]["columns"].clone())
                .unwrap()
                .into_iter()
                .collect();
        let documented: BTreeMap<String, String> = Schema::embedded()
            .columns(table)
            .map(|column| (column.parquet(), sql_type(column.kind).to_owned()))
            .filter(|(name, _)| !name.ends_with('*'))
            .collect();
        for (name, kind) in &documented {
            assert_eq!(found.get(name), Some(kind), "{}.{name}", table.as_str());
        }
        for name in found.keys().filter(|name| !documented.contains_key(*name)) {
            assert!(
                name.starts_with("district_") || name.starts_with("extra_"),
                "{} has `{name}`",
                table.as_str()
            );
        }
    }
    let count = |pointer: &str| number(&answer, pointer);
    let on_the_list: u64 =
        report["counties"].as_array().unwrap().iter().map(|county| number(county, "/now")).sum();
    assert_eq!(count("/on_the_list"), on_the_list);
    assert_eq!(count("/households"), number(&summary, "/households"));
    assert_eq!(count("/orphans"), number(&summary, "/votes/orphan"));
    assert_eq!(count("/joined") + count("/orphans"), count("/votes/rows"));
    assert_eq!(count("/ballots/rows"), weeks[1].summary.ballots);
    let happened = |json: &Value| {
        let counts: BTreeMap<String, u64> = serde_json::from_value(json.clone()).unwrap();
        counts.into_iter().filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(happened(&answer["kinds"]), happened(&summary["changes"]));
    assert_eq!(happened(&answer["rules"]), happened(&summary["quarantine"]));
    let parties: BTreeMap<String, u64> = report["breakdowns"]["party"]
        .as_array()
        .unwrap()
        .iter()
        .map(|party| (party["value"].as_str().unwrap().to_owned(), number(party, "/now")))
        .filter(|(_, now)| *now > 0)
        .collect();
    assert_eq!(happened(&answer["parties"]), parties);
}
