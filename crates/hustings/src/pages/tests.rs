//! The pages through a real server on a free port, over a real store with invented snapshots.

use super::fixture::{held_report, passed_report};
use crate::proxy::Proxies;
use crate::serve::Server;
use hustings_access::verb::Load;
use hustings_access::{Act, Request, Role};
use hustings_core::StateCode;
use hustings_store::{LoadFile, SnapshotMeta, Store};
use hustings_voterfile::layout::Layouts;
use hustings_voterfile::report::LoadReport;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use tokio::sync::oneshot;

pub(super) fn nc() -> StateCode {
    "nc".parse().unwrap()
}

/// Does something as the directory's owner who loads the list.
pub(super) async fn loading<R>(store: &Store, work: impl for<'id> AsyncFnOnce(&Act<'id, Load>) -> R) -> R {
    let owner = store.local_actor(None).await.unwrap();
    store.permit(&owner, Request::voters_of(nc())).await.unwrap().enter_async(work).await
}

/// Puts a snapshot with this report into the store, published or held as its gate says.
pub(super) async fn put(store: &Store, report: &LoadReport, seed: &str) -> String {
    let lock = loading(store, async |act| store.lock_state(act, nc(), "load").await).await.unwrap();
    let staging = store.staging(&lock).unwrap();
    std::fs::write(staging.path().join("report.json"), serde_json::to_vec(report).unwrap()).unwrap();
    let predecessor =
        loading(store, async |act| store.current(act, nc()).await).await.unwrap().map(|current| current.id);
    let meta = SnapshotMeta {
        as_of: report.summary.as_of.parse().unwrap(),
        inputs_digest: seed.repeat(32),
        predecessor,
        layout: "nc 2026-02".to_owned(),
        voters: report.counties.iter().map(|county| county.now).sum(),
        households: report.summary.households,
        gate_failed: report.summary.gate.failed.clone(),
        accepted_reason: None,
        files: vec![LoadFile { name: "ncvoter.txt".to_owned(), sha256: seed.repeat(32), bytes: 1000 }],
    };
    let record = if report.summary.gate.failed.is_empty() {
        loading(store, async |act| store.publish(act, &lock, staging, meta).await).await
    } else {
        loading(store, async |act| store.hold(act, &lock, staging, meta).await).await
    };
    record.unwrap().id
}

pub(super) struct World {
    pub(super) data: tempfile::TempDir,
    address: String,
    pub(super) held: String,
    pub(super) current: String,
    session: String,
    _stop: oneshot::Sender<()>,
}

impl World {
    pub(super) async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), None).await.unwrap();
        put(&store, &passed_report("2026-11-07"), "a1").await;
        let current = put(&store, &passed_report("2026-11-14"), "b2").await;
        let held = put(&store, &held_report(), "c3").await;
        Self { held, current, ..Self::serve(data, store).await }
    }

    async fn empty() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path(), None).await.unwrap();
        Self::serve(data, store).await
    }

    /// Everything is asked for by a data director of the directory's owner, who has signed in.
    pub(super) async fn serve(data: tempfile::TempDir, store: Store) -> Self {
        Self::serve_as(data, store, None).await
    }

    /// As [`World::serve`], behind something that ends TLS for this host.
    pub(super) async fn serve_as(data: tempfile::TempDir, store: Store, public_host: Option<&str>) -> Self {
        Self::serve_behind(data, store, public_host, Proxies::default()).await
    }

    /// As [`World::serve_as`], where these proxies pass on who asks.
    pub(super) async fn serve_behind(
        data: tempfile::TempDir,
        store: Store,
        public_host: Option<&str>,
        proxies: Proxies,
    ) -> Self {
        let owner = store.directory_owner().await.unwrap().id;
        let director = [Role::DataDirector].into();
        let user =
            store.demo_user(&owner, "ann@example.org", "Ann Miller", &director, &BTreeSet::new()).await;
        let session = store.begin_demo_session(&user.unwrap()).await.unwrap().token.expose().to_owned();
        let (layouts, any) = (Layouts::embedded().clone(), ([127, 0, 0, 1], 0).into());
        let server = Server::bind_public(store, layouts, any, public_host.map(str::to_owned)).await.unwrap();
        let server = server.behind(proxies);
        let address = server.url().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { data, address, held: String::new(), current: String::new(), session, _stop: stop }
    }

    /// Another process over the same data folder, in which the director is signed in still.
    pub(super) async fn restarted(self, folder: &str) -> Self {
        let Self { data, held, current, session, _stop, .. } = self;
        drop(_stop);
        let store = Store::open(&data.path().join(folder), None).await.unwrap();
        let (layouts, any) = (Layouts::embedded().clone(), ([127, 0, 0, 1], 0).into());
        let server = Server::bind_public(store, layouts, any, None).await.unwrap();
        let address = server.url().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { data, address, held, current, session, _stop: stop }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// Opens a page, and sends a form as its reader would: with the page's token and cookie.
    pub(super) async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let opened = self.get(page).await;
        let token = opened.form_token();
        let mut body = format!("form_token={token}");
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", value.replace(' ', "+")));
        }
        let cookie = opened.cookie();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str())];
        self.send("POST", path, &headers, body.as_bytes()).await
    }

    /// Sends a request as the director, with whatever other cookies are given.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut cookies = format!("__Host-hustings={}", self.session);
        for (_, more) in headers.iter().filter(|(name, _)| *name == "cookie") {
            cookies.push_str(&format!("; {more}"));
        }
        let mut headers: Vec<_> = headers.iter().copied().filter(|(name, _)| *name != "cookie").collect();
        headers.push(("cookie", &cookies));
        self.send_as_stranger(method, path, &headers, body).await
    }

    /// Sends a request with nothing but what is given.
    pub(super) async fn send_as_stranger(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "content-length") {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut request = format!("{head}\r\n").into_bytes();
        request.extend_from_slice(body);
        let address = self.address.clone();
        let bytes = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&request).unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        })
        .await
        .unwrap();
        Answer::parse(&bytes)
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    headers: BTreeMap<String, String>,
    pub(super) body: String,
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]);
        let bytes = bytes[end + 4..].to_vec();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}"))
    }

    #[track_caller]
    pub(super) fn form_token(&self) -> &str {
        let (_, rest) = self.body.split_once(r#"name="form_token" value=""#).expect("a form on the page");
        rest.split_once('"').unwrap().0
    }

    /// The cookie that the answer sets; none when the visitor is known.
    pub(super) fn cookie(&self) -> String {
        self.headers
            .get("set-cookie")
            .map_or("none=none", |cookie| cookie.split(';').next().unwrap())
            .to_owned()
    }

    #[track_caller]
    pub(super) fn has(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "`{text}` is not on the page:\n{}", self.body);
        self
    }
}

