//! Attacks on sign-in and sessions through a real server: what must be refused is refused, and changes nothing.

use super::tests::World;
use hustings_access::{OrganizationId, OrganizationKind, Role};
use hustings_store::Store;
use hustings_store::access::Acting;
use std::collections::BTreeSet;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The pages of every kind: each must be closed to whoever has not signed in.
const CLOSED: [&str; 24] = [
    "/",
    "/help",
    "/start?state=nc",
    "/account",
    "/people",
    "/people/u-1",
    "/organizations",
    "/organizations/local",
    "/grants",
    "/grants/ours",
    "/grants/new",
    "/keys",
    "/incidents",
    "/incidents/new",
    "/log",
    "/log/local/0/proof",
    "/jobs/1",
    "/nc",
    "/nc/undo",
    "/nc/load",
    "/nc/export",
    "/nc/find",
    "/nc/columns",
    "/nc/voters/AAAAAAAAAAAAAAAAAAAAAAAAAA",
];

async fn rival(store: &Store, id: &str) -> OrganizationId {
    registered(store, id, OrganizationKind::Campaign).await
}

async fn registered(store: &Store, id: &str, kind: OrganizationKind) -> OrganizationId {
    let id: OrganizationId = id.parse().unwrap();
    let new = hustings_access::Organization {
        id: id.clone(),
        kind,
        name: id.to_string(),
        state: None,
        counties: None,
        registered_by: None,
    };
    store.create_organization(&Acting::local(OrganizationId::local()), &new).await.unwrap();
    id
}

async fn session(store: &Store, organization: &OrganizationId, email: &str, role: Role) -> String {
    let roles = BTreeSet::from([role]);
    let user = store.demo_user(organization, email, "Somebody", &roles, &BTreeSet::new()).await.unwrap();
    store.begin_demo_session(&user).await.unwrap().token.expose().to_owned()
}

#[tokio::test]
async fn without_a_session_every_page_is_closed() {
    let world = World::new().await;
    for path in CLOSED {
        let page = world.send_as_stranger("GET", path, &[], b"").await;
        assert_eq!(page.status, 303, "{path}");
        assert!(page.header("location").starts_with("/sign-in"), "{path}");
        for headers in [[("hx-request", "true")], [("accept", "application/json")]] {
            assert_eq!(world.send_as_stranger("GET", path, &headers, b"").await.status, 401, "{path}");
        }
        let posted = world.send_as_stranger("POST", path, &[FORM], b"a=b").await;
        assert_eq!(posted.status, 401, "{path}");
    }
}

#[tokio::test]
async fn the_token_of_the_first_factor_opens_nothing() {
    let world = World::new().await;
    let store = Store::open(world.data.path(), None).await.unwrap();
    let code = store.first_run_code().await.unwrap();
    assert!(code.is_none(), "the director is there already");
    for token in ["", "0", &"0".repeat(64), "../../etc/passwd", "a b"] {
        let cookie = format!("__Host-hustings={token}");
        let page = world.send_as_stranger("GET", "/nc", &[("cookie", &cookie)], b"").await;
        assert_eq!(page.status, 303, "{token}");
    }
    // Neither does the right token under another cookie's name.
    let token = session(&store, &OrganizationId::local(), "eve@example.org", Role::DataDirector).await;
    for name in ["__Host-hustings-step", "hustings", "__host-hustings", "__Secure-hustings"] {
        let cookie = format!("{name}={token}");
        let page = world.send_as_stranger("GET", "/nc", &[("cookie", &cookie)], b"").await;
        assert_eq!(page.status, 303, "{name}");
    }
}

#[tokio::test]
async fn a_stolen_cookie_is_worth_nothing_after_sign_out() {
    let world = World::new().await;
    assert_eq!(world.get("/account").await.status, 200);
    let out = world.post("/account", "/sign-out", &[]).await;
    assert_eq!(out.status, 303);
    assert!(out.header("location").starts_with("/sign-in"));
    for path in ["/", "/nc", "/account"] {
        assert_eq!(world.get(path).await.status, 303, "{path}");
    }
}

#[tokio::test]
async fn a_form_of_another_session_or_of_none_is_refused() {
    let world = World::new().await;
    let store = Store::open(world.data.path(), None).await.unwrap();
    let other = session(&store, &OrganizationId::local(), "eve@example.org", Role::DataDirector).await;
    let before = world.send_as_stranger("GET", "/sign-in", &[], b"").await;
    let theirs = format!("__Host-hustings={other}");
    let page = world.send_as_stranger("GET", "/account", &[("cookie", &theirs)], b"").await;
    for token in [before.form_token(), page.form_token(), "", "0"] {
        let body = format!("form_token={token}");
        let answer = world.send("POST", "/sign-out", &[FORM], body.as_bytes()).await;
        assert_eq!(answer.status, 403, "{token}");
    }
    assert_eq!(world.get("/account").await.status, 200, "still signed in");
}

