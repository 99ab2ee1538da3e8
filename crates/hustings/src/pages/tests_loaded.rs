//! The pages over lists that went through the whole load: what rows, voters and exports show, and what they must not.

use super::tests::{Answer, World, loading, nc};
use crate::load::{LoadRequest, Silent, load};
use hustings_access::Act;
use hustings_access::verb::Load;
use hustings_core::SystemClock;
use hustings_store::Store;
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use hustings_voterfile::layout::Layouts;
use jiff::civil::date;
use std::fs;
use std::path::{Path, PathBuf};

/// A row that no state ever sent: markup, a zero byte, a terminal's escape, and letters that turn the text around.
const HOSTILE: &[u8] = b"\"<script>alert(1)</script>\"\t\"\x00\x1b[31m\"\t\"\xe2\x80\xae\"\r\n";

struct Week {
    voters: PathBuf,
    lines: Vec<String>,
}

/// A small delivery with the first voter made confidential, address and all left in, and the hostile row at its end.
fn delivery(folder: &Path) -> Week {
    let options = NcOptions {
        voters: 200,
        seed: 7,
        weeks: 1,
        dirt: 0.0,
        first_as_of: date(2026, 11, 7),
        trouble: Trouble::default(),
    };
    let weeks = write_weeks(&options, folder, &mut |_, _| {}).unwrap();
    let voters = weeks[0].folder.join("ncvoter_Statewide.txt");
    let text = encoding_rs::WINDOWS_1252.decode(&fs::read(&voters).unwrap()).0.into_owned();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let header: Vec<&str> = lines[0].split('\t').map(|name| name.trim_matches('"')).collect();
    let at = header.iter().position(|name| *name == "confidential_ind").unwrap();
    let mut fields: Vec<String> = lines[1].split('\t').map(str::to_owned).collect();
    fields[at] = "\"Y\"".to_owned();
    lines[1] = fields.join("\t");
    let mut bytes = encoding_rs::WINDOWS_1252.encode(&(lines.join("\r\n") + "\r\n")).0.into_owned();
    bytes.extend_from_slice(HOSTILE);
    fs::write(&voters, bytes).unwrap();
    Week { voters, lines }
}

impl Week {
    fn field(&self, row: usize, name: &str) -> String {
        let at = self.lines[0].split('\t').position(|known| known.trim_matches('"') == name).unwrap();
        self.lines[row].split('\t').nth(at).unwrap().trim_matches('"').trim().to_owned()
    }
}

async fn loaded() -> (World, Week, String) {
    let data = tempfile::tempdir().unwrap();
    let week = delivery(&data.path().join("made"));
    let store = Store::open(&data.path().join("data"), None).await.unwrap();
    let request = LoadRequest {
        paths: vec![week.voters.clone()],
        state: nc(),
        as_of: Some(date(2026, 11, 7)),
        accept_held: Some("a test".to_owned()),
        id: None,
    };
    let report = loading(&store, async |act| {
        load(&store, Layouts::embedded(), act, &request, &Silent, &SystemClock).await
    })
    .await
    .unwrap();
    let base = format!("/nc/snapshots/{}", report.summary.snapshot);
    (World::serve(data, store).await, week, base)
}

async fn find(world: &World, query: &str) -> Answer {
    let found = world.post("/nc/find", "/nc/find", &[("query", query)]).await;
    assert_eq!(found.status, 303, "one voter has the id {query}: {}", found.body);
    world.get(found.header("location")).await
}

#[tokio::test]
async fn a_hostile_row_is_shown_and_not_obeyed_and_can_be_had_as_it_came() {
    let (world, _, base) = loaded().await;
    let page = world.get(&format!("{base}/quarantine")).await;
    page.has("&#60;script&#62;alert(1)&#60;/script&#62;")
        .has(r"\x00\x1B[31m")
        .has("⟨U+202E⟩")
        .has("Row cut short");
    assert!(
        !page.body.contains("<script>alert") && !page.body.contains('\u{202e}') && !page.body.contains('\0')
    );
    let href = page.body.split("href=\"").find(|part| part.contains("/bytes\"")).unwrap();
    let bytes = world.get(href.split_once('"').unwrap().0).await;
    assert_eq!(bytes.header("content-type"), "application/octet-stream");
    assert_eq!(bytes.bytes.trim_ascii_end(), HOSTILE.trim_ascii_end());
    assert_eq!(world.get(&format!("{base}/quarantine/99/bytes")).await.status, 404);
    world.get(&format!("{base}/quarantine?rule=shifted_row&page=7")).await.has("None");
}

