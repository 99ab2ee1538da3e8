//! One TOML table under reading: every key is asked for once, with its type, and what nobody asked for is refused.

use super::finding::{Findings, hint};
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the byte at which it begins.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

pub(super) struct Section<'a, 'f, 't> {
    /// How messages call it, such as `the layout` or `a [[file]]`.
    what: &'static str,
    /// Where it begins, for what is missing.
    pub(super) offset: usize,
    table: &'a DeTable<'a>,
    asked: BTreeSet<&'static str>,
    pub(super) findings: &'f mut Findings<'t>,
}

impl<'a, 'f, 't> Section<'a, 'f, 't> {
    pub(super) fn new(
        what: &'static str,
        offset: usize,
        table: &'a DeTable<'a>,
        findings: &'f mut Findings<'t>,
    ) -> Self {
        Self { what, offset, table, asked: BTreeSet::new(), findings }
    }

    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        self.table.get(key)
    }

    fn wrong_type(&mut self, key: &str, expected: &str, value: &Spanned<DeValue<'_>>) {
        let got = value.get_ref().type_str();
        self.findings.error(value.span().start, format!("`{key}` must be {expected}, got {got}"));
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(At { value: text.to_owned(), offset: value.span().start }),
            None => {
                self.wrong_type(key, "a text in quotes", value);
                None
            }
        }
    }

    pub(super) fn text_or_empty(&mut self, key: &'static str) -> String {
        self.text(key).map(|text| text.value).unwrap_or_default()
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> Option<At<String>> {
        if self.value(key).is_none() {
            let (what, offset) = (self.what, self.offset);
            self.findings.error(offset, format!("{what} lacks `{key}`"));
            return None;
        }
        self.text(key)
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        if value.get_ref().as_bool().is_none() {
            self.wrong_type(key, "true or false", value);
        }
        value.get_ref().as_bool()
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<At<usize>> {
        let value = self.value(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong_type(key, "a whole number", value);
        }
        number.map(|number| At { value: number, offset: value.span().start })
    }

    /// Two numbers, `[1, 3]`.
    pub(super) fn range(&mut self, key: &'static str) -> Option<(usize, usize)> {
        let value = self.value(key)?;
        let numbers: Option<Vec<usize>> = value
            .get_ref()
            .as_array()
            .map(|array| array.iter().filter_map(|item| number_of(item.get_ref())).collect());
        match numbers.as_deref() {
            Some([fewest, most]) if fewest <= most => Some((*fewest, *most)),
            _ => {
                self.wrong_type(key, "two numbers such as [1, 3], the smaller one first", value);
                None
            }
        }
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Vec<At<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of texts such as [\"…\"]", value);
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(array.len());
        for item in array.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(At { value: text.to_owned(), offset: item.span().start }),
                None => self.wrong_type(key, "a list of texts", item),
            }
        }
        texts
    }

    pub(super) fn plain_texts(&mut self, key: &'static str) -> Vec<String> {
        self.texts(key).into_iter().map(|text| text.value).collect()
    }

    pub(super) fn table(&mut self, key: &'static str) -> Option<(&'a DeTable<'a>, usize)> {
        let value = self.value(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some((table, value.span().start)),
            None => {
                self.wrong_type(key, "a table", value);
                None
            }
        }
    }

    /// A list of tables (`[[file]]`, `columns = [{ … }]`).
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<(&'a DeTable<'a>, usize)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of tables", value);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(array.len());
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => tables.push((table, item.span().start)),
                None => self.wrong_type(key, "a list of tables", item),
            }
        }
        tables
    }

    /// A table of texts (`[counties]`, `aliases = { … }`), in the order of their keys.
    pub(super) fn pairs(&mut self, key: &'static str) -> Vec<(At<String>, At<String>)> {
        let Some((table, _)) = self.table(key) else { return Vec::new() };
        let mut pairs = Vec::with_capacity(table.len());
        for (name, value) in table {
            let written = At { value: name.get_ref().to_string(), offset: name.span().start };
            match value.get_ref().as_str() {
                Some(text) => {
                    pairs.push((written, At { value: text.to_owned(), offset: value.span().start }))
                }
                None => self.wrong_type(&written.value, "a text in quotes", value),
            }
        }
        pairs
    }

    /// Refuses the keys that nobody asked for.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let written: &str = key.get_ref();
            if !self.asked.contains(written) {
                let hint = hint(written, &self.asked);
                self.findings
                    .error(key.span().start, format!("unknown key `{written}` in {}{hint}", self.what));
            }
        }
    }
}

fn number_of(value: &DeValue<'_>) -> Option<usize> {
    let integer = value.as_integer()?;
    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
}
