//! The truth about what changed, recomputed from the two files by a second, plain comparison.

use crate::read::{Row, Written, rows, truth, write};
use hustings_testkit::synth::nc::{NcOptions, Trouble};
use std::collections::{BTreeMap, BTreeSet};

fn by_id(written: &Written, week: usize) -> BTreeMap<String, Row> {
    rows(&written.weeks[week].voters, "\t").into_iter().map(|row| (row["ncid"].clone(), row)).collect()
}

fn votes(written: &Written, week: usize) -> BTreeSet<(String, String)> {
    let votes = rows(&written.weeks[week].history, "\t").into_iter();
    votes.map(|row| (row["ncid"].clone(), row["election_lbl"].clone())).collect()
}

/// Changes of a week as (ncid, kind).
fn said(written: &Written, week: usize) -> BTreeSet<(String, String)> {
    let truth = truth(&written.weeks[week].truth.changes);
    let said: BTreeSet<_> = truth.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(said.len(), truth.len(), "one line per voter and kind");
    let mut counts = BTreeMap::new();
    for (_, kind) in &said {
        *counts.entry(kind.clone()).or_insert(0) += 1;
    }
    assert_eq!(counts, written.weeks[week].summary.changes);
    said
}

/// Changes of each week from the second on, found in the files.
fn found(written: &Written) -> Vec<BTreeSet<(String, String)>> {
    let mut ever = BTreeSet::new();
    let mut old = (by_id(written, 0), votes(written, 0));
    let mut weeks = Vec::new();
    for week in 1..written.weeks.len() {
        ever.extend(old.0.keys().cloned());
        let new = (by_id(written, week), votes(written, week));
        weeks.push(difference(&ever, &old, &new));
        old = new;
    }
    weeks
}

type Lists = (BTreeMap<String, Row>, BTreeSet<(String, String)>);

fn difference(ever: &BTreeSet<String>, old: &Lists, new: &Lists) -> BTreeSet<(String, String)> {
    let ((old, old_votes), (new, new_votes)) = (old, new);
    let mut found = BTreeSet::new();
    let mut add = |id: &str, kind: &str| {
        found.insert((id.to_owned(), kind.to_owned()));
    };
    for id in old.keys().filter(|id| !new.contains_key(*id)) {
        add(id, "dropped");
    }
    for (id, after) in new {
        let Some(before) = old.get(id) else {
            add(id, if ever.contains(id) { "returned" } else { "new" });
            continue;
        };
        let differs = |columns: &[&str]| columns.iter().any(|column| before[*column] != after[*column]);
        let residence = differs(&["res_street_address", "res_city_desc", "zip_code"]);
        let hidden = differs(&["confidential_ind"]);
        let county = differs(&["county_id"]);
        let at_home = |row: &Row| row["mail_addr1"].trim() == row["res_street_address"].trim();
        let follows = at_home(before) && at_home(after);
        let renamed = differs(&["last_name", "first_name", "middle_name", "name_suffix_lbl"]);
        let (last, last_now) = (&before["last_name"], &after["last_name"]);
        let corrected = (0..last.len()).any(|place| {
            last.is_char_boundary(place) && {
                let mut shorter = last.clone();
                shorter.remove(place);
                shorter == *last_now
            }
        });
        for (kind, is) in [
            ("became_confidential", hidden),
            ("moved_county", county),
            ("moved_within_county", residence && !county && !hidden),
            ("precinct_changed", differs(&["precinct_abbrv"]) && !residence && !county),
            ("name_changed", renamed && !corrected),
            ("name_corrected", renamed && corrected),
            ("party_changed", differs(&["party_cd"])),
            ("status_changed", differs(&["status_cd", "reason_cd"])),
            ("birth_date_changed", differs(&["birth_year"])),
            ("registration_date_changed", differs(&["registr_dt"])),
            ("contact_changed", differs(&["full_phone_number"]) && !hidden),
            ("mailing_changed", differs(&["mail_addr1", "mail_city", "mail_zipcode"]) && !hidden && !follows),
        ] {
            if is {
                add(id, kind);
            }
        }
    }
    let on_both = |id: &String| old.contains_key(id) && new.contains_key(id);
    for (id, _) in new_votes.difference(old_votes).filter(|(id, _)| on_both(id)) {
        add(id, "history_gained");
    }
    for (id, _) in old_votes.difference(new_votes).filter(|(id, _)| on_both(id)) {
        add(id, "history_lost");
    }
    found
}

