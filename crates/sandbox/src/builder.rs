//! The settings that a sandbox is started with.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;

use crate::Sandbox;
use crate::data::clock::Clock;
use crate::data::seed_data::SeedData;
use crate::data::store::Store;
use crate::faults::drift::Drifts;
use crate::faults::{Fault, Faults};
use crate::http::api::Api;
use crate::http::auth::{Credentials, Gate};
use crate::http::limiter::Limiter;
use crate::http::log::Log;
use crate::http::server;
use crate::http::storage::Storage;
use crate::lists::Selections;
use crate::resources;

/// More records would not fit into a table's block of ids.
const MOST_RECORDS: usize = 5_000_000;

/// Settings of a sandbox; all have defaults.
#[derive(Clone, Debug)]
pub struct Builder {
    address: SocketAddr,
    seed: u64,
    records: usize,
    records_of: Vec<(String, usize)>,
    token_lifetime: Duration,
    rate_limit: Option<u32>,
    credentials: Credentials,
    strict: bool,
    environment: String,
    create_payment: bool,
    redirect_downloads: bool,
    largest_page: u32,
    now: Option<SystemTime>,
    faults: Vec<Fault>,
    kept_requests: usize,
    kept_bytes: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1097,
            records: 200,
            records_of: Vec::new(),
            token_lifetime: Duration::from_mins(15),
            rate_limit: Some(60),
            credentials: Credentials::demo(),
            strict: false,
            environment: "integration".to_owned(),
            create_payment: true,
            redirect_downloads: true,
            largest_page: u32::MAX,
            now: None,
            faults: Vec::new(),
            kept_requests: usize::MAX,
            kept_bytes: usize::MAX,
        }
    }
}

impl Builder {
    /// Address to listen on; default a free port of 127.0.0.1. Only loopback addresses are accepted.
    pub fn address(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Seed of the data and of random faults; the same seed makes the same sandbox.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many records each main resource has; default 200, at most 5,000,000. They take no memory until changed.
    pub fn records(self, records: usize) -> Self {
        Self { records, ..self }
    }

    /// How many records one resource has, such as `technicians`.
    pub fn records_of(mut self, resource: impl Into<String>, records: usize) -> Self {
        self.records_of.push((resource.into(), records));
        self
    }

    /// How long a token is valid, by the sandbox's clock; default 900 s.
    pub fn token_lifetime(self, lifetime: Duration) -> Self {
        Self { token_lifetime: lifetime, ..self }
    }

    /// Requests a second for each application key and tenant; default 60, `None` for no limit.
    pub fn rate_limit(self, per_second: Option<u32>) -> Self {
        Self { rate_limit: per_second, ..self }
    }

    /// What clients must present; default [`Credentials::demo`].
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials, ..self }
    }

    /// Whether unknown query parameters and body fields are refused with 400; default no: the API ignores them.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Name of the environment; default `integration`. A token of another one is refused.
    pub fn environment(mut self, environment: &str) -> Self {
        environment.clone_into(&mut self.environment);
        self
    }

    /// Whether the endpoint that creates payments is missing.
    pub fn without_create_payment(mut self, gone: bool) -> Self {
        self.create_payment = !gone;
        self
    }

    /// Whether a download responds with 302 and a signed link on another origin, as the API does, which is the default,
    /// or with the file itself.
    pub fn redirect_downloads(self, redirect: bool) -> Self {
        Self { redirect_downloads: redirect, ..self }
    }

    /// The most records on a page of a list, whatever is asked for; default the API's limit.
    pub fn largest_page(mut self, records: u32) -> Self {
        self.largest_page = records.max(1);
        self
    }

    /// Time at which the clock stands; default the system's running clock.
    pub fn now(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Adds a fault from the start; see [`Sandbox::add_fault`].
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Keeps only the last requests, and of these only as many as have bodies of at most `bytes` together; default all.
    /// A body that alone is larger is not kept.
    pub fn keep_requests(mut self, requests: usize, bytes: usize) -> Self {
        (self.kept_requests, self.kept_bytes) = (requests, bytes);
        self
    }

    /// Starts the sandbox. Fails if the address cannot be listened on or is not loopback, if a resource is unknown, and
    /// if more records are asked for than there can be.
    pub async fn start(self) -> io::Result<Sandbox> {
        let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        if !self.address.ip().is_loopback() {
            return refuse(format!("the sandbox listens on loopback only, not on {}", self.address));
        }
        let mut given = Vec::new();
        for (name, records) in &self.records_of {
            match resources::table(name) {
                Some(table) => given.push((table, count(*records)?)),
                None => return refuse(format!("unknown resource `{name}`")),
            }
        }
        let seeded = SeedData::new(self.seed, &resources::tables(), count(self.records)?, &given);
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let storage = TcpListener::bind(SocketAddr::from((address.ip(), 0))).await?;
        let origin = format!("http://{}", storage.local_addr()?);
        let api = Arc::new(self.api(seeded, origin));
        let task = tokio::spawn(server::serve(listener, storage, Arc::clone(&api)));
        Ok(Sandbox::new(address, api, task.abort_handle()))
    }

    fn api(self, seeded: SeedData, origin: String) -> Api {
        let mut store = Store::new(seeded);
        resources::prepare(&mut store);
        let faults = Faults::new(self.seed);
        for fault in self.faults {
            faults.add(fault);
        }
        Api {
            gate: Gate {
                credentials: self.credentials,
                environment: self.environment,
                lifetime: self.token_lifetime,
                seed: self.seed,
                issued: Mutex::default(),
                requests: AtomicUsize::new(0),
            },
            clock: Clock::new(self.now),
            store: RwLock::new(store),
            selections: Selections::default(),
            limiter: self.rate_limit.map(Limiter::new),
            log: Log::new(self.kept_requests, self.kept_bytes),
            faults,
            drifts: Drifts::default(),
            writes: Mutex::default(),
            strict: self.strict,
            create_payment: self.create_payment,
            largest_page: self.largest_page,
            storage: self.redirect_downloads.then_some(Storage { origin, seed: self.seed }),
        }
    }
}

fn count(records: usize) -> io::Result<u32> {
    let count = u32::try_from(records).ok().filter(|_| records <= MOST_RECORDS);
    count.ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("at most {MOST_RECORDS} records, not {records}"))
    })
}
