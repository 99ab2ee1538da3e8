//! What `hustings layouts check` says.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The layout cannot be used.
    Error,
    /// It can be used, but something is not checked.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One sentence about one place of a layout.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The sentence, lower case, without full stop.
    pub message: String,
    /// Whether the layout can be used.
    pub severity: Severity,
}

impl Finding {
    /// `NC.toml:12:5: error: unknown key …`, as compilers write it.
    #[must_use]
    pub fn sentence(&self, file: &str) -> String {
        format!("{file}:{}:{}: {}: {}", self.line, self.column, self.severity, self.message)
    }
}

/// Findings of one text, and where its bytes lie.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    text: &'a str,
    pub(super) list: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, list: Vec::new() }
    }

    pub(super) fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.push(offset, message.into(), Severity::Error);
    }

    pub(super) fn warning(&mut self, offset: usize, message: impl Into<String>) {
        self.push(offset, message.into(), Severity::Warning);
    }

    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn push(&mut self, offset: usize, message: String, severity: Severity) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.list.push(Finding {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
            severity,
        });
    }
}

/// `, did you mean ...` for the candidate nearest to what was written, if one is near.
pub(super) fn hint<I: IntoIterator<Item = S>, S: AsRef<str>>(written: &str, candidates: I) -> String {
    let near = candidates
        .into_iter()
        .map(|candidate| (distance(written, candidate.as_ref()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.as_ref().len() / 4)
        .min_by_key(|(distance, _)| *distance);
    near.map_or_else(String::new, |(_, candidate)| format!(", did you mean `{}`", candidate.as_ref()))
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.chars().enumerate() {
        let mut diagonal = previous[0];
        previous[0] = row + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = previous[column + 1];
            previous[column + 1] = replaced.min(diagonal + 1).min(previous[column] + 1);
        }
    }
    previous[right.len()]
}
