//! The `ServiceTitan` component: declarations only.
//!
//! A resource is a file in [`resources`]: its list, its record, the inputs that only it uses, its actions, its data
//! source. Inputs that several resources share stand in `inputs.rs`, closed lists in `choices.rs`, structured values in
//! [`values`], facts of the whole API in `service.rs`.

use pipefit_component::Component;

mod changes;
mod choices;
mod connection;
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
    help: "Books, schedules, tracks and bills the work of a field-service company.",
    connection: &connection::ServiceTitanConnection,
    errors: service::ERRORS,
};
