//! The cases: what is measured, how often, and in which order. Programs take turns, so that a busy moment hits all.

use std::path::Path;
use std::process::Command;

use pipefit_bench::{Failure, LARGEST_PAGE, Task, What};
use serde_json::json;

use crate::measure::{Service, Setup, Usage, Worker, request, run, run_for_jobs, run_for_json};
use crate::report::number;
use crate::results::{Case, Line, Measure, Samples, median};

/// The names of programs in the results.
pub(crate) const BARE: &str = "bare client";
pub(crate) const BARE_TLS: &str = "bare client, with TLS";
pub(crate) const RUN: &str = "pipefit run";
pub(crate) const CURL: &str = "curl, twice";
pub(crate) const NODE: &str = "Node.js, spectral";
pub(crate) const PYTHON: &str = "Python, httpx";
pub(crate) const CRATE: &str = "Pipefit, crate";
pub(crate) const RPC: &str = "Pipefit, JSON-RPC";
pub(crate) const HTTP: &str = "Pipefit, HTTP";
pub(crate) const PROXY: &str = "bare proxy";
pub(crate) const RELAY: &str = "relay of bytes";
pub(crate) const NODE_SMALL_PAGES: &str = "Node.js, pages of 50";
pub(crate) const SCHEMA: &str = "jsonschema alone";

/// Measures a case.
type Run = fn(&Setup) -> Result<Case, Failure>;

/// All cases by their names, in the order of the results.
pub(crate) const CASES: [(&str, Run); 8] = [
    ("cold", cold),
    ("warm", warm),
    ("check", check),
    ("lists", lists),
    ("picklist", picklist),
    ("memory", memory),
    ("start", start),
    ("growth", growth),
];

/// The settings of warm calls: how many at a time.
pub(crate) const WIDTHS: [usize; 3] = [1, 16, 64];

/// The settings of lists: milliseconds a reply.
pub(crate) const DELAYS: [usize; 3] = [0, 50, 200];

pub(crate) const RECORDS: usize = 100_000;

pub(crate) fn at_a_time(width: usize) -> String {
    format!("{width} at a time")
}

pub(crate) fn a_reply(delay_ms: usize) -> String {
    format!("{delay_ms} ms a reply")
}

/// Says what was measured last, so that one sees that it goes on.
fn say(what: &str) {
    println!("  {what}");
}

fn add(samples: &mut Samples, setting: &str, program: &'static str, usage: Usage) {
    samples.add(setting, program, Measure::WallMs, usage.wall * 1e3);
    samples.add(setting, program, Measure::CpuMs, usage.cpu * 1e3);
    samples.add(setting, program, Measure::MemoryMib, usage.memory as f64 / 1_048_576.0);
    let place = if setting.is_empty() { String::new() } else { format!("{setting}: ") };
    say(&format!("{place}{program}: {:.1} ms, CPU {:.1} ms", usage.wall * 1e3, usage.cpu * 1e3));
}

/// A program that reads a request from stdin and writes a reply.
type Program<'a> = (&'static str, Box<dyn Fn() -> Command + 'a>);

fn cold(setup: &Setup) -> Result<Case, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let programs: [Program<'_>; 5] = [
        (BARE, Box::new(|| setup.program("bench-bare", &["job"]))),
        (BARE_TLS, Box::new(|| setup.program("bench-bare", &["job-with-tls"]))),
        (RUN, Box::new(|| setup.program("pipefit", &["run"]))),
        (NODE, Box::new(|| setup.node("once.cjs", &[]))),
        (PYTHON, Box::new(|| setup.python("once.py", &[]))),
    ];
    let (input, rounds) = (request("action", "getJob", json!({"jobId": "1"})), setup.or_quick(30, 2));
    let mut samples = Samples::default();
    for round in 0..=rounds {
        let mut jobs = Vec::new();
        let mut done = |name, usage: Usage, job| {
            jobs.push(job);
            // The first round fills the caches of the machine.
            if round > 0 {
                add(&mut samples, "", name, usage);
            }
            match service.requests()? {
                2 => Ok::<_, Failure>(()),
                sent => Err(format!("{name} sent {sent} requests").into()),
            }
        };
        for (name, program) in &programs {
            let (usage, mut reply) = run_for_json(setup.at(&service, program()), &input)?;
            done(name, usage, reply["data"].take())?;
        }
        let (usage, job) = curl(&service)?;
        done(CURL, usage, job)?;
        if jobs.iter().any(|job| *job != jobs[0] || job.is_null()) {
            return Err("the programs return different jobs".into());
        }
    }
    let about = format!(
        "A process that reads a request from stdin, fetches a token and a job, and writes the job; {rounds} rounds. \
        `curl` needs two processes, since the second request carries the token that the first one got. The \
        bare client is made without certificates, which the service on loopback needs none of; with TLS, it is as \
        `reqwest` makes it by itself. Pipefit sets up TLS when a URL needs it."
    );
    Ok(case("One `getJob`, cold", about, BARE, samples))
}

