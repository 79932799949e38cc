//! A worker with Pipefit as a library: `bench-embedded`, with the URLs of the service in its environment.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Instant;

use async_trait::async_trait;
use pipefit::component::{About, Action, Inputs, Output, Request, Response};
use pipefit::runner::export;
use pipefit::runner::host::{ConnectionRequest, ConnectionResolver};
use pipefit::{Catalog, Invocation, Registered, Runtime, Unit, UnitKind};
use pipefit_bench::{Done, Failure, Task, Watch, What, block_on, connection, side_by_side, work};
use serde_json::{Map, Value, json};

/// A connection for each tenant, with a token and a rate limit of its own: the name becomes its scope.
#[derive(Debug)]
struct Tenants;

#[async_trait]
impl ConnectionResolver for Tenants {
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> pipefit::Result<Option<Map<String, Value>>> {
        let mut connection = connection();
        connection["fields"]["scopes"] = json!(request.name);
        Ok(connection.as_object().cloned())
    }
}

/// An action under another key.
struct Renamed {
    key: &'static str,
    action: &'static dyn Action,
}

impl Action for Renamed {
    fn about(&self) -> About {
        About { key: self.key, ..self.action.about() }
    }

    fn inputs(&self) -> &'static [pipefit::component::Input] {
        self.action.inputs()
    }

    fn request(&self, inputs: Inputs) -> pipefit::Result<Request> {
        self.action.request(inputs)
    }

    fn output(&self) -> Output {
        self.action.output()
    }

    fn reply(&self, request: &Request, outcome: pipefit::Result<Response>) -> pipefit::Result<Response> {
        self.action.reply(request, outcome)
    }
}

struct Worker {
    runtime: Runtime,
    tenants: Runtime,
    /// How many tenants made a call.
    known: usize,
    /// Runtimes with so many units.
    catalogs: HashMap<usize, Runtime>,
}

fn main() -> Result<(), Failure> {
    block_on(async {
        let runtime = builder()?.connection("main", connection()).default_connection(json!("main")).build()?;
        let tenants = builder()?.connection_resolver(Tenants).build()?;
        let mut worker = Worker { runtime, tenants, known: 0, catalogs: HashMap::new() };
        work(async |task| worker.run(task).await).await
    })
}

fn builder() -> Result<pipefit::runner::Builder, Failure> {
    let builder = Runtime::builder().api_url("servicetitan", std::env::var("PIPEFIT_API_URL")?);
    Ok(builder.token_url("servicetitan", std::env::var("PIPEFIT_TOKEN_URL")?).requests_per_second(0))
}

impl Worker {
    async fn run(&mut self, task: Task) -> Result<Done, Failure> {
        match task.what {
            What::Calls => calls(&self.runtime, task.count, task.size, |_| json!({"jobId": 1})).await,
            What::Prepare => self.prepare(task).await,
            What::Schema => schema(task),
            What::Tenants => self.add_tenants(task.count).await,
            What::Connections => {
                if self.known < task.size {
                    self.add_tenants(task.size - self.known).await?;
                }
                let of_tenant =
                    move |number| json!({"jobId": 1, "connection": format!("tenant-{}", number % task.size)});
                calls(&self.tenants, task.count, 16, of_tenant).await
            }
            What::Units => self.units(task).await,
        }
    }

    async fn prepare(&self, task: Task) -> Result<Done, Failure> {
        let customer = customer(task.size);
        let invocations = vec![Invocation::action("createCustomer", customer.clone()); task.count];
        let watch = Watch::start(None)?;
        for invocation in invocations {
            drop(self.runtime.prepare(invocation).await?);
        }
        Ok(Done { fields: leaves(&customer), ..watch.stop()? })
    }

    async fn add_tenants(&mut self, count: usize) -> Result<Done, Failure> {
        let (first, before, began) = (self.known, resident()?, Instant::now());
        self.known += count;
        let of_tenant = move |number| json!({"jobId": 1, "connection": format!("tenant-{}", first + number)});
        calls(&self.tenants, count, 1, of_tenant).await?;
        let kept = resident()?.saturating_sub(before);
        Ok(Done { kept, seconds: began.elapsed().as_secs_f64(), ..Done::default() })
    }

