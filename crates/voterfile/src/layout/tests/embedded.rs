//! The 21 layouts of the repository.

use super::*;

#[test]
fn every_layout_passes_its_check() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../layouts");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let errors: Vec<String> = check_text(&text, &name)
            .iter()
            .filter(|finding| finding.is_error())
            .map(|finding| finding.sentence(&name))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        let layout = parse_layout(&text, &name).unwrap().0;
        assert_eq!(format!("{}.toml", layout.state.upper()), name);
        assert!(Layouts::embedded().get(layout.state).is_some(), "{name} is not embedded");
        checked += 1;
    }
    assert_eq!(checked, 21);
}

#[test]
fn an_unconfirmed_layout_says_so() {
    let official: Vec<&str> = Layouts::embedded()
        .iter()
        .filter(|layout| layout.unconfirmed().is_none())
        .map(|layout| layout.state.as_str())
        .collect();
    assert_eq!(official, ["fl", "nc", "ny"]);
    assert_eq!(
        layout("or").unconfirmed(),
        Some("taken from one other loader and not checked against any document")
    );
}

#[test]
fn counties_are_complete_where_they_are_listed() {
    for (state, count) in [
        ("az", 15),
        ("ca", 58),
        ("co", 64),
        ("fl", 67),
        ("ga", 159),
        ("ia", 99),
        ("mn", 87),
        ("nc", 100),
        ("nj", 21),
        ("nv", 17),
        ("ny", 62),
        ("oh", 88),
        ("pa", 67),
        ("wa", 39),
        ("wi", 72),
    ] {
        assert_eq!(layout(state).counties.len(), count, "{state}");
    }
    let nc = layout("nc");
    let name = |text: &str| nc.county(text).map(|county| county.name.as_str());
    assert_eq!(
        [name("1"), name("032"), name("100"), name(" yancey ")],
        [Some("ALAMANCE"), Some("DURHAM"), Some("YANCEY"), Some("YANCEY")]
    );
    assert_eq!(
        [name("00"), name("101"), name("")],
        [Some("YANCEY"), None, None],
        "0 is Yancey in files of 2012"
    );
    assert_eq!(nc.county("DURHAM").unwrap().fips.as_deref(), Some("063"));
    assert_eq!(layout("fl").county("Saint Lucie").unwrap().code, "STL");
}

#[test]
fn show_says_everything_a_layout_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/layout/tests/show_nv.txt");
    let shown = show(&layout("nv"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &shown).unwrap();
    }
    assert_eq!(
        shown,
        std::fs::read_to_string(path).unwrap(),
        "run UPDATE=1 cargo test -p hustings-voterfile"
    );
}

#[test]
fn the_example_of_the_reference_can_be_used() {
    let page = include_str!("../../../../../docs/reference/layouts.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(check_text(example, "example"), Vec::new());
    let layouts = Layouts::with_overrides(&[("ZZ.toml", example)]).unwrap();
    let zz = layouts.get("zz".parse().unwrap()).unwrap();
    let text = "voter number,county,LAST,first,street,city,zip,born,status,hydrant district,remarks\n\
        123456,Saint Mary,DOE,JANE,1 MAIN ST,NOWHERE,12345,02/03/1980,A,7,\n";
    let file = recognize(zz, "anything", text.as_bytes(), TextEncoding::Utf8).unwrap();
    assert_eq!((file.kind, file.missing_columns.len(), file.unknown_columns.len()), (FileKind::Voters, 0, 0));
}

#[test]
fn a_layout_as_json_has_its_files_and_codes() {
    let json = to_json(&layout("nc"));
    assert_eq!(json["state"], "nc");
    assert_eq!(json["files"].as_array().map(Vec::len), Some(5));
    assert_eq!(json["files"][0]["columns"][3]["to"], "state_voter_id");
    assert_eq!(json["codes"]["party"]["CST"], "CON");
    assert_eq!(json["counties"][31]["name"].as_str(), Some("DURHAM"));
}