fn curl(service: &Service) -> Result<(Usage, serde_json::Value), Failure> {
    let curl = |arguments: &[&str]| {
        let mut command = Command::new("curl");
        command.arg("-sSf").args(arguments);
        run_for_json(command, "")
    };
    let form = ["grant_type=client_credentials", "client_id=id", "client_secret=secret"];
    let form = form.iter().flat_map(|pair| ["--data-urlencode", *pair]);
    let token_url = format!("{}/connect/token", service.url);
    let (first, token) = curl(&form.chain([token_url.as_str()]).collect::<Vec<_>>())?;
    let authorization = format!("Authorization: Bearer {}", token["access_token"].as_str().ok_or("no token")?);
    let url = format!("{}/jpm/v2/tenant/1097/jobs/1", service.url);
    let (second, job) = curl(&["-H", &authorization, "-H", "ST-App-Key: ak", &url])?;
    Ok((first.then(second), job))
}

fn warm(setup: &Setup) -> Result<Case, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let worker = |command| Worker::start(setup.at(&service, command));
    let load = |how: &str, program: &str| {
        worker(setup.program("bench-load", &[how, setup.programs.join(program).to_str().ok_or("the path is no text")?]))
    };
    let (fast, node, python) = (setup.or_quick(2_000, 300), setup.or_quick(350, 100), setup.or_quick(85, 50));
    let mut workers = [
        (BARE, fast, worker(setup.program("bench-bare", &["calls"]))?),
        (CRATE, fast, worker(setup.program("bench-embedded", &[]))?),
        (RPC, fast, load("rpc", "pipefit")?),
        (HTTP, fast, load("http", "pipefit")?),
        (PROXY, fast, load("proxy", "bench-bare")?),
        (RELAY, fast, load("relay", "bench-bare")?),
        (NODE, node, worker(setup.node("calls.cjs", &[]))?),
        (PYTHON, python, worker(setup.python("calls.py", &[]))?),
    ];
    // Many short rounds: from one to the next the machine may take twice as long.
    let rounds = setup.or_quick(31, 1);
    let mut samples = Samples::default();
    for (_, calls, worker) in &mut workers {
        // Code that is compiled when it runs is compiled then.
        worker.run(Task { what: What::Calls, count: *calls, size: 64 })?;
    }
    for width in WIDTHS {
        let setting = at_a_time(width);
        for _ in 0..rounds {
            for (name, calls, worker) in &mut workers {
                // The caches of the machine have what the last one used.
                worker.run(Task { what: What::Calls, count: *calls / 10, size: width })?;
                let done = worker.run(Task { what: What::Calls, count: *calls, size: width })?;
                let (rate, cpu) = (*calls as f64 / done.seconds, done.cpu / *calls as f64 * 1e6);
                samples.add(&setting, name, Measure::CallsPerSecond, rate);
                samples.add(&setting, name, Measure::CpuPerCallUs, cpu);
                say(&format!("{setting}: {name}: {rate:.0} calls a second, CPU {cpu:.1} µs a call"));
            }
            // Back and forth, so that no program always follows the same one.
            workers.reverse();
        }
    }
    let about = format!(
        "`getJob` again and again over connections that are kept, with a token that is kept; {rounds} rounds of {fast} \
        calls, of {node} on Node.js and {python} on Python. CPU is that of the process that makes the calls to the \
        service. JSON-RPC, HTTP, the bare proxy and the relay are a process that another one calls; that one is \
        written to cost little. The bare proxy passes requests on with `axum` and `reqwest` and checks nothing: what \
        the hop to another process costs by itself. The relay does not even read them: what the system takes of that."
    );
    Ok(case("`getJob`, warm", about, BARE, samples))
}

