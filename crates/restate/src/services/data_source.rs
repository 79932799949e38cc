//! `DataSource`: reads the entries of a dropdown.

use std::sync::Arc;

use pipefit_component::{Code, Error};
use pipefit_runner::Invocation;
use restate_sdk::prelude::*;
use serde_json::value::RawValue;

use super::{Shared, bounded, ensure_named};
use crate::outcome::Outcome;

pub(crate) struct DataSource(pub(crate) Arc<Shared>);

#[restate_sdk::service(
    name = "DataSource",
    inactivity_timeout = "20m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "1h",
    invocation_retry_policy(initial_interval = "100ms", factor = 2.0, max_interval = "2s", max_attempts = 1_000_000)
)]
impl DataSource {
    /// Reads one data source, which the request names by `dataSource`, and returns its entries or an error.
    #[handler]
    async fn read(&self, ctx: Context<'_>, request: Json<Box<RawValue>>) -> HandlerResult<Json<Box<RawValue>>> {
        let request = request.into_inner();
        let id = Invocation::id_of(request.get().as_bytes());
        match read(&request) {
            Ok(invocation) => self.0.run(&ctx, &bounded(invocation)).await.map(Json),
            Err(error) => Ok(Json(Outcome::failed(id.as_ref(), &error).text)),
        }
    }
}

fn read(request: &RawValue) -> pipefit_component::Result<Invocation> {
    let invocation = Invocation::from_json(request.get().as_bytes())?;
    if invocation.data_source.is_none() {
        return Err(Error::new(Code::InvalidRequest, "the request must name a `dataSource`"));
    }
    ensure_named(&invocation.inputs)?;
    Ok(invocation)
}
