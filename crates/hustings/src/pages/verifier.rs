//! What checks a log without us: it goes along with every copy of one. The files lie in `tests/verifier`, where our own test
//! of them uses the same ones.

/// A file that goes along, by its name.
pub type Source = (&'static str, &'static [u8]);

/// The script that does it all, what it builds and runs, and the guide.
pub const SOURCES: [Source; 5] = [
    ("check.sh", include_bytes!("../../../../tests/verifier/check.sh")),
    ("go.mod", include_bytes!("../../../../tests/verifier/go.mod")),
    ("main.go", include_bytes!("../../../../tests/verifier/main.go")),
    ("second_opinion.py", include_bytes!("../../../../tests/verifier/second_opinion.py")),
    GUIDE,
];

/// The guide to checking logs.
pub const GUIDE: Source = ("verify-a-log.md", include_bytes!("../../../../docs/guides/verify-a-log.md"));

#[cfg(test)]
mod tests {
    use super::*;
    use hustings_core::digits::hex;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_published_guide_names_the_digest_of_every_file_that_runs() {
        let guide = String::from_utf8(GUIDE.1.to_vec()).unwrap();
        let lines: Vec<String> = SOURCES
            .iter()
            .filter(|source| source.0 != GUIDE.0)
            .map(|(name, bytes)| format!("{}  {name}\n", hex(&Sha256::digest(bytes))))
            .collect();
        let lines = lines.concat();
        assert!(guide.contains(&lines), "docs/guides/verify-a-log.md is to say:\n{lines}");
    }
}
