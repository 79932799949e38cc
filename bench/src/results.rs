//! What was measured, and what follows from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pipefit_bench::Failure;
use serde::{Deserialize, Serialize};

/// The results of all cases, as they are stored.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Results {
    /// The machine and the versions of what is compared.
    pub(crate) machine: BTreeMap<String, String>,
    /// By the names of the cases.
    pub(crate) cases: BTreeMap<String, Case>,
}

/// The results of one case.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Case {
    pub(crate) title: String,
    /// What was done, how often, and what is said of it.
    pub(crate) about: String,
    /// What the ratios are ratios to.
    pub(crate) reference: String,
    pub(crate) series: Vec<Series>,
    pub(crate) lines: Vec<Line>,
}

/// What was measured of one program in one setting, in the order of the rounds.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Series {
    pub(crate) setting: String,
    pub(crate) program: String,
    pub(crate) measure: Measure,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) samples: Vec<f64>,
}

/// What was measured, and in which unit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Measure {
    WallMs,
    CpuMs,
    MemoryMib,
    CallsPerSecond,
    CpuPerCallUs,
    PerFieldNs,
    Requests,
    BytesPerTenant,
}

impl Measure {
    /// The head of its column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::WallMs => "wall, ms",
            Self::CpuMs => "CPU, ms",
            Self::MemoryMib => "memory, MiB",
            Self::CallsPerSecond => "calls a second",
            Self::CpuPerCallUs => "CPU a call, µs",
            Self::PerFieldNs => "CPU an input field, ns",
            Self::Requests => "requests",
            Self::BytesPerTenant => "bytes a tenant",
        }
    }
}

/// How a time grows with a number: the points, and the straight line that fits them best.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Line {
    /// What grows, such as `records`.
    pub(crate) of: String,
    /// The unit of the time.
    pub(crate) unit: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// What one more costs.
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    /// How well the line fits: 1 is exactly. It says nothing where the line is flat.
    pub(crate) r2: f64,
}

impl Line {
    /// Fits a line to points, by least squares.
    pub(crate) fn fit(of: &str, unit: &str, points: Vec<(f64, f64)>) -> Self {
        let count = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|point| of(point.0 - x, point.1 - y)).sum::<f64>();
        let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
        let slope = xy / xx;
        let r2 = if yy > 0.0 { xy * xy / (xx * yy) } else { 1.0 };
        Self { of: of.to_owned(), unit: unit.to_owned(), slope, intercept: y - slope * x, r2, points }
    }
}

/// Collects samples while a case runs.
#[derive(Default)]
pub(crate) struct Samples(Vec<(String, &'static str, Measure, Vec<f64>)>);

impl Samples {
    pub(crate) fn add(&mut self, setting: &str, program: &'static str, measure: Measure, sample: f64) {
        let known = self.0.iter_mut().find(|it| it.0 == setting && it.1 == program && it.2 == measure);
        match known {
            Some((.., samples)) => samples.push(sample),
            None => self.0.push((setting.to_owned(), program, measure, vec![sample])),
        }
    }

    pub(crate) fn into_series(self) -> Vec<Series> {
        let series = self.0.into_iter().map(|(setting, program, measure, samples)| {
            let bound = |pick: fn(f64, f64) -> f64| samples.iter().copied().reduce(pick).unwrap_or_default();
            let (min, max) = (bound(f64::min), bound(f64::max));
            let program = program.to_owned();
            Series { setting, program, measure, median: median(samples.clone()), min, max, samples }
        });
        series.collect()
    }
}

impl Case {
    pub(crate) fn find(&self, setting: &str, program: &str, measure: Measure) -> Option<&Series> {
        let fits = |it: &&Series| it.setting == setting && it.program == program && it.measure == measure;
        self.series.iter().find(fits)
    }

    /// How many times the other's this program's is: the median of the ratios of each round.
    pub(crate) fn ratio(&self, setting: &str, measure: Measure, program: &str, other: &str) -> Option<f64> {
        let (one, other) = (self.find(setting, program, measure)?, self.find(setting, other, measure)?);
        Some(median(one.samples.iter().zip(&other.samples).map(|(one, other)| one / other).collect()))
    }
}

impl Results {
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The middle of some samples; NaN of none.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => samples[middle],
        _ => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}
