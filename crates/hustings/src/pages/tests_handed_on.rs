//! What a page shows once, to be handed on or kept: links, recovery codes, the key of a second factor.

use super::tests::{Answer, World};
use hustings_store::Store;

/// An invitation made on the page of people, by pages that are served under this name.
async fn invited(public_host: Option<&str>) -> (World, Answer) {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), None).await.unwrap();
    let world = World::serve_as(data, store, public_host).await;
    let fields = [("email", "lee@park-2026.example"), ("roles", "data_director")];
    let page = world.post("/people", "/people/invite", &fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (world, page)
}

/// The value of the first attribute of this name.
fn attribute<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn an_invitations_link_is_copied_or_read_by_a_phone() {
    let (_world, page) = invited(Some("voters.example.org")).await;
    let link = attribute(&page.body, "data-copy");
    assert!(link.starts_with("https://voters.example.org/invitations/"), "{link}");
    // Without a script the link is text that can be selected, and no button promises more.
    page.has(&format!("value=\"{link}\" readonly")).has("data-scripted hidden>Copy the link</button>");
    let picture = super::qr::picture(link).unwrap();
    page.has("aria-label=\"QR code of the link\"").has(&picture.path);
    assert!(!page.body.contains("--public-url"), "{}", page.body);
}

#[tokio::test]
async fn a_link_to_this_computer_alone_says_that_no_phone_gets_there() {
    let (_world, page) = invited(None).await;
    assert!(attribute(&page.body, "data-copy").starts_with("http://127.0.0.1:"));
    page.has("No phone and no other computer can reach this link").has("<code>127.0.0.1:");
    page.has("hustings serve --public-url https://…");
    assert!(!page.body.contains("class=\"qr\""), "a picture that leads nowhere");
}
