//! Reads the sample's undamaged rows over and over and prints rows a second: `cargo run --release --example read_speed`.
use hustings_voterfile::format::*;
use hustings_voterfile::record::*;
#[path = "../tests/it/record/nc.rs"]
#[allow(dead_code)]
mod nc;
struct Sum(u64, u64);
impl RecordSink for Sum {
    fn record(&mut self, r: &Record<'_>) {
        self.0 += 1;
        self.1 += r.field(3).len() as u64;
    }
    fn quarantined(&mut self, _: QuarantinedRow<'_>) {}
}
fn main() {
    let format: RecordFormat = nc::format();
    let mut good = Vec::new();
    struct Keep(Vec<(u64, u32)>);
    impl RecordSink for Keep {
        fn record(&mut self, r: &Record<'_>) {
            if r.repairs.is_empty() {
                self.0.push((r.offset, r.length))
            }
        }
        fn quarantined(&mut self, _: QuarantinedRow<'_>) {}
    }
    let mut keep = Keep(vec![]);
    BlockReader::new(&format).read(nc::sample(), BlockStart::FILE, &mut keep);
    for (o, l) in keep.0 {
        good.extend_from_slice(&nc::sample()[o as usize..o as usize + l as usize + 2]);
    }
    let mut block = Vec::new();
    while block.len() < 4 << 20 {
        block.extend_from_slice(&good);
    }
    let mut reader = BlockReader::new(&format);
    let mut sum = Sum(0, 0);
    let n = 250;
    let t = std::time::Instant::now();
    let mut c = BlockCounts::default();
    for _ in 0..n {
        reader.cut(&block, false);
        c += reader.read(&block, BlockStart::FILE, &mut sum);
    }
    let s = t.elapsed().as_secs_f64();
    println!(
        "{} rows, {} bytes/row, accepted {}, {:.2} s, {:.3} M rows/s",
        sum.0,
        block.len() as u64 * n / sum.0,
        c.accepted,
        s,
        sum.0 as f64 / s / 1e6
    );
    let t = std::time::Instant::now();
    let mut i = Inspector::new(Some(KeyPlace { field: 3, delimiter: b'\t', quote: Some(b'"') }));
    for _ in 0..n {
        i.feed(&block);
    }
    let r = i.finish().unwrap();
    let s = t.elapsed().as_secs_f64();
    println!(
        "inspect with keys {:.2} GB/s, {} keys {} lines",
        (block.len() as u64 * n) as f64 / s / 1e9,
        r.key_hashes.len(),
        r.lines
    );
    let t = std::time::Instant::now();
    let mut i = Inspector::new(None);
    for _ in 0..n {
        i.feed(&block);
    }
    let _ = i.finish().unwrap();
    let s = t.elapsed().as_secs_f64();
    println!("inspect {:.2} GB/s", (block.len() as u64 * n) as f64 / s / 1e9);
}
