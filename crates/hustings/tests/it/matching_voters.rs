//! `match` and `dedupe` with a snapshot: only what the scope shows is compared and told, and the log knows it.

use crate::support::{Answer, Desk, Voter, number};
use crate::transfers::loaded;
use std::fs;

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
