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
