//! Charts drawn on the server as inline SVG. Colors come from the stylesheet by class, so that they follow light and dark
//! and the content security policy needs no inline style. Figures that a chart shows always stand beside it as text.

use crate::pages::format::{escaped, ratio};
use std::fmt::{self, Write as _};

/// A finished drawing. Its text was escaped when it was made, so templates print it as it stands.
#[derive(Debug, Clone, Default)]
pub struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Part of a stacked bar: a class of the stylesheet, and a count.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// `accepted`, `repaired`, `quarantined`.
    pub class: &'static str,
    /// Its count.
    pub count: u64,
}

/// One bar in which the parts stand side by side. A part that is not nought is at least wide enough to be seen.
#[must_use]
pub fn stacked(parts: &[Part], label: &str) -> Svg {
    const WIDTH_MIN: f64 = 0.8;
    let whole: u64 = parts.iter().map(|part| part.count).sum();
    let widths: Vec<f64> = parts
        .iter()
        .map(|part| if part.count == 0 { 0.0 } else { (ratio(part.count, whole) * 100.0).max(WIDTH_MIN) })
        .collect();
    let sum: f64 = widths.iter().sum::<f64>().max(1.0);
    let mut body = String::new();
    let mut x = 0.0;
    for (part, width) in parts.iter().zip(widths) {
        let width = width * 100.0 / sum;
        if width > 0.0 {
            let _ = write!(
                body,
                r#"<rect class="{}" x="{x:.2}" y="0" width="{width:.2}" height="10"/>"#,
                part.class
            );
        }
        x += width;
    }
    drawing("stacked", "0 0 100 10", label, &body)
}

