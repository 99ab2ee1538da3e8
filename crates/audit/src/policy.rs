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
