//! Sharing through the pages: what can be given is what is there, what has ended is said, and nobody learns who else is here.

use crate::network::{Serving, key};
use crate::support::Desk;
use crate::transfers::loaded;
use crate::visit::{Office, Page, Visit};
use serde_json::{Value, json};

/// The party of [`loaded`] with a county committee and its own appended scores; and a campaign with scores of its own.
pub fn party() -> Desk {
    let (desk, exportable) = loaded();
    desk.json(&["grant", "revoke", &exportable, "--as", "nc-party"], 0);
    let grant = ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base"];
    desk.json(
        &[&grant[..], &["--counties", "wake", "--until", "2098-12-03", "--as", "nc-party"]].concat(),
        0,
    );
    let committee = ["org", "create", "durham-committee", "--kind", "local_committee", "--state", "nc"];
    desk.json(&[&committee[..], &["--counties", "durham", "--as", "nc-party"]].concat(), 0);
    append(&desk, "nc-party", "appended", "turnout,mail");
    append(&desk, "rivera", "private", "support,yard_sign,volunteer,donor");
    desk
}

fn append(desk: &Desk, owner: &str, class: &str, columns: &str) {
    let row = |voter: &str| {
        let cells = columns.split(',').map(|_| "7").collect::<Vec<_>>().join(",");
        format!("{voter},{cells}\n")
    };
    let text = format!("id,{columns}\n{}{}", row("AA5"), row("AA6"));
    let file = desk.write("columns", &format!("{owner}.csv"), text).display().to_string();
    let arguments = ["append", &file, "--state", "nc", "--owner", owner, "--class", class, "--id", "id"];
    desk.json(&[&arguments[..], &["--as", owner]].concat(), 0);
}

#[track_caller]
pub fn has(page: &Page, texts: &[&str]) {
    for text in texts {
        assert!(
            page.body.contains(text),
            "`{text}` is missing: {} {}\n{}",
            page.status,
            page.head,
            page.body
        );
    }
}

#[track_caller]
pub fn has_not(page: &Page, texts: &[&str]) {
    for text in texts {
        assert!(!page.body.contains(text), "`{text}` is there: {}\n{}", page.head, page.body);
    }
}

