//! The resources of the API, one file each.

pub(crate) mod appointment_assignments;
pub(crate) mod appointments;
pub(crate) mod bookings;
pub(crate) mod business_units;
pub(crate) mod customer_contacts;
pub(crate) mod customers;
pub(crate) mod installed_equipment;
pub(crate) mod invoice_items;
pub(crate) mod invoices;
pub(crate) mod job_cancel_reasons;
pub(crate) mod jobs;
pub(crate) mod locations;
pub(crate) mod payments;
pub(crate) mod projects;
pub(crate) mod technicians;
pub(crate) mod user_roles;
