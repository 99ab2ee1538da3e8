//! `match` and `dedupe` with a snapshot: only what the scope shows is compared and told, and the log knows it.

use crate::network::{Serving, ask, json_of, key};
use crate::support::{Answer, Desk, Voter, names as names_of, number};
use crate::transfers::loaded;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

/// Three voters of [`loaded`] told apart by name, the last of them confidential.
fn named() -> Desk {
    let (desk, _) = loaded();
    let person = |id: &str, first: &str, last: &str, street: &str| {
        Voter::new(id)
            .with("first_name", first)
            .with("last_name", last)
            .with("res_street_address", street)
            .with("mail_addr1", street)
    };
    let wake = |voter: Voter| voter.with("county_desc", "WAKE").with("county_id", "92");
    let voters = [
        person("AA1", "OLIVIA", "HERNDON", "12 OAK ST"),
        person("AA2", "BERTRAM", "QUIGLEY", "900 MAPLE AVE"),
        person("AA3", "PRISCILLA", "VANCE", "41 ELM RD"),
        person("AA4", "THADDEUS", "MOSELEY", "7 PINE CT"),
        wake(person("AA5", "GWENDOLYN", "ASHFORD", "310 CEDAR LN")),
        wake(person("AA6", "CORNELIUS", "BLAKE", "55 BIRCH DR")),
        wake(person("AA7", "MARGUERITE", "TOLLIVER", "8 WILLOW WAY")),
        wake(person("AA8", "ZEBULON", "FAIRCLOTH", "77 ASPEN PL")).confidential(),
    ];
    desk.deliver("next", &voters, &[]);
    desk.json(&["load", "next", "--state", "nc", "--as", "nc-party"], 0);
    desk.write(
        "",
        "list.csv",
        "First Name,Surname,Address,City,Zip,note\n\
         Gwendolyn,Ashford,310 Cedar Ln,RALEIGH,27601,wake\n\
         olivia,Herndon,12 Oak Street,DURHAM,27701,durham\n\
         Zebulon,Faircloth,77 Aspen Pl,RALEIGH,27601,hidden\n\
         Nobody,Atall,1 Nowhere Blvd,RALEIGH,27601,nobody\n",
    );
    desk
}