/// A bar as long as `share` (0 to 1) of its box. Decoration: the figure stands beside it.
#[must_use]
pub fn bar(share: f64) -> Svg {
    decoration("bar", &format!(r#"<rect class="now" y="0" width="{:.2}" height="10"/>"#, length(share)))
}

/// A bar for now with a mark where it was before, both as shares (0 to 1) of one scale.
#[must_use]
pub fn bar_with_mark(now: f64, before: Option<f64>) -> Svg {
    let mut body = format!(r#"<rect class="now" y="2" width="{:.2}" height="6"/>"#, length(now));
    if let Some(before) = before {
        let _ = write!(
            body,
            r#"<rect class="before" x="{:.2}" y="0" width="0.9" height="10"/>"#,
            length(before).min(99.1)
        );
    }
    decoration("bar", &body)
}

/// A bar to the left or right of a middle line; `share` from -1 to 1.
#[must_use]
pub fn diverging(share: f64) -> Svg {
    let size = (share.abs().min(1.0) * 50.0).max(if share == 0.0 { 0.0 } else { 0.6 });
    let x = if share < 0.0 { 50.0 - size } else { 50.0 };
    let class = if share < 0.0 { "less" } else { "more" };
    decoration(
        "bar diverging",
        &format!(
            r#"<rect class="axis" x="49.8" y="0" width="0.4" height="10"/><rect class="{class}" x="{x:.2}" y="2" width="{size:.2}" height="6"/>"#
        ),
    )
}

/// A line through the values, oldest first, with a dot on the last one.
#[must_use]
pub fn sparkline(values: &[u64], label: &str) -> Svg {
    const WIDTH: f64 = 120.0;
    const HEIGHT: f64 = 28.0;
    const EDGE: f64 = 4.0;
    let (Some(&least), Some(&most)) = (values.iter().min(), values.iter().max()) else {
        return Svg::default();
    };
    let steps = u32::try_from(values.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
    let mut points = String::new();
    let mut last = (EDGE, HEIGHT / 2.0);
    for (at, &value) in (0_u32..).zip(values) {
        let height = if most == least { 0.5 } else { ratio(value - least, most - least) };
        let x = if values.len() == 1 {
            WIDTH - EDGE
        } else {
            EDGE + f64::from(at) / f64::from(steps) * (WIDTH - 2.0 * EDGE)
        };
        last = (x, HEIGHT - EDGE - height * (HEIGHT - 2.0 * EDGE));
        let _ = write!(points, "{:.1},{:.1} ", last.0, last.1);
    }
    let body = format!(
        r#"<polyline class="line" points="{}"/><circle class="dot" cx="{:.1}" cy="{:.1}" r="3"/>"#,
        points.trim_end(),
        last.0,
        last.1
    );
    drawing("sparkline", "0 0 120 28", label, &body)
}

/// One dot of a strip.
#[derive(Debug, Clone, Copy)]
pub struct Dot {
    /// Where it stands, in units of the axis.
    pub at: f64,
    /// Whether it is marked.
    pub unusual: bool,
}

/// Dots along an axis from `-limit` to `limit`, stacked where they would cover each other; those beyond stand at the ends.
#[must_use]
pub fn strip(dots: &[Dot], limit: f64, label: &str) -> Svg {
    const WIDTH: f64 = 600.0;
    const HEIGHT: f64 = 96.0;
    const RADIUS: f64 = 5.0;
    const COLUMNS: usize = 55;
    let middle = WIDTH / 2.0;
    let scale = (middle - RADIUS - 2.0) / limit;
    let mut body =
        format!(r#"<rect class="axis" x="{:.1}" y="0" width="1" height="{HEIGHT}"/>"#, middle - 0.5);
    let mut stacks = [0_u32; COLUMNS];
    let mut sorted: Vec<Dot> = dots.to_vec();
    sorted.sort_by(|a, b| a.at.total_cmp(&b.at));
    for dot in sorted {
        let x = middle + dot.at.clamp(-limit, limit) * scale;
        let column = column_of(x, WIDTH / 55.0).min(COLUMNS - 1);
        let stack = stacks[column];
        stacks[column] += 1;
        // Dots grow from the base line; what does not fit lies on the topmost one.
        let y = (HEIGHT - RADIUS - 1.0 - f64::from(stack) * 7.0).max(RADIUS);
        let class = if dot.unusual { "dot unusual" } else { "dot" };
        let _ = write!(body, r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{RADIUS}"/>"#);
    }
    drawing("strip", "0 0 600 96", label, &body)
}

fn column_of(x: f64, width: f64) -> usize {
    let mut column = 0;
    let mut edge = width;
    while x >= edge && column < 1000 {
        column += 1;
        edge += width;
    }
    column
}

fn length(share: f64) -> f64 {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 { (share * 100.0).max(0.6) } else { 0.0 }
}

fn drawing(class: &str, view: &str, label: &str, body: &str) -> Svg {
    let aspect = if class == "stacked" { r#" preserveAspectRatio="none""# } else { "" };
    Svg(format!(
        r#"<svg class="{class}" viewBox="{view}"{aspect} role="img" aria-label="{}" focusable="false">{body}</svg>"#,
        escaped(label)
    ))
}

fn decoration(class: &str, body: &str) -> Svg {
    Svg(format!(
        r#"<svg class="{class}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">{body}</svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handful_among_millions_is_still_seen() {
        let parts = [
            Part { class: "accepted", count: 8_000_000 },
            Part { class: "repaired", count: 0 },
            Part { class: "quarantined", count: 3 },
        ];
        let svg = stacked(&parts, "rows").to_string();
        assert!(svg.contains(r#"class="quarantined" x="99.21" y="0" width="0.79""#), "{svg}");
        assert!(!svg.contains("repaired"), "nought is not drawn: {svg}");
    }

    #[test]
    fn labels_are_escaped() {
        let svg = sparkline(&[1, 2], "\"><script>").to_string();
        assert!(svg.contains("&quot;&gt;&lt;script&gt;"), "{svg}");
    }

    #[test]
    fn dots_beyond_the_axis_stay_in_the_picture() {
        let svg = strip(&[Dot { at: -400.0, unusual: true }], 10.0, "z").to_string();
        assert!(svg.contains(r#"cx="7.0""#), "{svg}");
    }
}
