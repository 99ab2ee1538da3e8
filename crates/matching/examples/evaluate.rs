//! Scores labelled files: `evaluate FILE TRUTH_COLUMN [RIGHT]`.
use arrow_array::StringArray;
use hustings_matching::plan::{ColumnOptions, Plan, Side};
use hustings_matching::prepare::Preparation;
use std::collections::HashMap;

type Table = (Vec<String>, Vec<Vec<String>>);
fn read(path: &str, drop: &[&str]) -> (Table, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).unwrap();
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); headers.len()];
    for record in reader.records() {
        for (column, value) in columns.iter_mut().zip(record.unwrap().iter()) {
            column.push(value.to_owned());
        }
    }
    let mut kept = (Vec::new(), Vec::new());
    let mut dropped = Vec::new();
    for (header, column) in headers.into_iter().zip(columns) {
        if drop.contains(&header.as_str()) { dropped.push(column) } else { kept.0.push(header); kept.1.push(column) }
    }
    (kept, dropped)
}
fn truth(values: &[String]) -> Vec<String> {
    values.iter().map(|v| if v.starts_with("rec-") { v.split('-').nth(1).unwrap().to_owned() } else { v.clone() }).collect()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let drop: Vec<&str> = args[2].split(',').collect();
    let (left, lt) = read(&args[1], &drop);
    let lt = truth(if args[2].starts_with("rec_id") && !args[2].contains("ent") { lt.first().unwrap() } else { lt.last().unwrap() });
    let right = args.get(3).map(|p| read(p, &drop));
    let plan = Plan::new(&left.0, right.as_ref().map(|r| r.0.0.as_slice()), &ColumnOptions::default()).unwrap();
    println!("{:?}", plan.headers(Side::Left).iter().zip(plan.roles(Side::Left)).collect::<Vec<_>>());
    let mut preparation = Preparation::new(plan, right.is_some());
    let arrays = |table: &Table| table.1.iter().map(|c| StringArray::from_iter(c.iter().map(|v| (!v.is_empty()).then_some(v)))).collect::<Vec<_>>();
    let a = arrays(&left);
    preparation.push(Side::Left, &a.iter().collect::<Vec<_>>());
    if let Some(r) = &right { let a = arrays(&r.0); preparation.push(Side::Right, &a.iter().collect::<Vec<_>>()); }
    let prepared = preparation.finish();
    let rt = right.as_ref().map(|r| truth(r.1.first().unwrap()));
    let start = std::time::Instant::now();
    let scored = hustings_matching::score::score(&prepared, &hustings_matching::candidates::Candidates::new(&prepared), 1);
    println!("{:?} {:?} pairs kept {}", start.elapsed(), scored.counts, scored.pairs.len());
    let rt = rt.as_ref().unwrap_or(&lt);
    let mut count = HashMap::<&str, (u64, u64)>::new();
    for t in &lt { count.entry(t).or_default().0 += 1; }
    for t in rt { count.entry(t).or_default().1 += 1; }
    let total: u64 = count.values().map(|(a, b)| if right.is_some() { a * b } else { a * (a - 1) / 2 }).sum();
    let mut pairs = scored.pairs.clone();
    pairs.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    let (mut tp, mut best) = (0_u64, (0.0, 0.0, 0.0, 0.0));
    let mut at = vec![];
    let mut thresholds = vec![0.99, 0.95, 0.9, 0.5, 0.1, 0.01];
    let mut expect = 0.0;
    for (i, p) in pairs.iter().enumerate() {
        while !thresholds.is_empty() && f64::from(p.chance) < thresholds[0] {
            let (pr, re) = (tp as f64 / i as f64, tp as f64 / total as f64);
            at.push((thresholds.remove(0), pr, re, 2.0 * pr * re / (pr + re), 1.0 - expect / i as f64));
        }
        expect += 1.0 - f64::from(p.chance);
        tp += u64::from(lt[p.left as usize] == rt[p.right as usize]);
        let (pr, re) = (tp as f64 / (i + 1) as f64, tp as f64 / total as f64);
        let f = 2.0 * pr * re / (pr + re);
        if f > best.0 { best = (f, pr, re, f64::from(p.bits)); }
    }
    println!("total {total} recall of kept {:.5} best F1 {:.5} P {:.5} R {:.5} at {:.2} bits", tp as f64 / total as f64, best.0, best.1, best.2, best.3);
    for (t, pr, re, f, e) in at { println!("p>={t}: P {pr:.5} (expected {e:.5}) R {re:.5} F1 {f:.5}"); }
    {
        use hustings_matching::{decide::*, run::*};
        let hits = |ds: &[Decision]| { let acc: Vec<_> = ds.iter().filter(|d| d.verdict == Verdict::Accept).collect(); let tp = acc.iter().filter(|d| lt[d.pair.left as usize] == rt[d.pair.right as usize]).count(); (tp as f64 / acc.len() as f64, tp as f64 / total as f64, ds.len() - acc.len()) };
        if right.is_some() { for one in [OneToOne::None, OneToOne::Left, OneToOne::Both] {
            let links = link(&prepared, DecisionOptions { one_to_one: one, precision: 0.99 }, 1);
            let (p, r, n) = hits(&links.decisions);
            println!("LINK {one:?}: P {p:.5} R {r:.5} F1 {:.5} review {n} est {:.5} {:.5} {:.5} exact {}", 2.0*p*r/(p+r), links.summary.estimated_precision, links.summary.estimated_recall, links.summary.pair_completeness, links.summary.exact_pairs);
        } } else {
            let d = dedupe(&prepared, 0.99, 1);
            let mut all = HashMap::<(u32, &str), u64>::new();
            let mut mine = HashMap::<u32, u64>::new();
            for (c, t) in d.cluster_of.iter().zip(&lt) { *all.entry((*c, t)).or_default() += 1; *mine.entry(*c).or_default() += 1; }
            let tp: u64 = all.values().map(|n| n * (n - 1) / 2).sum();
            let pp: u64 = mine.values().map(|n| n * (n - 1) / 2).sum();
            let (pr, re) = (tp as f64 / pp as f64, tp as f64 / total as f64);
            println!("DEDUPE: P {pr:.5} R {re:.5} F1 {:.5} est {:.5} {:.5} {:.5}", 2.0 * pr * re / (pr + re), d.summary.estimated_precision, d.summary.estimated_recall, d.summary.pair_completeness);
        }
    }
    if args.iter().any(|a| a == "-m") {
        println!("match rate {:e} mate rate {:e}", scored.model.match_rate, scored.model.mate_rate);
        for (k, s) in scored.model.kinds.iter().zip(&scored.model.shares) {
            println!("{k:?}");
            for (l, i) in k.levels().iter().zip(0..) { println!("   {:35} {:.5} {:.5} {:.6}", l.name, s.matches[i], s.mates[i], s.strangers[i]); }
        }
    }
    if args.iter().any(|a| a == "-e") {
        let show = |p: &hustings_matching::score::Pair| {
            let r = right.as_ref().map_or(&left, |r| &r.0);
            println!("{:.2} {:x}\n    {:?}\n    {:?}", p.bits, p.pattern.0, left.1.iter().map(|c| &c[p.left as usize]).collect::<Vec<_>>(), r.1.iter().map(|c| &c[p.right as usize]).collect::<Vec<_>>());
        };
        println!("WRONG");
        for p in pairs.iter().filter(|p| p.bits > 0.0 && lt[p.left as usize] != rt[p.right as usize]).take(15) { show(p); }
        println!("MISSED");
        for p in pairs.iter().filter(|p| p.bits < 0.0 && lt[p.left as usize] == rt[p.right as usize]).take(15) { show(p); }
    }
}