#[tokio::test]
async fn an_empty_data_folder_says_how_to_begin() {
    let world = World::empty().await;
    world.get("/").await.has("Load your first list").has("North Carolina");
    let page = world.get("/nc").await;
    assert_eq!(page.status, 200);
    page.has("No list has been loaded yet");
    assert_eq!(world.get("/start?state=nc").await.header("location"), "/nc/load");
}

#[tokio::test]
async fn the_overview_shows_the_current_list_and_what_is_held() {
    let world = World::new().await;
    let page = world.get("/").await;
    page.has("November 14, 2026").has("is held back").has(&format!("/nc/snapshots/{}", world.held));
    world.get("/nc").await.has("Held back").has("Current").has("Undo the last load");
}

#[tokio::test]
async fn every_page_leaves_a_browser_nothing_foreign_to_run() {
    let world = World::new().await;
    for path in ["/", "/nc", "/help", "/nc/load", "/nowhere/at/all", &format!("/nc/snapshots/{}", world.held)]
    {
        let page = world.get(path).await;
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
        assert!(!page.body.replace("<script src=", "").contains("<script"), "{path}");
        assert!(page.body.len() < 100_000, "{path}: {} bytes", page.body.len());
    }
}

#[tokio::test]
async fn after_sign_out_a_browser_forgets_what_it_was_shown() {
    let world = World::empty().await;
    let left = world.post("/account", "/sign-out", &[]).await;
    assert_eq!((left.status, left.header("location")), (303, "/sign-in?signed_out=yes&organization=local"));
    assert_eq!(left.header("clear-site-data"), "\"cache\", \"storage\"");
}

