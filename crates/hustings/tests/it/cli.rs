//! What the program says of itself, and how it answers what it does not understand: `tests/it/cli/*.txt`.

use crate::support::{program, same_as_file};

#[test]
fn help_of_every_verb() {
    for (name, arguments) in [
        ("hustings", &[] as &[&str]),
        ("demo", &["demo"]),
        ("load", &["load"]),
        ("snapshots", &["snapshots"]),
        ("report", &["report"]),
        ("changes", &["changes"]),
        ("quarantine", &["quarantine"]),
        ("voter", &["voter"]),
        ("append", &["append"]),
        ("append-list", &["append", "list"]),
        ("append-remove", &["append", "remove"]),
        ("export", &["export"]),
        ("org", &["org"]),
        ("org-create", &["org", "create"]),
        ("org-engage", &["org", "engage"]),
        ("user", &["user"]),
        ("user-invite", &["user", "invite"]),
        ("user-disable", &["user", "disable"]),
        ("key", &["key"]),
        ("key-create", &["key", "create"]),
        ("grant", &["grant"]),
        ("grant-create", &["grant", "create"]),
        ("layouts", &["layouts"]),
        ("layouts-show", &["layouts", "show"]),
        ("layouts-check", &["layouts", "check"]),
        ("serve", &["serve"]),
        ("synth-voterfile", &["synth", "voterfile"]),
    ] {
        let output = program().args(arguments).arg("--help").output().unwrap();
        assert!(output.status.success(), "{name}");
        same_as_file(&String::from_utf8(output.stdout).unwrap(), &format!("it/cli/help-{name}.txt"));
    }
}

#[test]
fn what_is_not_understood_ends_with_code_2_and_a_hint() {
    let mut said = String::new();
    for arguments in [
        "",
        "frobnicate",
        "load",
        "load list.txt",
        "load list.txt --state carolina",
        "load list.txt --state nc --as-of yesterday",
        "load list.txt --state nc --as-of 2026-02-30",
        "load list.txt --state nc --undo",
        "load --undo --state nc --accept-held x",
        "load list.txt --state nc --accept-held",
        "load list.txt --stat nc",
        "voter --state nc",
        "quarantine --state nc --kind letters",
        "append list.csv --state nc",
        "append list.csv --state nc --owner acme --class secret --id id",
        "export --state nc --class base --format pdf --out x",
        "synth voterfile --voters many --out x",
        "changes --state nc --limit -1",
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let output = program().args(&words).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        // Without a verb the help is the answer.
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty(), "{arguments}");
        let first =
            if arguments.is_empty() { text.lines().next().unwrap_or_default() } else { text.trim_end() };
        said += &format!("$ hustings {arguments}\n{first}\n\n");
    }
    same_as_file(&said, "it/cli/not-understood.txt");
}