/// The values of the boxes of a name.
fn boxes(page: &Page, name: &str) -> Vec<String> {
    let begin = format!("name=\"{name}\" value=\"");
    page.body.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn a_grant_is_put_together_from_what_is_there() {
    let desk = party();
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let sign_in =
        |organization: &str| Visit::with_session(&serving, &office.sign_in(organization, "data_director").1);
    let (director, manager) = (sign_in("nc-party"), sign_in("rivera"));

    let before = desk.json(&["grant", "list"], 0)["given"].as_array().unwrap().len();
    let form = director.get("/grants/new?to=rivera");
    assert_eq!(boxes(&form, "classes"), ["base", "appended"], "what it owns and has");
    assert_eq!(boxes(&form, "columns-appended"), ["nc-party__mail", "nc-party__turnout"]);
    let columns = boxes(&form, "columns-base");
    assert!(columns.contains(&"name.last".to_owned()) && columns.contains(&"county_name".to_owned()));
    assert!(
        !columns.iter().any(|column| column.contains("voter_id")
            && column != "state_voter_id"
            && column != "county_voter_id"),
        "{columns:?}"
    );
    assert_eq!(boxes(&form, "counties").len(), 100);
    has(&form, &["<option value=\"rivera\" selected>", "Election day", "durham-committee"]);
    has_not(&form, &["rivera__", "name=\"exportable\" value=\"yes\" checked"]);
    // A campaign gives its own columns alone, of the places that it sees, and does not find its rival.
    let form = manager.get("/grants/new?class=private");
    assert_eq!(boxes(&form, "classes"), ["private"]);
    assert_eq!(boxes(&form, "counties"), ["WAKE"]);
    assert_eq!(boxes(&form, "columns-private").len(), 4);
    has(
        &form,
        &["value=\"private\" checked", "durham-committee", "nc-party", "All voters for whom we have them"],
    );
    has_not(&form, &["value=\"chen\"", "nc-party__", "name.last"]);

    let day = "until=another&day=2098-12-03";
    let refused = |visit: &Visit<'_>, fields: &str, sentence: &str| {
        let page = visit.post("/grants/new", "/grants", fields);
        assert_eq!(page.status, 422, "{fields}\n{}", page.body);
        has(&page, &["Not given", sentence]);
    };
    let base = format!("state=nc&where=state&classes=base&purposes=voter_contact&{day}");
    refused(
        &director,
        &format!("{}&counties=DURHM&to=rivera", base.replace("where=state", "where=counties")),
        "Counties: no county <code>DURHM</code> in nc",
    );
    refused(
        &director,
        &format!("{base}&columns-base=name.lats&to=rivera"),
        "<code>nc-party</code> has no column <code>name.lats</code> in base of nc",
    );
    refused(&director, &format!("{base}&to="), "Choose to whom");
    refused(&director, "state=nc&where=state&classes=base&purposes=hygiene&to=rivera", "Choose the last day");
    // Others' columns are told as what is not there.
    for column in ["nc-party__turnout", "turnout", "no_such_thing"] {
        let fields = format!(
            "state=nc&where=state&classes=private&columns-private={column}&purposes=voter_contact&{day}&to=durham-committee"
        );
        refused(
            &manager,
            &fields,
            &format!("<code>rivera</code> has no column <code>{column}</code> in private"),
        );
    }
    refused(&manager, &format!("{base}&to=durham-committee"), "it belongs to <code>nc-party</code>");

    // All of the state is nobody's slip: it is chosen, and counties beside it are asked about.
    has(&director.get("/grants/new"), &["name=\"where\" value=\"counties\" checked"]);
    for (place, sentence) in [
        ("", "No county is checked: check those that are meant, or choose the whole state"),
        ("where=counties", "No county is checked"),
        ("where=state&counties=WAKE", "The whole state is chosen and counties are checked"),
    ] {
        let fields = format!("state=nc&{place}&classes=base&purposes=voter_contact&{day}&to=rivera");
        refused(&director, &fields, sentence);
    }
    assert_eq!(desk.json(&["grant", "list"], 0)["given"].as_array().unwrap().len(), before);

    let shared =
        "columns-private=rivera__support&columns-private=rivera__yard_sign&columns-private=rivera__volunteer";
    // A column left checked under a class that is not gives nothing, and what was typed stays.
    let fields = format!("state=nc&{shared}&purposes=voter_contact&{day}&to=durham-committee");
    let stays = manager.post("/grants/new", "/grants", &fields);
    assert_eq!(stays.status, 422, "{}", stays.body);
    has(
        &stays,
        &[
            "Columns of “Private” are checked and “Private” is not: check it, or uncheck its columns",
            "value=\"rivera__support\" checked",
            "value=\"durham-committee\" selected",
            "value=\"2098-12-03\"",
        ],
    );
    for (fields, missing) in [
        ("classes=private", "“For what”"),
        ("purposes=voter_contact", "“What”"),
        ("counties=WAKE", "“What” and “For what”"),
    ] {
        let fields = format!("state=nc&{fields}&{day}&to=durham-committee");
        refused(&manager, &fields, &format!("Nothing is checked under {missing}: check at least one there"));
    }
    let fields = format!(
        "state=nc&where=state&classes=private&{shared}&purposes=voter_contact&{day}&to=durham-committee"
    );
    let given = manager.post("/grants/new", "/grants", &fields);
    assert_eq!(given.status, 303, "{}", given.body);
    let said = manager.get(given.location().unwrap());
    has(
        &said,
        &[
            "Grant given",
            "durham-committee may see the private columns support, volunteer and yard_sign of North Carolina, of all voters for whom we have them, until Dec 3, 2098.",
            "Copies may not leave.",
        ],
    );
    let list = desk.json(&["grant", "list", "--as", "rivera"], 0);
    let grant = &list["given"][0];
    assert_eq!(grant["classes"], json!(["private"]));
    let columns = json!({"private": ["rivera__support", "rivera__volunteer", "rivera__yard_sign"]});
    assert_eq!(grant["columns"], columns);
    assert_eq!(grant["exportable"], false);
    // Nobody reads of a grant that is not theirs, whatever the address says.
    let id = grant["id"].as_str().unwrap();
    has_not(&director.get(&format!("/grants?done=given&grant={id}")), &["Grant given", "yard_sign"]);
    has_not(&manager.get(&format!("/grants?done=revoked&grant={id}")), &["Grant revoked"]);
}

