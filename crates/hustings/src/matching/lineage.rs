//! Clusters of an earlier run: read again, so that clusters keep their ids, and what changed written as events.

use super::MatchError;
use super::ids::Ids;
use super::output::{batch, texts_and_numbers};
use arrow_array::ArrayRef;
use arrow_array::builder::StringBuilder;
use hustings_matching::lineage::{Event, Member, cluster_ids, events};
use hustings_store::{ListBlock, ListFile, ResultFile, StoreError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What became of the clusters of an earlier run.
#[derive(Debug)]
pub struct Lineage {
    /// Each row's cluster.
    pub names: Vec<String>,
    /// What changed.
    pub events: Vec<Event>,
}

impl Lineage {
    /// Reads the clusters of an earlier run and names the new ones.
    pub fn new(previous: &Path, ids: &Ids, cluster_of: &[u32]) -> Result<Self, MatchError> {
        let earlier = read(previous)?;
        let ids: Vec<String> = (0..cluster_of.len()).map(|row| ids.get(row).into_owned()).collect();
        let names = cluster_ids(&earlier, &ids, cluster_of);
        let later: Vec<Member> = ids.into_iter().zip(names.iter().cloned()).collect();
        Ok(Self { events: events(&earlier, &later), names })
    }

    /// How many events there are of each kind.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for event in &self.events {
            *counts.entry(event.change.as_str()).or_default() += 1;
        }
        counts
    }

    /// Writes `event,change,from_cluster,to_cluster,id`, a line for each row.
    pub fn write_events(&self, out: &Path) -> Result<(), MatchError> {
        let schema = texts_and_numbers(&["event", "change", "from_cluster", "to_cluster", "id"]);
        let mut file = ResultFile::create(out, schema.clone())?;
        let mut columns: [StringBuilder; 5] = std::array::from_fn(|_| StringBuilder::new());
        for (number, event) in (1..).zip(&self.events) {
            for row in &event.rows {
                let number: u64 = number;
                columns[0].append_value(number.to_string());
                columns[1].append_value(event.change.as_str());
                columns[2].append_value(event.from.as_deref().unwrap_or_default());
                columns[3].append_value(event.to.as_deref().unwrap_or_default());
                columns[4].append_value(row);
            }
        }
        let columns = columns.map(|mut column| Arc::new(column.finish()) as ArrayRef);
        file.push(&batch(&schema, columns.to_vec())?)?;
        file.finish()?;
        Ok(())
    }
}

/// Reads `id,cluster_id`.
fn read(path: &Path) -> Result<Vec<Member>, MatchError> {
    let list = ListFile::open(path)?;
    let column = |name: &str| {
        list.headers().iter().position(|header| header == name).ok_or_else(|| {
            MatchError::Input(format!(
                "`{}`, header: expected columns `id` and `cluster_id`, got {}",
                path.display(),
                list.headers().join(", ")
            ))
        })
    };
    let (id, cluster) = (column("id")?, column("cluster_id")?);
    let mut members: Vec<Member> = Vec::new();
    list.each_block(&mut |ListBlock { columns, lines }| {
        for ((id, cluster), line) in columns[id].iter().zip(&columns[cluster]).zip(lines) {
            let (Some(id), Some(cluster)) = (id, cluster) else {
                return Err(StoreError::Input(format!(
                    "`{}`, line {line}: expected an id and a cluster, got nothing",
                    path.display(),
                )));
            };
            members.push((id.to_owned(), cluster.to_owned()));
        }
        Ok(())
    })?;
    Ok(members)
}
