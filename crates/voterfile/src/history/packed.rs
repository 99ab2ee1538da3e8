//! All elections in one field, spelled as each county likes: New York.
//!
//! `20201103 GE`, `2019 General Election`, `GENERAL ELECTION 2012`, `Primary Election 06/28/2022(E)`. A whole date is
//! taken; of a general election the year is enough, because the law fixes its day; of others the year says too little,
//! and the date is left out rather than invented.

use super::words::{Words, days, tuesday_after_first_monday, type_in_name};
use super::{VoteValue, text};
use crate::layout::{DateFormat, Recognized};
use jiff::civil::Date;

#[derive(Debug)]
pub(super) struct Packed {
    words: Words,
    field: Option<usize>,
    separator: char,
    forms: Vec<DateFormat>,
}

impl Packed {
    pub(super) fn new(recognized: &Recognized, separator: char) -> Self {
        let forms = ["%Y%m%d", "%m/%d/%Y", "%Y-%m-%d"]
            .into_iter()
            .filter_map(|form| DateFormat::new(form).ok())
            .collect();
        Self { words: Words::new(recognized), field: recognized.field("vote.packed"), separator, forms }
    }

    pub(super) fn votes<'a>(
        &'a self,
        fields: &impl Fn(usize) -> &'a str,
        sink: &mut impl FnMut(VoteValue<'a>),
    ) {
        for label in
            text(fields, self.field).split(self.separator).map(str::trim).filter(|label| !label.is_empty())
        {
            let (name, method_raw) = method_in_brackets(label);
            let (method, method_known) = self.words.method(method_raw);
            let kind = type_in_name(name);
            sink(VoteValue {
                election_date: self.date(name, kind).map(days),
                election_date_raw: name,
                election_name: name,
                election_type: kind,
                method,
                method_raw,
                method_known,
                ..VoteValue::default()
            });
        }
    }

    fn date(&self, name: &str, kind: &str) -> Option<Date> {
        let pieces = || name.split([' ', ',']).filter(|piece| !piece.is_empty());
        let whole = pieces().find_map(|piece| self.forms.iter().find_map(|form| form.parse(piece)));
        whole.or_else(|| {
            let is_year = |piece: &&str| piece.len() == 4 && piece.bytes().all(|byte| byte.is_ascii_digit());
            let year = pieces().find(is_year)?.parse().ok().filter(|year| (1900..=2100).contains(year))?;
            (kind == "general").then(|| tuesday_after_first_monday(year, 11)).flatten()
        })
    }
}

/// `General Election 2020(E)` as name and method.
fn method_in_brackets(label: &str) -> (&str, &str) {
    let inner = label.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match inner {
        Some((name, method)) if method.len() <= 3 => (name.trim_end(), method.trim()),
        _ => (label, ""),
    }
}
