//! What a person decides on the pages beside accepting: a held load thrown away, a delivery removed; and what the page of
//! a job says after a restart.

use super::fixture::{held_report, passed_report};
use super::inbox::{Inbox, mark_loaded};
use super::tests::{World, loading, nc, put};
use hustings_store::{LoadOutcome, SnapshotMeta, Store};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

#[tokio::test]
async fn a_person_discards_a_held_load_and_its_report_stays() {
    let world = World::new().await;
    let report = format!("/nc/snapshots/{}", world.held);
    world.get(&report).await.has("Throw it away");
    let discard = format!("{report}/discard");
    world.get(&discard).await.has("Discard the held load?").has("November 14, 2026 stays current");
    assert_eq!(world.send("POST", &discard, &FORM, b"form_token=x").await.status, 403);
    let done = world.post(&discard, &discard, &[]).await;
    assert_eq!((done.status, done.header("location")), (303, "/nc"));
    let list = world.get("/nc").await;
    list.has("Discarded").has("November 14, 2026");
    assert!(!list.body.contains("is held back"), "nothing waits for a decision");
    let page = world.get(&report).await;
    page.has("held back and then discarded");
    assert!(!page.body.contains("/changes\"") && !page.body.contains("/accept\""), "no way to what is gone");
    assert_eq!(world.get(&discard).await.status, 422);
    assert_eq!(world.get(&format!("{report}/changes")).await.status, 422);
    assert_eq!(world.get(&format!("/nc/snapshots/{}/discard", world.current)).await.status, 422);
}

#[tokio::test]
async fn a_delivery_is_removed_from_the_inbox_after_a_question() {
    let world = World::new().await;
    let inbox = world.data.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    std::fs::write(inbox.join("week 47.txt"), b"abc").unwrap();
    let remove = "/nc/load/remove?delivery=week%2047.txt";
    world.get("/nc/load").await.has(remove);
    world.get(remove).await.has("Remove this delivery?").has("They have not been loaded");
    let foreign = b"form_token=x&delivery=week+47.txt";
    assert_eq!(world.send("POST", "/nc/load/remove", &FORM, foreign).await.status, 403);
    assert!(inbox.join("week 47.txt").exists());
    let elsewhere = world.post(remove, "/nc/load/remove", &[("delivery", "../platform.db")]).await;
    assert_eq!(elsewhere.status, 422);
    assert!(world.data.path().join("platform.db").exists());
    assert_eq!(world.post(remove, "/nc/load/remove", &[("delivery", "week 47.txt")]).await.status, 303);
    assert!(!inbox.join("week 47.txt").exists());
    assert_eq!(world.get(remove).await.status, 422);
}

#[tokio::test]
async fn a_list_that_was_taken_back_can_be_loaded_again() {
    let world = World::new().await;
    let inbox = world.data.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let delivery = inbox.join("week 46.txt");
    std::fs::write(&delivery, b"abc").unwrap();
    let store = Store::open(world.data.path(), None).await.unwrap();
    let of_owner = Inbox::of(&store, &hustings_access::OrganizationId::local()).await.unwrap();
    mark_loaded(&of_owner, &delivery, "nc", &world.current);
    let page = world.get("/nc/load").await;
    assert!(!page.body.contains("Load again"), "what is current need not be loaded");
    assert_eq!(world.post("/nc/undo", "/nc/undo", &[("current", &world.current)]).await.status, 303);
    let page = world.get("/nc/load").await;
    page.has("taken back").has("Load again").has(r#"name="as_of" value="2026-11-14""#);
    let report = world.get(&format!("/nc/snapshots/{}", world.current)).await;
    report.has("To make it current again").has(r#"href="/nc/load#loaded""#);
    let world_again = world.post("/nc/load", "/nc/load", &[("delivery", "week 46.txt")]).await;
    assert_eq!(world_again.status, 303, "its files are taken: {}", world_again.body);
}

#[tokio::test]
async fn after_a_restart_the_page_of_a_job_says_what_became_of_the_load() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), None).await.unwrap();
    let first = put(&store, &passed_report("2026-11-07"), "a1").await;
    for (id, outcome) in
        [("00aa", Some(LoadOutcome::Unchanged)), ("00bb", Some(LoadOutcome::Failed)), ("00cc", None)]
    {
        let lock =
            loading(&store, async |act| store.lock_state_as(act, nc(), "load", id).await).await.unwrap();
        match outcome {
            Some(outcome) => store.release(lock, outcome).await.unwrap(),
            None => drop(lock),
        }
    }
    let lock =
        loading(&store, async |act| store.lock_state_as(act, nc(), "load", "00dd").await).await.unwrap();
    let staging = store.staging(&lock).unwrap();
    std::fs::write(staging.path().join("report.json"), serde_json::to_vec(&held_report()).unwrap()).unwrap();
    let meta = SnapshotMeta {
        as_of: "2026-11-21".parse().unwrap(),
        inputs_digest: "c3".repeat(32),
        predecessor: Some(first),
        layout: "nc 2026-02".to_owned(),
        voters: 1,
        households: 1,
        gate_failed: held_report().summary.gate.failed,
        accepted_reason: None,
        files: Vec::new(),
    };
    let held = loading(&store, async |act| store.hold(act, &lock, staging, meta).await).await.unwrap();
    drop(lock);
    // The process that serves now has run none of these jobs.
    let world = World::serve(data, store).await;
    world.get("/jobs/00aa").await.has("loaded before");
    world.get("/jobs/00bb").await.has("did not finish").has("still current");
    world.get("/jobs/00cc").await.has("was interrupted").has("Load the delivery again");
    let page = world.get("/jobs/00dd").await;
    assert_eq!((page.status, page.header("location")), (303, format!("/nc/snapshots/{}", held.id).as_str()));
    assert_eq!(world.get("/jobs/00ee").await.status, 404);
}
