//! The `ServiceTitan` component: declarations only.
//!
//! A resource is a file: its record, the inputs that only it uses, its actions, its data source. What several
//! resources share stands in `inputs.rs`, `records.rs` and `choices.rs`, structured values in [`shapes`].

use pipefit_component::Component;

mod apis;
mod appointment_assignments;
mod appointments;
mod bookings;
mod business_units;
mod changes;
mod choices;
mod connection;
mod customer_contacts;
mod customers;
mod inputs;
mod installed_equipment;
mod installed_equipment_attachments;
mod invoices;
mod job_cancel_reasons;
mod jobs;
mod locations;
mod payments;
mod projects;
mod raw_request;
mod records;
pub mod shapes;
mod technicians;
mod user_roles;

/// The component that every unit of this crate belongs to.
pub static COMPONENT: Component = Component {
    key: "servicetitan",
    label: "ServiceTitan",
    help: "Books, schedules, tracks and bills the work of a field-service company.",
    connection: &connection::ServiceTitanConnection,
};