    async fn units(&mut self, task: Task) -> Result<Done, Failure> {
        let runtime = match self.catalogs.entry(task.size) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(with_units(task.size)?),
        };
        let names: Vec<_> = (0..task.count).map(|number| format!("getJob{}", number % task.size)).collect();
        let invocations: Vec<_> = names.iter().map(|name| Invocation::action(name, json!({"jobId": 1}))).collect();
        let watch = Watch::start(None)?;
        for invocation in invocations {
            drop(runtime.prepare(invocation).await?);
        }
        watch.stop()
    }
}

/// Calls `getJob` so often, so many at a time, with the inputs of each call.
async fn calls(
    runtime: &Runtime,
    count: usize,
    width: usize,
    inputs: impl Fn(usize) -> Value + Clone + 'static,
) -> Result<Done, Failure> {
    let runtime = runtime.clone();
    let watch = Watch::start(None)?;
    side_by_side(count, width, move |number| {
        let (runtime, inputs) = (runtime.clone(), inputs(number));
        async move {
            runtime.invoke(Invocation::action("getJob", inputs)).await?;
            Ok(())
        }
    })
    .await?;
    watch.stop()
}

/// Checks a customer by its exported schema, and nothing else.
fn schema(task: Task) -> Result<Done, Failure> {
    let catalog = Catalog::registered();
    let entry = catalog.find(None, UnitKind::Action, "createCustomer").ok_or("no such action")?;
    let schema = export::schemas_of(entry, &catalog)["inputs"].take();
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft7).build(&schema)?;
    let mut customer = customer(task.size);
    customer["connection"] = json!("main");
    if let Some(error) = validator.iter_errors(&customer).next() {
        return Err(error.to_string().into());
    }
    let watch = Watch::start(None)?;
    for _ in 0..task.count {
        std::hint::black_box(validator.is_valid(std::hint::black_box(&customer)));
    }
    Ok(Done { fields: leaves(&customer), ..watch.stop()? })
}

/// The inputs of a customer with so many locations, as a form produces them.
fn customer(locations: usize) -> Value {
    let address = json!({
        "street": "410 Cedar Lane", "unit": "2B", "city": "Glendale", "state": "CA", "zip": "91201", "country": "USA",
        "latitude": "34.1662", "longitude": "-118.2887",
    });
    let contacts = json!([
        {"type": "MobilePhone", "value": "8185550142", "memo": "Ana"},
        {"type": "Email", "value": "ana@example.com", "memo": "office"},
    ]);
    let custom = json!([{"typeId": "1088", "value": "Gate 7"}, {"typeId": "1089", "value": "Blue"}]);
    let location = json!({
        "name": "Home", "address": address, "contacts": contacts, "customFields": custom,
        "tagTypeIds": ["1090", "1091"],
    });
    json!({
        "name": "Ana Torres", "type": "Residential", "doNotMail": "false", "address": address, "contacts": contacts,
        "customFields": custom, "locations": vec![location; locations],
    })
}

/// The number of values in a document that contain no others.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(members) => members.values().map(leaves).sum(),
        _ => 1,
    }
}

/// A runtime whose catalog has so many units, all of them `getJob` under other keys.
fn with_units(count: usize) -> Result<Runtime, Failure> {
    let catalog = Catalog::registered();
    let entry = *catalog.find(None, UnitKind::Action, "getJob").ok_or("no such action")?;
    let Unit::Action(action) = entry.unit else { return Err("it is an action".into()) };
    let units = (0..count).map(|number| {
        let key: &str = Box::leak(format!("getJob{number}").into_boxed_str());
        Registered { unit: Unit::Action(Box::leak(Box::new(Renamed { key, action }))), ..entry }
    });
    let builder = builder()?.catalog(Catalog::of(units)).connection("main", connection());
    Ok(builder.default_connection(json!("main")).build()?)
}

/// The resident memory of this process, in bytes.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
