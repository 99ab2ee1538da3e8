//! Rows and bytes a second of the record reader on one core, as JSON: `cargo bench -p hustings-voterfile --bench read`.
//! The rows are the undamaged ones of the sample, 70 columns with 34 checks; `wrong_width` reads them with a layout that
//! has one column more, so that every single row goes through repair.

#[path = "../tests/it/record/nc.rs"]
mod nc;

use hustings_voterfile::record::{
    BlockReader, BlockStart, CensusTaker, Inspector, KeyPlace, QuarantinedRow, Record, RecordSink, ScanKey,
};
use std::hint::black_box;
use std::time::Instant;

/// Keeps the field values of undamaged rows, to write them again.
#[derive(Default)]
struct GoodRows(Vec<String>);

impl RecordSink for GoodRows {
    fn record(&mut self, record: &Record<'_>) {
        if record.repairs.is_empty() && record.iter().all(str::is_ascii) {
            let fields: Vec<&str> = record.iter().collect();
            self.0.push(format!("\"{}\"\r\n", fields.join("\"\t\"")));
        }
    }

    fn quarantined(&mut self, _: QuarantinedRow<'_>) {}
}

/// Looks at one field, as every real sink does.
struct Ids(u64);

impl RecordSink for Ids {
    fn record(&mut self, record: &Record<'_>) {
        self.0 += u64::from(!black_box(record.field(nc::NCID)).is_empty());
    }

    fn quarantined(&mut self, row: QuarantinedRow<'_>) {
        black_box(row.detail);
    }
}

fn main() {
    let mut good = GoodRows::default();
    BlockReader::new(&nc::format()).read(nc::sample(), BlockStart::FILE, &mut good);
    let rows = good.0.concat();
    let block = rows.repeat((4 << 20) / rows.len() + 1).into_bytes();

    let mut report =
        vec![format!("\"columns\":{}", nc::format().width), format!("\"id_column\":{}", nc::column("NCID"))];
    let mut reader = BlockReader::new(&nc::format());
    report.push(rate("accepted", 200, &block, |block| {
        reader.cut(block, false);
        let counts = reader.read(block, BlockStart::FILE, &mut Ids(0));
        assert_eq!(counts.accepted, counts.records);
        counts.records
    }));
    let mut counted = nc::format();
    let mut taker = CensusTaker::new(&counted);
    if let Some(taker) = &mut taker {
        taker.feed(&block);
    }
    counted.census = taker.map(CensusTaker::finish);
    let mut reader = BlockReader::new(&counted);
    report.push(rate("accepted_with_census", 200, &block, |block| {
        reader.cut(block, false);
        let counts = reader.read(block, BlockStart::FILE, &mut Ids(0));
        assert_eq!(counts.accepted, counts.records);
        counts.records
    }));
    let mut wide = nc::format();
    wide.width += 1;
    let mut reader = BlockReader::new(&wide);
    report.push(rate("wrong_width", 4, &block, |block| {
        reader.cut(block, false);
        reader.read(block, BlockStart::FILE, &mut Ids(0)).records
    }));
    wide.width -= 11;
    wide.checks.retain(|check| check.field < wide.width);
    let mut reader = BlockReader::new(&wide);
    report.push(rate("ten_fields_too_many", 1, &block, |block| {
        reader.read(block, BlockStart::FILE, &mut Ids(0)).records
    }));
    for (name, key) in [
        ("inspect", None),
        ("inspect_with_ids", Some(KeyPlace { field: nc::NCID, delimiter: b'\t', quote: Some(b'"') })),
    ] {
        let mut inspector = Inspector::new(key.map(ScanKey::Field));
        report.push(rate(name, 200, &block, |block| {
            inspector.feed(block);
            0
        }));
        black_box(inspector.finish().is_ok());
    }
    println!("{{{}}}", report.join(","));
}

fn rate(name: &str, times: u32, block: &[u8], mut read: impl FnMut(&[u8]) -> u64) -> String {
    let start = Instant::now();
    let rows: u64 = (0..times).map(|_| read(block)).sum();
    let micros = start.elapsed().as_micros().max(1);
    let bytes = u128::from(times) * block.len() as u128;
    format!(
        "\"{name}\":{{\"rows_per_second\":{},\"megabytes_per_second\":{}}}",
        u128::from(rows) * 1_000_000 / micros,
        bytes / micros
    )
}
