//! The resources of the API, by module: for each its table of fields, its endpoints, and its special behaviour.
//!
//! A file registers its resource itself; to add one, write the file and name it here.

pub(crate) mod call;
pub(crate) mod endpoint;
pub(crate) mod prelude;
mod shared;
pub(crate) mod validation;

pub(crate) mod accounting {
    pub(crate) mod invoice_items;
    pub(crate) mod invoices;
    pub(crate) mod payments;
}
pub(crate) mod crm {
    pub(crate) mod bookings;
    pub(crate) mod contacts;
    pub(crate) mod customers;
    pub(crate) mod locations;
}
pub(crate) mod dispatch {
    pub(crate) mod appointment_assignments;
}
pub(crate) mod equipment_systems {
    pub(crate) mod attachments;
    pub(crate) mod installed_equipment;
}
pub(crate) mod jpm {
    pub(crate) mod appointments;
    pub(crate) mod job_cancel_reasons;
    pub(crate) mod jobs;
    pub(crate) mod projects;
}
pub(crate) mod settings {
    pub(crate) mod business_units;
    pub(crate) mod technicians;
    pub(crate) mod user_roles;
}

use serde_json::{Value, json};

use crate::data::store::Store;
use crate::data::table::{DOCUMENTED, Table};
use endpoint::Resource;

/// Every resource, by name.
pub(crate) fn all() -> Vec<&'static Resource> {
    let mut all: Vec<&Resource> = inventory::iter::<Resource>.into_iter().collect();
    all.sort_by_key(|resource| resource.table.name);
    all
}

/// The table of every resource, by name.
pub(crate) fn tables() -> Vec<&'static Table> {
    all().into_iter().map(|resource| resource.table).collect()
}

/// The table of a public name; case and punctuation do not matter.
pub(crate) fn table(name: &str) -> Option<&'static Table> {
    tables().into_iter().find(|table| table.is_named(name))
}

/// Adds what no seed describes: external data of the documented examples, and one attachment.
pub(crate) fn prepare(store: &mut Store) {
    let given = json!({
        "applicationGuid": "6B29FC40-CA47-1067-B31D-00DD010662DA",
        "externalData": [{"key": "crmId", "value": "A-1042"}],
    });
    let Value::Object(given) = given else { return };
    for table in [&crm::customers::CUSTOMERS, &jpm::jobs::JOBS, &crm::locations::LOCATIONS, &jpm::projects::PROJECTS] {
        store.set_external(table, DOCUMENTED, &given);
    }
    equipment_systems::attachments::prepare(store);
}

#[cfg(test)]
mod tests {
    use super::tables;
    use crate::data::json::Object;
    use crate::data::seed_data::SeedData;

    #[test]
    fn seeded_records_have_the_declared_fields() {
        let tables = tables();
        let data = SeedData::new(7, &tables, 30, &[]);
        for table in tables {
            let declared: Vec<&str> = table.fields.iter().filter_map(|field| field.stored).collect();
            for slot in 0..data.count(table) {
                let mut text = Vec::new();
                data.write(table, slot, &mut text);
                let record: Object = serde_json::from_slice(&text).unwrap_or_default();
                let fields: Vec<&str> = record.keys().map(String::as_str).collect();
                assert_eq!(fields, declared, "{table:?} {slot}");
            }
        }
    }
}