#[test]
fn which_counties_an_organization_sees_stands_in_one_line() {
    let desk = party();
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let sign_in =
        |organization: &str| Visit::with_session(&serving, &office.sign_in(organization, "data_director").1);
    let (director, manager) = (sign_in("nc-party"), sign_in("rivera"));
    has(&director.get("/"), &["<p class=\"soft\">The whole state</p>"]);
    has(&manager.get("/"), &["<p class=\"soft\">County: Wake</p>"]);

    // What was chosen before something was wrong is told together, and stands first, with a script and without.
    let chosen =
        "state=nc&to=rivera&classes=base&purposes=hygiene&where=counties&counties=ORANGE&counties=DURHAM";
    let again = director.post("/grants/new", "/grants", chosen);
    has(
        &again,
        &[
            "Choose the last day",
            "role=\"status\">Chosen: Durham, Orange</p>",
            "<details open><summary>Other purposes",
        ],
    );
    assert_eq!(boxes(&again, "counties")[..3], ["DURHAM", "ORANGE", "ALAMANCE"]);
    // A search that no script serves is not shown.
    has(&again, &["<div class=\"field\" data-scripted hidden><label for=\"find-county\">"]);

    let given = director.post("/grants/new", "/grants", &format!("{chosen}&until=another&day=2098-12-03"));
    assert_eq!(given.status, 303, "{}", given.body);
    has(&manager.get("/"), &["<p class=\"soft\">Counties: Durham, Orange, Wake</p>"]);
    let whole = chosen.replace("where=counties&counties=ORANGE&counties=DURHAM", "where=state");
    let given = director.post("/grants/new", "/grants", &format!("{whole}&until=another&day=2098-12-03"));
    assert_eq!(given.status, 303, "{}", given.body);
    has(&manager.get("/"), &["<p class=\"soft\">The whole state</p>"]);
}

#[test]
fn one_class_is_given_whole_beside_columns_of_another() {
    let desk = party();
    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let director = Visit::with_session(&serving, &office.sign_in("nc-party", "data_director").1);
    let fields = "state=nc&where=counties&counties=DURHAM&classes=base&classes=appended&columns-appended=nc-party__mail\
                  &purposes=voter_contact&until=another&day=2098-12-03&to=durham-committee";
    let given = director.post("/grants/new", "/grants", fields);
    assert_eq!(given.status, 303, "{}", given.body);
    has(
        &director.get(given.location().unwrap()),
        &["all columns of base, and of appended mail of North Carolina, in Durham, until"],
    );
    // The command says the same, and whatever comes to the list later is given, too.
    desk.json(
        &[
            "grant",
            "create",
            "--to",
            "durham-committee",
            "--state",
            "nc",
            "--classes",
            "base,appended",
            "--columns",
            "nc-party__mail",
            "--counties",
            "durham",
            "--until",
            "2098-12-03",
            "--as",
            "nc-party",
        ],
        0,
    );
    let list = desk.json(&["grant", "list", "--as", "nc-party"], 0);
    let alike = list["given"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|grant| grant["columns"] == json!({"appended": ["nc-party__mail"]}));
    assert_eq!(alike.count(), 2, "{list:#}");
}

