//! Plots as SVG, readable on light and on dark: their colours follow the reader's.

use std::fmt::Write as _;

use crate::cases::{
    BARE, BARE_TLS, CRATE, CURL, DELAYS, HTTP, NODE, NODE_SMALL_PAGES, PROXY, PYTHON, RPC, RUN, WIDTHS, a_reply,
    at_a_time,
};
use crate::report::{number, whole};
use crate::results::{Line, Measure, Results};

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:15px;font-weight:600}.quiet{fill:#59636e}\
.bar{fill:#b6bfc9}.own{fill:#0969da}.axis{stroke:#d1d9e0;stroke-width:1}.fit{stroke:#0969da;stroke-width:2}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.bar{fill:#4f5864}.own,.dot{fill:#4493f8}\
.axis{stroke:#3d444d}.fit{stroke:#4493f8}}";

const WIDTH: f64 = 760.0;
const NAMES: f64 = 180.0;
const ROW: f64 = 24.0;

/// The plots of what was measured, by the names of their files.
pub(crate) fn all(results: &Results) -> Vec<(&'static str, String)> {
    let mut plots = Vec::new();
    if let Some(case) = results.cases.get("cold") {
        let programs = [BARE, BARE_TLS, RUN, CURL, NODE, PYTHON];
        let groups =
            [("wall time, ms", Measure::WallMs), ("CPU, ms", Measure::CpuMs), ("memory, MiB", Measure::MemoryMib)];
        let groups = groups.map(|(title, measure)| {
            group(title, &programs, |program| case.find("", program, measure).map(|it| (it.median, number(it.median))))
        });
        plots.push((
            "cold.svg",
            bars("A cold getJob: a token and a job, from the start of a process to its end", &groups),
        ));
    }
    if let Some(case) = results.cases.get("warm") {
        let programs = [BARE, CRATE, RPC, HTTP, PROXY, NODE, PYTHON];
        let groups = WIDTHS.map(|width| {
            let setting = at_a_time(width);
            group(&setting, &programs, |program| {
                let ratio = case.ratio(&setting, Measure::CallsPerSecond, program, BARE)?;
                Some((ratio, format!("{ratio:.2}")))
            })
        });
        plots.push(("warm.svg", bars("Warm getJob: calls a second, to those of a bare client", &groups)));
    }
    if let Some(case) = results.cases.get("lists") {
        let programs = [BARE, RUN, NODE, PYTHON, NODE_SMALL_PAGES];
        let groups = DELAYS.map(|delay| {
            let setting = a_reply(delay);
            group(&setting, &programs, |program| {
                let seconds = case.find(&setting, program, Measure::WallMs)?.median / 1e3;
                Some((seconds, number(seconds)))
            })
        });
        plots.push(("lists.svg", bars("A list of 100,000 jobs: seconds", &groups)));
    }
    if let Some(case) = results.cases.get("growth") {
        plots.push(("growth.svg", growth(&case.lines)));
    }
    plots
}

/// Bars that share a scale.
struct Group {
    title: String,
    /// Name, length and what stands beside it.
    bars: Vec<(String, f64, String)>,
}

fn group(title: &str, programs: &[&str], bar: impl Fn(&str) -> Option<(f64, String)>) -> Group {
    let bars = programs.iter().filter_map(|name| bar(name).map(|(length, text)| ((*name).to_owned(), length, text)));
    Group { title: title.to_owned(), bars: bars.collect() }
}

/// Draws groups of bars below each other. A bar that is far longer than the others is cut.
fn bars(title: &str, groups: &[Group]) -> String {
    let (mut body, mut y) = (String::new(), 28.0);
    for Group { title, bars } in groups {
        y += 30.0;
        let _ = write!(body, r#"<text class="quiet" x="0" y="{}">{title}</text>"#, y - 8.0);
        let mut lengths: Vec<_> = bars.iter().map(|bar| bar.1).collect();
        lengths.sort_by(f64::total_cmp);
        let (longest, second) = (lengths.pop().unwrap_or(1.0), lengths.pop().unwrap_or(1.0));
        let full = if longest > 8.0 * second { second * 1.25 } else { longest };
        for (name, length, text) in bars {
            let own = if name.to_lowercase().starts_with("pipefit") { "own" } else { "bar" };
            let width = ((WIDTH - NAMES - 80.0) * (length / full).min(1.0)).max(1.0);
            let cut = if *length > full { " »" } else { "" };
            let middle = y + 12.0;
            let _ = write!(body, r#"<text x="{}" y="{middle}" text-anchor="end">{name}</text>"#, NAMES - 8.0);
            let _ = write!(body, r#"<rect class="{own}" x="{NAMES}" y="{y}" width="{width:.1}" height="16" rx="2"/>"#);
            let beside = NAMES + width + 6.0;
            let _ = write!(body, r#"<text x="{beside:.1}" y="{middle}">{text}{cut}</text>"#);
            y += ROW;
        }
    }
    svg(title, y + 4.0, &body)
}

/// Draws the lines side by side, two in a row.
fn growth(lines: &[Line]) -> String {
    let mut body = String::new();
    let (width, height) = (300.0, 130.0);
    for (place, line) in (0_u8..).zip(lines) {
        let (left, top) = (40.0 + f64::from(place % 2) * 390.0, 70.0 + f64::from(place / 2) * 200.0);
        let most = |of: fn(&(f64, f64)) -> f64| line.points.iter().map(of).fold(0.0, f64::max);
        let (right, high) = (most(|point| point.0), most(|point| point.1) * 1.15);
        let at = |x: f64, y: f64| (left + x / right * width, top + height - y / high * height);
        let bottom = top + height;
        let _ =
            write!(body, r#"<text class="quiet" x="{left}" y="{}">{} by {}</text>"#, top - 10.0, line.unit, line.of);
        let _ = write!(body, r#"<path class="axis" fill="none" d="M{left} {top}V{bottom}H{}"/>"#, left + width);
        let ((x1, y1), (x2, y2)) = (at(0.0, line.intercept.max(0.0)), at(right, line.intercept + line.slope * right));
        let _ = write!(body, r#"<path class="fit" d="M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}"/>"#);
        for (x, y) in line.points.iter().map(|(x, y)| at(*x, *y)) {
            let _ = write!(body, r#"<circle class="own dot" cx="{x:.1}" cy="{y:.1}" r="4"/>"#);
        }
        let (least, end) =
            (line.points.first().map_or(0.0, |point| point.1), line.points.last().map_or(0.0, |point| point.1));
        let (below, end_x) = (bottom + 18.0, left + width);
        let _ = write!(body, r#"<text class="quiet" x="{left}" y="{below}">from {}</text>"#, number(least));
        let _ = write!(
            body,
            r#"<text class="quiet" x="{end_x}" y="{below}" text-anchor="end">{} at {}</text>"#,
            number(end),
            whole(right)
        );
    }
    svg("Growth: what was measured, and the straight line that fits it best", 440.0, &body)
}

fn svg(title: &str, height: f64, body: &str) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 {} {height}" width="{}" height="{height}" role="img">
<title>{title}</title><style>{STYLE}</style><text class="title" x="0" y="20">{title}</text>
{body}</svg>
"#,
        WIDTH + 20.0,
        WIDTH + 20.0
    )
}
