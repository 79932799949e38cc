//! Measures what a tenant costs at rest: the resident memory of a process before and after so many tenants, each with a
//! connection, a token and a rate limiter of its own, made one call.
//!
//! `cargo run --release --example tenants -- 10000` (Linux)

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;

use async_trait::async_trait;
use pipefit::runner::host::{ConnectionRequest, ConnectionResolver};
use pipefit::sandbox::Sandbox;
use pipefit::{Invocation, Runtime};
use serde_json::{Map, Value, json};

/// The connection of the sandbox, with a client name and application key for each tenant.
#[derive(Debug)]
struct Tenants(Value);

#[async_trait]
impl ConnectionResolver for Tenants {
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> Result<Option<Map<String, Value>>, pipefit::Error> {
        let mut connection = self.0.clone();
        // It makes another account of it; the sandbox reads no scopes.
        connection["fields"]["scopes"] = json!(format!("scope-{}", request.name));
        Ok(connection.as_object().cloned())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let tenants: u64 = std::env::args().nth(1).map_or(Ok(10_000), |given| given.parse())?;
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await?;
    let runtime = Runtime::builder()
        .api_url("servicetitan", sandbox.url())
        .token_url("servicetitan", sandbox.token_url())
        .connection_resolver(Tenants(pipefit::sandbox_connection(&sandbox)))
        .requests_per_second(0)
        .build()?;
    let call = async |tenant: u64| {
        let inputs = json!({"jobId": 10_978_752_986_u64, "connection": tenant.to_string()});
        runtime.invoke(Invocation::action("getJob", inputs)).await
    };
    // What does not grow with tenants is there before.
    for tenant in 0..100 {
        call(tenant).await?;
    }
    sandbox.record_requests(false);
    let before = resident()?;
    for tenant in 100..100 + tenants {
        call(tenant).await?;
    }
    let grown = resident()?.saturating_sub(before);
    println!("{tenants} tenants: {} KiB, {} bytes each", grown / 1024, grown / tenants);
    Ok(())
}

/// Returns the resident memory of this process, in bytes.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