#[test]
fn a_column_named_for_one_class_opens_none_of_its_name_in_another() {
    let desk = party();
    append(&desk, "nc-party", "private", "phone,shareme,turnout");
    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let director = Visit::with_session(&serving, &office.sign_in("nc-party", "data_director").1);
    let seen = || {
        let voter = desk.json(&["voter", "AA5", "--state", "nc", "--as", "rivera"], 0).to_string();
        ["shareme", "phone", "turnout"].map(|name| voter.contains(&format!("nc-party__{name}\"")))
    };
    // The list has a column `phone`, and the columns appended one `turnout`.
    let fields = "state=nc&where=state&classes=base&classes=appended&classes=private&columns-base=name.last\
                  &columns-base=state_voter_id&columns-base=phone&columns-private=nc-party__shareme&purposes=voter_contact\
                  &until=another&day=2098-12-03&to=rivera";
    assert_eq!(director.post("/grants/new", "/grants", fields).status, 303);
    assert_eq!(seen(), [true, false, true], "of the class whole its `turnout`, of the private columns one");
    // The command line asks which is meant.
    let give = |columns: &str| -> Vec<String> {
        let words = format!(
            "grant create --to chen --state nc --classes base,private --columns {columns} --until 2098-12-03"
        );
        words.split(' ').chain(["--as", "nc-party"]).map(str::to_owned).collect()
    };
    let ambiguous = give("phone,shareme");
    let ambiguous: Vec<&str> = ambiguous.iter().map(String::as_str).collect();
    desk.refuses(
        &ambiguous,
        2,
        "has a column `phone` in base and in private: say which, such as `base:phone`",
    );
    let told = give("base:phone,shareme");
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let grant = desk.json(&told, 0);
    assert_eq!(grant["columns"], json!({"base": ["phone"], "private": ["shareme"]}));
}

/// Sends a file of columns, by the page for it.
fn add_columns(visit: &Visit<'_>, rows: &str) -> Page {
    let token = visit.get("/account").form_token();
    let field = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"mood.csv\"\r\n\r\n";
    let fields = field("form_token", &token) + &field("id_column", "id");
    let body = format!("{fields}{file}{rows}\r\n--x--\r\n");
    visit.send("POST", "/nc/columns", &[("content-type", "multipart/form-data; boundary=x")], &body)
}

#[test]
fn where_one_part_has_ended_and_another_lives_nobody_found_is_explained() {
    let desk = party();
    let wake = desk.json(&["grant", "list", "--as", "nc-party"], 0)["given"][0]["id"].clone();
    let grant =
        ["grant", "create", "--to", "rivera", "--state", "nc", "--classes", "base", "--as", "nc-party"];
    desk.json(&[&grant[..], &["--counties", "durham", "--until", "2098-12-03"]].concat(), 0);
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let manager = Visit::with_session(&serving, &office.sign_in("rivera", "data_director").1);
    let ended = "revoked its grant of base in Wake";
    let nobody = manager.post("/nc/find", "/nc/find", "query=ZZ999");
    has(&nobody, &["Nobody found"]);
    has_not(&nobody, &["sees no more", ended]);
    desk.json(&["grant", "revoke", wake.as_str().unwrap(), "--as", "nc-party"], 0);
    let nobody = manager.post("/nc/find", "/nc/find", "query=AA5");
    has(&nobody, &["Nobody found", "Some of it your organization sees no more", ended]);
    has_not(&manager.get("/nc/find"), &[ended]);
    assert_eq!(manager.post("/nc/find", "/nc/find", "query=AA1").status, 303, "Durham is still here");
    // A file that is added is said to be, with what of it was not joined.
    let added = add_columns(&manager, "id,mood\nAA1,7\nAA5,8\n");
    assert_eq!(added.status, 303, "{}", added.body);
    let address = added.location().unwrap();
    has(&manager.get(address), &["<h2>Added</h2><p>mood: joined to 1 voter. 1 row was not joined."]);
    has_not(&manager.get("/nc/columns?added=2026-11-22-0123456789ab"), &["<h2>Added</h2>"]);
}

