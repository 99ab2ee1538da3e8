//! The waterfall of a pair as a picture: a bar a comparison, to the right for one person, to the left against it. The same
//! figures stand beside it as text.

use hustings_matching::explain::{Step, Waterfall};
use std::fmt::Write;

/// One step, in words.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What was compared.
    pub name: String,
    /// What was found.
    pub found: String,
    /// Bits, with their sign.
    pub bits: String,
    /// The drawing of its bar.
    pub bar: String,
}

/// The steps that say anything, and last the sum.
pub fn shown(waterfall: &Waterfall) -> Vec<Shown> {
    let mut sums = vec![0.0];
    let steps: Vec<&Step> = waterfall.steps.iter().filter(|step| step.level != "missing").collect();
    for step in &steps {
        sums.push(sums[sums.len() - 1] + step.bits);
    }
    let low = sums.iter().copied().fold(0.0, f64::min);
    let high = sums.iter().copied().fold(0.0, f64::max).max(low + 1.0);
    let x = |bits: f64| (bits - low) / (high - low) * 100.0;
    let mut shown: Vec<Shown> = steps
        .iter()
        .zip(sums.windows(2))
        .map(|(step, ends)| Shown {
            name: name(&step.comparison),
            found: found(step),
            bits: signed(step.bits),
            bar: bar(x(ends[0]), x(ends[1]), x(0.0)),
        })
        .collect();
    shown.push(Shown {
        name: "Sum".to_owned(),
        found: format!("{} that the two are one person", odds(waterfall.bits)),
        bits: signed(waterfall.bits),
        bar: bar(x(0.0), x(waterfall.bits), x(0.0)),
    });
    shown
}

fn bar(from: f64, to: f64, zero: f64) -> String {
    let class = if to >= from { "more" } else { "less" };
    let (left, width) = (from.min(to), (to - from).abs().max(0.4));
    let mut drawing = String::from(
        r#"<svg class="bar fall" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">"#,
    );
    // A string takes any text.
    let _ = write!(
        drawing,
        r#"<rect class="axis" x="{:.2}" y="0" width="0.3" height="10"/><rect class="{class}" x="{left:.2}" y="1.5" width="{width:.2}" height="7"/></svg>"#,
        zero.clamp(0.0, 99.7)
    );
    drawing
}

fn name(comparison: &str) -> String {
    match comparison {
        "prior" => "Before any comparison".to_owned(),
        "household" => "Household".to_owned(),
        "dob" => "Born".to_owned(),
        "zip" => "ZIP".to_owned(),
        "phone" => "Telephone".to_owned(),
        "email" => "E-mail".to_owned(),
        other => crate::pages::format::sentence(other),
    }
}

fn found(step: &Step) -> String {
    match step.comparison.as_str() {
        "prior" => "two rows drawn at random".to_owned(),
        "household" => "they may be two who live together".to_owned(),
        _ if step.rarity_bits >= 1.0 => {
            format!("{}, and rare: {:.1} of the bits", step.level, step.rarity_bits)
        }
        _ => step.level.clone(),
    }
}

fn signed(bits: f64) -> String {
    if bits < 0.0 { format!("−{:.1}", -bits) } else { format!("+{bits:.1}") }
}

/// Log-odds as people say them.
fn odds(bits: f64) -> String {
    let odds = bits.abs().exp2();
    let odds = match odds {
        odds if odds >= 1_000_000.0 => "more than a million".to_owned(),
        odds if odds >= 10.0 => format!("{odds:.0}"),
        odds => format!("{odds:.1}"),
    };
    if bits >= 0.0 { format!("{odds} to 1") } else { format!("1 to {odds}") }
}
