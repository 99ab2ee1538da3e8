//! A list without ids through the pages alone: sent, recognized, matched, reviewed, appended, one mistake taken back, all
//! undone.

use super::tests::{Answer, World, loading, nc};
use crate::load::{LoadRequest, Silent, load};
use hustings_core::SystemClock;
use hustings_store::Store;
use hustings_testkit::synth::nc::{NcOptions, Trouble, write_weeks};
use hustings_testkit::synth::vendor_list::{VendorList, vendor_list};
use hustings_voterfile::layout::Layouts;
use jiff::civil::date;
use std::time::Duration;

const BOUNDARY: &str = "a-boundary-of-the-test";

/// A small state, loaded, and a vendor's list of it.
async fn loaded(rows: usize) -> (World, VendorList) {
    let data = tempfile::tempdir().unwrap();
    let options = NcOptions {
        voters: 1500,
        seed: 11,
        weeks: 1,
        dirt: 0.0,
        first_as_of: date(2026, 11, 7),
        trouble: Trouble::default(),
    };
    let weeks = write_weeks(&options, &data.path().join("made"), &mut |_, _| {}).unwrap();
    let voters = weeks[0].folder.join("ncvoter_Statewide.txt");
    let text = encoding_rs::WINDOWS_1252.decode(&std::fs::read(&voters).unwrap()).0.into_owned();
    let list = vendor_list(&text, rows, 5);
    let store = Store::open(&data.path().join("data"), None).await.unwrap();
    let request = LoadRequest {
        paths: vec![voters],
        state: nc(),
        as_of: Some(date(2026, 11, 7)),
        accept_held: Some("a test".to_owned()),
        id: None,
    };
    loading(&store, async |act| {
        load(&store, Layouts::embedded(), act, &request, &Silent, &SystemClock).await
    })
    .await
    .unwrap();
    (World::serve(data, store).await, list)
}

async fn upload(world: &World, name: &str, bytes: &[u8]) -> Answer {
    let opened = world.get("/nc/matches").await;
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{}\r\n--{BOUNDARY}\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n",
        opened.form_token()
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    world.send("POST", "/nc/matches", &[("content-type", &kind)], &body).await
}