#[tokio::test]
async fn a_session_that_somebody_set_before_is_not_the_one_after_sign_in() {
    let world = World::new().await;
    let fixed = format!("__Host-hustings={}", "f".repeat(64));
    let page = world.send_as_stranger("GET", "/sign-in", &[("cookie", &fixed)], b"").await;
    assert!(!page.header("set-cookie").contains(&"f".repeat(64)));
    // Of two cookies of one name somebody else has set one.
    let page = world.send("GET", "/", &[("cookie", &fixed)], b"").await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn the_way_back_after_sign_in_leads_to_no_other_site() {
    let world = World::new().await;
    for next in
        ["//evil.example", "https://evil.example", "/%5Cevil.example", "/a%0d%0aSet-Cookie:x=y", "/sign-in"]
    {
        let answer = world.get(&format!("/sign-in?next={next}")).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{next}");
    }
    assert_eq!(world.get("/sign-in?next=%2Fnc%2Ffind").await.header("location"), "/nc/find");
}

#[tokio::test]
async fn what_a_request_says_of_where_it_comes_from_counts_for_nothing() {
    let world = World::new().await;
    let lies =
        [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-host", "localhost"), ("forwarded", "for=127.0.0.1")];
    let page = world.send_as_stranger("GET", "/nc", &lies, b"").await;
    assert_eq!(page.status, 303);
    let rebound = [("host", "evil.example"), ("x-forwarded-host", "localhost")];
    assert_eq!(world.send("GET", "/", &rebound, b"").await.status, 403);
    // Thirty wrong passwords of one machine, each under another name: then none is looked at, whatever it says.
    let page = world.send_as_stranger("GET", "/sign-in", &[], b"").await;
    let cookie = page.cookie();
    for (at, told) in (0..3).map(|at| (at, format!("198.51.100.{at}"))) {
        let body = format!(
            "form_token={}&organization=local&email=a{at}@example.org&password=wrong",
            page.form_token()
        );
        let headers = [FORM, ("cookie", cookie.as_str()), ("x-forwarded-for", told.as_str())];
        let answer = world.send_as_stranger("POST", "/sign-in", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 401);
        answer.has("wrong, or there were too many tries");
    }
}

#[tokio::test]
async fn behind_a_proxy_strangers_hold_back_nobody_else() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), None).await.unwrap();
    let proxies = crate::proxy::Proxies::new(["127.0.0.1".parse().unwrap()]);
    let world = World::serve_behind(data, store, None, proxies).await;
    let wrong = async |told: &str| {
        let headers = [("authorization", "Bearer hustings-key-0123"), ("x-forwarded-for", told)];
        world.send_as_stranger("GET", "/api/v1/keys", &headers, b"").await.status
    };
    let mut tries = 0;
    while wrong("203.0.113.9, 198.51.100.1").await == 401 {
        tries += 1;
        assert!(tries < 1000, "a stranger is never held back");
    }
    // What the stranger writes left of what the proxy saw changes nothing; others are not the stranger.
    assert_eq!(wrong("192.0.2.44, 198.51.100.1").await, 429);
    assert_eq!(wrong("198.51.100.1, 198.51.100.2").await, 401);
}

