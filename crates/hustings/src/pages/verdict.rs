//! The verdict at the top of a load report: what the gate said, in words, each failed rule with the way to its evidence.

use super::format::{Markup, message};
use super::words;
use hustings_voterfile::report::{GateStatus, LoadReport};

/// The verdict at the top of the page.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// `held`, `accepted` or `passed`: a class of the stylesheet.
    pub class: &'static str,
    /// The answer in a few words.
    pub title: String,
    /// The rules that failed.
    pub failures: Vec<Failure>,
    /// Why a person accepted it all the same.
    pub accepted_reason: Option<String>,
}

/// One rule of the gate that failed, with the way to its evidence.
#[derive(Debug, Clone)]
pub struct Failure {
    rule: String,
    /// What failed, in a few words.
    pub title: String,
    /// The sentences with the figures: one for every county, column or code that broke the rule.
    pub details: Vec<Markup>,
    /// How many more there are.
    pub more: u64,
    /// What the rule is for.
    pub meaning: &'static str,
    /// The part of the page that shows the evidence.
    pub anchor: &'static str,
    /// What the link says.
    pub link: &'static str,
}

/// Sentences of one rule that the verdict shows; the evidence below shows all.
const DETAILS_SHOWN: usize = 4;

/// The verdict of a report; `discarded` when a person has thrown the held load away.
#[must_use]
pub fn verdict(report: &LoadReport, discarded: bool) -> Verdict {
    let gate = &report.summary.gate;
    let mut failures: Vec<Failure> = Vec::new();
    for failed in &gate.failed {
        let at = failures.iter().position(|known| known.rule == failed.rule).unwrap_or_else(|| {
            failures.push(failure(&failed.rule));
            failures.len() - 1
        });
        let known = &mut failures[at];
        if known.details.len() < DETAILS_SHOWN {
            known.details.push(finished(&failed.detail));
        } else {
            known.more += 1;
        }
    }
    let rules = words::plural_of(failures.len(), "rule failed", "rules failed");
    let (class, title) = match gate.status {
        GateStatus::Pass => ("passed", "Passed: every rule of the gate".to_owned()),
        GateStatus::Held if discarded => ("held", format!("Discarded: {rules}")),
        GateStatus::Held => ("held", format!("Held back: {rules}")),
        GateStatus::Accepted => ("accepted", format!("Accepted by hand: {rules}")),
    };
    Verdict { class, title, failures, accepted_reason: gate.accepted_reason.clone() }
}

fn failure(name: &str) -> Failure {
    let rule = words::gate_rule(name);
    let (anchor, link) = words::gate_evidence(name);
    Failure {
        rule: rule.name,
        title: rule.title,
        details: Vec::new(),
        more: 0,
        meaning: rule.meaning,
        anchor,
        link,
    }
}

/// A sentence with a capital at its start and a full stop at its end.
fn finished(text: &str) -> Markup {
    let mut text = super::format::sentence_case(&words::with_column_words(text));
    if !text.is_empty() && !text.ends_with('.') {
        text.push('.');
    }
    message(&text)
}
