//! Votes a second of the vote plan on one core, as JSON: `cargo bench -p hustings-voterfile --bench history`. The rows are
//! those of North Carolina's history file, already cut into fields, so that only the plan itself is measured.

use hustings_voterfile::format::TextEncoding;
use hustings_voterfile::history::{MapFiles, VotePlan};
use hustings_voterfile::layout::{Layouts, recognize};
use std::hint::black_box;
use std::time::Instant;

const HEADER: &str = "county_id\tcounty_desc\tvoter_reg_num\telection_lbl\telection_desc\tvoting_method\tvoted_party_cd\tvoted_party_desc\tpct_label\tpct_description\tncid\tvoted_county_id\tvoted_county_desc\tvtd_label\tvtd_description";

fn main() {
    let elections = [
        ("03/05/2024", "03/05/2024 PRIMARY", "IN-PERSON", "DEM"),
        ("11/08/2022", "11/08/2022 GENERAL", "ABSENTEE ONESTOP", "REP"),
        ("11/03/2020", "11/03/2020 GENERAL", "EARLY VOTING", "UNA"),
        ("11/05/2019", "11/05/2019 MUNICIPAL", "ABSENTEE BY MAIL", "CST"),
    ];
    let rows: Vec<Vec<String>> = elections
        .iter()
        .map(|(date, name, method, party)| {
            let row = [
                "89",
                "TYRRELL",
                "000000000001",
                date,
                name,
                method,
                party,
                "",
                "01-01",
                "PRECINCT 01-01",
                "KD100000",
                "89",
                "TYRRELL",
                "01-01",
                "01-01",
            ];
            row.map(str::to_owned).to_vec()
        })
        .collect();
    let text = format!("{HEADER}\n{}\n", rows[0].join("\t"));
    let layout = "nc".parse().ok().and_then(|state| Layouts::embedded().get(state));
    let recognized = layout
        .and_then(|layout| recognize(layout, "ncvhis1.txt", text.as_bytes(), TextEncoding::Utf8).ok())
        .expect("the header is North Carolina's");
    let plan = VotePlan::new(&recognized, &MapFiles::default());
    let rounds = 500_000_u32;
    let started = Instant::now();
    let mut days = 0_i64;
    for _ in 0..rounds {
        for row in &rows {
            plan.votes(&|field| row[field].as_str(), |vote| {
                days += i64::from(black_box(vote).election_date.unwrap_or(0))
            });
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let votes = f64::from(rounds) * 4.0;
    println!(
        "{{\"votes\":{votes},\"seconds\":{seconds:.3},\"votes_per_second\":{:.0},\"check\":{days}}}",
        votes / seconds
    );
}
