//! The same given twice: said, not done; and what a revocation does not end.

use crate::network::Serving;
use crate::sharing::{has, has_not, party};
use crate::visit::{Office, Visit};
use serde_json::Value;

#[test]
fn the_same_is_given_once_and_what_another_grant_still_gives_is_said() {
    let desk = party();
    let (office, serving) = (Office::of(&desk), Serving::of(&desk));
    let director = Visit::with_session(&serving, &office.sign_in("nc-party", "data_director").1);
    let alive = || {
        let list = desk.json(&["grant", "list", "--as", "nc-party"], 0);
        let all = list["given"].as_array().unwrap().clone();
        let of = |grant: &&Value| grant["grantee"] == "durham-committee" && grant["revoked_at"].is_null();
        all.iter().filter(of).map(|grant| grant["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let fields = "state=nc&where=counties&counties=DURHAM&classes=base&purposes=voter_contact&until=another\
                  &day=2098-12-03&to=durham-committee";
    assert_eq!(director.post("/grants/new", "/grants", fields).status, 303);
    let first = alive();
    assert_eq!(first.len(), 1);
    let again = director.post("/grants/new", "/grants", fields);
    assert_eq!(again.status, 409, "{}", again.body);
    has(
        &again,
        &[
            "There is such a grant already",
            "durham-committee may see all base columns of North Carolina, in Durham, until Dec 3, 2098; for contact with voters; copies may not leave.",
            "Replace it by this one",
        ],
    );
    assert_eq!(alive(), first);
    assert_eq!(director.post("/grants/new", "/grants", &format!("{fields}&replace=yes")).status, 303);
    let second = alive();
    assert!(second.len() == 1 && second != first, "{first:?} {second:?}");

    // Another that gives some of it: only by the last is nothing seen any more.
    let wider = fields.replace("counties=DURHAM", "counties=DURHAM&counties=WAKE");
    assert_eq!(director.post("/grants/new", "/grants", &wider).status, 303);
    let revoke = format!("/grants/{}/revoke", second[0]);
    has(&director.get(&revoke), &["Some of it they will still see by another grant of yours"]);
    let revoked = director.post(&revoke, &revoke, "");
    let said = director.get(revoked.location().unwrap());
    has(
        &said,
        &[
            "Grant revoked, but some of it is still seen",
            "all base columns of North Carolina, in Durham and Wake, until Dec 3, 2098",
        ],
    );
    has_not(&said, &["sees nothing any more"]);
    let rest = alive();
    assert_eq!(rest.len(), 1);
    let revoke = format!("/grants/{}/revoke", rest[0]);
    let revoked = director.post(&revoke, &revoke, "");
    has(&director.get(revoked.location().unwrap()), &["durham-committee sees nothing any more by it"]);
}