#[test]
fn what_has_ended_is_said_and_nothing_untrue() {
    let desk = party();
    let grant = desk.json(&["grant", "list", "--as", "nc-party"], 0)["given"][0]["id"].clone();
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let manager = Visit::with_session(&serving, &office.sign_in("rivera", "data_director").1);
    let director = Visit::with_session(&serving, &office.sign_in("nc-party", "data_director").1);
    let find = |visit: &Visit<'_>, id: &str| {
        let page = visit.post("/nc/find", "/nc/find", &format!("query={id}"));
        page.location().unwrap_or_else(|| panic!("{id} is not found: {}", page.body)).to_owned()
    };
    // A voter in whom nothing untrue was said before.
    let voter = find(&manager, "AA5");
    let before = manager.get(&voter);
    has(&before, &["AA5", "No vote is on file", "support", "added by rivera"]);
    // Looking is granted, taking away is not.
    has(&manager.get("/nc/export"), &["Copies may not leave"]);
    let taken = manager.post("/account", "/nc/export", "format=csv&county=");
    assert_eq!(taken.status, 403, "{}", taken.body);
    has(&taken, &["may look at the list of nc"]);
    let load = manager.get("/nc/load");
    assert_eq!(load.status, 403);
    has(&load, &["only the data directors of the organization that keeps a state&#39;s list load it"]);
    has_not(&load, &["onfidential voters"]);

    let revoke = format!("/grants/{}/revoke", grant.as_str().unwrap());
    let revoked = director.post(&revoke, &revoke, "");
    has(
        &director.get(revoked.location().unwrap()),
        &["Grant revoked", "rivera sees nothing any more by it: all base columns of North Carolina, in Wake"],
    );
    // Of its own columns it may go on to give, and it is told of no county that it sees no more.
    let form = manager.get("/grants/new?class=private");
    assert_eq!(boxes(&form, "classes"), ["private"]);
    assert!(boxes(&form, "counties").is_empty());
    has_not(&form, &["These counties"]);
    let after = manager.get(&voter);
    assert_eq!(after.status, 200);
    has(
        &after,
        &["The grant has ended", "nc-party revoked its grant of base in Wake on ", "support", "our columns"],
    );
    has_not(
        &after,
        &[
            "AA5",
            "No vote is on file",
            "Voter without a name",
            "None since the first snapshot",
            "Vote history</h2>",
        ],
    );
    let state = manager.get("/nc");
    has(&state, &["The grant has ended", "Nothing of its list is here for your organization"]);
    has_not(&state, &["Load the first list", "No list has been loaded"]);
    let ended = "nc-party revoked its grant of base in Wake on ";
    let export = manager.get("/nc/export");
    has(&export, &["Nothing of its list is here for your organization", "The grant has ended", ended]);
    let start = manager.get("/");
    has(&start, &["Grant ended", ended]);
    has_not(&start, &["No voter file yet"]);
    let opened = manager.get("/nc/find");
    has(&opened, &["The grant has ended", ended]);
    let sought = manager.post("/account", "/nc/find", "query=AA5");
    has(&sought, &["The grant has ended", ended]);
    for page in [&opened, &sought] {
        has_not(page, &["There is no current list yet", "Nobody found", "Check the spelling"]);
    }
    let opened = manager.get("/nc/columns");
    has(&opened, &["support", "The grant has ended", ended]);
    let sent = add_columns(&manager, "id,mood\nAA5,7\n");
    assert_eq!(sent.status, 422, "{}", sent.body);
    has(&sent, &["Not added", "whom your organization may see", ended]);
    for page in [&opened, &sent] {
        has_not(page, &["There is no voter file", "There is no current list"]);
    }

    // Of a grant of some columns the page says what is not part of it.
    let some = [
        "grant",
        "create",
        "--to",
        "rivera",
        "--state",
        "nc",
        "--classes",
        "base",
        "--columns",
        "party,state_voter_id",
    ];
    desk.json(&[&some[..], &["--until", "2098-12-03", "--as", "nc-party"]].concat(), 0);
    let part = manager.get(&voter);
    has(&part, &["AA5", "A voter, without the name", "Vote history is not part of what was granted"]);
    let state = manager.get("/nc");
    has(&state, &["<h2 id=\"snapshots\">"]);
    has_not(&state, &["<dt>Households</dt>", "<dt>Household</dt>"]);
    // The state's pages stay one click away wherever one is.
    has(&director.get("/log"), &["href=\"/nc/load\"", "href=\"/nc/find\""]);
    has(&manager.get("/grants/ours"), &["href=\"/nc/find\"", "href=\"/nc/columns\""]);
    has_not(&part, &["No vote is on file", "None since the first snapshot", "The grant has ended"]);
}