fn check(setup: &Setup) -> Result<Case, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let mut worker = Worker::start(setup.at(&service, setup.program("bench-embedded", &[])))?;
    let rounds = setup.or_quick(9, 2);
    let mut samples = Samples::default();
    for (locations, count) in [(1, setup.or_quick(2_000, 100)), (200, setup.or_quick(50, 5))] {
        let fields = worker.run(Task { what: What::Prepare, count: 1, size: locations })?.fields;
        let setting = format!("{fields} input fields");
        for _ in 0..rounds {
            for (name, what) in [(CRATE, What::Prepare), (SCHEMA, What::Schema)] {
                let done = worker.run(Task { what, count, size: locations })?;
                let each = done.cpu * 1e9 / (count * fields) as f64;
                samples.add(&setting, name, Measure::PerFieldNs, each);
                say(&format!("{setting}: {name}: {each:.0} ns a field"));
            }
        }
    }
    let about = format!(
        "A `createCustomer` with one location, and with 200, {rounds} rounds. Pipefit reads values as people write \
        them, checks them against the schema, resolves the connection and builds the request; nothing is sent. The \
        other only says whether the inputs fit the exported schema, which is compiled before."
    );
    Ok(case("Checking a `createCustomer`", about, SCHEMA, samples))
}

fn lists(setup: &Setup) -> Result<Case, Failure> {
    let size = LARGEST_PAGE.to_string();
    let programs: [Program<'_>; 4] = [
        (BARE, Box::new(|| setup.program("bench-bare", &["jobs"]))),
        (RUN, Box::new(|| setup.program("pipefit", &["run", "--rate", "0"]))),
        (NODE, Box::new(|| setup.node("once.cjs", &[&size]))),
        (PYTHON, Box::new(|| setup.python("once.py", &[&size]))),
    ];
    let whole = request("action", "listJobs", json!({"fetchAll": true}));
    let records = setup.or_quick(RECORDS, 10_000);
    let mut samples = Samples::default();
    for delay in DELAYS {
        let (service, setting) = (Service::start(setup, records, delay)?, a_reply(delay));
        for round in 0..setup.or_quick(3, 1) {
            for (name, program) in &programs {
                if round == 0 && delay == 0 {
                    let found = run_for_jobs(setup.at(&service, program()), &whole)?;
                    if found != records {
                        return Err(format!("{name} found {found} jobs").into());
                    }
                }
                add(&mut samples, &setting, name, run(setup.at(&service, program()), &whole, None)?);
            }
        }
    }
    // So many requests take so long that a tenth of the list has to do.
    let (few, delay) = (records / 10, 50);
    let service = Service::start(setup, few, delay)?;
    for _ in 0..setup.or_quick(3, 1) {
        let part = run(setup.at(&service, setup.node("once.cjs", &["50"])), &whole, None)?;
        let times = (records / few) as f64;
        samples.add(&a_reply(delay), NODE_SMALL_PAGES, Measure::WallMs, part.wall * 1e3 * times);
        samples.add(&a_reply(delay), NODE_SMALL_PAGES, Measure::CpuMs, part.cpu * 1e3 * times);
        say(&format!("{}: {NODE_SMALL_PAGES}: {:.0} ms for a tenth", a_reply(delay), part.wall * 1e3));
    }
    let about = format!(
        "A process that reads a request from stdin and writes a list of {} jobs to `/dev/null`. All ask for pages of \
        {LARGEST_PAGE}, the largest that the API documents, and all but Pipefit for one after the other. \
        `{NODE_SMALL_PAGES}` is the same loop with the page size that the API has by itself; it reads a tenth of the \
        list, and what it takes is multiplied by ten. Pipefit's rate limit is off, since the others have none.",
        number(records as f64)
    );
    Ok(case("A list of 100,000 jobs", about, BARE, samples))
}