fn pairs(desk: &Desk, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(desk.path(name)).unwrap();
    text.lines().skip(1).map(|line| line.splitn(6, ',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_list_finds_the_voters_of_the_scope_and_no_others() {
    let desk = named();
    let link = |who: &str, more: &[&str]| {
        let arguments =
            ["match", "list.csv", "nc", "--out", "pairs.csv", "--one-to-one", "left", "--as", who];
        desk.json(&[&arguments[..], more].concat(), 0)
    };
    let report = link("nc-party", &["--right-id", "state_voter_id"]);
    assert_eq!(number(&report, "/right_rows"), 7, "the confidential voter is nobody: {report:#}");
    let found: Vec<(String, String)> =
        pairs(&desk, "pairs.csv").into_iter().map(|pair| (pair[0].clone(), pair[1].clone())).collect();
    assert!(found.contains(&("0".to_owned(), "AA5".to_owned())), "{found:?}");
    assert!(found.contains(&("1".to_owned(), "AA1".to_owned())), "{found:?}");
    assert!(found.iter().all(|(row, _)| row == "0" || row == "1"), "{found:?}");

    // A campaign that was granted one county: the other's voters are not there, neither as rows nor in counts.
    let report = link("rivera", &[]);
    assert_eq!(number(&report, "/right_rows"), 3, "{report:#}");
    let found = pairs(&desk, "pairs.csv");
    assert_eq!(found.iter().map(|pair| pair[0].as_str()).collect::<Vec<_>>(), ["0"]);
    // The key is the organization's own.
    assert_eq!(found[0][1].len(), 13, "{found:?}");
    desk.refuses(&["match", "list.csv", "nc", "--out", "x.csv", "--as", "chen"], 2, "no voter file of nc");
    assert!(!desk.path("x.csv").exists());

    // Whose list it is sees in its log who was shown: the voter that the campaign's list met.
    let seen = desk.json(&["audit", "list", "--about", "AA5", "--as", "nc-party"], 0);
    let matched = |record: &&serde_json::Value| {
        record["details"]["place"] == "matched" && record["organization"] == "rivera"
    };
    assert_eq!(seen["records"].as_array().unwrap().iter().filter(matched).count(), 1, "{seen:#}");
}

#[test]
fn a_column_outside_of_the_scope_is_not_compared() {
    let desk = named();
    let revoke = desk.json(&["grant", "list", "--as", "nc-party"], 0);
    for grant in revoke["given"].as_array().unwrap() {
        desk.json(&["grant", "revoke", grant["id"].as_str().unwrap(), "--as", "nc-party"], 0);
    }
    let grant = ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base"];
    let columns = "name.first,name.last,county_name";
    desk.json(
        &[&grant[..], &["--columns", columns, "--until", "2098-12-03", "--as", "nc-party"]].concat(),
        0,
    );
    let report = desk.json(&["match", "list.csv", "nc", "--out", "pairs.csv", "--as", "rivera"], 0);
    let columns: Vec<&String> = report["columns"]["right"].as_object().unwrap().keys().collect();
    assert_eq!(columns, ["county_name", "first_name", "last_name"], "{report:#}");
    desk.refuses(
        &["match", "list.csv", "nc", "--out", "x.csv", "--right-id", "state_voter_id", "--as", "rivera"],
        2,
        "expected a column `state_voter_id`, got `first_name`, `last_name`, `county_name`",
    );
}

#[test]
fn a_snapshot_is_named_by_its_date_and_searched_for_doubles() {
    let desk = named();
    let all = desk.json(&["snapshots", "--state", "nc", "--as", "nc-party"], 0);
    let date = all["snapshots"][0]["as_of"].as_str().unwrap().to_owned();
    let named = format!("nc@{date}");
    let arguments = ["match", &named, "nc", "--out", "pairs.csv", "--left-id", "state_voter_id"];
    let same =
        desk.json(&[&arguments[..], &["--right-id", "state_voter_id", "--as", "nc-party"]].concat(), 0);
    assert_eq!((number(&same, "/left_rows"), number(&same, "/right_rows")), (7, 7));
    assert!(pairs(&desk, "pairs.csv").iter().all(|pair| pair[0] == pair[1] || pair[4] == "review"));
    let doubles = desk.json(&["dedupe", "nc", "--out", "clusters.csv", "--as", "nc-party"], 0);
    assert_eq!(number(&doubles, "/rows"), 7);
    let clusters = fs::read_to_string(desk.path("clusters.csv")).unwrap();
    assert!(clusters.lines().skip(1).all(|line| line.split(',').next().unwrap().len() == 13), "{clusters}");
    desk.refuses(
        &["match", "list.csv", "nc@1999-01-02", "--out", "x.csv", "--as", "nc-party"],
        2,
        "no snapshot of nc of 1999-01-02",
    );
    desk.refuses(&["match", "list.csv", "nc@may", "--out", "x.csv"], 2, "nc@2026-11-14");
    // A file that is called so is meant by its path.
    fs::copy(desk.path("list.csv"), desk.path("nc")).unwrap();
    let file: Answer = desk.run(&["match", "list.csv", "./nc", "--out", "pairs.csv"]);
    assert_eq!(file.code, 0, "{file:?}");
}

#[test]
fn of_a_state_without_doubles_no_two_voters_are_one_person() {
    // Couples, siblings, children and neighbors of one precinct, all of them different people.
    let desk = Desk::new();
    let made = desk.path("made");
    let arguments = ["synth", "voterfile", "--voters", "1500", "--out", made.to_str().unwrap()];
    let written = desk.json(&arguments, 0);
    let week = desk.path(written["weeks"][0]["folder"].as_str().unwrap());
    desk.json(&["load", week.to_str().unwrap(), "--state", "nc"], 0);
    let doubles = desk.json(&["dedupe", "nc", "--out", "clusters.csv"], 0);
    assert!(number(&doubles, "/rows") > 1400, "{doubles:#}");
    assert_eq!(number(&doubles, "/clusters_of_several"), 0, "{doubles:#}");
    assert_eq!(number(&doubles, "/clusters"), number(&doubles, "/rows"), "{doubles:#}");
}

#[test]
fn a_list_without_ids_is_matched_appended_explained_and_taken_back() {
    let desk = named();
    desk.write(
        "",
        "vendor.csv",
        "First Name,Surname,Address,City,Zip,Phone,score\n\
         Gwendolyn,Ashford,310 Cedar Ln,DURHAM,27701,,5\n\
         Gwendolyn,Ashford,310 Cedar Ln,DURHAM,27701,919-555-0199,7\n\
         Cornelius,Blake,55 Birch Dr,DURHAM,27701,919-555-0177,8\n\
         Zebulon,Faircloth,77 Aspen Pl,DURHAM,27701,919-555-0166,9\n\
         Nobody,Atall,1 Nowhere Blvd,ASHEVILLE,28801,919-555-0155,1\n",
    );
    // Of so few nothing is as sure as of a long list.
    let arguments = ["append", "vendor.csv", "--state", "nc", "--owner", "nc-party", "--class", "appended"];
    let arguments = [&arguments[..], &["--precision", "0.9"]].concat();
    let report = desk.json(&[&arguments[..], &["--pairs", "pairs.csv", "--as", "nc-party"]].concat(), 0);
    let of = |field: &str| number(&report, field);
    assert_eq!((of("/matched"), of("/accepted"), of("/unmatched")), (2, 3, 2), "{report:#}");
    assert_eq!((of("/rows/read"), of("/rows/matched"), of("/rows/duplicate")), (5, 2, 1), "{report:#}");
    assert!(report["estimated_precision"].as_f64().unwrap() > 0.9, "{report:#}");
    // Of the two rows of one voter the fuller one counts.
    let value = |id: &str| -> Option<String> {
        let voter = desk.json(&["voter", id, "--state", "nc", "--as", "nc-party"], 0);
        let all = voter["values"].as_array().unwrap().clone();
        let found = all.iter().find(|value| value["column"] == "nc-party__score")?;
        Some(found["value"].as_str().unwrap().to_owned())
    };
    assert_eq!((value("AA5"), value("AA6"), value("AA1")), (Some("7".into()), Some("8".into()), None));
    assert!(pairs(&desk, "pairs.csv").iter().any(|pair| pair[0] == "3" && pair[4] == "accept"));
    // Each row says by which pair it found its voter.
    let id = report["append"].as_str().unwrap();
    let why = desk.json(&["append", "explain", id, "3", "--as", "nc-party"], 0);
    assert_eq!(why["fate"], "joined");
    assert!(why["steps"].to_string().contains("last_name"), "{why:#}");
    assert_eq!(desk.json(&["append", "explain", id, "2", "--as", "nc-party"], 0)["fate"], "duplicate");
    desk.refuses(&["append", "explain", id, "6", "--as", "nc-party"], 2, "has no row on line 6");
    desk.refuses(&["append", "explain", id, "3", "--as", "rivera"], 2, "has no row on line 3");
    // The same once more changes nothing, and one verb takes it back.
    let again = desk.json(&[&arguments[..], &["--as", "nc-party"]].concat(), 0);
    assert_eq!((&again["unchanged"], &again["append"]), (&true.into(), &report["append"]));
    desk.json(&["append", "remove", id, "--as", "nc-party"], 0);
    assert_eq!(value("AA5"), None);
}

const VENDOR: &str = "First Name,Surname,Address,City,Zip,Phone\n\
    Gwendolyn,Ashford,310 Cedar Ln,DURHAM,27701,919-555-0199\n\
    Cornelius,Blake,55 Birch Dr,DURHAM,27701,919-555-0177\n\
    Nobody,Atall,1 Nowhere Blvd,ASHEVILLE,28801,919-555-0155\n";

#[test]
fn a_list_is_matched_by_a_server_as_it_is_here() {
    let desk = named();
    let file = desk.write("", "vendor.csv", VENDOR).display().to_string();
    let director = key(&desk, "nc-party", "data_director", &[]);
    let canvasser = key(&desk, "nc-party", "canvasser", &[]);
    let serving = Serving::of(&desk);
    let append = |class: &'static str| {
        vec![
            "append",
            &file,
            "--state",
            "nc",
            "--owner",
            "nc-party",
            "--class",
            class,
            "--precision",
            "0.9",
            "--json",
        ]
    };
    let pairs = desk.path("there.csv").display().to_string();
    let with_pairs = [append("appended"), vec!["--pairs", &pairs]].concat();
    let there = json_of(&ask(&desk, &serving, &director, &with_pairs));
    // The same file of another class here: all but its names is the same.
    let here_pairs = desk.path("here.csv").display().to_string();
    let here = [append("private"), vec!["--pairs", &here_pairs, "--as", "nc-party"]].concat();
    let here = json_of(&desk.run(&here));
    assert_eq!((number(&there, "/matched"), number(&there, "/unmatched")), (2, 1), "{there:#}");
    let keys = |report: &serde_json::Value| report.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&there), keys(&here));
    assert_eq!(there["rows"], here["rows"]);
    assert_eq!(there["run"], here["run"], "one run, as it is one list");
    assert_eq!(fs::read_to_string(&pairs).unwrap(), fs::read_to_string(&here_pairs).unwrap());
    let accepted = fs::read_to_string(&pairs).unwrap();
    assert_eq!(accepted.lines().filter(|line| line.contains(",accept,")).count(), 2, "{accepted}");
    // Explained alike, the same list once more changes nothing, and others see nothing of it.
    let id = there["append"].as_str().unwrap();
    let why = ["append", "explain", id, "2", "--json"];
    let told = json_of(&ask(&desk, &serving, &director, &why));
    assert_eq!(told, desk.json(&["append", "explain", id, "2", "--as", "nc-party"], 0));
    assert_eq!((&told["fate"], &told["line"]), (&"joined".into(), &2.into()));
    let again = json_of(&ask(&desk, &serving, &director, &append("appended")));
    assert_eq!((&again["unchanged"], &again["append"]), (&true.into(), &there["append"]));
    let rival = key(&desk, "rivera", "data_director", &[]);
    for (key, line) in [(&rival, "2"), (&director, "4"), (&director, "77")] {
        let answer = ask(&desk, &serving, key, &["append", "explain", id, line]);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains(&format!("has no row on line {line} that was matched")), "{answer:?}");
    }
    let refused = ask(&desk, &serving, &canvasser, &append("private"));
    assert_ne!(refused.code, 0, "{refused:?}");
    // What cannot be compared, and a share that is none.
    let shoes = desk.write("", "shoes.csv", "shoe,size\nA,1\n").display().to_string();
    let shoes = ["append", &shoes, "--state", "nc", "--owner", "nc-party", "--class", "private"];
    let answer = ask(&desk, &serving, &director, &shoes);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no column can be compared"), "{answer:?}");
    // Taken back, and appended again: it is said.
    desk.json(&["append", "remove", id, "--as", "nc-party"], 0);
    let later = ask(&desk, &serving, &director, &append("appended"));
    assert_eq!(json_of(&later)["removed_before"], there["append"]);
    assert!(later.stderr.contains("removed since"), "{later:?}");
}

