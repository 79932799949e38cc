//! Records that other records hold, each declared once.

use pipefit_component::{Field, Record};

/// Where the customer of the examples lives.
pub(crate) const ADDRESS_EXAMPLE: &str = r#"{
    "street": "410 Cedar Lane",
    "unit": "2B",
    "city": "Glendale",
    "state": "CA",
    "zip": "91201",
    "country": "USA",
    "latitude": 34.1662,
    "longitude": -118.2877
}"#;

pub(crate) static NAMED: Record = Record {
    help: "A record that is referred to.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("name", "What people call it.").nullable().example("Hill Residence"),
    ],
};

pub(crate) static BATCH: Record = Record {
    help: "The batch of the accounting that a record was exported with.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::text("number", "The number that people see.").nullable(),
        Field::text("name", "What people call it.").nullable(),
    ],
};

pub(crate) static GENERAL_LEDGER_ACCOUNT: Record = Record {
    help: "An account of the general ledger.",
    fields: &[
        Field::id("id", "The number of the record.").example("1088"),
        Field::text("name", "What people call it.").nullable().example("Sales"),
        Field::text("number", "The number in the chart of accounts.").nullable().example("4000"),
        Field::text("type", "The type of account.").nullable().example("Income"),
        Field::text("detailType", "The finer type of account.").nullable(),
    ],
};

pub(crate) static NAME_AND_VALUE: Record = Record {
    help: "A custom field of a record, by name.",
    fields: &[
        Field::text("name", "What people call the field.").nullable(),
        Field::text("value", "The value, as text whatever the field's type.").nullable(),
    ],
};

pub(crate) static NAMED_CUSTOM_FIELD: Record = Record {
    help: "A custom field of a record, as the API answers it.",
    fields: &[
        Field::id("typeId", "Which custom field: its number in the settings.").example("1088"),
        Field::text("name", "What people call the field.").nullable().example("Gate Code"),
        Field::text("value", "The value, as text whatever the field's type.").nullable().example("4411"),
    ],
};
