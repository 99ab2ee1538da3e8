//! Which logs and how many witnesses are believed (C2SP tlog-policy).

use crate::checkpoint::{Checkpoint, CheckpointError, Head};
use crate::key::{KeyError, KeyKind, VerifierKey};
use crate::note::Note;
use std::collections::{BTreeMap, BTreeSet};

const LINES_MAX: usize = 10_000;

/// Logs, witnesses, and the quorum.
#[derive(Debug, Clone)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    /// Witnesses and groups; a group's members stand before it.
    rules: Vec<Rule>,
    quorum: Option<usize>,
}

#[derive(Debug, Clone)]
enum Rule {
    Witness { name: String, key: Box<VerifierKey> },
    Group { threshold: usize, members: Vec<usize> },
}

/// A checkpoint that fulfils a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The log.
    pub origin: String,
    /// Its tree.
    pub head: Head,
    /// Witnesses that confirmed it, by their names in the policy, and when (seconds since 1970).
    pub witnesses: Vec<(String, u64)>,
}

impl Policy {
    /// Believes this log alone, without witnesses.
    ///
    /// # Errors
    /// A witness' key.
    pub fn of_log(key: VerifierKey) -> Result<Self, PolicyError> {
        Self { logs: Vec::new(), rules: Vec::new(), quorum: None }.with_log(key)
    }

    /// Believes this log too. A policy for all logs of a party names none itself.
    ///
    /// # Errors
    /// A witness' key.
    pub fn with_log(mut self, key: VerifierKey) -> Result<Self, PolicyError> {
        if key.kind() != KeyKind::Log {
            return Err(PolicyError::Line { line: 0, problem: Problem::Kind });
        }
        if self.logs.iter().all(|known| known.public() != key.public()) {
            self.logs.push(key);
        }
        Ok(self)
    }

    /// Reads a policy file, in UTF-8.
    ///
    /// # Errors
    /// With its line, the first thing that the format does not allow.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        for (content, line) in text.split('\n').zip(1..) {
            if line > LINES_MAX {
                return Err(PolicyError::Line { line, problem: Problem::TooLong });
            }
            reader.line(content).map_err(|problem| PolicyError::Line { line, problem })?;
        }
        let Reader { logs, rules, quorum, .. } = reader;
        let quorum = quorum.ok_or(PolicyError::NoQuorum)?;
        Ok(Self { logs, rules, quorum })
    }

    /// Checks a signed checkpoint against it.
    ///
    /// # Errors
    /// No log of the policy signed it, a signature is forged, or too few witnesses confirmed it.
    pub fn check(&self, checkpoint: &[u8]) -> Result<Approved, PolicyError> {
        let mut refused = PolicyError::NoLog;
        let mut opened = None;
        for key in &self.logs {
            match Checkpoint::open(checkpoint, key) {
                Ok(found) => opened = Some(found),
                Err(CheckpointError::Origin { .. }) => {}
                Err(error) => refused = error.into(),
            }
        }
        let (checkpoint, note) = opened.ok_or(refused)?;
        let mut witnesses = Vec::new();
        let mut confirmed = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            confirmed.push(match rule {
                Rule::Witness { name, key } => confirm(&note, name, key, &mut witnesses)?,
                Rule::Group { threshold, members } => {
                    members.iter().filter(|member| confirmed.get(**member) == Some(&true)).count()
                        >= *threshold
                }
            });
        }
        if self.quorum.is_none_or(|quorum| confirmed.get(quorum) == Some(&true)) {
            Ok(Approved { origin: checkpoint.origin, head: checkpoint.head, witnesses })
        } else {
            Err(PolicyError::TooFewWitnesses { got: witnesses.len() })
        }
    }
}

fn confirm(
    note: &Note,
    name: &str,
    key: &VerifierKey,
    witnesses: &mut Vec<(String, u64)>,
) -> Result<bool, PolicyError> {
    let found = note.signature_by(key).map_err(CheckpointError::from)?.and_then(|found| found.at_seconds);
    witnesses.extend(found.map(|at_seconds| (name.to_owned(), at_seconds)));
    Ok(found.is_some())
}

#[derive(Default)]
struct Reader {
    logs: Vec<VerifierKey>,
    rules: Vec<Rule>,
    names: BTreeMap<String, usize>,
    /// Names that are members of a group: each may be so once.
    members: BTreeSet<String>,
    /// Nothing before its line; the line may say that there is none.
    quorum: Option<Option<usize>>,
}

