//! Who saw a voter: the owner finds them by the state's id, whichever door they came through.

use crate::network::{Serving, key, party};
use crate::support::{Desk, Voter};
use crate::visit::{Office, Visit};
use serde_json::{Value, json};

fn names(desk: &Desk, organization: &str, about: &str) -> Vec<(String, Option<String>)> {
    let list = desk.json(&["audit", "list", "--about", about, "--as", organization], 0);
    let all = list["records"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.iter()
        .filter(|record| record["details"]["place"] == "voter")
        .map(|record| (text(&record["organization"]).unwrap(), text(&record["about"])))
        .collect()
}

#[test]
fn the_owner_finds_all_who_saw_a_voter_by_page_program_and_command() {
    let desk = party();
    desk.deliver("week", &[Voter::new("AA1"), Voter::new("AA2"), Voter::new("AA3")], &[]);
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    for campaign in ["rivera", "chen"] {
        let grant = ["grant", "create", "--to", campaign, "--state", "nc", "--classes", "base"];
        desk.json(&[&grant[..], &["--until", "2098-12-03", "--export", "--as", "nc-party"]].concat(), 0);
    }
    let secret = std::fs::read_to_string(key(&desk, "chen", "organizer", &[])).unwrap();
    desk.json(&["voter", "AA2", "--state", "nc", "--as", "nc-party"], 0);
    desk.json(&["voter", "aa1", "--state", "nc", "--as", "nc-party"], 0);
    desk.refuses(&["voter", "AA9", "--state", "nc", "--as", "nc-party"], 2, "no voter `AA9`");

    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let bearer = format!("Bearer {}", secret.trim());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let question = json!({"state": "nc", "id": "AA1"}).to_string();
    let (status, _, body) = serving.raw("POST", "/api/v1/voters/find", &headers, &question);
    assert_eq!(status, 200, "{body}");

    let (_, token) = office.sign_in("rivera", "organizer");
    let visit = Visit::with_session(&serving, &token);
    let found = visit.post("/nc/find", "/nc/find", "query=AA1");
    assert_eq!(visit.get(found.location().unwrap()).status, 200);

    let seen = names(&desk, "nc-party", "AA1");
    let who: Vec<&str> = seen.iter().map(|(organization, _)| organization.as_str()).collect();
    assert_eq!(who, ["rivera", "chen", "nc-party"], "the newest first, and of that voter alone");
    let name = seen[0].1.clone().unwrap();
    assert!(name.starts_with("v-") && seen.iter().all(|(_, about)| about.as_deref() == Some(name.as_str())));
    assert_eq!(names(&desk, "nc-party", &name), seen, "by the log's own name, too");
    assert_eq!(names(&desk, "nc-party", "AA3"), []);

    // The page tells the same, and a campaign learns of itself alone.
    let (_, token) = office.sign_in("nc-party", "data_director");
    let director = Visit::with_session(&serving, &token);
    let found = director.post("/log", "/log", "about=aa1");
    let address = found.location().unwrap().to_owned();
    assert!(address.ends_with(&format!("about={name}")), "no id of the state's in an address: {address}");
    let page = director.get(&address);
    assert!(page.body.contains("People of other organizations stand here under a number"), "{}", page.body);
    // First of all who, in a sentence each.
    let seen = page.body.split_once("<div class=\"card seen\">").unwrap().1.split_once("</div>").unwrap().0;
    for who in
        ["<p>rivera saw this voter ", "<p>chen saw this voter ", "<p>nc-party saw this voter once, on "]
    {
        assert!(seen.contains(who), "{who}: {seen}");
    }
    for who in ["rivera", "chen"] {
        assert!(page.body.contains(&format!("<span class=\"soft small\">{who}</span>")), "{}", page.body);
    }
    // Who is named in words, with the state's id and their page; and what was only asked stands apart from what was shown.
    let (shown, asked) = page.body.split_once("Asked about this voter</summary>").unwrap();
    let lead = shown.split_once("<p class=\"lead\">").unwrap().1;
    assert!(lead.contains("AA1</span>: what was done about this voter"), "{lead}");
    let href = lead.split('"').nth(1).unwrap();
    assert!(director.get(href).body.contains("AA1"), "{href}");
    assert!(
        shown.contains("Was shown the voter") && !shown.contains("Opened what may show voters"),
        "{shown}"
    );
    assert!(
        asked.contains("Opened what may show voters")
            && asked.contains("<dt>Could show, where it is its own or granted</dt><dd>Base"),
        "{asked}"
    );
    assert!(!asked.contains("Was shown"), "{asked}");
    // Details are told in words.
    assert!(
        asked.contains("<dd>Contact with voters</dd>") && asked.contains("<dd>North Carolina</dd>"),
        "{asked}"
    );
    assert!(!page.body.contains("voter_contact"), "{}", page.body);
    // An auditor reads the same log, and no voter.
    assert_eq!(names(&desk, "chen", "AA1"), [("chen".to_owned(), Some(name.clone()))]);
    desk.json(&["org", "create", "watch", "--kind", "auditor"], 0);
    let (_, token) = office.sign_in("watch", "auditor_reader");
    let told = Visit::with_session(&serving, &token).get(&format!("/log?of=nc-party&about={name}"));
    assert!(told.status == 200 && told.body.contains("Was shown the voter"), "{}", told.body);
    assert!(!told.body.contains("AA1") && !told.body.contains("/nc/voters/"), "{}", told.body);
    // No record has the state's id.
    let all = desk.json(&["audit", "list", "--as", "nc-party", "--limit", "1000"], 0).to_string();
    assert!(!all.contains("AA1") && !all.contains("AA2"), "{all}");
}

/// What the log of an organization says of a voter's lists and copies, newest first.
fn lists(desk: &Desk, organization: &str, about: &str) -> Vec<String> {
    let list = desk.json(&["audit", "list", "--about", about, "--as", organization], 0);
    let told = |record: &Value| {
        assert!(record.get("sequence").is_none() && record["details"].get("epoch").is_none(), "{record}");
        let what = record["details"]["place"].as_str().map(str::to_owned);
        let what = what.unwrap_or_else(|| record["action"].as_str().unwrap().to_owned());
        let held = record["held"].as_str().map(|held| format!(" {held}")).unwrap_or_default();
        format!("{} {what}{held} {}", record["organization"].as_str().unwrap(), record["classes"])
    };
    let all = list["records"].as_array().unwrap().iter().map(told);
    // To look into the log is an act about the voter as well.
    all.filter(|told| !told.contains("read")).collect()
}

#[test]
fn the_owner_finds_lists_changes_and_copies_that_had_a_voter() {
    let desk = party();
    desk.deliver(
        "week",
        &[Voter::new("AA1"), Voter::new("AA2"), Voter::new("AA3")],
        &[["AA1", "11/05/2024", "x"]],
    );
    desk.json(&["load", "week", "--state", "nc", "--as", "nc-party"], 0);
    let next = [Voter::new("AA1").with("last_name", "JONES"), Voter::new("AA2"), Voter::new("AA3")];
    desk.deliver("next", &next, &[]);
    desk.json(&["load", "next", "--state", "nc", "--as", "nc-party"], 0);
    let grant =
        ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--until", "2098-12-03"];
    desk.json(&[&grant[..], &["--export", "--as", "nc-party"]].concat(), 0);
    assert_eq!(lists(&desk, "nc-party", "AA1"), Vec::<String>::new());

    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let (_, token) = office.sign_in("rivera", "data_director");
    let visit = Visit::with_session(&serving, &token);
    // Two of the three are named alike: a list, and no voter's page.
    let found = visit.post("/nc/find", "/nc/find", "query=WIN");
    assert_eq!(found.status, 200, "{}", found.body);
    let secret = std::fs::read_to_string(key(&desk, "rivera", "organizer", &[])).unwrap();
    let bearer = format!("Bearer {}", secret.trim());
    let headers = [("authorization", bearer.as_str())];
    let (status, _, body) = serving.raw("GET", "/api/v1/states/nc/changes", &headers, "");
    assert!(status == 200 && body.contains("JONES"), "{body}");
    let made = visit.post("/nc/export", "/nc/export", "format=csv&county=");
    assert!(made.status == 200 && made.body.contains("AA2"), "{made:?}");

    let campaign = |about: &str| lists(&desk, "rivera", about);
    let base = "[\"base\"]";
    assert_eq!(
        lists(&desk, "nc-party", "AA1"),
        ["rivera exported yes", "rivera changes"].map(|told| format!("{told} {base}"))
    );
    assert_eq!(
        lists(&desk, "nc-party", "AA2"),
        ["rivera exported yes", "rivera found"].map(|told| format!("{told} {base}"))
    );
    assert_eq!(campaign("AA2"), lists(&desk, "nc-party", "AA2"));
    assert_eq!(lists(&desk, "chen", "AA2"), Vec::<String>::new(), "a rival learns nothing");
    // The page says it in words.
    let (_, token) = office.sign_in("nc-party", "data_director");
    let director = Visit::with_session(&serving, &token);
    let address = director.post("/log", "/log", "about=AA2").location().unwrap().to_owned();
    let page = director.get(&address);
    assert!(
        page.body.contains("held this voter") && page.body.contains("Was shown found voters"),
        "{}",
        page.body
    );
}