#[test]
fn a_matched_append_that_is_killed_leaves_nothing_half() {
    let desk = named();
    desk.write("", "vendor.csv", VENDOR);
    let arguments = ["append", "vendor.csv", "--state", "nc", "--owner", "nc-party", "--class", "appended"];
    let arguments = [&arguments[..], &["--precision", "0.9", "--as", "nc-party", "--json"]].concat();
    let runs = || {
        let folder = desk.data().join("matches/nc-party");
        names_of(&folder).into_iter().filter(|name| !name.starts_with('.')).collect::<Vec<_>>()
    };
    // Killed as soon as the list is kept: the run is whole, and the next call goes on with it.
    let mut process = desk.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..6000 {
        if !runs().is_empty() || process.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let kept = runs();
    assert_eq!(kept.len(), 1);
    let before = desk.json(&["append", "list", "--as", "nc-party"], 0);
    let before = before["appends"].as_array().unwrap().len();
    let report = json_of(&desk.run(&arguments));
    assert_eq!(number(&report, "/matched"), 2, "{report:#}");
    assert_eq!(report["unchanged"], before == 1, "{report:#}");
    let run = report["run"].as_str().unwrap();
    // Where the kill came between folder and row, the folder is litter that no run names.
    assert!(runs().contains(&run.to_owned()) && runs().len() <= 2, "{:?}", runs());
    let appends = desk.json(&["append", "list", "--as", "nc-party"], 0);
    assert_eq!(appends["appends"].as_array().unwrap().len(), 1, "{appends:#}");
    let voter = desk.json(&["voter", "AA6", "--state", "nc", "--as", "nc-party"], 0);
    assert!(voter.to_string().contains("+19195550177"), "{voter:#}");
}

#[test]
fn a_spreadsheet_is_linked_and_appended_as_it_is() {
    let desk = named();
    let out = ["export", "--state", "nc", "--class", "base", "--format", "xlsx", "--out", "base.xlsx"];
    desk.json(&[&out[..], &["--as", "nc-party"]].concat(), 0);
    let arguments = ["match", "base.xlsx", "nc", "--out", "pairs.csv", "--left-id", "state_voter_id"];
    let report =
        desk.json(&[&arguments[..], &["--right-id", "state_voter_id", "--as", "nc-party"]].concat(), 0);
    assert_eq!(number(&report, "/left_rows"), 7, "{report:#}");
    let append = ["append", "base.xlsx", "--state", "nc", "--owner", "nc-party", "--class", "appended"];
    let report = desk.json(&[&append[..], &["--as", "nc-party"]].concat(), 0);
    assert_eq!(report["id_column"], "state_voter_id");
    assert_eq!((number(&report, "/rows/read"), number(&report, "/rows/matched")), (7, 7), "{report:#}");
    desk.refuses(
        &[&append[..], &["--sheet", "Friends", "--as", "nc-party"]].concat(),
        2,
        "`base.xlsx` has no sheet `Friends`: it has",
    );
}
