//! Browsers of shared and lost phones keep nothing.

use crate::tree::Tree;

const KEEPERS: [&str; 4] = ["localStorage", "sessionStorage", "indexedDB", "caches.open"];

/// What keeps htmx, which we ship, from storing the pages that were left.
const NO_HISTORY: &str = "\"historyCacheSize\":0";

/// No page and no script of ours writes what stays in a browser after its reader has left, and htmx is told not to.
pub fn pages_store_nothing_in_the_browser(tree: &Tree) -> Vec<String> {
    let texts = [".js", ".html"].into_iter().flat_map(|ending| tree.texts(ending));
    let ours = texts.filter(|(path, _)| path.starts_with("crates/") && !path.contains("/vendor/"));
    let mut problems: Vec<String> = Vec::new();
    for (path, page) in tree.texts(".html").filter(|(_, page)| page.contains("htmx.min.js")) {
        if !page.contains(NO_HISTORY) {
            problems.push(format!("{path}: htmx would keep pages in the browser: expected {NO_HISTORY}"));
        }
    }
    problems.extend(ours.flat_map(|(path, text)| {
        let used = KEEPERS.iter().filter(move |keeper| text.contains(**keeper));
        used.map(move |keeper| format!("{path}: `{keeper}` keeps data in the browser"))
    }));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_keeps_something_is_refused() {
        let script = "localStorage.setItem('voter', name)";
        let path = "crates/hustings/assets/list.js";
        assert_eq!(
            pages_store_nothing_in_the_browser(&Tree::of(&[(path, script)])),
            ["crates/hustings/assets/list.js: `localStorage` keeps data in the browser"]
        );
        assert!(pages_store_nothing_in_the_browser(&Tree::of(&[(path, "let a = 1;")])).is_empty());
        let layout = |config: &str| {
            let page = format!("<meta content='{{{config}}}'><script src=\"htmx.min.js\"></script>");
            pages_store_nothing_in_the_browser(&Tree::of(&[("crates/hustings/templates/layout.html", &page)]))
                .len()
        };
        assert_eq!((layout(NO_HISTORY), layout("")), (0, 1));
    }
}
