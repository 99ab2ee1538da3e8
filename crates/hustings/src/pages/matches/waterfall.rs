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

/// What weighs less says nothing.
const BITS_MIN: f64 = 0.15;

/// The steps that say anything, and last the sum.
pub fn shown(waterfall: &Waterfall) -> Vec<Shown> {
    let says = |step: &&Step| step.level != "missing" && step.bits.abs() >= BITS_MIN;
    let steps: Vec<&Step> = waterfall.steps.iter().filter(says).collect();
    let most = steps.iter().map(|step| step.bits.abs()).fold(waterfall.bits.abs().max(1.0), f64::max);
    let mut shown: Vec<Shown> = steps
        .iter()
        .map(|step| Shown {
            name: name(&step.comparison),
            found: found(step),
            bits: signed(step.bits),
            bar: bar(step.bits / most),
        })
        .collect();
    shown.push(Shown {
        name: "Sum".to_owned(),
        found: format!("{} that the two are one person, others aside", odds(waterfall.bits)),
        bits: signed(waterfall.bits),
        bar: bar(waterfall.bits / most),
    });
    shown
}

/// A bar from the middle, as long as its share of the longest; against one person to the left.
fn bar(share: f64) -> String {
    let class = if share >= 0.0 { "more" } else { "less" };
    let width = (share.abs() * 50.0).clamp(0.4, 50.0);
    let left = if share >= 0.0 { 50.0 } else { 50.0 - width };
    let mut drawing = String::from(
        r#"<svg class="bar fall" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">"#,
    );
    // A string takes any text.
    let _ = write!(
        drawing,
        r#"<rect class="axis" x="49.85" y="0" width="0.3" height="10"/><rect class="{class}" x="{left:.2}" y="1.5" width="{width:.2}" height="7"/></svg>"#
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
            format!("{}, and rare", level(step))
        }
        _ => level(step).to_owned(),
    }
}

/// What was found; how alike the names are is told in its own step.
fn level(step: &Step) -> &str {
    step.level.split(", names ").next().unwrap_or(&step.level)
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