fn picklist(setup: &Setup) -> Result<Case, Failure> {
    let (records, delay) = (10_000, 100);
    let service = Service::start(setup, records, delay)?;
    let setting = a_reply(delay);
    let size = LARGEST_PAGE.to_string();
    let programs: [Program<'_>; 2] =
        [(RUN, Box::new(|| setup.program("pipefit", &["run"]))), (NODE, Box::new(|| setup.node("once.cjs", &[&size])))];
    let inputs = [request("dataSource", "selectJob", json!({})), request("action", "listJobs", json!({}))];
    let (entries, rounds) = (run_for_json(setup.at(&service, programs[0].1()), &inputs[0])?.1, setup.or_quick(5, 1));
    if entries["result"].as_array().map(Vec::len) != Some(records) {
        return Err("the picklist is not whole".into());
    }
    service.requests()?;
    let mut samples = Samples::default();
    for _ in 0..rounds {
        for ((name, program), input) in programs.iter().zip(&inputs) {
            add(&mut samples, &setting, name, run(setup.at(&service, program()), input, None)?);
            samples.add(&setting, name, Measure::Requests, service.requests()? as f64);
        }
    }
    let about = format!(
        "A dropdown of {records} jobs, cold, {rounds} rounds. Its requests come one after the other, the token first, \
        so each is a round trip. The other reads the same records in pages of {LARGEST_PAGE} and makes no labels."
    );
    Ok(case("A picklist of 10,000", about, RUN, samples))
}

fn memory(setup: &Setup) -> Result<Case, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let rounds = setup.or_quick(3, 1);
    let mut samples = Samples::default();
    for _ in 0..rounds {
        for tenants in [1_000, setup.or_quick(10_000, 2_000)] {
            let setting = format!("{tenants} tenants");
            let mut worker = Worker::start(setup.at(&service, setup.program("bench-embedded", &[])))?;
            // What does not grow with tenants is there before.
            worker.run(Task { what: What::Tenants, count: 100, size: 1 })?;
            let kept = worker.run(Task { what: What::Tenants, count: tenants, size: 1 })?.kept as f64;
            samples.add(&setting, CRATE, Measure::BytesPerTenant, kept / tenants as f64);
            samples.add(&setting, CRATE, Measure::MemoryMib, kept / 1_048_576.0);
            say(&format!("{setting}: {:.0} bytes each", kept / tenants as f64));
        }
    }
    let about = format!(
        "What the resident memory of a process grows by when so many tenants, each with a connection, a token and a \
        rate limit of its own, have made one call and are at rest; {rounds} processes each."
    );
    Ok(case("Memory of tenants", about, CRATE, samples))
}

fn start(setup: &Setup) -> Result<Case, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let schemas = tempfile::tempdir()?;
    let folder = schemas.path().to_str().ok_or("the path is no text")?;
    let python = setup.peers.join("python/venv/bin/python");
    let plain = |name: &Path, arguments: &[&str]| {
        let mut command = Command::new(name);
        command.args(arguments);
        command
    };
    let programs: [Program<'_>; 6] = [
        ("a bare program", Box::new(|| setup.program("bench-bare", &["line"]))),
        ("pipefit --version", Box::new(|| setup.program("pipefit", &["--version"]))),
        ("pipefit list", Box::new(|| setup.program("pipefit", &["list"]))),
        ("pipefit schema export", Box::new(|| setup.program("pipefit", &["schema", "export", "--dir", folder]))),
        ("node, no program", Box::new(move || plain(Path::new("node"), &["-e", "0"]))),
        ("python3, no program", Box::new(|| plain(&python, &["-c", "0"]))),
    ];
    let rounds = setup.or_quick(20, 2);
    let mut samples = Samples::default();
    for round in 0..=rounds {
        for (name, program) in &programs {
            let usage = run(setup.at(&service, program()), "", None)?;
            if round > 0 {
                add(&mut samples, "", name, usage);
            }
        }
    }
    let about = format!(
        "From the start of a process to its end, {rounds} rounds; the bare program writes one line, \
        and `schema export` the schemas of all units."
    );
    Ok(case("Start", about, "a bare program", samples))
}

