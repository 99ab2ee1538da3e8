//! An account through the pages: the link of an invitation, the second factor of one browser, another app later.

use crate::network::{Serving, ask, json_of, key, party};
use crate::visit::{Office, Page, Visit};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
const PASSWORD: &str = "four+quite+unusual+words";

impl Page {
    /// The value of a hidden field.
    fn hidden(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&begin).unwrap_or_else(|| panic!("no {name}: {}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }

    /// What an authenticator app shows that was given the key on this page (RFC 6238).
    fn digits(&self) -> String {
        let (_, rest) = self.body.split_once("<p class=\"key\"><code>").expect("a key on the page");
        let mut bits = 0_u64;
        let (mut held, mut key) = (0, Vec::new());
        for character in rest.split('<').next().unwrap().chars().filter(char::is_ascii_alphanumeric) {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(character).unwrap();
            bits = bits << 5 | u64::try_from(value).unwrap();
            held += 5;
            if held >= 8 {
                held -= 8;
                key.push(u8::try_from(bits >> held & 255).unwrap());
            }
        }
        let step = jiff::Timestamp::now().as_second().div_euclid(30);
        let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 15);
        let word = u32::from_be_bytes([digest[at] & 127, digest[at + 1], digest[at + 2], digest[at + 3]]);
        format!("{:06}", word % 1_000_000)
    }
}

fn fill(visit: &Visit<'_>, page: &Page, address: &str, fields: &str) -> Page {
    let (token, sealed) = (page.form_token(), page.hidden("second_factor"));
    visit.send("POST", address, FORM, &format!("form_token={token}&second_factor={sealed}&{fields}"))
}

#[test]
fn an_account_begins_with_the_second_factor_of_the_browser_that_accepts() {
    let desk = party();
    let arguments =
        ["user", "invite", "dana@example.org", "--org", "rivera", "--roles", "chair", "--as", "nc-party"];
    let invited: Value = desk.json(&arguments, 0);
    let address = format!("/invitations/{}", invited["code"].as_str().unwrap());
    let serving = Serving::of(&desk);

    // Whoever handed the link on has looked at it.
    let curious = Visit::stranger(&serving);
    let seen = curious.get(&address);
    let dana = Visit::stranger(&serving);
    let page = dana.get(&address);
    assert_eq!((seen.status, page.status), (200, 200));
    let key = |page: &Page| page.body.split("<p class=\"key\"><code>").nth(1).unwrap()[..39].to_owned();
    assert_ne!(key(&seen), key(&page), "each is shown a second factor of their own");
    // On the phone itself: the app is one tap away, or the key one button.
    let bare = key(&page).replace(' ', "");
    assert_eq!(page.all("data-copy"), [bare.as_str()]);
    let tap = page.all("href").into_iter().find(|link| link.starts_with("otpauth://totp/"));
    assert!(tap.expect("a link for the app").contains(&format!("secret={bare}")));

    let typed = |code: &str| format!("name=Dana&password={PASSWORD}&again={PASSWORD}&code={code}");
    let wrong = if page.digits() == "000000" { "000001" } else { "000000" };
    let again = fill(&dana, &page, &address, &typed(wrong));
    assert_eq!(again.status, 422);
    // The page's own script is told what is wrong and nothing else: what was typed stays in the page, and is not sent back.
    let headers = [FORM, &[("hx-request", "true")]].concat();
    let (token, sealed) = (page.form_token(), page.hidden("second_factor"));
    let body = format!("form_token={token}&second_factor={sealed}&{}", typed(wrong));
    let told = dana.send("POST", &address, &headers, &body);
    assert_eq!(told.status, 200, "{}", told.body);
    assert!(told.body.contains("id=\"almost\"") && told.body.contains("Almost"), "{}", told.body);
    assert!(!told.body.contains("<form") && !told.body.contains(PASSWORD), "{}", told.body);
    assert!(page.body.contains(&format!("hx-post=\"{address}\"")), "{}", page.body);
    assert_eq!(key(&again), key(&page), "the app has read it already");
    // The other browser's is not hers, though the digits are right.
    let body = format!(
        "form_token={}&second_factor={}&{}",
        again.form_token(),
        seen.hidden("second_factor"),
        typed(&seen.digits())
    );
    let refused = dana.send("POST", &address, FORM, &body);
    assert!(refused.status == 422 && refused.body.contains("grown old"), "{}", refused.body);

    let done = fill(&dana, &again, &address, &typed(&again.digits()));
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("Recovery codes"));
    // All of them at once, with a script by a button, and without by a file that lies in the page.
    let copied = done.all("data-copy").concat();
    let codes: Vec<&str> = copied.lines().collect();
    assert_eq!(codes.len(), 10, "{copied}");
    let kept = done.all("href").into_iter().find(|link| link.starts_with("data:text/plain")).unwrap();
    for code in codes {
        assert!(done.body.contains(&format!("<li><code>{code}</code></li>")), "{code}");
        assert!(kept.contains(&code.replace(' ', "%20")), "{code}: {kept}");
    }
    assert_eq!(dana.get("/account").status, 200);
    assert_eq!(dana.get(&address).status, 422, "the link is used");