#[tokio::test]
async fn a_voter_is_shown_with_the_column_of_every_value() {
    let (world, week, base) = loaded().await;
    let page = find(&world, &week.field(2, "ncid")).await;
    page.has(&week.field(2, "last_name"))
        .has("column last_name")
        .has("column res_street_address")
        .has("line 3");
    assert!(!title(&page).contains(&week.field(2, "last_name")), "a title stays in the browser's history");
    let changes = world.get(&format!("{base}/changes?kind=new")).await;
    changes.has("1–50 of 200").has("page=2").has(&week.field(2, "ncid"));
}

#[tokio::test]
async fn what_a_held_list_says_otherwise_stands_on_the_voters_page() {
    let data = tempfile::tempdir().unwrap();
    let week = delivery(&data.path().join("made"));
    let store = Store::open(&data.path().join("data"), None).await.unwrap();
    let request = |path: &Path, day, reason: Option<&str>| LoadRequest {
        paths: vec![path.to_owned()],
        state: nc(),
        as_of: Some(date(2026, 11, day)),
        accept_held: reason.map(str::to_owned),
        id: None,
    };
    let first = request(&week.voters, 7, Some("a test"));
    let load = async |request: &LoadRequest| {
        let work = async |act: &Act<'_, Load>| {
            load(&store, Layouts::embedded(), act, request, &Silent, &SystemClock).await
        };
        loading(&store, work).await.unwrap()
    };
    load(&first).await;
    let (id, last) = (week.field(2, "ncid"), week.field(2, "last_name"));
    let mut lines = week.lines.clone();
    lines[2] = lines[2].replacen(&format!("\"{last}\""), "\"ZUCKERMANN\"", 1);
    let newcomer = lines[3].replace(&week.field(3, "ncid"), "ZZ999999");
    lines.push(newcomer.replace(&week.field(3, "voter_reg_num"), "000009999999"));
    let mut bytes = encoding_rs::WINDOWS_1252.encode(&(lines.join("\r\n") + "\r\n")).0.into_owned();
    bytes.extend_from_slice(HOSTILE);
    let next = data.path().join("ncvoter_next.txt");
    fs::write(&next, bytes).unwrap();
    let second = request(&next, 14, None);
    let report = load(&second).await;
    let base = format!("/nc/snapshots/{}", report.summary.snapshot);
    let world = World::serve(data, store).await;
    find(&world, &id)
        .await
        .has("The held list says otherwise")
        .has("held list of November 14, 2026")
        .has("ZUCKERMANN")
        .has(&format!("<del class=\"was\">{last}"));
    assert!(
        !find(&world, &week.field(5, "ncid")).await.body.contains("held list"),
        "nothing changed for others"
    );
    let changes = world.get(&format!("{base}/changes?kind=new")).await;
    changes.has("ZZ999999").has("In the held list only").has("no page until it is accepted");
}

fn title(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("<title>").unwrap();
    rest.split_once("</title>").unwrap().0.to_owned()
}

#[tokio::test]
async fn a_confidential_voter_has_no_address_anywhere() {
    let (world, week, base) = loaded().await;
    let street = week.field(1, "res_street_address").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(street.len() > 6, "the delivery gives the address: {street}");
    let id = week.field(1, "ncid");
    let page = find(&world, &id).await;
    page.has("Confidential").has(&id);
    assert!(!page.body.contains(&street) && !page.body.contains("Residence"), "{}", page.body);
    let changes = world.get(&format!("{base}/changes")).await;
    assert!(!changes.body.contains(&street));
    let csv = export(&world, "", "csv").await;
    // Others may live at the same address: only the voter's own row must be missing.
    assert!(!csv.body.contains(&id), "never in an export");
    assert_eq!(csv.body.lines().count(), 200, "a header and all but one of 200 voters");
    // What the export page promises is what comes out, in all and county by county.
    let county = week.field(1, "county_desc");
    let page = world.get("/nc/export").await;
    let alone = export(&world, &county, "csv").await.body.lines().count() - 1;
    page.has("All of North Carolina (199)").has(&format!("{county} ({alone})"));
    let changes = changes_of_everybody(&world, &base).await;
    let (_, after) = changes.split_once(&id).unwrap();
    let cells = after.split("</tr>").next().unwrap();
    assert!(!cells.contains(&format!("{}<br>", week.field(1, "res_city_desc"))), "where: {cells}");
}

