//! The results as Markdown: the targets, and a table for each case.

use std::fmt::Write as _;

use crate::cases::{BARE, BARE_TLS, CASES, CRATE, HTTP, NODE, NODE_SMALL_PAGES, RPC, RUN, WIDTHS, a_reply, at_a_time};
use crate::results::{Case, Line, Measure, Results};

/// What was to be reached, and what was.
struct Target {
    what: String,
    wanted: f64,
    /// Whether more is better.
    more: bool,
    reached: Option<f64>,
}

/// The targets, for those cases that were measured.
fn targets(results: &Results) -> Vec<Target> {
    let ratio = |case: &str, setting: &str, measure, program: &str, other: &str| {
        results.cases.get(case).and_then(|case| case.ratio(setting, measure, program, other))
    };
    let mut targets = Vec::new();
    let mut add = |what: &str, wanted, more, reached| {
        targets.push(Target { what: what.to_owned(), wanted, more, reached });
    };
    let cold = ratio("cold", "", Measure::WallMs, RUN, BARE);
    add("cold `getJob`: wall time, to that of the bare program", 1.1, false, cold);
    let ready = ratio("cold", "", Measure::WallMs, RUN, BARE_TLS);
    add("the same, to that of one whose client is ready for `https`", 1.1, false, ready);
    for (program, wanted) in [(CRATE, 0.95), (RPC, 0.7), (HTTP, 0.7)] {
        for width in WIDTHS {
            let setting = at_a_time(width);
            let reached = ratio("warm", &setting, Measure::CallsPerSecond, program, BARE);
            add(&format!("warm `getJob`, {setting}: {program}, to the bare client"), wanted, true, reached);
        }
    }
    let delay = a_reply(50);
    let largest = ratio("lists", &delay, Measure::WallMs, NODE, RUN);
    add(
        &format!("100,000 jobs at {delay}: times as fast as the page loop on Node.js, pages of 5,000"),
        10.0,
        true,
        largest,
    );
    let small = ratio("lists", &delay, Measure::WallMs, NODE_SMALL_PAGES, RUN);
    add("the same, with the pages of 50 that the API has by itself", 10.0, true, small);
    let trips = results.cases.get("picklist").and_then(|case| case.find(&a_reply(100), RUN, Measure::Requests));
    add("a picklist of 10,000: round trips", 3.0, false, trips.map(|it| it.max));
    let cpu = ratio("cold", "", Measure::CpuMs, NODE, RUN);
    add("cold `getJob`: times less CPU than Node.js", 30.0, true, cpu);
    for width in WIDTHS {
        let setting = at_a_time(width);
        let cpu = ratio("warm", &setting, Measure::CpuPerCallUs, NODE, CRATE);
        add(&format!("warm `getJob`, {setting}: times less CPU than Node.js"), 5.0, true, cpu);
    }
    targets
}

/// A table of what was to be reached.
pub(crate) fn of_targets(results: &Results) -> String {
    let mut text = String::from("| target | wanted | measured | |\n|---|---|---|---|\n");
    for Target { what, wanted, more, reached } in targets(results) {
        let Some(reached) = reached else { continue };
        let is_reached = if more { reached >= wanted } else { reached <= wanted };
        let (bound, verdict) =
            (if more { "at least" } else { "at most" }, if is_reached { "reached" } else { "**missed**" });
        let _ = writeln!(text, "| {what} | {bound} {wanted} | {} | {verdict} |", number(reached));
    }
    text
}

/// The machine, in one line.
pub(crate) fn of_machine(results: &Results) -> String {
    results.machine.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("; ")
}

/// The whole page.
pub(crate) fn page(results: &Results) -> String {
    let mut text = format!(
        "# Results\n\nWritten by `bench/run`. Each figure is a median, with the least and the most in brackets. Ratios \
        are medians of the ratios of each round, in which the programs take turns; absolute times depend on the \
        machine, and are context only.\n\n{}.\n\n## Targets\n\n{}",
        of_machine(results),
        of_targets(results)
    );
    for (name, _) in CASES {
        let Some(case) = results.cases.get(name) else { continue };
        let _ = write!(text, "\n## {}\n\n{}\n", case.title, case.about);
        if !case.series.is_empty() {
            let _ = write!(text, "\n{}", table(case));
        }
        if !case.lines.is_empty() {
            let _ = write!(text, "\n{}", lines(&case.lines));
        }
    }
    text
}

fn table(case: &Case) -> String {
    let mut measures = Vec::new();
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for series in &case.series {
        if !measures.contains(&series.measure) {
            measures.push(series.measure);
        }
        let row = (series.setting.as_str(), series.program.as_str());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    // Those that were measured last belong to their setting.
    let settings: Vec<_> = case.series.iter().map(|series| series.setting.as_str()).collect();
    rows.sort_by_key(|row| settings.iter().position(|setting| *setting == row.0));
    let has_settings = rows.iter().any(|row| !row.0.is_empty());
    let has_ratios = rows.iter().any(|row| row.1 != case.reference);
    let mut text = String::from("|");
    let mut columns = 0;
    let mut head = |text: &mut String, title: &str| {
        let _ = write!(text, " {title} |");
        columns += 1;
    };
    if has_settings {
        head(&mut text, "");
    }
    head(&mut text, "");
    for measure in &measures {
        head(&mut text, measure.title());
        if has_ratios {
            head(&mut text, "ratio");
        }
    }
    let _ = writeln!(text, "\n|{}", "---|".repeat(columns));
    for (setting, program) in rows {
        text.push('|');
        if has_settings {
            let _ = write!(text, " {setting} |");
        }
        let _ = write!(text, " {program} |");
        for measure in &measures {
            let series = case.find(setting, program, *measure);
            let shown =
                |it: &crate::results::Series| format!("{} ({}..{})", number(it.median), number(it.min), number(it.max));
            let _ = write!(text, " {} |", series.map(shown).unwrap_or_default());
            if has_ratios {
                let ratio = case.ratio(setting, *measure, program, &case.reference);
                let _ = write!(text, " {} |", ratio.map(|it| format!("{it:.2}")).unwrap_or_default());
            }
        }
        text.push('\n');
    }
    text
}

/// A table of how times grow.
pub(crate) fn lines(lines: &[Line]) -> String {
    let mut text = String::from("| by | least | most | one more costs | R² |\n|---|---|---|---|---|\n");
    for line in lines {
        let shown = |point: Option<&(f64, f64)>| {
            point.map(|(x, y)| format!("{} {} for {}", number(*y), line.unit, whole(*x))).unwrap_or_default()
        };
        let factor = if line.unit == "ms" { 1e6 } else { 1e3 };
        let slope = line.slope * factor;
        let (first, last) = (shown(line.points.first()), shown(line.points.last()));
        let _ = writeln!(text, "| {} | {first} | {last} | {slope:.2} ns | {:.3} |", line.of, line.r2);
    }
    text
}

/// A number with as many digits as tell something.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 10_000.0 => whole(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A whole number with commas between thousands.
pub(crate) fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
