//! The rules of the gate in words. Pages, guides and tests take them from this one table; [`crate::gate`] knows no other.

/// A rule of the gate in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateRule {
    /// Its name in reports, such as `county_missing`.
    pub name: &'static str,
    /// What failed, in a few words.
    pub title: &'static str,
    /// What it holds back and why, in a sentence or two.
    pub meaning: &'static str,
}

/// All rules, in the order in which a reader meets them.
pub const GATE_RULES: &[GateRule] = &[
    GateRule {
        name: "empty_list",
        title: "No voter in the list",
        meaning: "A list without a single voter is no list: most likely another file was sent.",
    },
    GateRule {
        name: "vital_column_empty",
        title: "A vital column is empty",
        meaning: "More than half of the voters have no last name, no county or no residence: the list was read wrongly, or the state left a column out.",
    },
    GateRule {
        name: "part_unread",
        title: "A part was not read",
        meaning: "A file of the delivery looks like a part of the list and could not be read: whoever stands in it would count as dropped.",
    },
    GateRule {
        name: "county_missing",
        title: "A county is missing",
        meaning: "A county that was on the list before has no voters now.",
    },
    GateRule {
        name: "county_change",
        title: "A county changed too much",
        meaning: "A county grew or shrank by more than 5% and at least 10 voters in one step; a county of 50,000 voters or more also by over 500 voters, when that lies far from what the other counties did.",
    },
    GateRule {
        name: "total_drop",
        title: "The list shrank too much",
        meaning: "More than 1% of all voters are gone.",
    },
    GateRule {
        name: "null_rate",
        title: "A key column went blank",
        meaning: "The share of empty values of a key column rose by more than 2 points.",
    },
    GateRule {
        name: "mass_change",
        title: "Too many voters changed",
        meaning: "More than 10% of the voters who stayed, and at least 10, have another name, birth date or party: columns may have been mixed up.",
    },
    GateRule {
        name: "id_reuse",
        title: "Ids name other people",
        meaning: "More than 0.1% of the voters, and at least 10, have an id that was somebody else's before: the ids may stand in the wrong rows.",
    },
    GateRule {
        name: "confidential_missing",
        title: "Nobody is marked confidential",
        meaning: "The list lacks the column that tells whose address is confidential: accepting it shows every address.",
    },
    GateRule {
        name: "confidential_fall",
        title: "Far fewer confidential voters",
        meaning: "All confidential voters, or more than a tenth of them, are marked as such no longer. A lost or renamed column would publish the addresses of people whom the law protects: ask the state before you accept.",
    },
    GateRule {
        name: "quarantine_rate",
        title: "Too many rows kept aside",
        meaning: "More than 0.01% of the voter rows, or of the vote history rows, could not be read safely. Rows that lose to another row with the same voter id, and votes that are told twice, do not count.",
    },
    GateRule {
        name: "unknown_status",
        title: "Unknown status codes",
        meaning: "The list uses registration status codes that no code map knows.",
    },
    GateRule {
        name: "history_loss",
        title: "Vote history was lost",
        meaning: "More than 0.1% of the votes that were on file before are gone. States rarely take votes back.",
    },
    GateRule {
        name: "purge_watch",
        title: "Purge watch",
        meaning: "Unusually many voters left the list or became inactive in one place.",
    },
];

/// The rule of this name.
#[must_use]
pub fn gate_rule(name: &str) -> Option<&'static GateRule> {
    GATE_RULES.iter().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of rules as the gate's source gives them to its function for failures, or writes them into a failure.
    fn names_in(source: &str) -> Vec<&str> {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let calls = code.split("fail(").skip(1).filter(|call| !call.starts_with("failed: "));
        let written = code.split("GateFailure { rule: \"").skip(1);
        calls
            .map(|call| call.split('"').nth(1).expect("a rule's name in the call"))
            .chain(written.map(|rest| rest.split('"').next().unwrap()))
            .collect()
    }

    #[test]
    fn every_rule_of_the_gate_has_a_title_and_an_explanation_and_no_other_has() {
        let mut used = names_in(include_str!("gate.rs"));
        used.sort_unstable();
        used.dedup();
        let mut told: Vec<&str> = GATE_RULES.iter().map(|rule| rule.name).collect();
        told.sort_unstable();
        assert_eq!(used, told);
        for rule in GATE_RULES {
            assert!(rule.title.len() > 5 && rule.meaning.ends_with('.'), "{}", rule.name);
        }
    }
}