/// An answer without what is each one's own: the names asked for, ids, digests, times.
fn common(text: &str, names: &[&str]) -> String {
    let mut text = names.iter().fold(text.to_owned(), |text, name| text.replace(name, "NAME"));
    for begin in ["i-", "<span class=\"mono small\">", "form_token\" value=\"", "<dt>When</dt><dd>"] {
        let mut parts = text.split(begin);
        let first = parts.next().unwrap().to_owned();
        text = parts.fold(first, |text, part| {
            let own = part.find(['<', '"', ' ']).unwrap_or(part.len());
            format!("{text}{begin}{}", &part[own..])
        });
    }
    text
}

#[test]
fn nobody_learns_from_a_refusal_who_is_here() {
    let desk = party();
    let office = Office::of(&desk);
    let contact =
        desk.json(&["org", "show", "chen", "--as", "chen"], 0)["contact"].as_str().unwrap().to_owned();
    assert!(contact.starts_with("chen."), "{contact}");
    let secret = std::fs::read_to_string(key(&desk, "rivera", "data_director", &[])).unwrap();
    let bearer = format!("Bearer {}", secret.trim());
    let serving = Serving::of(&desk);
    let shown = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let ask = |path: &str, body: &Value| {
        let (status, head, body) = serving.raw("POST", path, &shown, &body.to_string());
        let head: Vec<&str> = head.lines().filter(|line| !line.starts_with("date:")).collect();
        (status, head.join("\n"), body)
    };
    // `chen` is here and `chan` is not; and with a code that is not theirs.
    let wrong = contact.replace("chen.", "").chars().rev().collect::<String>();
    for (there, nowhere) in
        [("chen".to_owned(), "chan".to_owned()), (format!("chen.{wrong}"), format!("chan.{wrong}"))]
    {
        for change in [
            json!({}),
            json!({"until": "2020-01-01T00:00:00Z"}),
            json!({"classes": ["restricted"]}),
            json!({"classes": []}),
            json!({"counties": ["Atlantis"]}),
            json!({"columns": ["nonsense"]}),
            json!({"purposes": ["commercial"]}),
            json!({"state": "va"}),
        ] {
            let [one, other] = [&there, &nowhere].map(|to| {
                let mut body = json!({"to": to, "state": "nc", "classes": ["private"], "purposes": ["voter_contact"],
                    "until": "2098-12-03T12:00:00Z"});
                body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
                let (status, head, answer) = ask("/api/v1/grants", &body);
                (status, head, answer.replace("chen", "NAME").replace("chan", "NAME"))
            });
            assert_eq!(one, other, "{change}");
            assert_eq!(one.0, 404, "{change}: {}", one.2);
        }
        let [one, other] = [&there, &nowhere].map(|vendor| {
            let body = json!({"vendor": vendor, "for": "rivera", "classes": ["base"], "until": "2098-12-03T12:00:00Z"});
            let (status, _, answer) = ask("/api/v1/engagements", &body);
            (status, answer.replace("chen", "NAME").replace("chan", "NAME"))
        });
        assert_eq!(one, other);
    }
    // The page says the same, and its list holds neither.
    let manager = Visit::with_session(&serving, &office.sign_in("rivera", "data_director").1);
    let fields =
        "state=nc&where=state&classes=private&purposes=voter_contact&until=another&day=2098-12-03&to=&other=";
    let [one, other] = ["chen", "chan"].map(|to| {
        let page = manager.post("/grants/new", "/grants", &format!("{fields}{to}"));
        (page.status, common(&page.body, &["chen", "chan"]))
    });
    assert_eq!(one, other);
    assert_eq!(one.0, 422);
    // What one reports tells the reporter nothing, at once and later; the rival reads it.
    let report = |about: &str| {
        let page = manager.post("/incidents/new", "/incidents", &format!("what=Scores&about=&other={about}"));
        (page.status, common(&page.body, &["chen", "chan"]))
    };
    assert_eq!(report("chen"), report("chan"));
    let list = manager.get("/incidents").body;
    assert_eq!(list.matches("<dd>chen</dd>").count(), 1, "as it was written, not as they are called");
    let rival = Visit::with_session(&serving, &office.sign_in("chen", "data_director").1);
    let theirs = rival.get("/incidents");
    has(&theirs, &["Scores", "rivera"]);
    has_not(&theirs, &["<dd>chan</dd>"]);
    // Neither side closes it alone.
    let id = theirs.all("action").into_iter().find(|action| action.ends_with("/close")).unwrap();
    assert_eq!(rival.post("/incidents", &id, "note=Mended").status, 303);
    has(&manager.get("/incidents"), &["Agrees to close it", "Mended"]);
    has_not(&rival.get("/incidents"), &[">Closed<"]);
    assert_eq!(manager.post("/incidents", &id, "note=Seen+no+more").status, 303);
    has(&rival.get("/incidents"), &[">Closed<"]);

    // By the code that the rival hands out, it can be named.
    let given = manager.post("/grants/new", "/grants", &format!("{fields}{contact}"));
    assert_eq!(given.status, 303, "{}", given.body);
    has(&rival.get("/organizations"), &[&contact, "Our contact code"]);
}

