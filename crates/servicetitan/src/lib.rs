//! The `ServiceTitan` component: declarations only.
//!
//! Each resource is a file in `resources`: its list, its records, its own inputs, its actions and its data source.
//! Inputs that several resources share are in `inputs.rs`, closed lists of values in `choices.rs`, structured values in
//! `values`, and what the whole API has in common in `service.rs`.

use pipefit_component::{Component, Samples};

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
    samples: SAMPLES,
};

/// Samples stand beside the declarations of their actions.
const SAMPLES: Samples = Samples {
    units: &[
        include_str!("resources/appointment_assignments.json"),
        include_str!("resources/appointments.json"),
        include_str!("resources/bookings.json"),
        include_str!("resources/customer_contacts.json"),
        include_str!("resources/customers.json"),
        include_str!("resources/installed_equipment.json"),
        include_str!("resources/invoice_items.json"),
        include_str!("resources/invoices.json"),
        include_str!("resources/jobs.json"),
        include_str!("resources/locations.json"),
        include_str!("resources/payments.json"),
        include_str!("resources/projects.json"),
        include_str!("resources/technicians.json"),
        include_str!("resources/user_roles.json"),
        include_str!("raw_request/samples.json"),
    ],
    inputs: include_str!("inputs.json"),
};