/// The fields of a page's form as its reader would send them untouched: chosen options and checked boxes.
fn untouched(page: &Answer) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for select in page.body.split("<select name=\"").skip(1) {
        let name = select.split_once('"').unwrap().0.to_owned();
        let options = select.split_once("</select>").unwrap().0;
        let chosen = options.split("<option value=\"").find(|option| option.contains(" selected>"));
        fields.push((
            name,
            chosen.map_or(String::new(), |option| option.split_once('"').unwrap().0.to_owned()),
        ));
    }
    for (name, start) in [("append", "name=\"append\" value=\""), ("columns", "name=\"columns\" value=\"")] {
        for input in page.body.split(start).skip(1) {
            let (value, rest) = input.split_once('"').unwrap();
            if rest.trim_start().starts_with("checked") {
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    fields
}

async fn post(world: &World, page: &str, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.post(page, path, &fields).await
}

/// Sends, recognizes and matches a list; where its result is.
async fn matched(world: &World, list: &VendorList) -> String {
    let sent = upload(world, "acme.csv", list.csv.as_bytes()).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let draft = sent.header("location").to_owned();
    let page = world.get(&draft).await;
    page.has("Given Name").has("value=\"first_name\" selected").has("1 row above it was left out");
    let fields = untouched(&page);
    assert!(fields.iter().any(|(name, _)| name == "append"), "phones are to be added: {fields:?}");
    let started = post(world, &draft, &draft, &fields).await;
    assert_eq!(started.status, 303, "{}", started.body);
    let job = started.header("location").to_owned();
    // What is done at once needs no page that says how far it is.
    if !job.contains("/jobs/") {
        return job;
    }
    let mut answer = world.get(&job).await;
    for _ in 0..600 {
        if answer.status == 303 {
            return answer.header("location").to_owned();
        }
        assert!(!answer.body.contains("was not matched"), "{}", answer.body);
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = world.get(&job).await;
    }
    panic!("the list was not matched within a minute: {} {}", answer.status, answer.body);
}

fn pair_of(page: &Answer) -> String {
    let (_, rest) =
        page.body.split_once("name=\"pair\" value=\"").unwrap_or_else(|| panic!("no pair:\n{}", page.body));
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_list_comes_in_is_matched_reviewed_added_and_one_mistake_is_undone() {
    let (world, list) = loaded(400).await;
    let run = matched(&world, &list).await;
    let page = world.get(&run).await;
    page.has("How sure this is").has("Nobody has checked an accepted row yet").has("The program expects");
    page.has("whom your organization sees (The whole state)");
    // The review by its buttons: each answer leads to another pair.
    let review = format!("{run}/review");
    let mut seen = Vec::new();
    for turn in 0..8 {
        let mut page = world.get(&review).await;
        if !page.body.contains("name=\"pair\"") {
            // A small list has few doubtful rows: then the accepted ones are gone through by themselves.
            page.has("All doubtful rows have an answer");
            page = world.get(&format!("{review}?look=accepted")).await;
        }
        let pair = pair_of(&page);
        assert!(!seen.contains(&pair), "asked twice: {pair}");
        // Every third one is of the sample of accepted ones.
        let answer = ["undecided", "different", "same"][turn % 3];
        let next =
            world.post(&review, &review, &[("pair", &pair), ("answer", answer), ("drawn", "yes")]).await;
        assert_eq!((next.status, next.header("location")), (303, review.as_str()), "{}", next.body);
        seen.push(pair);
    }
    // Undo leads back to the last pair, and nothing is forgotten.
    let back = world.post(&review, &review, &[("answer", "undo")]).await;
    assert_eq!(back.header("location"), format!("{review}?pair={}", seen[7]));
    let again = world.post(&review, &review, &[("pair", &seen[7]), ("answer", "same")]).await;
    assert_eq!(again.status, 303);
    world
        .get(&format!("{run}/pairs/{}", seen[7]))
        .await
        .has("two people")
        .has("taken back")
        .has("same person")
        .has("Sum");
    world.get(&run).await.has("of 100 accepted rows are right").has("with your answers");
    // The phones go to the voters found, as they were chosen on the first page.
    let page = world.get(&run).await;
    let fields = untouched(&page);
    let added = post(&world, &run, &format!("{run}/append"), &fields).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let page = world.get(&run).await;
    page.has("Cell Phone: added to");
    let columns = world.get("/nc/columns").await;
    columns.has("cell_phone").has("acme.csv");
    // One pair was a mistake: its voter has the number before, and not afterwards.
    let mut mistake = None;
    for number in [&seen[2], &seen[5], &seen[7]] {
        let pair = format!("{run}/pairs/{number}");
        let shown = world.get(&pair).await;
        let (_, rest) = shown.body.split_once("href=\"/nc/voters/").unwrap();
        let voter = format!("/nc/voters/{}", rest.split_once('"').unwrap().0);
        // A vendor has not everybody's number.
        if world.get(&voter).await.body.contains("Cell Phone") {
            mistake = Some((pair, voter));
            break;
        }
    }
    let (pair, voter) = mistake.expect("a voter of a confirmed pair has a number");
    // Its voter's page leads back to the pair. Another row of the list may be of the same voter, with another number.
    let of_pair = format!("<a href=\"{pair}\">from acme.csv, line ");
    world.get(&voter).await.has(&of_pair);
    // An answer that it is two people takes the cell at once, and the same answer taken back gives it only when asked.
    let number = pair.rsplit('/').next().unwrap().to_owned();
    let no = world.post(&review, &review, &[("pair", &number), ("answer", "different")]).await;
    assert_eq!(no.status, 303, "{}", no.body);
    assert!(!world.get(&voter).await.body.contains(&of_pair), "the cell is gone with the answer");
    world.post(&review, &review, &[("answer", "undo")]).await;
    post(&world, &run, &format!("{run}/append"), &fields).await;
    world.get(&voter).await.has(&of_pair);
    let refused = world.post(&pair, &format!("{pair}/take-back"), &[("why", " ")]).await;
    assert_eq!(refused.status, 422);
    let taken = world.post(&pair, &format!("{pair}/take-back"), &[("why", "it is the son")]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    assert!(!world.get(&voter).await.body.contains(&of_pair), "the cell is gone");
    world.get(&pair).await.has("it is the son");
    // Records come into the log within the second.
    let mut log = world.get("/log").await;
    for _ in 0..100 {
        if log.body.contains("it is the son") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        log = world.get("/log").await;
    }
    log.has("it is the son");
    // All of it is undone: also what had been replaced stays away.
    let undone = world.post(&run, &format!("{run}/undo"), &[]).await;
    assert_eq!(undone.status, 303);
    assert!(!world.get("/nc/columns").await.body.contains("acme.csv"));
    assert!(!world.get(&run).await.body.contains("added to"));
    // The list goes, and with it its pages.
    assert_eq!(world.post(&run, &format!("{run}/remove"), &[]).await.status, 303);
    for gone in [&run, &review, &pair] {
        assert_eq!(world.get(gone).await.status, 404, "{gone}");
    }
}

#[tokio::test]
async fn accepted_rows_are_checked_by_themselves_and_a_mistake_found_later_counts() {
    let (world, list) = loaded(300).await;
    let run = matched(&world, &list).await;
    world.get("/nc/columns").await.has("Lists without ids</a>: 1 list");
    let review = format!("{run}/review?look=accepted");
    let mut seen = Vec::new();
    for _ in 0..6 {
        let page = world.get(&review).await;
        page.has("An accepted row, drawn at random");
        let pair = pair_of(&page);
        let sent = [("pair", pair.as_str()), ("answer", "same"), ("drawn", "yes"), ("look", "accepted")];
        let next = world.post(&review, &format!("{run}/review"), &sent).await;
        assert_eq!((next.status, next.header("location")), (303, review.as_str()), "{}", next.body);
        seen.push(pair);
    }
    world.get(&review).await.has("Last: ").has(", same person");
    world.get(&run).await.has("All 6 checked rows were right: that shows that at least 60.9 of 100");
    // Somebody finds later that one of them is wrong, by its page: it stays among the checked.
    let pair = format!("{run}/pairs/{}", seen[2]);
    let taken = world.post(&pair, &format!("{pair}/take-back"), &[("why", "it is the son")]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    world.get(&run).await.has("Of 6 rows checked 5 were right");
    // One that was chosen beyond the sample does not count, however it is answered.
    let least_sure = world.get(&format!("{run}/pairs?show=accepted")).await;
    let (_, rest) = least_sure.body.split_once("<td><a href=\"").unwrap();
    let other = rest.split_once('"').unwrap().0.to_owned();
    let number = other.rsplit('/').next().unwrap().to_owned();
    if !seen.contains(&number) {
        let no = [("pair", number.as_str()), ("answer", "different")];
        assert_eq!(world.post(&review, &format!("{run}/review"), &no).await.status, 303);
        world.get(&run).await.has("Of 6 rows checked 5 were right");
    }
    // One's answers are listed, and a row is found by what stands in it; not by what stands nowhere.
    let mine = world.get(&format!("{run}/pairs")).await;
    mine.has("Your answers").has(&format!("href=\"{pair}\"")).has("two people, as reviewers say");
    let find = format!("{run}/pairs");
    let mut found = 0;
    for number in &seen {
        let pair = format!("href=\"{run}/pairs/{number}\"");
        let line = mine.body.split_once(&pair).unwrap().0;
        let shown = line.rsplit_once("<td data-label=\"On the list\">").unwrap().1;
        let words: Vec<&str> = shown.split_once(" <span").unwrap().0.split(' ').take(2).collect();
        let page = world.post(&find, &find, &[("query", words.join(" ").as_str())]).await;
        page.has("Rows found");
        found += u32::from(page.body.contains(&pair));
    }
    // One or another has a name that a page writes otherwise than a list, such as O&#39;NEIL.
    assert!(found >= 4, "{found} of 6 are found by their names");
    world.post(&find, &find, &[("query", "xyzzy plugh")]).await.has("No row with this name or number");
}

#[tokio::test]
async fn what_is_no_list_is_said_in_a_sentence() {
    let (world, _) = loaded(0).await;
    for (bytes, said) in [
        (b" \n".as_slice(), "has no header"),
        (b"PK\x03\x04...", "is no xlsx file that can be read"),
        (b"\xd0\xcf\x11\xe0...", "locked by a password"),
        (b"%PDF-1.4", "is a PDF: expected csv, parquet or xlsx"),
        (b"first name,last name\n", "no rows below it"),
    ] {
        let answer = upload(&world, "list.csv", bytes).await;
        assert_eq!(answer.status, 422);
        answer.has(said);
    }
    // Columns that nobody can be found by, and two that are one.
    let sent = upload(&world, "list.csv", b"shoe,size\nA,1\nB,2\n").await;
    let draft = sent.header("location").to_owned();
    let none = world.post(&draft, &draft, &[("taken_0", ""), ("taken_1", "")]).await;
    assert_eq!(none.status, 422);
    none.has("without names nobody is found");
    let twice = world.post(&draft, &draft, &[("taken_0", "last_name"), ("taken_1", "last_name")]).await;
    twice.has("both taken for the same");
    assert_eq!(world.get("/nc/lists/0123").await.status, 404);
}

/// A workbook of these sheets, every cell a text.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let numbered = || (1..).zip(sheets);
    let listed: String = numbered()
        .map(|(number, (name, _))| {
            format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>")
        })
        .collect();
    let links: String = numbered()
        .map(|(number, _)| {
            format!("<Relationship Id=\"r{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>")
        })
        .collect();
    let mut parts = vec![
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{LINKS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{listed}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships xmlns=\"{LINKS}\">{links}</Relationships>"),
        ),
    ];
    for (number, (_, rows)) in numbered() {
        let row = |(row, cells): (usize, &&[&str])| {
            let cell = |(at, text): (u8, &&str)| {
                let place = format!("{}{row}", char::from(b'A' + at));
                format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
            };
            format!("<row r=\"{row}\">{}</row>", (0..).zip(*cells).map(cell).collect::<String>())
        };
        let rows: String = (1..).zip(*rows).map(row).collect();
        parts.push((
            format!("xl/worksheets/sheet{number}.xml"),
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_workbook_is_read_and_one_of_its_sheets_is_chosen() {
    let (world, list) = loaded(40).await;
    // What the vendor wrote, as a second sheet below a title.
    let name = std::path::Path::new("acme.csv");
    let read =
        hustings_store::ListFile::open_bytes(name, &list.csv.clone().into_bytes().into(), None).unwrap();
    let read = hustings_store::ListRows::read(&read).unwrap();
    let cells = |row: usize| {
        let cell = |column: usize| read.cell(row, column).unwrap_or_default().replace(['&', '<'], " ");
        (0..read.headers().len()).map(cell).collect::<Vec<String>>()
    };
    let above = [vec!["Acme Voter Data".to_owned()], read.headers().to_vec()];
    let records: Vec<Vec<String>> = above.into_iter().chain((0..read.len()).map(cells)).collect();
    let rows: Vec<Vec<&str>> =
        records.iter().map(|cells| cells.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let notes: [&[&str]; 2] = [&["Shoe", "Size"], &["A", "1"]];
    let bytes = workbook(&[("Notes", &notes), ("Our people", &rows)]);
    let sent = upload(&world, "acme.xlsx", &bytes).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let draft = sent.header("location").to_owned();
    world.get(&draft).await.has("Shoe").has("Our people").has("Look at this sheet");
    let page = world.get(&format!("{draft}?sheet=2")).await;
    page.has("Given Name").has("value=\"first_name\" selected").has("name=\"sheet\" value=\"2\"");
    let mut fields = untouched(&page);
    fields.retain(|(name, _)| name != "sheet");
    fields.push(("sheet".to_owned(), "2".to_owned()));
    let done = post(&world, &draft, &draft, &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    world.get(done.header("location")).await.has("acme.xlsx").has("How sure this is");
    assert_eq!(world.get(&draft).await.status, 404, "it is matched");
    // Half of a workbook.
    let half = upload(&world, "acme.xlsx", &bytes[..bytes.len() / 2]).await;
    assert_eq!(half.status, 422);
    half.has("is no xlsx file that can be read");
}

#[tokio::test]
async fn a_list_that_waits_survives_a_restart_and_is_removed_or_matched() {
    let (world, list) = loaded(60).await;
    let sent = upload(&world, "acme.csv", list.csv.as_bytes()).await;
    let draft = sent.header("location").to_owned();
    world.get("/nc/matches").await.has("acme.csv waits").has(&draft);
    // Another process over the same folder.
    let world = world.restarted("data").await;
    let page = world.get("/nc/matches").await;
    page.has("acme.csv waits").has(&draft);
    let page = world.get(&draft).await;
    page.has("Given Name");
    let done = post(&world, &draft, &draft, &untouched(&page)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let run = done.header("location").to_owned();
    // The button counts voters: several rows may be of one.
    let page = world.get(&run).await;
    let (_, button) = page.body.split_once("Add to ").unwrap();
    assert!(button.split_once('<').unwrap().0.ends_with(" voters"), "{}", page.body);
    assert!(!world.get("/nc/matches").await.body.contains("waits"));
    // One that is not wanted goes.
    let sent = upload(&world, "other.csv", list.csv.as_bytes()).await;
    let draft = sent.header("location").to_owned();
    assert_eq!(world.post(&draft, &format!("{draft}/remove"), &[]).await.status, 303);
    assert_eq!(world.get(&draft).await.status, 404);
}

#[tokio::test]
async fn what_was_taken_back_stays_away_and_is_told_of() {
    let (world, list) = loaded(60).await;
    let run = matched(&world, &list).await;
    let fields = untouched(&world.get(&run).await);
    assert_eq!(post(&world, &run, &format!("{run}/append"), &fields).await.status, 303);
    // An accepted pair was a mistake.
    let page = world.get(&run).await;
    let (_, rest) = page.body.split_once(&format!("{run}/pairs/")).unwrap();
    let pair = format!("{run}/pairs/{}", rest.split_once('"').unwrap().0);
    let taken = world.post(&pair, &format!("{pair}/take-back"), &[("why", "the son")]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    assert_eq!(world.post(&run, &format!("{run}/undo"), &[]).await.status, 303);
    world.get(&run).await.has("It stays away until you add it once more");
    // The same list once more: nothing is added, the pair waits, and it is said where the answers stand.
    let again = matched(&world, &list).await;
    assert_ne!(again, run);
    world
        .get(&again)
        .await
        .has("1 pair was not accepted again")
        .has("The same file was matched before")
        .has("It stays away until you add it once more")
        .has(&format!("href=\"{run}\""));
}
