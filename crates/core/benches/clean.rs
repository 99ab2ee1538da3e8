//! What cleaning one value costs, in nanoseconds a call on one core, as JSON:
//! `cargo bench -p hustings-core --bench clean`.

use hustings_core::address::{AddressParser, AddressParts};
use hustings_core::date::DateFormats;
use hustings_core::name::{NameParts, norm};
use hustings_core::phone::Phone;
use hustings_core::{StateCode, county};
use jiff::civil::date;
use std::hint::black_box;
use std::time::Instant;

/// Plain lines for the most part, as in a state's file.
const PLAIN: &[&str] = &[
    "8016  MILL PL APT 217                       ",
    "8256  MAGNOLIA RD                           ",
    "101 N MAIN ST",
    "4513 SAINT ALBANS ST N",
    "2200 MARTIN LUTHER KING JR BLVD # 4",
    "12 LAKE FOREST DR UNIT B",
    "100 US HWY 64 E",
    "77 OLD MILL CREEK RD LOT 12",
];
/// Lines that take the long ways.
const ODD: &[&str] = &[
    "123 n. Main St., Apt. 4",
    "MAIN ST & ELM ST",
    "1 MI N OF STORE ON RT 4",
    "PSC 7500 BOX 2471 APO AE",
    "RURAL ROUTE 3 BOX 9",
    "101 MAIN ST 4B",
    "123½ Calle Peña",
    "W148 N9748 ROOSEVELT DR",
];

fn measure(name: &str, calls: usize, mut run: impl FnMut()) {
    const ROUNDS: usize = 9;
    run();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..20_000 {
            run();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    let per_call = best * 1e9 / 20_000.0 / f64::from(u32::try_from(calls).expect("short lists"));
    println!("{{\"bench\":\"{name}\",\"ns_per_call\":{per_call:.1}}}");
}

fn main() {
    let mut parser = AddressParser::new();
    for (name, lines) in [("address_plain", PLAIN), ("address_odd", ODD)] {
        measure(name, lines.len(), || {
            for line in lines {
                black_box(parser.parse(black_box(line)));
            }
        });
    }
    let parts = AddressParts {
        house_number: "4513",
        street_name: "SAINT ALBANS",
        street_type: "ST",
        postdir: "N",
        unit_type: "APT",
        unit: "4",
        ..AddressParts::default()
    };
    measure("address_parts", 1, || {
        black_box(parser.parse_parts(black_box(parts)));
    });
    let mut into = String::new();
    measure("name_columns_and_three_norms", 1, || {
        let name = NameParts::from_columns(
            black_box("JOHN"),
            black_box("QUINCY"),
            black_box("O'BRIEN-SMITH JR"),
            "",
        );
        into.clear();
        norm(name.last, &mut into);
        norm(name.first, &mut into);
        norm(name.middle, &mut into);
        black_box(&into);
    });
    measure("name_full", 1, || {
        black_box(NameParts::from_full(black_box("SMITH, JOHN QUINCY JR")));
    });
    let formats =
        DateFormats::compile(&["%m/%d/%Y"], &["##/##/####"], &[(1900, 1, 1)]).expect("a known form");
    let latest = date(2010, 11, 22);
    for (name, text) in [("date", "07/04/1976"), ("date_masked", "##/##/####")] {
        measure(name, 1, || {
            black_box(formats.parse(black_box(text), latest));
        });
    }
    measure("phone", 1, || {
        black_box(Phone::parse(black_box("(919) 555-0123")));
    });
    let state: StateCode = "nc".parse().expect("two letters");
    measure("county", 1, || {
        black_box(county::find(state, black_box("NEW HANOVER")));
    });
}