#[test]
fn the_truth_says_exactly_what_changed_each_week() {
    let written = write(&NcOptions { voters: 8_000, weeks: 5, ..NcOptions::default() });
    let mut kinds = BTreeSet::new();
    for (week, found) in (1..).zip(found(&written)) {
        let said = said(&written, week);
        assert_eq!(
            said.difference(&found).collect::<Vec<_>>(),
            Vec::<&(String, String)>::new(),
            "said, not found"
        );
        assert_eq!(
            found.difference(&said).collect::<Vec<_>>(),
            Vec::<&(String, String)>::new(),
            "found, not said"
        );
        kinds.extend(said.into_iter().map(|(_, kind)| kind));
    }
    for kind in [
        "new",
        "dropped",
        "returned",
        "moved_within_county",
        "moved_county",
        "name_changed",
        "party_changed",
        "status_changed",
        "precinct_changed",
        "birth_date_changed",
        "history_gained",
        "name_corrected",
        "registration_date_changed",
        "contact_changed",
        "mailing_changed",
    ] {
        assert!(kinds.contains(kind), "{kind} never happened: {kinds:?}");
    }
    assert_eq!(written.weeks[0].summary.changes, BTreeMap::from([("new".to_owned(), 8_000)]));
    assert!(truth(&written.weeks[0].truth.changes).is_empty());
}

#[test]
fn an_address_becomes_confidential_some_day() {
    // Five in a hundred thousand each week, so it takes a larger state to see one.
    let written = write(&NcOptions { voters: 20_000, weeks: 3, ..NcOptions::default() });
    let became: u64 =
        written.weeks.iter().filter_map(|week| week.summary.changes.get("became_confidential")).sum();
    assert!(became > 0);
}

#[test]
fn who_moves_to_another_county_keeps_the_ncid_and_gets_a_new_number() {
    let written = write(&NcOptions { voters: 12_000, weeks: 2, ..NcOptions::default() });
    let (old, new) = (by_id(&written, 0), by_id(&written, 1));
    let movers: Vec<_> = said(&written, 1).into_iter().filter(|(_, kind)| kind == "moved_county").collect();
    assert!(!movers.is_empty());
    for (id, _) in movers {
        assert_ne!(old[&id]["voter_reg_num"], new[&id]["voter_reg_num"]);
        assert_ne!(old[&id]["county_desc"], new[&id]["county_desc"]);
        assert_eq!(old[&id]["birth_year"], new[&id]["birth_year"]);
    }
}

#[test]
fn one_precinct_a_week_is_renamed_for_all_of_its_voters() {
    let written = write(&NcOptions { voters: 20_000, weeks: 2, ..NcOptions::default() });
    let changed: Vec<_> = truth(&written.weeks[1].truth.changes)
        .into_iter()
        .filter(|row| row[1] == "precinct_changed")
        .collect();
    assert!(!changed.is_empty());
    let names: BTreeSet<_> = changed.iter().map(|row| (row[2].clone(), row[3].clone())).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let now = by_id(&written, 1);
    let county = &now[&changed[0][0]]["county_id"];
    let left = now
        .values()
        .filter(|row| row["precinct_abbrv"] == changed[0][2] && row["county_id"] == *county)
        .count();
    assert_eq!(left, 0, "nobody stays behind under the old code");
}

#[test]
fn trouble_comes_in_the_last_week_and_the_truth_knows_it() {
    let trouble = Trouble {
        purge: Some(("DURHAM".to_owned(), 0.3)),
        history_loss: 0.05,
        drop_county: Some("YANCEY".to_owned()),
        unknown_status: 3,
        ..Trouble::default()
    };
    let written = write(&NcOptions { voters: 20_000, weeks: 3, trouble, ..NcOptions::default() });
    let found = found(&written);
    assert_eq!(said(&written, 1), found[0]);
    let said = said(&written, 2);
    assert_eq!(said, found[1]);
    let (old, new) = (by_id(&written, 1), by_id(&written, 2));
    let in_county = |rows: &BTreeMap<String, Row>, name: &str, status: &str| {
        rows.values().filter(|row| row["county_desc"] == name && row["status_cd"].contains(status)).count()
    };
    assert!(in_county(&old, "YANCEY", "") > 0);
    assert_eq!(in_county(&new, "YANCEY", ""), 0);
    let (before, after) = (in_county(&old, "DURHAM", "") as f64, in_county(&new, "DURHAM", "") as f64);
    assert!((0.75..0.95).contains(&(after / before)), "{before} -> {after}");
    assert!(in_county(&new, "DURHAM", "R") > in_county(&old, "DURHAM", "R") + 40);
    assert_eq!(new.values().filter(|row| row["status_cd"] == "Z").count(), 3);
    assert!(said.iter().filter(|(_, kind)| kind == "history_lost").count() > 500);
}
