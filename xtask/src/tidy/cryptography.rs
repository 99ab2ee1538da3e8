//! The inventory of what is computed with which library.

use crate::tree::Tree;

const INVENTORY: &str = "docs/reference/keys.md";
/// Libraries that encrypt, sign, hash, or draw randomness, as far as a manifest of ours may name them.
const LIBRARIES: [&str; 24] = [
    "aes",
    "aes-gcm",
    "age",
    "argon2",
    "bcrypt",
    "blake3",
    "chacha20poly1305",
    "constant_time_eq",
    "curve25519-dalek",
    "ed25519-dalek",
    "getrandom",
    "hkdf",
    "hmac",
    "md-5",
    "openssl",
    "p256",
    "rand",
    "ring",
    "rsa",
    "rustls",
    "scrypt",
    "sha1",
    "sha2",
    "x25519-dalek",
];

/// Each that the workspace names stands in the inventory, and none stands there that the workspace does not name.
pub fn the_inventory_of_cryptography_is_whole(tree: &Tree) -> Vec<String> {
    let manifest = tree.text("Cargo.toml").and_then(|text| toml::from_str::<toml::Table>(text).ok());
    let named = |name: &str| {
        manifest.as_ref().is_some_and(|table| {
            table["workspace"]
                .get("dependencies")
                .is_some_and(|dependencies| dependencies.get(name).is_some())
        })
    };
    let inventory = tree.text(INVENTORY).unwrap_or_default();
    let told = |name: &str| {
        inventory.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")))
    };
    let wrong = LIBRARIES.iter().filter_map(|name| match (named(name), told(name)) {
        (true, false) => Some(format!("{INVENTORY}: `{name}` is used and not in the inventory")),
        (false, true) => Some(format!("{INVENTORY}: `{name}` is in the inventory and not used")),
        _ => None,
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_the_inventory_does_not_name_is_refused() {
        let manifest = "[workspace.dependencies]\nsha2 = \"0.11\"\n";
        let problems = |inventory| {
            the_inventory_of_cryptography_is_whole(&Tree::of(&[
                ("Cargo.toml", manifest),
                (INVENTORY, inventory),
            ]))
        };
        assert!(problems("| SHA-256 | `sha2` | 256 bits |\n").is_empty());
        assert_eq!(
            problems("of `sha2` no word in a table"),
            [format!("{INVENTORY}: `sha2` is used and not in the inventory")]
        );
        assert_eq!(problems("| `sha2`, `ring` |").len(), 1);
    }
}
