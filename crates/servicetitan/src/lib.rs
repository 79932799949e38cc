//! The `ServiceTitan` component: declarations only.
//!
//! Each resource is a file in `resources`: its list, its records, its own inputs, its actions and its data source.
//! Inputs that several resources share are in `inputs.rs`, closed lists of values in `choices.rs`, structured values in
//! `values`, and what the whole API has in common in `service.rs`.

use pipefit_component::Component;

mod changes;
mod choices;
mod connection;
mod external_data;
mod filters;
mod inputs;
mod raw_request;
mod records;
mod resources;
mod service;
pub mod values;

/// The component that every unit of this crate belongs to.
pub static COMPONENT: Component = Component {
    key: "servicetitan",
    label: "ServiceTitan",
    help: "Schedules, tracks and bills the work of a field service company.",
    connection: &connection::ServiceTitanConnection,
    errors: service::ERRORS,
};
