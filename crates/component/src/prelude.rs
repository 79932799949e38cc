//! The imports that a file with units needs: `use pipefit_component::prelude::*`.

pub use async_trait::async_trait;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use crate::scalars::{AtLeastOne, Date, Decimal, Guid, Id, Timestamp};
pub use crate::{
    About, Action, CONNECTION, Choice, Choices, DEBUG_REQUEST, DataSource, EMPTY, Error, FETCH_ALL, Field, Filter,
    Input, Inputs, ListEndpoint, Output, Part, Record, Request, Resource, Response, Result, TRUE_OR_FALSE, named,
    plain, register,
};