/// All pages of changes in one text.
async fn changes_of_everybody(world: &World, base: &str) -> String {
    let mut all = String::new();
    for number in 1..=4 {
        all += &world.get(&format!("{base}/changes?page={number}")).await.body;
    }
    all
}

async fn export(world: &World, county: &str, format: &str) -> Answer {
    world.post("/nc/export", "/nc/export", &[("county", county), ("format", format)]).await
}

#[tokio::test]
async fn a_county_leaves_as_a_file_and_nothing_stays_behind() {
    let (world, week, _) = loaded().await;
    let county = week.field(2, "county_desc");
    let sheet = export(&world, &county, "xlsx").await;
    assert_eq!(sheet.status, 200, "{}", sheet.body);
    assert!(sheet.bytes.starts_with(b"PK"));
    assert_eq!(sheet.bytes.len().to_string(), sheet.header("content-length"));
    let name = county.to_lowercase().replace(' ', "-");
    assert!(sheet.header("content-disposition").contains(&format!("nc-base-{name}-2026-11-07.xlsx")));
    let refused = export(&world, "ATLANTIS", "csv").await;
    assert_eq!(refused.status, 422);
    refused.has("ATLANTIS");
    assert_eq!(export(&world, "", "exe").await.status, 422);
    // The file goes when its last piece has been handed over, a moment after the reader has it.
    let exports = world.data.path().join("data/exports");
    for _ in 0..200 {
        if fs::read_dir(&exports).unwrap().count() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("a sent export stays on the disk");
}

#[cfg(unix)]
#[tokio::test]
async fn an_upload_for_which_the_disk_has_no_room_is_refused_and_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(&data.path().join("data"), None).await.unwrap();
    let world = World::serve(data, store).await;
    let opened = world.get("/nc/load").await;
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nbegun\r\n--x--\r\n",
        opened.form_token()
    );
    let cookie = opened.cookie();
    let headers = [
        ("content-type", "multipart/form-data; boundary=x"),
        ("cookie", cookie.as_str()),
        // No disk has room for so much.
        ("content-length", "9000000000000000000"),
    ];
    let refused = world.send("POST", "/nc/load/upload", &headers, body.as_bytes()).await;
    assert_eq!(refused.status, 507, "{}", refused.body);
    refused.has("No room for this upload").has("must stay free");
    let inbox: Vec<_> = fs::read_dir(world.data.path().join("data/inbox")).unwrap().collect();
    assert!(inbox.is_empty(), "{inbox:?}");
}

#[tokio::test]
async fn an_uploaded_delivery_becomes_a_load_report() {
    let data = tempfile::tempdir().unwrap();
    let week = delivery(&data.path().join("made"));
    let store = Store::open(&data.path().join("data"), None).await.unwrap();
    let world = World::serve(data, store).await;
    let opened = world.get("/nc/load").await;
    let mut body = Vec::new();
    for (name, value) in [("form_token", opened.form_token()), ("as_of", "2026-11-07")] {
        body.extend_from_slice(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        b"--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../../ncvoter_Statewide.txt\"\r\n\r\n",
    );
    body.extend_from_slice(&fs::read(&week.voters).unwrap());
    body.extend_from_slice(b"\r\n--x--\r\n");
    let cookie = opened.cookie();
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", cookie.as_str())];
    let begun = world.send("POST", "/nc/load/upload", &headers, &body).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    assert!(world.data.path().join("data/inbox/ncvoter_Statewide.txt").is_file());
    let job = begun.header("location").to_owned();
    for _ in 0..600 {
        let page = world.get(&job).await;
        if page.status == 303 {
            let report = world.get(page.header("location")).await;
            report.has("Held back: 1 rule failed").has("ncvoter_Statewide.txt").has("Adds up");
            world.get("/nc/load").await.has("already loaded");
            return;
        }
        assert!(!page.body.contains("did not finish"), "{}", page.body);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the load did not end within half a minute");
}