#[tokio::test]
async fn assets_are_kept_by_the_browser() {
    let world = World::empty().await;
    let page = world.get("/").await;
    let style = page.body.split("href=\"").find(|part| part.contains("hustings.css")).unwrap();
    let style = world.get(style.split_once('"').unwrap().0).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable"));
    assert!(!style.headers.contains_key("set-cookie"), "what is kept for all visitors marks none of them");
    assert_eq!(world.get("/assets/0/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_readers_form() {
    let world = World::empty().await;
    for path in ["/zz", "/NC", "/nc/snapshots/none", "/jobs/1", "/nc/snapshots/../../etc/passwd"] {
        let page = world.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        page.has("Nothing here");
    }
    for (method, path) in
        [("GET", "/nc/snapshots/a/quarantine/x/bytes"), ("PUT", "/nc"), ("GET", "/nc/voters/%ff")]
    {
        let page = world.send(method, path, &[], b"").await;
        assert!((400..500).contains(&page.status), "{path}");
        page.has("Nothing here");
    }
    let problem = world.send("GET", "/zz", &[("accept", "application/json")], b"").await;
    assert_eq!((problem.status, problem.header("content-type")), (404, "application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(&problem.body).unwrap();
    assert_eq!(problem["code"], "not_found");
}

#[tokio::test]
async fn a_failure_of_the_machine_names_no_path_of_it() {
    let world = World::new().await;
    // A folder that the page reads has become something else.
    let inbox = world.data.path().join("inbox");
    let _ = std::fs::remove_dir_all(&inbox);
    std::fs::write(&inbox, "no folder").unwrap();
    let (one, two) = (world.get("/nc/load").await, world.get("/nc/load").await);
    let problem = world.send("GET", "/nc/load", &[("accept", "application/json")], b"").await;
    let references: BTreeSet<String> = [&one, &two, &problem]
        .into_iter()
        .map(|answer| {
            assert_eq!(answer.status, 500, "{}", answer.body);
            for secret in [&world.data.path().display().to_string(), "inbox"] {
                assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
            }
            let (_, reference) = answer.has("finds the cause").body.split_once("reference ").unwrap();
            reference.chars().take_while(char::is_ascii_hexdigit).collect()
        })
        .collect();
    assert_eq!(references.len(), 3, "each is found by itself: {references:?}");
    assert!(references.iter().all(|reference| reference.len() == 8));
}

#[tokio::test]
async fn a_foreign_name_or_page_gets_nothing() {
    let world = World::new().await;
    let rebound = world.send("GET", "/", &[("host", "evil.example")], b"").await;
    assert_eq!(rebound.status, 403);
    assert!(!rebound.body.contains("November 14"));

    let path = format!("/nc/snapshots/{}/accept", world.held);
    let page = world.get(&format!("/nc/snapshots/{}", world.held)).await;
    let body = format!("form_token={}&reason=because", page.form_token());
    let form = ("content-type", "application/x-www-form-urlencoded");
    let cookie = page.cookie();
    for headers in [
        vec![form, ("cookie", &cookie), ("origin", "http://evil.example")],
        vec![form, ("cookie", &cookie), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(world.send("POST", &path, &headers, body.as_bytes()).await.status, 403, "{headers:?}");
    }
    let stranger = world.send_as_stranger("POST", &path, &[form, ("cookie", &cookie)], body.as_bytes()).await;
    assert_eq!(stranger.status, 401);
    world.get("/").await.has("is held back");
}

#[tokio::test]
async fn a_person_accepts_a_held_load_with_a_reason_and_takes_it_back() {
    let world = World::new().await;
    let report = format!("/nc/snapshots/{}", world.held);
    let refused = world.post(&report, &format!("{report}/accept"), &[("reason", "  ")]).await;
    assert_eq!(refused.status, 422);
    refused.has("Not accepted yet").has("/accept\"").has("/nc/find").has("aria-invalid=\"true\"");

    let accepted =
        world.post(&report, &format!("{report}/accept"), &[("reason", "The county moved <1> of them")]).await;
    assert_eq!((accepted.status, accepted.header("location")), (303, report.as_str()), "{}", accepted.body);
    let page = world.get(&report).await;
    page.has("Accepted by hand: 3 rules failed")
        .has("is the current one")
        .has("The county moved &#60;1&#62; of them");
    assert!(!page.body.contains("id=\"decide\""), "there is nothing to decide any more");

    world.get("/nc/undo").await.has("Undo the last load?").has("November 14, 2026");
    let stale = world.post("/nc/undo", "/nc/undo", &[("current", &world.current)]).await;
    assert_eq!(stale.status, 422, "a page that showed another snapshot must not undo this one");
    let undone = world.post("/nc/undo", "/nc/undo", &[("current", &world.held)]).await;
    assert_eq!((undone.status, undone.header("location")), (303, "/nc"), "{}", undone.body);
    world.get("/nc").await.has("The current list is of November 14, 2026").has("Undone");
}

#[tokio::test]
async fn a_second_load_is_told_who_holds_the_lock() {
    let world = World::new().await;
    let other = Store::open(world.data.path(), None).await.unwrap();
    let _lock = loading(&other, async |act| other.lock_state(act, nc(), "load").await).await.unwrap();
    let report = format!("/nc/snapshots/{}", world.held);
    let refused = world.post(&report, &format!("{report}/accept"), &[("reason", "right")]).await;
    assert_eq!(refused.status, 409);
    refused.has("is locked by");
}

#[tokio::test]
async fn an_upload_without_a_token_writes_nothing() {
    let world = World::empty().await;
    let body =
        "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    let refused = world.send("POST", "/nc/load/upload", &headers, body.as_bytes()).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(!Path::new(&world.data.path().join("inbox")).exists());
}

#[tokio::test]
async fn counties_are_sorted_by_links() {
    let world = World::new().await;
    let page = world.get(&format!("/nc/snapshots/{}/counties?sort=name", world.held)).await;
    assert!(page.body.find("ALAMANCE").unwrap() < page.body.find("YANCEY").unwrap());
    let page = world.get(&format!("/nc/snapshots/{}/counties", world.held)).await;
    assert!(page.body.find("DURHAM").unwrap() < page.body.find("ALAMANCE").unwrap());
}
