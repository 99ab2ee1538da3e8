//! `match`, `dedupe` and `match explain` as users run them: files in, files out, one sentence for what is wrong.

use crate::contract::has;
use crate::support::{Desk, number};
use hustings_testkit::synth::linkage::{LinkageOptions, write_linkage};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// A base of 1,200 voters and a list of 500 rows.
fn lists(desk: &Desk) -> BTreeMap<String, String> {
    write_linkage(desk.path("").as_path(), LinkageOptions { base: 1_200, list: 500, seed: 5 }).unwrap();
    let text = fs::read_to_string(desk.path("truth.csv")).unwrap();
    let pairs = text.lines().skip(1).filter_map(|line| line.split_once(','));
    pairs.map(|(row, voter)| (row.to_owned(), voter.to_owned())).collect()
}

fn rows(desk: &Desk, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(desk.path(name)).unwrap();
    text.lines().map(|line| line.splitn(6, ',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_messy_list_finds_its_voters_and_every_pair_says_why() {
    let desk = Desk::new();
    let truth = lists(&desk);
    let arguments = [
        "match",
        "list.csv",
        "base.csv",
        "--out",
        "pairs.csv",
        "--left-id",
        "row",
        "--right-id",
        "id",
        "--one-to-one",
        "left",
    ];
    let report = desk.json(&arguments, 0);
    has(
        &report,
        &[
            ("pairs", "n"),
            ("accepted", "n"),
            ("review", "n"),
            ("estimated_precision", "x"),
            ("estimated_recall", "x"),
            ("pair_completeness", "x"),
            ("left_rows", "n"),
            ("left_rows_linked", "n"),
            ("right_rows", "n"),
            ("duplicate_ids", "n"),
            ("rows_at_candidate_limit", "n"),
            ("lists_cut", "n"),
            ("exact_pairs", "n"),
            ("columns", "o"),
            ("model", "o"),
            ("out", "t"),
            ("seconds", "x"),
            ("peak_memory_bytes", "n"),
            ("notes", "a"),
        ],
    );
    assert_eq!((number(&report, "/left_rows"), number(&report, "/right_rows")), (500, 1_200));
    assert_eq!(report["columns"]["left"]["FNAME"], "first_name");
    assert_eq!(report["columns"]["left"]["Date of Birth"], "dob");
    assert_eq!(report["columns"]["right"]["street"], "street");
    assert_eq!(report["columns"]["right"]["id"], "id");

    let pairs = rows(&desk, "pairs.csv");
    assert_eq!(pairs[0].join(","), "left_id,right_id,weight_bits,probability,decision,reason");
    let accepted: Vec<&Vec<String>> = pairs[1..].iter().filter(|pair| pair[4] == "accept").collect();
    assert_eq!(accepted.len() as u64, number(&report, "/accepted"));
    assert_eq!((pairs.len() - 1) as u64, number(&report, "/accepted") + number(&report, "/review"));
    let right = accepted.iter().filter(|pair| truth[&pair[0]] == pair[1]).count();
    let all = truth.values().filter(|voter| !voter.is_empty()).count();
    assert!(right * 100 >= accepted.len() * 98, "{right} of {} accepted pairs are right", accepted.len());
    assert!(right * 100 >= all * 90, "{right} of {all} true pairs were accepted");

    // The waterfall adds up to the weight in the file.
    let pair = accepted[0];
    let why = desk.json(&["match", "explain", &pair[0], &pair[1], "--run", "pairs.csv"], 0);
    let sum: f64 = why["steps"].as_array().unwrap().iter().map(|step| step["bits"].as_f64().unwrap()).sum();
    assert!((sum - pair[2].parse::<f64>().unwrap()).abs() < 0.01, "{why:#} {pair:?}");
    assert_eq!(why["steps"][0]["comparison"], "prior");
    let text = desk.run(&["match", "explain", &pair[0], &pair[1], "--run", "pairs.csv"]);
    assert!(text.stdout.contains("last_name") && text.stdout.contains("probability"), "{text:?}");
    desk.refuses(&["match", "explain", "none", &pair[1], "--run", "pairs.csv"], 2, "has no pair of `none`");

    // Parquet in, Parquet out: the same pairs.
    desk.json(
        &[
            "match",
            "list.csv",
            "base.csv",
            "--out",
            "pairs.parquet",
            "--left-id",
            "row",
            "--right-id",
            "id",
            "--one-to-one",
            "left",
        ],
        0,
    );
    let again = desk.json(&["match", "pairs.parquet", "pairs.parquet", "--out", "again.csv"], 0);
    assert_eq!(usize::try_from(number(&again, "/left_rows")).unwrap(), pairs.len() - 1);
}

#[test]
fn doubles_get_one_cluster_id() {
    let desk = Desk::new();
    lists(&desk);
    let base = fs::read_to_string(desk.path("base.csv")).unwrap();
    let doubled: Vec<String> = base.lines().skip(1).take(100).map(|line| format!("D{line}")).collect();
    desk.write("", "all.csv", format!("{base}{}\n", doubled.join("\n")));
    let report =
        desk.json(&["dedupe", "all.csv", "--out", "clusters.csv", "--id", "id", "--pairs", "pairs.csv"], 0);
    assert_eq!(number(&report, "/rows"), 1_300);
    let clusters = rows(&desk, "clusters.csv");
    assert_eq!(clusters[0], ["id", "cluster_id"]);
    let of: BTreeMap<&str, &str> =
        clusters[1..].iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(of.len(), 1_300);
    let together = (0..100)
        .filter(|voter| of[format!("DV{voter}").as_str()] == of[format!("V{voter}").as_str()])
        .count();
    assert!(together >= 98, "{together} of 100");
    assert_eq!(of["V5"], "V5", "a cluster is called after its first row");
    let pair = &rows(&desk, "pairs.csv")[1];
    desk.json(&["match", "explain", &pair[0], &pair[1], "--run", "pairs.csv"], 0);
}

#[test]
fn clusters_keep_their_ids_and_say_what_changed() {
    let desk = Desk::new();
    let header = "id,first_name,last_name,dob,zip,phone\n";
    let anna = "ANNA,ABERNATHY,1980-02-03,27601,9195550101";
    let bert = "BERT,BELLWEATHER,1971-05-06,27502,9195550102";
    desk.write("", "one.csv", format!("{header}1,{anna}\n2,{anna}\n3,{bert}\n"));
    desk.json(&["dedupe", "one.csv", "--id", "id", "--out", "first.csv"], 0);
    // In another order, with one row more and one less.
    desk.write("", "two.csv", format!("{header}4,{bert}\n3,{bert}\n2,{anna}\n"));
    let again = ["dedupe", "two.csv", "--id", "id", "--out", "second.csv", "--previous", "first.csv"];
    let report = desk.json(&[&again[..], &["--events", "events.csv"]].concat(), 0);
    let text = |name: &str| fs::read_to_string(desk.path(name)).unwrap().replace('\r', "");
    assert_eq!(text("first.csv"), "id,cluster_id\n1,1\n2,1\n3,3\n");
    assert_eq!(text("second.csv"), "id,cluster_id\n4,3\n3,3\n2,1\n");
    assert_eq!(text("events.csv"), "event,change,from_cluster,to_cluster,id\n1,gone,1,,1\n2,new,,3,4\n");
    assert_eq!((number(&report, "/events/gone"), number(&report, "/events/new")), (1, 1));
    desk.refuses(
        &["dedupe", "two.csv", "--out", "x.csv", "--previous", "one.csv"],
        2,
        "`one.csv`, header: expected columns `id` and `cluster_id`",
    );
}

#[test]
fn what_is_wrong_is_said_with_file_and_column() {
    let desk = Desk::new();
    desk.write(
        "",
        "good.csv",
        "id,first_name,last_name,dob\n1,ANNA,ABEL,1980-02-03\n2,BERT,BELL,1970-05-06\n",
    );
    desk.write("", "empty.csv", "");
    desk.write("", "none.csv", "color,shoe\nRED,41\n");
    desk.write("", "double.csv", "id,first_name,last_name\n7,ANNA,ABEL\n7,BERT,BELL\n");
    desk.write("", "long.csv", "id,first_name\n1,ANNA,MORE\n");
    let with = |left: &'static str| ["match", left, "good.csv", "--out", "x.csv"];
    desk.refuses(&with("empty.csv"), 2, "`empty.csv` is empty");
    desk.refuses(&with("nowhere.csv"), 2, "there is no file `nowhere.csv`");
    desk.refuses(
        &with("none.csv"),
        2,
        "no column can be compared; the headers are color, shoe; id, first_name",
    );
    desk.refuses(&with("long.csv"), 2, "`long.csv`, line 2: expected 2 fields");
    desk.refuses(
        &[&with("good.csv")[..], &["--left-id", "voter"]].concat(),
        2,
        "`good.csv`, header: expected a column `voter`",
    );
    desk.refuses(
        &[&with("good.csv")[..], &["--columns", "shoe=id"]].concat(),
        2,
        "`shoe` is no canonical column",
    );
    desk.refuses(
        &[&with("good.csv")[..], &["--columns", "zip=plz"]].concat(),
        2,
        "column `plz` is not in the header",
    );
    desk.refuses(
        &[&with("good.csv")[..], &["--precision", "7"]].concat(),
        2,
        "expected a share from 0.5 to 1",
    );
    desk.refuses(
        &["dedupe", "double.csv", "--id", "id", "--out", "x.csv"],
        2,
        "column `id`: expected an id for each row, got `7` in rows 1 and 2",
    );
    desk.refuses(&["match", "good.csv", "good.csv", "--out", "none/x.csv"], 2, "there is no such folder");
    assert!(!desk.path("x.csv").exists(), "nothing is left of what failed");
}

#[test]
fn tiny_and_empty_lists_give_sound_answers() {
    let desk = Desk::new();
    desk.write("", "header.csv", "first_name,last_name,dob\n");
    desk.write("", "one.csv", "first_name,last_name,dob\nANNA,ABEL,1980-02-03\n");
    desk.write("", "null.csv", "first_name,last_name,dob\n,,\n,,\n");
    for (left, right, accepted) in [
        ("header.csv", "one.csv", 0),
        ("one.csv", "header.csv", 0),
        ("null.csv", "one.csv", 0),
        ("one.csv", "one.csv", 1),
    ] {
        let report = desk.json(&["match", left, right, "--out", "x.csv"], 0);
        assert_eq!(number(&report, "/accepted"), accepted, "{left} {right}");
        assert!(report["estimated_precision"].is_number() && report["estimated_recall"].is_number());
        assert_eq!(rows(&desk, "x.csv").len() as u64, 1 + accepted);
    }
    // Without an id column rows are numbered from 0.
    assert_eq!(rows(&desk, "x.csv")[1][..2], ["0", "0"]);
    let report: Value = desk.json(&["dedupe", "null.csv", "--out", "x.csv"], 0);
    assert_eq!(number(&report, "/clusters"), 2);
}

const PEOPLE: &str = "id,first_name,last_name,dob\n1,ANNA,ABEL,1980-02-03\n2,BERT,BELL,1970-05-06\n";

#[test]
fn what_is_written_takes_the_place_of_nothing_but_an_earlier_result() {
    let desk = Desk::new();
    for name in ["l.csv", "r.csv"] {
        desk.write("", name, PEOPLE);
    }
    let is_whole = |name: &str| assert_eq!(fs::read_to_string(desk.path(name)).unwrap(), PEOPLE, "{name}");
    std::os::unix::fs::symlink("l.csv", desk.path("link.csv")).unwrap();
    for out in ["l.csv", "r.csv", "./r.csv", "link.csv"] {
        desk.refuses(&["match", "l.csv", "r.csv", "--out", out], 2, "is read, and would be written over");
    }
    desk.refuses(&["dedupe", "l.csv", "--out", "l.csv"], 2, "`l.csv` is read, and would be written over");
    desk.refuses(
        &["dedupe", "l.csv", "--out", "h.csv", "--pairs", "h.csv"],
        2,
        "`h.csv` would be written twice",
    );
    desk.refuses(
        &["dedupe", "l.csv", "--out", "h.csv", "--previous", "r.csv", "--events", "r.csv"],
        2,
        "`r.csv` is read, and would be written over",
    );
    is_whole("l.csv");
    is_whole("r.csv");

    // A device, here a pipe, stays what it is.
    assert!(std::process::Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
    desk.refuses(
        &["match", "l.csv", "r.csv", "--out", "pipe"],
        2,
        "`pipe`: it is a device or a pipe, and no file",
    );
    desk.refuses(&["dedupe", "l.csv", "--out", "pipe"], 2, "`pipe`: it is a device or a pipe, and no file");
    desk.refuses(&["match", "l.csv", "r.csv", "--out", "x.txt"], 2, "a name that ends with .csv or .parquet");
    std::os::unix::fs::symlink("gone.csv", desk.path("dangling.csv")).unwrap();
    desk.refuses(&["match", "l.csv", "r.csv", "--out", "dangling.csv"], 2, "it is a link to nothing");

    // Through a link the file is written to which it leads, and what lies beside under a usual name is the user's.
    desk.write("", "real.csv", "");
    std::os::unix::fs::symlink("real.csv", desk.path("through.csv")).unwrap();
    desk.write("", "real.csv.new", "mine");
    desk.json(&["match", "l.csv", "r.csv", "--out", "through.csv"], 0);
    assert!(desk.path("through.csv").symlink_metadata().unwrap().is_symlink());
    assert_eq!(rows(&desk, "real.csv").len(), 3);
    assert_eq!(fs::read_to_string(desk.path("real.csv.new")).unwrap(), "mine");
    let left = crate::support::names(&desk.path(""));
    assert!(left.iter().all(|name| !name.starts_with('.')), "{left:?}");
    // An earlier result is replaced, and clusters by those that follow them.
    desk.json(&["match", "l.csv", "r.csv", "--out", "through.csv"], 0);
    desk.json(&["dedupe", "l.csv", "--id", "id", "--out", "c.csv"], 0);
    desk.json(&["dedupe", "l.csv", "--id", "id", "--out", "c.csv", "--previous", "c.csv"], 0);
}

#[test]
fn a_pair_is_explained_by_its_own_run_alone() {
    let desk = Desk::new();
    desk.write("", "l.csv", PEOPLE);
    desk.write("", "r.csv", PEOPLE.replace("2,BERT", "1,BERT"));
    let ids = ["--left-id", "id", "--right-id", "id"];
    let link = |out: &str| desk.json(&[&["match", "l.csv", "r.csv", "--out", out][..], &ids].concat(), 0);
    link("one.csv");
    let explain = |left: &str, right: &str| desk.run(&["match", "explain", left, right, "--run", "one.csv"]);
    assert_eq!(explain("2", "1").code, 0);
    let reversed = explain("1", "2");
    assert_eq!(reversed.code, 2, "the left id comes first: {reversed:?}");
    // Put in another order, by a spreadsheet program say: said, and explained.
    let text = fs::read_to_string(desk.path("one.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    desk.write("", "one.csv", lines.join("\n"));
    let changed = explain("2", "1");
    assert!(changed.code == 0 && changed.stderr.contains("has been changed since the run"), "{changed:?}");
    // Clusters in its place, or levels of another run beside it: refused.
    desk.json(&["dedupe", "l.csv", "--out", "one.csv"], 0);
    desk.refuses(&["match", "explain", "2", "1", "--run", "one.csv"], 2, "it holds no pairs");
    link("one.csv");
    desk.write("", "l.csv", PEOPLE.replace("ABEL", "ABLE"));
    link("two.csv");
    fs::copy(desk.path("two.csv.run.json"), desk.path("one.csv.run.json")).unwrap();
    desk.refuses(&["match", "explain", "2", "1", "--run", "one.csv"], 2, "are of two runs");
    // Ids that several rows have.
    desk.write("", "l.csv", PEOPLE.replace("2,BERT,BELL,1970-05-06", "1,ANN,ABEL,1980-02-03"));
    link("one.csv");
    let several = explain("1", "1");
    assert!(several.stderr.contains("2 pairs are called `1` and `1`"), "{several:?}");
}

#[test]
fn no_row_of_a_list_goes_missing_on_the_way_in() {
    let desk = Desk::new();
    let row = |number: usize| {
        format!("{number},F{number},L{number},19{}-0{}-1{}\n", 50 + number % 40, 1 + number % 9, number % 9)
    };
    let list: String = (0..400).map(row).collect();
    let header = "id,first_name,last_name,dob\n";
    desk.write("", "base.csv", format!("{header}{list}"));
    let linked = |left: &str| {
        let report = desk
            .json(&["match", left, "base.csv", "--out", "x.csv", "--left-id", "id", "--right-id", "id"], 0);
        (number(&report, "/left_rows"), report["notes"].to_string())
    };
    desk.write("", "quote.csv", format!("{header}{}", list.replace("\n9,F9", "\n9,\"F9")));
    let (rows, notes) = linked("quote.csv");
    assert_eq!(rows, 400);
    assert!(notes.contains("`quote.csv`, line 11: a quote stands where none may be"), "{notes}");
    desk.write("", "titled.csv", format!("Acme Voter Data LLC,,,\nas of 11/01,,,\n{header}{list}"));
    let (rows, notes) = linked("titled.csv");
    assert_eq!(rows, 400);
    assert!(notes.contains("2 rows above it were left out"), "{notes}");
    desk.write("", "broken.csv", format!("{header}{}", list.replace("9,F9,L9,", "9,F9,L9,\"")));
    desk.refuses(&["match", "broken.csv", "base.csv", "--out", "x.csv"], 2, "`broken.csv`, line 11: a quote");

    assert!(std::process::Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
    let (path, text) = (desk.path("pipe"), format!("{header}{list}"));
    let writer = std::thread::spawn(move || fs::write(path, text).unwrap());
    assert_eq!(linked("pipe").0, 400);
    writer.join().unwrap();
}