fn growth(setup: &Setup) -> Result<Case, Failure> {
    let lines = vec![by_records(setup)?, by_inputs(setup)?, by_connections(setup)?, by_units(setup)?];
    for line in &lines {
        say(&format!("{}: {:.3e} {} for one more, R² {:.3}", line.of, line.slope, line.unit, line.r2));
    }
    let about =
        "The time of `fetchAll` by the length of the list, of a check by the number of inputs, of a warm call by \
        the number of tenants that take turns, and of a check by the number of units in the catalog. The slope is what \
        one more costs, by a straight line of least squares."
            .to_owned();
    Ok(Case { lines, ..case("Growth", about, "", Samples::default()) })
}

/// Measures each size in turn, several times, and fits a line to the medians.
fn line(
    (of, unit): (&str, &str),
    sizes: &[usize],
    rounds: usize,
    mut measure: impl FnMut(usize) -> Result<(f64, f64), Failure>,
) -> Result<Line, Failure> {
    let mut points = vec![(0.0, Vec::new()); sizes.len()];
    // The first round fills caches.
    for round in 0..=rounds {
        for (size, point) in sizes.iter().zip(&mut points) {
            let (x, y) = measure(*size)?;
            point.0 = x;
            if round > 0 {
                point.1.push(y);
            }
            say(&format!("{x:.0} {of}: {y:.2} {unit}"));
        }
    }
    Ok(Line::fit(of, unit, points.into_iter().map(|(x, samples)| (x, median(samples))).collect()))
}

fn by_records(setup: &Setup) -> Result<Line, Failure> {
    let whole = request("action", "listJobs", json!({"fetchAll": true}));
    let sizes = [5_000, 25_000, 50_000, 75_000, 100_000];
    line(("records", "ms"), &sizes, setup.or_quick(5, 1), |size| {
        let service = Service::start(setup, size, 0)?;
        let program = setup.at(&service, setup.program("pipefit", &["run", "--rate", "0"]));
        Ok((size as f64, run(program, &whole, None)?.wall * 1e3))
    })
}

fn by_inputs(setup: &Setup) -> Result<Line, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let mut worker = Worker::start(setup.at(&service, setup.program("bench-embedded", &[])))?;
    let count = setup.or_quick(50, 5);
    line(("input fields", "µs"), &[1, 50, 100, 150, 200], setup.or_quick(5, 1), |size| {
        let done = worker.run(Task { what: What::Prepare, count, size })?;
        Ok((done.fields as f64, done.cpu * 1e6 / count as f64))
    })
}

fn by_connections(setup: &Setup) -> Result<Line, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let mut worker = Worker::start(setup.at(&service, setup.program("bench-embedded", &[])))?;
    let count = setup.or_quick(10_000, 500);
    line(("connections", "µs"), &[1, 2_500, 5_000, 7_500, 10_000], setup.or_quick(3, 1), |size| {
        let done = worker.run(Task { what: What::Connections, count, size })?;
        Ok((size as f64, done.cpu * 1e6 / count as f64))
    })
}

fn by_units(setup: &Setup) -> Result<Line, Failure> {
    let service = Service::start(setup, 1, 0)?;
    let mut worker = Worker::start(setup.at(&service, setup.program("bench-embedded", &[])))?;
    let count = setup.or_quick(10_000, 2_000);
    line(("units", "µs"), &[10, 500, 1_000, 1_500, 2_000], setup.or_quick(5, 1), |size| {
        let done = worker.run(Task { what: What::Units, count, size })?;
        Ok((size as f64, done.cpu * 1e6 / count as f64))
    })
}

fn case(title: &str, about: String, reference: &str, samples: Samples) -> Case {
    let (title, reference) = (title.to_owned(), reference.to_owned());
    Case { title, about, reference, series: samples.into_series(), lines: Vec::new() }
}
