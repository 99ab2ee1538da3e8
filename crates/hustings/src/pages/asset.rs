//! The stylesheet, the script, the mark, the vendored script and the guide to checking logs, embedded in the program. Their address holds their digest, so that a
//! browser keeps them for good and still gets a new one at once.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use hustings_core::digits::hex;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

use super::error::PageError;
use super::verifier;

struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static [u8],
}

const ASSETS: [Asset; 6] = [
    Asset {
        name: "hustings.css",
        kind: "text/css; charset=utf-8",
        body: include_bytes!("../../assets/hustings.css"),
    },
    Asset {
        name: "hustings.js",
        kind: "text/javascript; charset=utf-8",
        body: include_bytes!("../../assets/hustings.js"),
    },
    Asset { name: "mark.svg", kind: "image/svg+xml", body: include_bytes!("../../assets/mark.svg") },
    Asset {
        name: "review.js",
        kind: "text/javascript; charset=utf-8",
        body: include_bytes!("../../assets/review.js"),
    },
    Asset {
        name: "vendor/htmx.min.js",
        kind: "text/javascript; charset=utf-8",
        body: include_bytes!("../../assets/vendor/htmx.min.js"),
    },
    Asset { name: verifier::GUIDE.0, kind: "text/plain; charset=utf-8", body: verifier::GUIDE.1 },
];

static DIGESTS: LazyLock<Vec<String>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| hex(&Sha256::digest(asset.body))[..12].to_owned()).collect());

/// The address of an asset, with its digest. An unknown name yields an address that answers 404.
#[must_use]
pub fn address(name: &str) -> String {
    let digest = ASSETS.iter().position(|asset| asset.name == name).map_or("none", |at| &DIGESTS[at]);
    format!("/assets/{digest}/{name}")
}

/// `GET /assets/{digest}/{name}`
///
/// # Errors
/// [`PageError::NotFound`] for a name that is not there. The digest is not compared: an old page still finds its style.
pub async fn get(Path((_digest, name)): Path<(String, String)>) -> Result<Response, PageError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or(PageError::NotFound)?;
    let headers = [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_are_what_the_list_says() {
        let list: toml::Value =
            toml::from_str(include_str!("../../assets/vendor/VENDOR.toml")).expect("TOML");
        let files = list["file"].as_array().expect("files");
        let vendored: Vec<&Asset> = ASSETS.iter().filter(|asset| asset.name.starts_with("vendor/")).collect();
        assert_eq!(files.len(), vendored.len(), "every vendored file is listed, and nothing else");
        for asset in vendored {
            let entry = files
                .iter()
                .find(|file| file["path"].as_str() == asset.name.strip_prefix("vendor/"))
                .expect("listed");
            assert_eq!(entry["sha256"].as_str(), Some(hex(&Sha256::digest(asset.body)).as_str()));
            assert!(entry["license"].as_str().is_some_and(|license| !license.is_empty()));
        }
    }
}
