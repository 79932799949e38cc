//! The trigger for new and updated records.

use pipefit_component::prelude::*;
use pipefit_component::{ChangeFields, Feed, Feeds, Polling, Trigger};

use crate::resources::appointments::APPOINTMENTS;
use crate::resources::customers::CUSTOMERS;
use crate::resources::installed_equipment::INSTALLED_EQUIPMENT;
use crate::resources::invoices::INVOICES;
use crate::resources::jobs::JOBS;
use crate::resources::locations::LOCATIONS;
use crate::resources::payments::PAYMENTS;
use crate::resources::projects::PROJECTS;
use crate::resources::technicians::TECHNICIANS;

const CHANGES: Resource = Resource { key: "changes", label: "Changes" };

static FEEDS: Feeds = Feeds {
    feeds: &[
        Feed { key: "jobs", list: &JOBS },
        Feed { key: "appointments", list: &APPOINTMENTS },
        Feed { key: "projects", list: &PROJECTS },
        Feed { key: "invoices", list: &INVOICES },
        Feed { key: "payments", list: &PAYMENTS },
        Feed { key: "customers", list: &CUSTOMERS },
        Feed { key: "locations", list: &LOCATIONS },
        Feed { key: "installedEquipment", list: &INSTALLED_EQUIPMENT },
        Feed { key: "technicians", list: &TECHNICIANS },
    ],
    fields: ChangeFields {
        created: "createdOn",
        modified: "modifiedOn",
        since: "modifiedOnOrAfter",
        oldest_first: "+ModifiedOn",
        newest_first: "-ModifiedOn",
        created_since: "createdOnOrAfter",
        oldest_created: "+CreatedOn",
        newest_created: "-CreatedOn",
    },
    resource: RESOURCE_TYPE,
    show_created: SHOW_NEW_RECORDS,
    show_updated: SHOW_UPDATED_RECORDS,
    look_back: LOOK_BACK_DATE,
};

const RESOURCE_TYPES: &[Choice] = &[
    named("jobs", "Jobs"),
    named("appointments", "Appointments"),
    named("projects", "Projects"),
    named("invoices", "Invoices"),
    named("payments", "Payments"),
    named("customers", "Customers"),
    named("locations", "Locations"),
    named("installedEquipment", "Installed Equipment"),
    named("technicians", "Technicians"),
];

const LOOK_BACK_DATE: Input = Input::date("lookBackDate", "Look-back Date")
    .example("2026-01-01")
    .help(
        "The first poll returns the records that were created or changed since the start of this day in UTC; \
         later polls continue from their state. Must not be in the future.",
    )
    .omitted("When left out, the first poll returns nothing, and the next poll returns what changed after it.");
const RESOURCE_TYPE: Input = Input::text("resourceType", "Resource Type")
    .required()
    .choices(RESOURCE_TYPES)
    .help("The type of record to watch. A poll state is valid for one type and account only.");
const SHOW_NEW_RECORDS: Input = Input::flag("showNewRecords", "Show New Records").required().default("true").help(
    "Whether to return records that were created since the trigger started. Records that are not returned \
         still count as seen.",
);
const SHOW_UPDATED_RECORDS: Input =
    Input::flag("showUpdatedRecords", "Show Updated Records").required().default("true").help(
        "Whether to return changes to records that existed before. Changes that are not returned still count as \
         seen.",
    );

static CHANGES_RECORD: Record = Record {
    help: "The records that one poll found, with the fields that the list of their resource returns.",
    fields: &[
        Field::any_object(
            "created",
            "Records that were created since the trigger started and are returned for the first time, oldest \
             change first.",
        )
        .list()
        .example(
            r#"[
                {
                    "id": 10978752986,
                    "jobNumber": "10978752986",
                    "jobStatus": "Scheduled",
                    "createdOn": "2026-01-31T09:00:00Z",
                    "modifiedOn": "2026-01-31T09:00:00Z"
                }
            ]"#,
        ),
        Field::any_object("updated", "Records that changed, in their current state, oldest change first.").list(),
    ],
};

struct PollChangesTrigger;

impl Trigger for PollChangesTrigger {
    fn about(&self) -> About {
        About::read("pollChangesTrigger", "New and Updated Records", CHANGES).help(
            "Returns the records that were created or changed since the last poll, including deactivated \
                 ones. Each change is returned once; of several changes between two polls, only the last.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, RESOURCE_TYPE, SHOW_NEW_RECORDS, SHOW_UPDATED_RECORDS, LOOK_BACK_DATE] }
    }

    fn output(&self) -> Output {
        Output::Record(&CHANGES_RECORD)
    }

    fn polling(&self) -> Polling {
        Polling::Feeds(&FEEDS)
    }
}

register!(trigger PollChangesTrigger);