impl Reader {
    fn line(&mut self, content: &str) -> Result<(), Problem> {
        if content.chars().any(|c| c != '\t' && (c < ' ' || c == '\u{7f}')) {
            return Err(Problem::Control);
        }
        let words: Vec<&str> = content.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] | ["log", key, _] => self.log(key),
            ["witness", name, key] | ["witness", name, key, _] => self.witness(name, key),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["quorum", name] => self.quorum(name),
            _ => Err(Problem::Form),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), Problem> {
        let key: VerifierKey = key.parse()?;
        if key.kind() != KeyKind::Log {
            return Err(Problem::Kind);
        }
        if self.logs.iter().any(|known| known.public() == key.public()) {
            return Err(Problem::Twice);
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str) -> Result<(), Problem> {
        let key: VerifierKey = key.parse()?;
        if key.kind() != KeyKind::Witness {
            return Err(Problem::Kind);
        }
        let same =
            |rule: &Rule| matches!(rule, Rule::Witness { key: known, .. } if known.public() == key.public());
        if self.rules.iter().any(same) {
            return Err(Problem::Twice);
        }
        self.define(name, Rule::Witness { name: name.to_owned(), key: Box::new(key) })
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), Problem> {
        let threshold = match threshold {
            "any" => 1,
            "all" => members.len(),
            number => crate::checkpoint::parse_decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(Problem::Form)?,
        };
        if threshold == 0 || threshold > members.len() {
            return Err(Problem::Threshold { members: members.len() });
        }
        let mut indices = Vec::new();
        for member in members {
            indices.push(*self.names.get(*member).ok_or(Problem::Unknown)?);
            if !self.members.insert((*member).to_owned()) {
                return Err(Problem::Twice);
            }
        }
        self.define(name, Rule::Group { threshold, members: indices })
    }

    fn quorum(&mut self, name: &str) -> Result<(), Problem> {
        if self.quorum.is_some() {
            return Err(Problem::Twice);
        }
        self.quorum = Some(match name {
            "none" => None,
            name => Some(*self.names.get(name).ok_or(Problem::Unknown)?),
        });
        Ok(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), Problem> {
        if name == "none" || self.names.contains_key(name) {
            return Err(Problem::Twice);
        }
        self.names.insert(name.to_owned(), self.rules.len());
        self.rules.push(rule);
        Ok(())
    }
}

/// Why a policy is none, or a checkpoint does not fulfil it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A line that the format does not allow.
    #[error("line {line} of the policy: {problem}")]
    Line {
        /// From 1; 0 for a key that was given beside the file.
        line: usize,
        /// What is wrong.
        problem: Problem,
    },
    /// No line `quorum`.
    #[error("expected a line `quorum NAME` or `quorum none` in the policy")]
    NoQuorum,
    /// The checkpoint is of another log.
    #[error("the checkpoint is of no log of the policy")]
    NoLog,
    /// Signed by nobody, or forged.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The quorum is not reached.
    #[error("expected more witnesses by the policy, got {got}")]
    TooFewWitnesses {
        /// Witnesses of the policy that confirmed.
        got: usize,
    },
}

