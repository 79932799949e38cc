//! The resources of the API: for each its endpoints, the fields they take, and its seeded records.

pub(crate) mod appointments;
pub(crate) mod assignments;
pub(crate) mod attachments;
pub(crate) mod bookings;
pub(crate) mod business_units;
pub(crate) mod contacts;
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

mod shared;

use serde_json::{Value, json};

use crate::store::Store;
use crate::world::{DOCUMENTED, Table};

/// Adds what is not arithmetic: external data of the documented examples, and one attachment.
pub(crate) fn prepare(store: &mut Store) {
    let given = json!({
        "applicationGuid": "6B29FC40-CA47-1067-B31D-00DD010662DA",
        "externalData": [{"key": "crmId", "value": "A-1042"}],
    });
    let Value::Object(given) = given else { return };
    for table in [Table::Customers, Table::Jobs, Table::Locations, Table::Projects] {
        store.set_external(table, DOCUMENTED, &given);
    }
    attachments::prepare(store);
}