#[tokio::test]
async fn sign_in_says_the_same_of_an_account_and_of_none() {
    let world = World::new().await;
    let page = world.send_as_stranger("GET", "/sign-in", &[], b"").await;
    let cookie = page.cookie();
    let mut seen = BTreeSet::new();
    for email in ["ann@example.org", "bob@example.org", "no-address"] {
        let body =
            format!("form_token={}&organization=local&email={email}&password=wrong", page.form_token());
        let headers = [FORM, ("cookie", cookie.as_str())];
        let answer =
            world.send_as_stranger("POST", "/sign-in", &headers, body.replace(' ', "+").as_bytes()).await;
        seen.insert(answer.body.replace(&format!("value=\"{email}\""), ""));
    }
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn the_sign_in_page_asks_for_the_organization_that_its_link_names() {
    let world = World::new().await;
    for (query, value) in [
        ("?organization=rivera-2026", "rivera-2026"),
        ("?organization=%22%3E%3Cscript%3E", ""),
        ("?next=%2Fnc", ""),
        ("", ""),
    ] {
        let page = world.send_as_stranger("GET", &format!("/sign-in{query}"), &[], b"").await;
        page.has(&format!(r#"name="organization" value="{value}" required"#));
    }
    // A browser's cookie that nobody gave says nothing.
    let made_up = format!("__Host-hustings-device={}", "0".repeat(64));
    let page = world.send_as_stranger("GET", "/sign-in", &[("cookie", &made_up)], b"").await;
    page.has(r#"name="organization" value="" required"#);
}

#[tokio::test]
async fn another_organizations_things_are_as_if_they_were_not() {
    let world = World::new().await;
    let store = Store::open(world.data.path(), None).await.unwrap();
    let rivera = rival(&store, "rivera").await;
    let chen = rival(&store, "chen").await;
    let token = session(&store, &rivera, "mateo@example.org", Role::DataDirector).await;
    let roles = BTreeSet::from([Role::DataDirector]);
    let grace = store.demo_user(&chen, "grace@example.org", "Grace", &roles, &BTreeSet::new()).await.unwrap();
    let cookie = format!("__Host-hustings={token}");
    let get = async |path: String| {
        let answer = world.send_as_stranger("GET", &path, &[("cookie", &cookie)], b"").await;
        (answer.status, answer.body.replace(&super::paging::encoded(&path), ""))
    };
    let nowhere = get("/people/u-00000000000000000000000000".to_owned()).await;
    assert_eq!(nowhere.0, 404);
    for path in [
        format!("/people/{grace}"),
        "/organizations/chen".to_owned(),
        "/organizations/no-such-thing".to_owned(),
        "/log?of=chen".to_owned(),
        "/log?of=no-such-thing".to_owned(),
        "/log/chen/0123/proof".to_owned(),
        format!("/nc/snapshots/{}", world.held),
        format!("/nc/snapshots/{}", world.current),
        "/grants/g-00000000000000000000000000/revoke".to_owned(),
        "/jobs/1".to_owned(),
    ] {
        let answer = get(path.clone()).await;
        assert_eq!(answer.0, 404, "{path}");
    }
    // A state with lists that one may not see reads as one without any.
    for path in ["/nc", "/va"] {
        let (status, body) = get(path.to_owned()).await;
        assert_eq!(status, 200);
        assert!(body.contains("Nothing of its list is here") && !body.contains("November"), "{path}");
        assert!(!body.contains("Load the first list"), "{path}");
    }
    // Whoever may not load is told so in the same words whether there is a list or not.
    let [(status, here), (_, there)] = [get("/nc/load".to_owned()).await, get("/va/load".to_owned()).await];
    assert_eq!((status, here), (403, there));
    let page = get("/organizations".to_owned()).await;
    assert!(!page.1.contains("chen"), "a rival is not among the organizations that one knows of");
}

#[tokio::test]
async fn a_vendors_own_word_for_whom_it_acts_counts_for_nothing() {
    let world = World::new().await;
    let store = Store::open(world.data.path(), None).await.unwrap();
    rival(&store, "rivera").await;
    let acme = registered(&store, "acme", OrganizationKind::Vendor).await;
    let token = session(&store, &acme, "ana@example.org", Role::VendorOperator).await;
    let look = async |word: &str| {
        let cookie = format!("__Host-hustings={token}{word}");
        let answer = world.send_as_stranger("GET", "/grants/ours", &[("cookie", &cookie)], b"").await;
        (answer.status, answer.body)
    };
    let own = look("").await;
    assert!(own.0 == 200 && own.1.contains("acme"));
    for word in ["rivera", "nobody-there"] {
        assert_eq!(look(&format!("; __Host-hustings-for={word}")).await, own, "{word}");
    }
}

#[tokio::test]
async fn only_a_logs_own_files_are_read_and_oversized_forms_are_refused() {
    let world = World::new().await;
    for path in [
        "/logs/local/../../platform.db",
        "/logs/local/..%2f..%2fplatform.db",
        "/logs/..%2fplatform.db/x",
        "/logs/local/tile/..%2f..%2f..%2fplatform.db",
        "/logs/local/.lock",
        "/logs/local/key",
        "/logs/LOCAL/checkpoint",
        "/logs/no-such-thing/checkpoint",
        "/assets/0/..%2f..%2fCargo.toml",
    ] {
        let answer = world.send_as_stranger("GET", path, &[], b"").await;
        assert!(matches!(answer.status, 303 | 404), "{path}: {}", answer.status);
        assert!(!answer.body.contains("SQLite"), "{path}");
    }
    let body = "a".repeat(300 * 1024);
    let answer = world.send("POST", "/people/invite", &[FORM], body.as_bytes()).await;
    assert_eq!(answer.status, 413);
    let answer = world.send_as_stranger("POST", "/sign-in", &[FORM], body.as_bytes()).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn an_organizer_manages_nothing() {
    let world = World::new().await;
    let store = Store::open(world.data.path(), None).await.unwrap();
    let rivera = rival(&store, "rivera").await;
    let token = session(&store, &rivera, "cal@example.org", Role::Organizer).await;
    let cookie = format!("__Host-hustings={token}");
    for path in ["/people", "/organizations", "/grants", "/grants/new", "/keys", "/log", "/incidents"] {
        let answer = world.send_as_stranger("GET", path, &[("cookie", &cookie)], b"").await;
        assert_eq!(answer.status, 403, "{path}");
        answer.has("Not permitted");
    }
    let page = world.send_as_stranger("GET", "/incidents/new", &[("cookie", &cookie)], b"").await;
    assert_eq!(page.status, 200, "anybody reports what they should not see");
}
