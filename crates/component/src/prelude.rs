//! What the file of a unit needs: `use pipefit_component::prelude::*`.

pub use async_trait::async_trait;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use crate::shape::{Decimal, Guid, Id, Timestamp};
pub use crate::{
    About, Action, CONNECTION, Choice, DEBUG_REQUEST, DataSource, EMPTY, Error, FETCH_ALL, Field, Input, Inputs,
    Output, Part, Picklist, Record, Reply, Request, Resource, Result, TRUE_OR_FALSE, Transport, named, plain, register,
};