/// What a line of a policy may not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Neither of the four kinds of lines.
    #[error("expected `log`, `witness`, `group` or `quorum` with its words")]
    Form,
    /// No control characters but tabs.
    #[error("it holds a control character")]
    Control,
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A witness' key for a log, or the reverse.
    #[error("expected a key of the other kind (1 for logs, 4 for witnesses)")]
    Kind,
    /// Not defined on a line before.
    #[error("it names what no line before it defines")]
    Unknown,
    /// Defined or used once before.
    #[error("the same key, name, member or quorum stands there twice")]
    Twice,
    /// Not from 1 to the number of members.
    #[error("expected a number from 1 to {members}, the number of members")]
    Threshold {
        /// Members.
        members: usize,
    },
    /// A policy without end.
    #[error("expected at most {LINES_MAX} lines")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cosignature;
    use crate::key::Signer;
    use crate::tree_hash::TreeHash;

    fn key(name: &str, kind: KeyKind, seed: u8) -> Signer {
        Signer::from_seed(name, kind, &[seed; 32]).unwrap()
    }

    fn log() -> Signer {
        key("party.example/log", KeyKind::Log, 1)
    }

    fn witness(seed: u8) -> Signer {
        key(&format!("w{seed}.example"), KeyKind::Witness, seed)
    }

    /// A checkpoint that these witnesses confirmed.
    fn checkpoint(witnesses: &[u8]) -> Vec<u8> {
        let head = Head { size: 0, root: TreeHash::of_empty_tree() };
        let mut note = Checkpoint::sign(head, &log()).unwrap();
        for seed in witnesses {
            let line = cosignature::sign(note.text(), &witness(*seed), u64::from(*seed));
            note.add(line);
        }
        note.to_string().into_bytes()
    }

    fn policy(lines: &str) -> Result<Policy, PolicyError> {
        let keys: String =
            (2..7).map(|seed| format!("witness W{seed} {}\n", witness(seed).public())).collect();
        Policy::parse(&format!("log {}\n{keys}{lines}", log().public()))
    }

    fn names(policy: &Policy, witnesses: &[u8]) -> Result<Vec<String>, PolicyError> {
        let approved = policy.check(&checkpoint(witnesses))?;
        Ok(approved.witnesses.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_quorum_is_reached_or_not() {
        let lines = "group A 2 W2 W3 W4\ngroup B any W5 W6\ngroup both all A B\nquorum both";
        let policy = policy(lines).unwrap();
        for few in [&[][..], &[2, 3], &[2, 5], &[2, 2, 5], &[5, 6, 4]] {
            assert!(matches!(names(&policy, few), Err(PolicyError::TooFewWitnesses { .. })), "{few:?}");
        }
        assert_eq!(names(&policy, &[6, 4, 2]).unwrap(), ["W2", "W4", "W6"]);
        assert_eq!(names(&policy, &[2, 3, 4, 5, 6]).unwrap().len(), 5);
    }

    #[test]
    fn one_witness_or_none_is_a_quorum_too() {
        let one = policy("quorum W3").unwrap();
        assert_eq!(names(&one, &[3]).unwrap(), ["W3"]);
        assert_eq!(names(&one, &[2]), Err(PolicyError::TooFewWitnesses { got: 1 }));
        assert_eq!(names(&policy("quorum none\n").unwrap(), &[]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_witness_that_did_not_sign_makes_the_whole_checkpoint_void() {
        let policy = policy("quorum W2").unwrap();
        let good = String::from_utf8(checkpoint(&[2, 3])).unwrap();
        let (text, lines) = good.split_once("\n\n").unwrap();
        let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        // W3's line with another signature in it.
        let forged = cosignature::sign("another text\n", &witness(3), 3);
        lines[2] = forged.to_string();
        let error = policy.check(format!("{text}\n\n{}\n", lines.join("\n")).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("is not"), "{error}");
    }

    #[test]
    fn a_checkpoint_of_another_log_is_refused_however_many_confirm_it() {
        let other = key("other.example/log", KeyKind::Log, 9);
        let text = format!("log {}\nquorum none\n", other.public());
        assert_eq!(Policy::parse(&text).unwrap().check(&checkpoint(&[2, 3])), Err(PolicyError::NoLog));
        let stranger = key("party.example/log", KeyKind::Log, 9);
        let policy = Policy::of_log(stranger.public().clone()).unwrap();
        assert!(matches!(policy.check(&checkpoint(&[])), Err(PolicyError::Checkpoint(_))));
        let without_log = Policy::parse("quorum none\n").unwrap();
        assert_eq!(without_log.check(&checkpoint(&[])), Err(PolicyError::NoLog));
        assert!(without_log.with_log(log().public().clone()).unwrap().check(&checkpoint(&[])).is_ok());
        assert!(Policy::of_log(witness(2).public().clone()).is_err());
    }

    #[test]
    fn a_line_that_the_format_does_not_allow_is_named() {
        let (log_key, witness_key) = (log().public().to_string(), witness(2).public().to_string());
        for (lines, problem) in [
            ("nonsense\nquorum none", Problem::Form),
            ("quorum", Problem::Form),
            ("log", Problem::Form),
            ("group g", Problem::Form),
            ("group g two W2 W3", Problem::Form),
            ("group g 01 W2 W3", Problem::Form),
            ("group g any", Problem::Threshold { members: 0 }),
            ("group g all", Problem::Threshold { members: 0 }),
            ("group g 0 W2", Problem::Threshold { members: 1 }),
            ("group g 3 W2 W3", Problem::Threshold { members: 2 }),
            ("group g any W2 W9", Problem::Unknown),
            ("group g any g", Problem::Unknown),
            ("group g any none", Problem::Unknown),
            ("quorum W9", Problem::Unknown),
            ("group g any W2 W2", Problem::Twice),
            ("group W2 any W3", Problem::Twice),
            ("group none any W3", Problem::Twice),
            (&format!("log {log_key}"), Problem::Twice),
            (&format!("witness again {witness_key}"), Problem::Twice),
            (&format!("log {witness_key}"), Problem::Kind),
            (&format!("witness w {log_key}"), Problem::Kind),
            ("log abc", Problem::Key(KeyError::Form)),
            ("quorum none\r", Problem::Control),
        ] {
            assert_eq!(policy(lines).unwrap_err(), PolicyError::Line { line: 7, problem }, "{lines}");
        }
        assert_eq!(
            policy("group a any W2\ngroup b any W2").unwrap_err(),
            PolicyError::Line { line: 8, problem: Problem::Twice }
        );
        assert_eq!(
            policy("quorum none\nquorum none").unwrap_err().to_string(),
            "line 8 of the policy: the same key, name, member or quorum stands there twice"
        );
        assert_eq!(policy("").unwrap_err(), PolicyError::NoQuorum);
    }
}
