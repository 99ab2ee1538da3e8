//! What stands in a record's details, in the words that the other pages use.

use super::access_words;
use super::format::{day, instant, sentence, visible};
use super::{neighbors, words};
use hustings_access::{Organization, OrganizationId, OrganizationKind, Purpose, Role};
use hustings_core::{FieldClass, StateCode};
use hustings_store::access::user::UserRecord;
use serde_json::{Map, Value};

/// What of a record's details is for whoever checks them: the proof tells it. Most of it stands in the row already.
const FOR_PROGRAMS: [&str; 5] = ["place", "rows", "voters", "id", "epoch"];

/// Whom the reader of a log knows by name, and whose data it is about.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The organizations that the reader knows of.
    pub organizations: &'a [Organization],
    /// The people whom the reader knows.
    pub users: &'a [UserRecord],
}

impl Known<'_> {
    /// A person, key or organization by name, where the reader knows it; else as the log calls it.
    #[must_use]
    pub fn called(&self, id: &str) -> String {
        if let Some(user) = self.users.iter().find(|user| user.id.as_str() == id) {
            return visible(&user.name);
        }
        id.parse::<OrganizationId>()
            .map_or_else(|_| visible(id), |id| visible(&neighbors::name(self.organizations, &id)))
    }
}

/// The details of a record, each under what it is called; what says nothing is left out.
#[must_use]
pub fn details(details: &Value, known: Known<'_>) -> Vec<(String, String)> {
    let Some(all) = details.as_object() else { return Vec::new() };
    all.iter()
        .filter(|(name, value)| !FOR_PROGRAMS.contains(&name.as_str()) && !is_empty(value))
        .map(|(name, value)| (label(name), text(name, value, all, known)))
        .collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn label(name: &str) -> String {
    match name {
        "as_of" => "List of".to_owned(),
        "custody" => "Custody of the list".to_owned(),
        "custody_grant" => "Grant of custody".to_owned(),
        "exportable" => "Copies may leave".to_owned(),
        "gate" => "What the gate found".to_owned(),
        "grantee" => "To whom".to_owned(),
        "in_place_of" => "In place of".to_owned(),
        "instead_of" => "Instead of the list".to_owned(),
        "not_before" => "From".to_owned(),
        "purpose" | "purposes" => "For what".to_owned(),
        "refused_by" => "Refused by the rule".to_owned(),
        "sha256" => "SHA-256".to_owned(),
        "snapshot" => "List".to_owned(),
        "target" => "Whose".to_owned(),
        other => sentence(other),
    }
}

fn text(name: &str, value: &Value, beside: &Map<String, Value>, known: Known<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(word) => one(name, word, beside, known),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(|value| text(name, value, beside, known)).collect();
            all.join(", ")
        }
        // By the class that they are of.
        Value::Object(all) if name == "columns" => {
            let of_class = |(class, columns): (&String, &Value)| {
                format!("{}: {}", one("class", class, beside, known), text(name, columns, beside, known))
            };
            all.iter().map(of_class).collect::<Vec<_>>().join("; ")
        }
        Value::Object(all) => {
            let inner = all.iter().filter(|(_, value)| !is_empty(value));
            let inner: Vec<String> = inner
                .map(|(name, value)| format!("{}: {}", label(name), text(name, value, all, known)))
                .collect();
            inner.join("; ")
        }
    }
}

fn one(name: &str, word: &str, beside: &Map<String, Value>, known: Known<'_>) -> String {
    let told = match name {
        "class" | "classes" => {
            word.parse::<FieldClass>().ok().map(|class| access_words::class(class).name.to_owned())
        }
        "role" | "roles" => word.parse::<Role>().ok().map(|role| access_words::role(role).name.to_owned()),
        "purpose" | "purposes" => {
            word.parse::<Purpose>().ok().map(|purpose| access_words::purpose(purpose).name.to_owned())
        }
        "kind" => word.parse::<OrganizationKind>().ok().map(|kind| access_words::kind(kind).name.to_owned()),
        "state" | "states" => word.parse::<StateCode>().ok().map(words::state),
        "county" | "counties" => {
            let state = beside.get("state").and_then(Value::as_str).and_then(|state| state.parse().ok());
            state.map(|state| access_words::county(state, word))
        }
        "columns" => {
            let owner = beside.get("owner").and_then(Value::as_str).and_then(|owner| owner.parse().ok());
            owner.map(|owner| visible(access_words::column(&owner, word)))
        }
        "second_factor" => Some(
            match word {
                "data_directory" => "by the link of the demo, from the data folder",
                "totp" => "code of an authenticator app",
                "recovery_code" => "a recovery code",
                _ => return visible(word),
            }
            .to_owned(),
        ),
        // A list is known by its day; its number tells apart those of one day.
        "snapshot" | "instead_of" | "replaces" | "current_again" => word
            .split_at_checked(10)
            .filter(|(date, _)| date.parse::<jiff::civil::Date>().is_ok())
            .map(|(date, number)| format!("of {} ({})", day(date), visible(number.trim_start_matches('-')))),
        "as_of" => Some(day(word)),
        "name" | "reason" | "what" | "note" => Some(visible(word)),
        _ => None,
    };
    told.unwrap_or_else(|| match word.parse::<jiff::Timestamp>() {
        // As the database keeps what has no end.
        Ok(_) if word.starts_with("9999-") => "no end".to_owned(),
        Ok(_) => instant(word),
        Err(_) => known.called(word),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(all: &Value) -> Vec<(String, String)> {
        let organization = |id: &str, name: &str| Organization {
            id: id.parse().unwrap(),
            kind: OrganizationKind::Campaign,
            name: name.to_owned(),
            state: None,
            counties: None,
            registered_by: None,
        };
        let organizations =
            [organization("nc-party", "Party of North Carolina"), organization("rivera", "Rivera")];
        details(all, Known { organizations: &organizations, users: &[] })
    }

    #[test]
    fn a_grant_is_told_in_words_and_by_names_that_are_known() {
        let grant = json!({
            "id": "g-1", "owner": "nc-party", "grantee": "rivera", "state": "nc", "classes": ["base", "appended"],
            "columns": {"appended": ["nc-party__mail"]}, "counties": ["NEW HANOVER"], "purposes": ["voter_contact"],
            "exportable": true, "custody": false, "not_before": "2026-11-22T13:47:03.404Z",
            "until": "9999-12-30T22:00:00.999Z", "revoked_at": null
        });
        let expected = [
            ("Classes", "Base, Appended"),
            ("Columns", "Appended: mail"),
            ("Counties", "New Hanover"),
            ("Copies may leave", "yes"),
            ("To whom", "Rivera"),
            ("From", "Nov 22, 2026, 13:47 UTC"),
            ("Owner", "Party of North Carolina"),
            ("For what", "Contact with voters"),
            ("State", "North Carolina"),
            ("Until", "no end"),
        ];
        let mut told = told(&grant);
        let mut expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        told.sort();
        expected.sort();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_not_known_stays_as_the_log_has_it() {
        let role = json!({"roles": ["data_director"], "snapshot": "2026-02-14-0860df1c0c45", "vendor": "chen", "epoch": 7, "made": {"kind": "ally", "n": 2}});
        let mut told = told(&role);
        told.sort();
        let expected = [
            ("List", "of February 14, 2026 (0860df1c0c45)"),
            ("Made", "Kind: Ally; N: 2"),
            ("Roles", "Data director"),
            ("Vendor", "chen"),
        ];
        assert_eq!(told, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
}