#[test]
fn a_vendor_of_two_campaigns_is_flagged_to_both_and_an_address_alone_flags_nobody() {
    let desk = party();
    let until = ["--classes", "private", "--until", "2098-12-03"];
    for campaign in ["rivera", "chen"] {
        let engage = ["org", "engage", "acme", "--for", campaign, "--as", campaign];
        desk.json(&[&engage[..], &until].concat(), 0);
    }
    let office = Office::of(&desk);
    let serving = Serving::of(&desk);
    let both = "sam@example.org";
    let sessions = ["rivera", "chen"].map(|campaign| {
        let (user, _) = office.sign_in_as(campaign, "organizer", both);
        (campaign, user, office.sign_in(campaign, "chair").1)
    });
    for (campaign, user, token) in &sessions {
        let visit = Visit::with_session(&serving, token);
        let people = visit.get("/people");
        has(&people, &["acme also works for another campaign here", both]);
        // Anybody invites an address: two accounts are one person's once both were signed in to in one browser.
        has_not(&people, &["Also with another campaign"]);
        let other = if *campaign == "rivera" { "chen" } else { "rivera" };
        has_not(&visit.get(&format!("/people/{user}")), &["another campaign"]);
        assert!(!people.body.to_lowercase().contains(other), "{}", people.body);
    }
}