    // Another app: the password again, the new picture, its digits; what is wrong is said beside the same picture.
    let token = dana.get("/account").form_token();
    let begun =
        dana.send("POST", "/account/second-factor", FORM, &format!("form_token={token}&old={PASSWORD}"));
    assert_eq!(begun.status, 200, "{}", begun.body);
    let wrong = if begun.digits() == "000000" { "000001" } else { "000000" };
    let again = fill(&dana, &begun, "/account/second-factor/confirm", &format!("code={wrong}"));
    assert!(again.status == 422 && key(&again) == key(&begun), "{}", again.body);
    let done = fill(&dana, &again, "/account/second-factor/confirm", &format!("code={}", again.digits()));
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("From now on only the new app counts"));

    let log = desk.json(&["audit", "list", "--as", "rivera"], 0);
    let actions: Vec<&str> =
        log["records"].as_array().unwrap().iter().filter_map(|record| record["action"].as_str()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "invitation_opened").count(), 2, "{actions:?}");
    for action in ["invitation_accepted", "second_factor_refused", "second_factor_changed"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
}

#[test]
fn an_account_that_came_of_a_key_is_kept_by_somebody_who_has_signed_in() {
    let desk = party();
    let file = key(&desk, "rivera", "data_director", &[]);
    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let invite = ["user", "invite", "eve@example.org", "--roles", "data_director", "--json"];
    let invited = json_of(&ask(&desk, &serving, &file, &invite));
    let address = format!("/invitations/{}", invited["code"].as_str().unwrap());
    let eve = Visit::stranger(&serving);
    let page = eve.get(&address);
    let typed = format!("name=Eve&password={PASSWORD}&again={PASSWORD}&code={}", page.digits());
    assert_eq!(fill(&eve, &page, &address, &typed).status, 200);

    let ann = Visit::with_session(&serving, &office.sign_in("rivera", "data_director").1);
    let people = ann.get("/people");
    let (before, _) = people.body.split_once("\" aria-label=\"Change Eve\"").expect("Eve");
    let of_eve = before.rsplit("href=\"").next().unwrap().to_owned();
    assert_eq!(people.body.matches("<span class=\"tag warn\">Ends ").count(), 1, "{}", people.body);

    // Not by herself, nor by the key that she came of.
    let keep = format!("{of_eve}/keep");
    let her_own = eve.get(&of_eve);
    assert!(her_own.body.contains("Somebody who came of no key can keep it"), "{}", her_own.body);
    let refused = eve.post(&of_eve, &keep, "");
    assert!(refused.status == 422 && refused.body.contains("came of no key"), "{}", refused.body);
    let bearer = format!("Bearer {}", std::fs::read_to_string(&file).unwrap().trim());
    let (status, ..) = serving.raw("POST", &keep, &[("authorization", &bearer)], "");
    assert!([303, 401, 403].contains(&status), "{status}");
    assert!(ann.get(&of_eve).body.contains("Keep the account beyond its key"));

    let kept = ann.post(&of_eve, &keep, "");
    assert_eq!((kept.status, kept.location()), (303, Some(of_eve.as_str())));
    let after = ann.get(&of_eve);
    assert!(!after.body.contains("came of an API key"), "{}", after.body);
    assert_eq!(eve.get("/account").status, 200, "she stays signed in");
    let log = desk.json(&["audit", "list", "--as", "rivera"], 0);
    let kept = log["records"].as_array().unwrap().iter().filter(|record| record["action"] == "user_kept");
    assert_eq!(kept.count(), 1, "{log}");
}
