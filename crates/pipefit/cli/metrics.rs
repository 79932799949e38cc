//! Metrics of this process, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;
use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, SharedString, Unit};
use pipefit::Error;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics as prometheus;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The bounds of the buckets of durations, in seconds: from a loopback response to the longest invocation.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0];

/// What each metric counts.
const HELP: [(&str, &str); 9] = [
    ("pipefit_invocations_total", "Invocations, by component, unit and outcome"),
    ("pipefit_invocation_duration_seconds", "How long invocations took"),
    ("pipefit_requests_total", "Requests to services, by method and status"),
    ("pipefit_request_duration_seconds", "How long services took to respond"),
    ("pipefit_retries_total", "Requests that were sent again"),
    ("pipefit_rate_limit_wait_seconds", "How long requests waited for the rate limit"),
    ("pipefit_http_requests_total", "Requests to this server, by path and status"),
    ("pipefit_http_request_duration_seconds", "How long this server took until its response began"),
    ("pipefit_http_requests_in_flight", "Requests to this server whose response has not begun"),
];

type Labels = Vec<(String, String)>;
type Histograms = Family<Labels, prometheus::histogram::Histogram, fn() -> prometheus::histogram::Histogram>;

/// Records all metrics of this process.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Families>>);

/// Each metric with all its labels, by its name.
#[derive(Default)]
struct Families {
    registry: Registry,
    /// What was registered before. Keys are recorded again and again.
    known: Known,
    counters: BTreeMap<String, Family<Labels, prometheus::counter::Counter>>,
    gauges: BTreeMap<String, Family<Labels, prometheus::gauge::Gauge<f64, std::sync::atomic::AtomicU64>>>,
    histograms: BTreeMap<String, Histograms>,
}

/// Metrics by their names and labels.
#[derive(Default)]
struct Known {
    counters: HashMap<Key, Counter>,
    gauges: HashMap<Key, Gauge>,
    histograms: HashMap<Key, Histogram>,
}

impl Recorder {
    /// Records from now on. Fails if something else does already.
    pub(crate) fn install() -> Result<Self, Error> {
        let recorder = Self::default();
        metrics::set_global_recorder(recorder.clone()).map_err(Error::internal)?;
        Ok(recorder)
    }

    /// Returns all metrics.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        // Writing to text does not fail.
        let _ = encode(&mut text, &self.families().registry);
        text
    }

    fn families(&self) -> MutexGuard<'_, Families> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl metrics::Recorder for Recorder {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let Families { registry, known, counters, .. } = &mut *self.families();
        if let Some(known) = known.counters.get(key) {
            return known.clone();
        }
        let family = counters.entry(key.name().to_owned()).or_insert_with(|| {
            let family = Family::default();
            // The encoder adds the ending.
            registry.register(key.name().trim_end_matches("_total"), help(key), Clone::clone(&family));
            family
        });
        let counter = Counter::from_arc(Arc::new(Handle(family.get_or_create_owned(&labels(key)))));
        known.counters.insert(key.clone(), counter.clone());
        counter
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let Families { registry, known, gauges, .. } = &mut *self.families();
        if let Some(known) = known.gauges.get(key) {
            return known.clone();
        }
        let family = gauges.entry(key.name().to_owned()).or_insert_with(|| {
            let family = Family::default();
            registry.register(key.name(), help(key), Clone::clone(&family));
            family
        });
        let gauge = Gauge::from_arc(Arc::new(Handle(family.get_or_create_owned(&labels(key)))));
        known.gauges.insert(key.clone(), gauge.clone());
        gauge
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let Families { registry, known, histograms, .. } = &mut *self.families();
        if let Some(known) = known.histograms.get(key) {
            return known.clone();
        }
        let family = histograms.entry(key.name().to_owned()).or_insert_with(|| {
            let family = Histograms::new_with_constructor(|| prometheus::histogram::Histogram::new(BUCKETS));
            registry.register(key.name(), help(key), family.clone());
            family
        });
        let histogram = Histogram::from_arc(Arc::new(Handle(family.get_or_create_owned(&labels(key)))));
        known.histograms.insert(key.clone(), histogram.clone());
        histogram
    }
}

fn help(key: &Key) -> &'static str {
    HELP.iter().find(|(name, _)| *name == key.name()).map_or("", |(_, help)| *help)
}

fn labels(key: &Key) -> Labels {
    key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect()
}

/// A metric of the one crate as that of the other.
struct Handle<T>(T);

impl CounterFn for Handle<prometheus::counter::Counter> {
    fn increment(&self, value: u64) {
        self.0.inc_by(value);
    }

    fn absolute(&self, value: u64) {
        self.0.inner().fetch_max(value, std::sync::atomic::Ordering::Relaxed);
    }
}

impl GaugeFn for Handle<prometheus::gauge::Gauge<f64, std::sync::atomic::AtomicU64>> {
    fn increment(&self, value: f64) {
        self.0.inc_by(value);
    }

    fn decrement(&self, value: f64) {
        self.0.dec_by(value);
    }

    fn set(&self, value: f64) {
        self.0.set(value);
    }
}

impl HistogramFn for Handle<prometheus::histogram::Histogram> {
    fn record(&self, value: f64) {
        self.0.observe(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_written_as_text() {
        let recorder = Recorder::default();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("pipefit_retries_total").increment(2);
            metrics::counter!("pipefit_retries_total").increment(1);
            metrics::gauge!("pipefit_http_requests_in_flight").increment(1.0);
            metrics::histogram!("pipefit_request_duration_seconds", "method" => "GET").record(0.02);
        });
        let text = recorder.render();
        let lines = [
            "# HELP pipefit_retries Requests that were sent again.",
            "# TYPE pipefit_retries counter",
            "pipefit_retries_total 3",
            "pipefit_http_requests_in_flight 1.0",
            r#"pipefit_request_duration_seconds_bucket{le="0.01",method="GET"} 0"#,
            r#"pipefit_request_duration_seconds_bucket{le="0.05",method="GET"} 1"#,
            r#"pipefit_request_duration_seconds_count{method="GET"} 1"#,
        ];
        assert!(lines.iter().all(|line| text.lines().any(|own| own == *line)), "{text}");
    }
}
