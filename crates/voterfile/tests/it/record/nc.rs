//! North Carolina's 70 columns, as the layout that the program ships describes them.

use hustings_core::StateCode;
use hustings_voterfile::format::{RecordFormat, TextEncoding};
use hustings_voterfile::layout::{Layouts, recognize};
use std::sync::LazyLock;

pub const NCID: usize = 3;

static FORMAT: LazyLock<RecordFormat> = LazyLock::new(|| {
    let state = "nc".parse::<StateCode>().expect("a state");
    let layout = Layouts::embedded().get(state).expect("a layout that is shipped");
    recognize(layout, "ncvoter_Statewide.txt", sample(), TextEncoding::Cp1252)
        .expect("the 2026 header")
        .format
});

pub fn sample() -> &'static [u8] {
    include_bytes!("../../data/synthetic_ncvoter_300.txt")
}

pub fn format() -> RecordFormat {
    FORMAT.clone()
}

pub fn column(name: &str) -> usize {
    let header = FORMAT.header.as_ref().expect("a layout with a header");
    header.iter().position(|column| column == name).expect("a column of the sample")
}
