//! Measures one-row look-ups and following on synthetic rows: `cargo run --release -p hustings-matching --example lookup [ROWS]`.
//! One JSON document.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]

use arrow_array::StringArray;
use hustings_matching::follow::follow;
use hustings_matching::lookup::{COLUMNS, Image, Lookup, preparation};
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::Preparation;
use hustings_testkit::synth::linkage::{LinkageOptions, write_linkage};
use std::path::Path;
use std::time::Instant;

/// The columns of a file in the order of [`COLUMNS`], and the first one, which names the rows.
fn read(path: &Path) -> (Vec<String>, Vec<StringArray>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let plan = Plan::new(&headers, None, &ColumnOptions::default()).unwrap();
    let wanted = Plan::new(&COLUMNS.map(str::to_owned), None, &ColumnOptions::default()).unwrap();
    let mut columns = vec![Vec::new(); COLUMNS.len()];
    let mut ids = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        ids.push(record[0].to_owned());
        for (column, role) in columns.iter_mut().zip(&wanted.left) {
            let at = plan.left.iter().position(|have| have == role);
            column.push(at.map(|at| record[at].to_owned()).filter(|cell| !cell.is_empty()));
        }
    }
    (ids, columns.into_iter().map(StringArray::from).collect())
}

fn main() {
    let rows: u64 = std::env::args().nth(1).map_or(1_000_000, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    write_linkage(folder.path(), LinkageOptions { base: rows, list: 20_000, seed: 1 }).unwrap();
    let (ids, base) = read(&folder.path().join("base.csv"));
    let (_, list) = read(&folder.path().join("list.csv"));
    let truth = std::fs::read_to_string(folder.path().join("truth.csv")).unwrap();
    let truth: Vec<&str> = truth.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();

    let started = Instant::now();
    let mut preparing = preparation();
    preparing.push(Side::Left, &base.iter().collect::<Vec<_>>());
    let image = Image::new(preparing.finish()).unwrap();
    let prepare_seconds = started.elapsed().as_secs_f64();
    let head = image.head().clone();
    let bytes = head.bytes();
    let started = Instant::now();
    let lookup = Lookup::open(image, head).unwrap();
    let open_seconds = started.elapsed().as_secs_f64();

    let mut micros = Vec::new();
    let (mut told, mut right, mut there) = (0_u32, 0_u32, 0_u32);
    for (row, person) in truth.iter().enumerate() {
        let cells: [&str; COLUMNS.len()] = std::array::from_fn(|column| list[column].value(row));
        // The least of three: on a busy machine the others tell of its other work.
        let mut least = f64::INFINITY;
        for _ in 0..3 {
            let started = Instant::now();
            lookup.find(&cells, 10).unwrap();
            least = least.min(started.elapsed().as_secs_f64() * 1e6);
        }
        micros.push(least);
        let found = lookup.find(&cells, 10).unwrap();
        there += u32::from(!person.is_empty());
        if let Some(best) = found.candidates.first().filter(|best| best.chance > 0.5) {
            told += 1;
            right += u32::from(ids[best.row as usize] == *person);
        }
    }
    micros.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];

    // Three of a hundred voters have another id; a tenth of those who came are new, and a tenth of those who left stay away.
    let part = usize::try_from(rows / 33).unwrap();
    let plan =
        Plan::new(&COLUMNS.map(str::to_owned), Some(&COLUMNS.map(str::to_owned)), &ColumnOptions::default())
            .unwrap();
    let started = Instant::now();
    let mut preparing = Preparation::new(plan, true);
    let slice = |from: usize| base.iter().map(|column| column.slice(from, part)).collect::<Vec<_>>();
    let (came, left) = (slice(part / 10), slice(0));
    preparing.push(Side::Left, &came.iter().collect::<Vec<_>>());
    preparing.push(Side::Right, &left.iter().collect::<Vec<_>>());
    let following = follow(preparing.finish(), 1);
    let follow_seconds = started.elapsed().as_secs_f64();
    let wrong =
        following.links.iter().filter(|link| link.left as usize + part / 10 != link.right as usize).count();
    println!(
        "{{\"rows\":{rows},\"bytes\":{bytes},\"prepare_seconds\":{prepare_seconds:.2},\"open_seconds\":{open_seconds:.3},\
         \"p50_us\":{:.0},\"p99_us\":{:.0},\"max_us\":{:.0},\"precision\":{:.4},\"recall\":{:.4},\
         \"follow\":{{\"came\":{part},\"left\":{part},\"linked\":{},\"to_link\":{},\"wrong\":{wrong},\"seconds\":{follow_seconds:.2}}}}}",
        at(50),
        at(99),
        at(100),
        f64::from(right) / f64::from(told.max(1)),
        f64::from(right) / f64::from(there.max(1)),
        following.links.len(),
        part - part / 10,
    );
}
