//! Records that several records contain.

use pipefit_component::{Field, Record};

/// The address in the examples.
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
    help: "A reference to a record, by id and name.",
    fields: &[
        Field::id("id", "The id of the record."),
        Field::text("name", "The name of the record.").nullable().example("Hill Residence"),
    ],
};

pub(crate) static BATCH: Record = Record {
    help: "The accounting batch that a record was exported with.",
    fields: &[
        Field::id("id", "The id of the batch."),
        Field::text("number", "The batch number.").nullable(),
        Field::text("name", "The name of the batch.").nullable(),
    ],
};

pub(crate) static GENERAL_LEDGER_ACCOUNT: Record = Record {
    help: "A general ledger account.",
    fields: &[
        Field::id("id", "The id of the account.").example("1088"),
        Field::text("name", "The name of the account.").nullable().example("Sales"),
        Field::text("number", "The account number in the chart of accounts.").nullable().example("4000"),
        Field::text("type", "The account type.").nullable().example("Income"),
        Field::text("detailType", "The detailed account type.").nullable(),
    ],
};

pub(crate) static NAME_AND_VALUE: Record = Record {
    help: "The value of a custom field, with the name of the field.",
    fields: &[
        Field::text("name", "The name of the custom field.").nullable(),
        Field::text("value", "The value as text, whatever the type of the field.").nullable(),
    ],
};

pub(crate) static FILLED_NAME_AND_VALUE: Record = Record {
    help: "The value of a custom field, with the name of the field.",
    fields: &[
        Field::text("name", "The name of the custom field."),
        Field::text("value", "The value as text, whatever the type of the field."),
    ],
};

pub(crate) static FILLED_CUSTOM_FIELD: Record = Record {
    help: "The value of a custom field, with the id and name of the field.",
    fields: &[
        Field::id("typeId", "The id of the custom field in the account settings.").example("1088"),
        Field::text("name", "The name of the custom field.").example("Gate Code"),
        Field::text("value", "The value as text, whatever the type of the field.").example("4411"),
    ],
};

pub(crate) static NAMED_CUSTOM_FIELD: Record = Record {
    help: "The value of a custom field, with the id and name of the field.",
    fields: &[
        Field::id("typeId", "The id of the custom field in the account settings.").example("1088"),
        Field::text("name", "The name of the custom field.").nullable().example("Gate Code"),
        Field::text("value", "The value as text, whatever the type of the field.").nullable().example("4411"),
    ],
};
