//! Clusters from one run to the next: which of them keep their ids, and what changed, in a form that can be undone.

use std::collections::{BTreeMap, HashMap, HashSet};

/// A row and the cluster that it is in, by their ids.
pub type Member = (String, String);

/// What became of some rows between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A cluster went into another with all its rows.
    Merge,
    /// Rows of a cluster became a cluster of their own.
    Split,
    /// Rows of a cluster went into another, and others stayed.
    Move,
    /// Rows that were not there before.
    New,
    /// Rows that are not there any more.
    Gone,
}

impl Change {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Move => "move",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// Rows that went from one cluster to another together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub change: Change,
    /// The cluster in which they were; none for new rows.
    pub from: Option<String>,
    /// The cluster in which they are; none for rows that are gone.
    pub to: Option<String>,
    /// The rows.
    pub rows: Vec<String>,
}

/// Why an event was not applied or undone: a row is not where the event says.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("row `{row}`: expected it in cluster `{expected}`, got `{got}`")]
pub struct LineageError {
    /// The row.
    pub row: String,
    /// The cluster in which the event has it; empty for none.
    pub expected: String,
    /// The cluster in which it is; empty for none.
    pub got: String,
}

/// The id of each row's cluster. `ids` are the rows' ids, `cluster_of` for each row the first row of its cluster.
///
/// A cluster keeps the id of the earlier cluster whose oldest row it has: the row after which that is called or, when it is
/// gone, the first one that is left. Of several it keeps the one that stands first among the earlier ones. Other clusters are
/// called after their first row.
#[must_use]
pub fn cluster_ids(earlier: &[Member], ids: &[String], cluster_of: &[u32]) -> Vec<String> {
    let places: HashMap<&str, u32> = ids.iter().map(String::as_str).zip(0..).collect();
    let mut oldest: HashMap<&str, (usize, u32)> = HashMap::new();
    for (order, (row, cluster)) in earlier.iter().enumerate() {
        if let Some(place) = places.get(row.as_str()) {
            let known = oldest.entry(cluster).or_insert((order, *place));
            if row == cluster {
                known.1 = *place;
            }
        }
    }
    let mut kept: HashMap<u32, (usize, &str)> = HashMap::new();
    for (cluster, (order, place)) in &oldest {
        let mine = (*order, *cluster);
        kept.entry(cluster_of[*place as usize]).and_modify(|known| *known = mine.min(*known)).or_insert(mine);
    }
    let mut taken: HashSet<String> = kept.values().map(|(_, id)| (*id).to_owned()).collect();
    let mut names: HashMap<u32, String> =
        kept.into_iter().map(|(cluster, (_, id))| (cluster, id.to_owned())).collect();
    cluster_of
        .iter()
        .map(|cluster| {
            let name = names.entry(*cluster).or_insert_with(|| {
                let first = &ids[*cluster as usize];
                let mut name = first.clone();
                // The row after which an earlier cluster is called may have left it.
                let mut number = 2;
                while !taken.insert(name.clone()) {
                    name = format!("{first}~{number}");
                    number += 1;
                }
                name
            });
            name.clone()
        })
        .collect()
}

/// What changed from the earlier clusters to the later ones, in the order of the rows, first those that are gone.
#[must_use]
pub fn events(earlier: &[Member], later: &[Member]) -> Vec<Event> {
    let before: HashMap<&str, &str> =
        earlier.iter().map(|(row, cluster)| (row.as_str(), cluster.as_str())).collect();
    let after: HashMap<&str, &str> =
        later.iter().map(|(row, cluster)| (row.as_str(), cluster.as_str())).collect();
    let remaining: HashSet<&str> = before
        .iter()
        .filter(|(row, cluster)| after.get(*row) == Some(*cluster))
        .map(|(_, cluster)| *cluster)
        .collect();
    let mut targets: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (row, cluster) in &before {
        if let Some(now) = after.get(row) {
            targets.entry(cluster).or_default().insert(now);
        }
    }
    let known: HashSet<&str> = before.values().copied().collect();
    let mut found: Vec<Event> = Vec::new();
    let mut places: BTreeMap<(Option<&str>, Option<&str>), usize> = BTreeMap::new();
    let gone = earlier.iter().filter(|(row, _)| !after.contains_key(row.as_str()));
    for (row, _) in gone.chain(later) {
        let (from, to) = (before.get(row.as_str()).copied(), after.get(row.as_str()).copied());
        if from == to {
            continue;
        }
        let place = *places.entry((from, to)).or_insert_with(|| {
            let change = match (from, to) {
                (None, _) => Change::New,
                (_, None) => Change::Gone,
                (Some(_), Some(to)) if !known.contains(to) => Change::Split,
                (Some(from), _) if remaining.contains(from) || targets[from].len() > 1 => Change::Move,
                _ => Change::Merge,
            };
            let (from, to) = (from.map(str::to_owned), to.map(str::to_owned));
            found.push(Event { change, from, to, rows: Vec::new() });
            found.len() - 1
        });
        found[place].rows.push(row.clone());
    }
    found
}

