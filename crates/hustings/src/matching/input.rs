//! Lists to prepared rows.

use super::MatchError;
use super::ids::Ids;
use arrow_array::{Array, StringArray};
use hustings_matching::plan::{ColumnOptions, Plan, PlanError, Role, Side};
use hustings_matching::prepare::{Preparation, Prepared};
use hustings_store::{ListFile, StoreError};
use std::path::PathBuf;

/// A list to be linked.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// The column that names the rows.
    pub id: Option<String>,
}

/// What is prepared.
#[derive(Debug)]
pub struct Loaded {
    /// The rows.
    pub prepared: Prepared,
    left_ids: Ids,
    right_ids: Ids,
    /// Rows whose id an earlier row of their list has.
    pub duplicate_ids: u64,
}

impl Loaded {
    /// The ids of a side's rows.
    pub fn ids(&self, side: Side) -> &Ids {
        match side {
            Side::Left => &self.left_ids,
            Side::Right => &self.right_ids,
        }
    }
}

/// Reads and prepares one list, or two.
pub fn load(
    left: &Source,
    right: Option<&Source>,
    columns: &[(String, String)],
) -> Result<Loaded, MatchError> {
    let left_list = ListFile::open(&left.path)?;
    let right_list = right.map(|right| ListFile::open(&right.path)).transpose()?;
    for (source, list) in [Some((left, &left_list)), right.zip(right_list.as_ref())].into_iter().flatten() {
        if let Some(id) = &source.id
            && !list.headers().iter().any(|header| header.eq_ignore_ascii_case(id.trim()))
        {
            let names: Vec<String> = list.headers().iter().map(|header| format!("`{header}`")).collect();
            return Err(MatchError::Input(format!(
                "`{}`, header: expected a column `{id}`, got {}",
                source.path.display(),
                names.join(", ")
            )));
        }
    }
    let options = ColumnOptions {
        left_id: left.id.clone(),
        right_id: right.and_then(|right| right.id.clone()),
        columns: columns.to_vec(),
    };
    let files = || match right {
        Some(right) => format!("{}` and `{}", left.path.display(), right.path.display()),
        None => left.path.display().to_string(),
    };
    let plan = Plan::new(left_list.headers(), right_list.as_ref().map(ListFile::headers), &options)
        .map_err(|reason: PlanError| MatchError::Columns { file: files(), reason })?;
    if !comparable(&plan, right.is_some()) {
        let headers = |list: &ListFile| list.headers().join(", ");
        let right_headers = right_list.as_ref().map_or(String::new(), |list| format!("; {}", headers(list)));
        return Err(MatchError::Input(format!(
            "`{}`: no column can be compared; the headers are {}{right_headers}: say what they are with --columns first_name=…,last_name=…",
            files(),
            headers(&left_list)
        )));
    }
    let mut preparation = Preparation::new(plan.clone(), right.is_some());
    let left_ids = read(&left_list, left, plan.roles(Side::Left), Side::Left, &mut preparation)?;
    let mut right_ids = Ids::default();
    if let Some((source, list)) = right.zip(right_list.as_ref()) {
        right_ids = read(list, source, plan.roles(Side::Right), Side::Right, &mut preparation)?;
    }
    let duplicate_ids = left_ids.doubles().0 + right_ids.doubles().0;
    Ok(Loaded { prepared: preparation.finish(), left_ids, right_ids, duplicate_ids })
}

/// Whether any column of one side stands on the other.
fn comparable(plan: &Plan, two_sides: bool) -> bool {
    let field = |role: &Role| matches!(role, Role::Field(_));
    let left = plan.roles(Side::Left);
    let right = plan.roles(Side::Right);
    if two_sides {
        !plan.plain.is_empty() || left.iter().any(|role| field(role) && right.contains(role))
    } else {
        !plan.plain.is_empty() || left.iter().any(field)
    }
}

fn read(
    list: &ListFile,
    source: &Source,
    roles: &[Role],
    side: Side,
    preparation: &mut Preparation,
) -> Result<Ids, MatchError> {
    let id = roles.iter().position(|role| *role == Role::Id);
    let mut ids = Ids::new(id.is_none());
    let mut rows = 0;
    list.each_block(&mut |columns: &[StringArray]| {
        if let Some(id) = id {
            let column = &columns[id];
            for row in 0..column.len() {
                if column.is_null(row) {
                    return Err(StoreError::Input(format!(
                        "`{}`, column `{}`: expected an id for each row, got none in row {}",
                        source.path.display(),
                        source.id.as_deref().unwrap_or_default(),
                        rows + row + 1
                    )));
                }
                ids.push(column.value(row));
            }
        }
        rows += columns.first().map_or(0, StringArray::len);
        preparation.push(side, &columns.iter().collect::<Vec<_>>());
        Ok(())
    })?;
    Ok(ids)
}
