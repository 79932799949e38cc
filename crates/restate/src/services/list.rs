//! `List`: reads a long list page after page, and hands each to a sink. The journal keeps receipts, not records.

use std::sync::Arc;

use restate_sdk::prelude::*;
use serde_json::value::RawValue;

use super::Shared;

pub(crate) struct List(pub(crate) Arc<Shared>);

#[restate_sdk::service(name = "List", journal_retention = "0s")]
impl List {
    #[handler]
    async fn read(&self, _ctx: Context<'_>, request: Json<Box<RawValue>>) -> HandlerResult<Json<Box<RawValue>>> {
        Ok(request)
    }
}
