//! Layouts from the outside: the embedded ones are right, wrong ones are refused at the right place, and files are
//! recognized by what is in them.

mod embedded;
mod recognition;
mod wrong;

use super::*;
use crate::format::TextEncoding;

fn layout(state: &str) -> std::sync::Arc<Layout> {
    std::sync::Arc::clone(Layouts::embedded().get(state.parse().unwrap()).unwrap())
}

fn recognized(state: &str, name: &str, text: &str) -> Result<Recognized, RecognizeError> {
    recognize(&layout(state), name, text.as_bytes(), TextEncoding::Utf8)
}