/// Applies an event to the clusters by row.
///
/// # Errors
/// A row is not where the event takes it from; then nothing is changed.
pub fn apply(clusters: &mut HashMap<String, String>, event: &Event) -> Result<(), LineageError> {
    carry(clusters, &event.rows, event.from.as_deref(), event.to.as_deref())
}

/// Undoes an event.
///
/// # Errors
/// A row is not where the event took it to; then nothing is changed.
pub fn undo(clusters: &mut HashMap<String, String>, event: &Event) -> Result<(), LineageError> {
    carry(clusters, &event.rows, event.to.as_deref(), event.from.as_deref())
}

fn carry(
    clusters: &mut HashMap<String, String>,
    rows: &[String],
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), LineageError> {
    for row in rows {
        let now = clusters.get(row).map(String::as_str);
        if now != from {
            let text = |cluster: Option<&str>| cluster.unwrap_or_default().to_owned();
            return Err(LineageError { row: row.clone(), expected: text(from), got: text(now) });
        }
    }
    for row in rows {
        match to {
            Some(to) => clusters.insert(row.clone(), to.to_owned()),
            None => clusters.remove(row),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a=x b=x c=c`.
    fn members(text: &str) -> Vec<Member> {
        text.split(' ')
            .filter_map(|pair| pair.split_once('='))
            .map(|(row, cluster)| (row.to_owned(), cluster.to_owned()))
            .collect()
    }

    /// Rows in their order with the groups that they are in: `a1 b1 c2`.
    fn run(earlier: &str, groups: &str) -> String {
        let rows: Vec<(&str, &str)> = groups.split(' ').map(|row| row.split_at(row.len() - 1)).collect();
        let ids: Vec<String> = rows.iter().map(|(row, _)| (*row).to_owned()).collect();
        let cluster_of: Vec<u32> = rows
            .iter()
            .map(|(_, group)| {
                let first = rows.iter().position(|(_, other)| other == group).unwrap();
                u32::try_from(first).unwrap()
            })
            .collect();
        let names = cluster_ids(&members(earlier), &ids, &cluster_of);
        ids.iter().zip(&names).map(|(row, name)| format!("{row}={name}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_cluster_keeps_the_id_of_its_oldest_row() {
        assert_eq!(run("", "a1 b1 c2"), "a=a b=a c=c");
        // In another order the rows keep their clusters' ids.
        assert_eq!(run("a=a b=a c=c", "c2 b1 a1"), "c=c b=a a=a");
        // Merged: the one that was first. Split: where the oldest row is.
        assert_eq!(run("a=a b=b c=c", "c1 b1 a2"), "c=b b=b a=a");
        assert_eq!(run("a=a b=a c=a", "b1 c1 a2"), "b=b c=b a=a");
        // The oldest is gone: the next keeps the id; when it comes back alone, it gets another one.
        assert_eq!(run("a=a b=a c=a", "c1 b1 d2"), "c=a b=a d=d");
        assert_eq!(run("c=a b=a d=d", "c1 b1 d2 a3"), "c=a b=a d=d a=a~2");
    }

    #[test]
    fn events_lead_forward_and_back() {
        let earlier = members("a=a b=a c=c d=c e=e f=f g=g h=g i=i");
        let later = members("a=a b=b c=a d=a e=e f=e g=e h=g j=j");
        let events = events(&earlier, &later);
        let told: Vec<String> = events
            .iter()
            .map(|event| {
                let text = |id: &Option<String>| id.clone().unwrap_or_default();
                format!(
                    "{} {}>{} {}",
                    event.change.as_str(),
                    text(&event.from),
                    text(&event.to),
                    event.rows.concat()
                )
            })
            .collect();
        assert_eq!(
            told,
            ["gone i> i", "split a>b b", "merge c>a cd", "merge f>e f", "move g>e g", "new >j j"]
        );
        let start: HashMap<String, String> = earlier.into_iter().collect();
        let mut clusters = start.clone();
        for event in &events {
            apply(&mut clusters, event).unwrap();
        }
        assert_eq!(clusters, later.into_iter().collect());
        for event in events.iter().rev() {
            undo(&mut clusters, event).unwrap();
        }
        assert_eq!(clusters, start);
        // One mistake alone is undone, and not twice.
        apply(&mut clusters, &events[2]).unwrap();
        undo(&mut clusters, &events[2]).unwrap();
        assert_eq!(
            undo(&mut clusters, &events[2]).unwrap_err().to_string(),
            "row `c`: expected it in cluster `a`, got `c`"
        );
    }
}
