//! Equipment that is installed at a location, and its files.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::{self, ADDITIONAL_FIELDS, TAG_TYPE_IDS, TAG_TYPE_IDS_UPDATE, UPDATED_CUSTOM_FIELDS, list_inputs};
use crate::service::EQUIPMENT;
use crate::values::installed_equipment::{
    EquipmentAttachment, EquipmentCustomFieldValue, EquipmentFields, EquipmentStatus, NewEquipmentFields,
};

pub(crate) static INSTALLED_EQUIPMENT: ListEndpoint = EQUIPMENT
    .list("/installed-equipment")
    .scope("tn.eqs.installedequipment")
    .resource("installedEquipment", "Installed Equipment")
    .record(&EQUIPMENT_RECORD)
    .filters(&[
        Filter::text("locationIds").joined(),
        filters::IDS,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
        filters::ACTIVE,
    ])
    .ids("ids")
    .including_inactive("active", "Any")
    .readable();

const ATTACHMENTS: Input = Input::code("attachments", "Attachments")
    .shape::<Vec<EquipmentAttachment>>()
    .template(r#"[{"alias": "string", "fileName": "string", "type": "Image", "url": "string"}]"#)
    .help("The complete list of pictures, videos and documents, each with the path that its upload returned.");
const COST: Input = Input::decimal("cost", "Cost")
    .example("100.00")
    .help("The cost of the equipment, in the currency of the account, such as `1899.50`.");
const CUSTOM_FIELDS: Input = Input::code("customFields", "Custom Fields")
    .shape::<Vec<EquipmentCustomFieldValue>>()
    .template(r#"[{"typeId": 0, "value": "string"}]"#)
    .help("The values of custom fields, each with the id of its field.");
const CUSTOM_FIELDS_UPDATE: Input = CUSTOM_FIELDS.help(UPDATED_CUSTOM_FIELDS);
const INSTALLED_EQUIPMENT_ID: Input = Input::id("installedEquipmentId", "Installed Equipment ID")
    .example("1234567890")
    .source("selectInstalledEquipment")
    .help("The id of the installed equipment.");
const INSTALLED_ON: Input = Input::timestamp("installedOn", "Installed On")
    .example("2021-01-01T00:00:00Z")
    .help("When the equipment was installed, with a time zone, such as `2024-10-11T09:00:00Z`.");
const LOCATION_ID: Input = inputs::LOCATION_ID.help("The id of the location where the equipment is installed.");
const MANUFACTURER: Input =
    Input::text("manufacturer", "Manufacturer").example("Test Manufacturer").help("The name of the manufacturer.");
const MANUFACTURER_WARRANTY_END: Input = Input::timestamp("manufacturerWarrantyEnd", "Manufacturer Warranty End")
    .example("2021-01-01T00:00:00Z")
    .help("When the manufacturer's warranty ends, with a time zone.");
const MANUFACTURER_WARRANTY_START: Input = Input::timestamp("manufacturerWarrantyStart", "Manufacturer Warranty Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the manufacturer's warranty begins, with a time zone.");
const MEMO: Input =
    Input::text("memo", "Memo").example("Payment for services rendered.").help("Notes for the next appointment.");
const MODEL: Input = Input::text("model", "Model").example("Test Model").help("The manufacturer's model name.");
const NAME: Input =
    Input::text("name", "Name").example("Test Source").help("The name of the equipment, such as `Furnace, basement`.");
const SERIAL_NUMBER: Input = Input::text("serialNumber", "Serial Number")
    .example("1234567890")
    .help("The manufacturer's serial number, from the nameplate.");
const SERVICE_PROVIDER_WARRANTY_END: Input =
    Input::timestamp("serviceProviderWarrantyEnd", "Service Provider Warranty End")
        .example("2021-01-01T00:00:00Z")
        .help("When your company's warranty ends, with a time zone.");
const SERVICE_PROVIDER_WARRANTY_START: Input =
    Input::timestamp("serviceProviderWarrantyStart", "Service Provider Warranty Start")
        .example("2021-01-01T00:00:00Z")
        .help("When your company's warranty begins, with a time zone.");

/// The path of the files of all installed equipment, such as photos, manuals and certificates.
const FILES: &str = "attachments";

const FILE: Input = Input::file("file", "Attachment File")
    .help("The file to upload: its bytes in base64 as `data`, and its media type as `contentType`.");
const FILE_NAME: Input = Input::text("fileName", "File Name").example("Test File").help(
    "The name to upload the file under, with its extension, such as `nameplate.jpg`. It takes precedence \
         over a name in the file.",
);
const PATH: Input = Input::text("path", "Path")
    .example("department")
    .help("The path of the file, as returned by its upload or listed in the attachments of the equipment.");

static EQUIPMENT_RECORD: Record = Record {
    help: "A piece of installed equipment.",
    fields: &[
        Field::id("id", "The id of the installed equipment."),
        Field::flag("active", "Whether the equipment is active.").example("true"),
        Field::id("equipmentId", "The id of the equipment in the pricebook.").nullable(),
        Field::id("locationId", "The id of the location where the equipment is installed."),
        Field::id("customerId", "The id of the customer that the equipment belongs to."),
        Field::id("invoiceItemId", "The id of the invoice line that the equipment was sold on.").nullable(),
        Field::text("name", "The name of the equipment.").example("Furnace, basement"),
        Field::object("type", "The equipment type.", &EQUIPMENT_TYPE).nullable(),
        Field::timestamp("installedOn", "When the equipment was installed.").nullable().example("2024-10-11T09:00:00Z"),
        Field::timestamp("createdOn", "When the record was created."),
        Field::timestamp("modifiedOn", "When the record was last modified."),
        Field::text("serialNumber", "The manufacturer's serial number.").example("SN-4711-08"),
        Field::text("barcodeId", "The barcode on the equipment.").nullable(),
        Field::text("memo", "Notes on the equipment.").example("Filter size 16x25x1."),
        Field::text("manufacturer", "The name of the manufacturer.").example("Carrier"),
        Field::text("model", "The manufacturer's model name.").example("59TP6"),
        Field::decimal("cost", "The cost of the equipment, in the currency of the account.").example("1899.5"),
        Field::value::<EquipmentStatus>("status", "Whether the equipment is installed or has been replaced.")
            .example("Installed"),
        Field::timestamp("manufacturerWarrantyStart", "When the manufacturer's warranty begins.")
            .nullable()
            .example("2024-10-11T00:00:00Z"),
        Field::timestamp("manufacturerWarrantyEnd", "When the manufacturer's warranty ends.")
            .nullable()
            .example("2034-10-11T00:00:00Z"),
        Field::timestamp("serviceProviderWarrantyStart", "When your company's warranty begins.").nullable(),
        Field::timestamp("serviceProviderWarrantyEnd", "When your company's warranty ends.").nullable(),
        Field::objects("tags", "The tags of the equipment.", &EQUIPMENT_TAG).nullable().example("null"),
        Field::date("actualReplacementDate", "The date when the equipment was replaced.").nullable(),
        Field::integer("predictedReplacementMonths", "The expected lifetime in months.").nullable().example("180"),
        Field::date("predictedReplacementDate", "The date when the equipment is expected to be replaced.")
            .nullable()
            .example("2039-10-11"),
    ],
};

static FULL_EQUIPMENT_RECORD: Record = Record {
    help: "A piece of installed equipment, with its custom fields and attachments.",
    fields: &[
        Field::all_of(&EQUIPMENT_RECORD),
        Field::objects("customFields", "The values of the equipment's custom fields.", &EQUIPMENT_CUSTOM_FIELD)
            .nullable(),
        Field::value::<EquipmentAttachment>("attachments", "The pictures, videos and documents of the equipment.")
            .list()
            .nullable()
            .example("null"),
    ],
};

static EQUIPMENT_TYPE: Record = Record {
    help: "The type of a piece of equipment.",
    fields: &[
        Field::id("id", "The id of the equipment type.").example("1088"),
        Field::text("name", "The name of the equipment type.").nullable().example("Furnace"),
    ],
};

static EQUIPMENT_TAG: Record = Record {
    help: "A tag of a piece of equipment.",
    fields: &[
        Field::id("id", "The id of the tag on this equipment."),
        Field::id("ownerId", "The id of the equipment that has the tag."),
        Field::id("typeId", "The id of the tag type."),
        Field::text("typeName", "The name of the tag type.").nullable(),
        Field::text("memo", "Notes on the tag.").nullable(),
        Field::text("color", "The color of the tag, such as `#ff8800`.").nullable(),
        Field::text("textColor", "The color of the tag's text.").nullable(),
        Field::text("code", "The short code of the tag.").nullable(),
    ],
};

static EQUIPMENT_CUSTOM_FIELD: Record = Record {
    help: "The value of a custom field of a piece of equipment.",
    fields: &[
        Field::id("id", "The id of the value.").example("1090"),
        Field::id("typeId", "The id of the custom field in the account settings.").example("1088"),
        Field::text("name", "The name of the custom field.").nullable().example("Fuel"),
        Field::text("value", "The value as text, whatever the type of the field.").nullable().example("Gas"),
    ],
};

static INSTALLED_EQUIPMENT_ATTACHMENT: Record = Record {
    help: "The path of an uploaded file.",
    fields: &[Field::text("path", "The path to list in the attachments of the equipment and to download the file by.")
        .example("InstalledEquipment/Images/0b7c2f66-3f0c-4b4e-9a51-6a2b7f6f2a10.jpg")],
};

/// What single records look like; lists leave custom fields and attachments out.
const FULL: Output = Output::Record(&FULL_EQUIPMENT_RECORD);

struct GetInstalledEquipment;

impl Action for GetInstalledEquipment {
    fn about(&self) -> About {
        About::read("getInstalledEquipment", "Get Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Returns a piece of installed equipment by its id.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INSTALLED_EQUIPMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.get("{installedEquipmentId}").returns(FULL).query(inputs)
    }
}

register!(action GetInstalledEquipment);

struct ListInstalledEquipment;

impl Action for ListInstalledEquipment {
    fn about(&self) -> About {
        About::read("listInstalledEquipment", "List Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Returns one page of active equipment, or all of it with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&INSTALLED_EQUIPMENT) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.list().query(inputs)
    }
}

register!(action ListInstalledEquipment);

struct CreateInstalledEquipment;

impl Action for CreateInstalledEquipment {
    fn about(&self) -> About {
        About::create("createInstalledEquipment", "Create Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Adds a piece of equipment to a location. Returns the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                LOCATION_ID.required(),
                NAME,
                INSTALLED_ON,
                SERIAL_NUMBER,
                MEMO,
                MANUFACTURER,
                MODEL,
                COST,
                MANUFACTURER_WARRANTY_START,
                MANUFACTURER_WARRANTY_END,
                SERVICE_PROVIDER_WARRANTY_START,
                SERVICE_PROVIDER_WARRANTY_END,
                CUSTOM_FIELDS,
                ATTACHMENTS,
                TAG_TYPE_IDS,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<NewEquipmentFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.create().returns(FULL).body(inputs)
    }
}

register!(action CreateInstalledEquipment);

struct UpdateInstalledEquipment;

impl Action for UpdateInstalledEquipment {
    fn about(&self) -> About {
        About::update("updateInstalledEquipment", "Update Installed Equipment", INSTALLED_EQUIPMENT.resource).help(
            "Changes the given fields of a piece of equipment. Lists are replaced as a whole. Returns the \
                 changed record.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                INSTALLED_EQUIPMENT_ID.required(),
                NAME,
                INSTALLED_ON,
                SERIAL_NUMBER,
                MEMO,
                MANUFACTURER,
                MODEL,
                COST,
                MANUFACTURER_WARRANTY_START,
                MANUFACTURER_WARRANTY_END,
                SERVICE_PROVIDER_WARRANTY_START,
                SERVICE_PROVIDER_WARRANTY_END,
                CUSTOM_FIELDS_UPDATE,
                ATTACHMENTS,
                TAG_TYPE_IDS_UPDATE,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<EquipmentFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.patch("{installedEquipmentId}").returns(FULL).body(inputs)
    }
}

register!(action UpdateInstalledEquipment);

struct ListInstalledEquipmentAttachments;

impl Action for ListInstalledEquipmentAttachments {
    fn about(&self) -> About {
        About::read(
            "listInstalledEquipmentAttachments",
            "List Installed Equipment Attachments",
            INSTALLED_EQUIPMENT.resource,
        )
        .help(
            "Downloads the file at a path. Returns its bytes in base64 with its media type and, if it has \
                 one, its name.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, PATH.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.get(FILES).returns(Output::File).query(inputs)
    }
}

register!(action ListInstalledEquipmentAttachments);

struct CreateInstalledEquipmentAttachment;

impl Action for CreateInstalledEquipmentAttachment {
    fn about(&self) -> About {
        About::create(
            "createInstalledEquipmentAttachment",
            "Create Installed Equipment Attachment",
            INSTALLED_EQUIPMENT.resource,
        )
        .help(
            "Uploads a file and returns its path. To show the file with a piece of equipment, add the path \
                 to the attachments of the equipment.",
        )
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, FILE.required(), FILE_NAME.required(), DEBUG_REQUEST] }
    }

    fn request(&self, mut inputs: Inputs) -> Result<Request> {
        let file = inputs.take_file(&FILE)?.named(&FILE_NAME, inputs.text(&FILE_NAME))?;
        INSTALLED_EQUIPMENT.post(FILES).multipart(inputs, vec![Part::file(FILE.key, file)])
    }

    fn output(&self) -> Output {
        Output::Record(&INSTALLED_EQUIPMENT_ATTACHMENT)
    }
}

register!(action CreateInstalledEquipmentAttachment);

struct SelectInstalledEquipment;

impl DataSource for SelectInstalledEquipment {
    fn about(&self) -> About {
        About::read("selectInstalledEquipment", "Select Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Offers active equipment by name.")
    }

    fn choices(&self) -> Choices {
        INSTALLED_EQUIPMENT
            .choices("{name} (ID: {id})")
            .sorted_by("id")
            .narrowed_by(const { &[LOCATION_ID.sent_as("locationIds").narrowing()] })
    }
}

register!(source SelectInstalledEquipment);
