//! Equipment that is installed at a location.

use pipefit_component::prelude::*;

use crate::inputs::{LIST, LOCATION_ID, TAG_TYPE_IDS};
use crate::service::EQUIPMENT;
use crate::values::installed_equipment::{EquipmentAttachment, EquipmentCustomFieldValue, EquipmentStatus};

pub(crate) static INSTALLED_EQUIPMENT: ListEndpoint = EQUIPMENT
    .list("/installed-equipment")
    .resource("installedEquipment", "Installed Equipment")
    .record(&PIECE)
    .ids("ids")
    .including_inactive("active", "Any");

const ATTACHMENTS: Input = Input::code("attachments", "Attachments")
    .shape::<Vec<EquipmentAttachment>>()
    .template(r#"[{"alias": "string", "fileName": "string", "type": "Image", "url": "string"}]"#)
    .help("The complete list of pictures, videos and documents, each with the path that its upload answered.")
    .omitted("Left out: none on create, unchanged on update.");
const COST: Input = Input::decimal("cost", "Cost")
    .example("100.00")
    .help("What it cost, in the currency of the account, such as `1899.50`.")
    .omitted("Left out: none on create, unchanged on update.");
const CUSTOM_FIELDS: Input = Input::code("customFields", "Custom Fields")
    .shape::<Vec<EquipmentCustomFieldValue>>()
    .template(r#"[{"typeId": 0, "value": "string"}]"#)
    .help("The complete list of custom fields with their values: a field that an update does not list loses its value.")
    .omitted("Left out: none on create, unchanged on update.");
const INSTALLED_EQUIPMENT_ID: Input = Input::id("installedEquipmentId", "Installed Equipment ID")
    .example("1234567890")
    .source("selectInstalledEquipment")
    .help("The piece of equipment, by its number.");
const INSTALLED_ON: Input = Input::timestamp("installedOn", "Installed On")
    .example("2021-01-01T00:00:00Z")
    .help("When it was installed, with a time zone, such as `2024-10-11T09:00:00Z`.")
    .omitted("Left out: none on create, unchanged on update.");
const MANUFACTURER: Input = Input::text("manufacturer", "Manufacturer")
    .example("Test Manufacturer")
    .help("Who made it.")
    .omitted("Left out: none on create, unchanged on update.");
const MANUFACTURER_WARRANTY_END: Input = Input::timestamp("manufacturerWarrantyEnd", "Manufacturer Warranty End")
    .example("2021-01-01T00:00:00Z")
    .help("When the maker's warranty ends, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");
const MANUFACTURER_WARRANTY_START: Input = Input::timestamp("manufacturerWarrantyStart", "Manufacturer Warranty Start")
    .example("2021-01-01T00:00:00Z")
    .help("When the maker's warranty begins, with a time zone.")
    .omitted("Left out: none on create, unchanged on update.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("Notes for the next visit.")
    .omitted("Left out: none on create, unchanged on update.");
const MODEL: Input = Input::text("model", "Model")
    .example("Test Model")
    .help("The maker's name of the model.")
    .omitted("Left out: none on create, unchanged on update.");
const NAME: Input = Input::text("name", "Name")
    .example("Test Source")
    .help("What people call the piece, such as `Furnace, basement`.")
    .omitted("Left out: none on create, unchanged on update.");
const SERIAL_NUMBER: Input = Input::text("serialNumber", "Serial Number")
    .example("1234567890")
    .help("The maker's number of this piece, from its plate.")
    .omitted("Left out: none on create, unchanged on update.");
const SERVICE_PROVIDER_WARRANTY_END: Input =
    Input::timestamp("serviceProviderWarrantyEnd", "Service Provider Warranty End")
        .example("2021-01-01T00:00:00Z")
        .help("When the warranty of your company ends, with a time zone.")
        .omitted("Left out: none on create, unchanged on update.");
const SERVICE_PROVIDER_WARRANTY_START: Input =
    Input::timestamp("serviceProviderWarrantyStart", "Service Provider Warranty Start")
        .example("2021-01-01T00:00:00Z")
        .help("When the warranty of your company begins, with a time zone.")
        .omitted("Left out: none on create, unchanged on update.");

/// Where files are kept for all installed equipment: photos, manuals, certificates.
const FILES: &str = "attachments";

const FILE: Input = Input::file("file", "Attachment File")
    .help("The file to store: its bytes in base64 as `data`, and its media type as `contentType`.");
const FILE_NAME: Input = Input::text("fileName", "File Name").example("Test File").help(
    "The name that the file is uploaded under, with its ending, such as `nameplate.jpg`; it wins over a name inside \
     the file.",
);
const PATH: Input = Input::text("path", "Path")
    .example("department")
    .help("Where the file is kept: the path that the upload answered, or one of the equipment's attachments.");

static PIECE: Record = Record {
    help: "A piece of equipment, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record."),
        Field::flag("active", "Whether it is in use.").example("true"),
        Field::id("equipmentId", "The item of the pricebook that it is.").nullable(),
        Field::id("locationId", "Where it is installed."),
        Field::id("customerId", "Whose it is."),
        Field::id("invoiceItemId", "The line of the invoice that it was sold on.").nullable(),
        Field::text("name", "What people call it.").example("Furnace, basement"),
        Field::object("type", "The type of equipment.", &EQUIPMENT_TYPE).nullable(),
        Field::timestamp("installedOn", "When it was installed.").nullable().example("2024-10-11T09:00:00Z"),
        Field::timestamp("createdOn", "When it was added."),
        Field::timestamp("modifiedOn", "When it was last changed."),
        Field::text("serialNumber", "The maker's number of this piece.").example("SN-4711-08"),
        Field::text("barcodeId", "The bar code on it.").nullable(),
        Field::text("memo", "Notes.").example("Filter size 16x25x1."),
        Field::text("manufacturer", "Who made it.").example("Carrier"),
        Field::text("model", "The maker's name of the model.").example("59TP6"),
        Field::decimal("cost", "What it cost, in the currency of the account.").example("1899.5"),
        Field::value::<EquipmentStatus>("status", "Whether it is in place or has been replaced.").example("Installed"),
        Field::timestamp("manufacturerWarrantyStart", "When the maker's warranty begins.")
            .nullable()
            .example("2024-10-11T00:00:00Z"),
        Field::timestamp("manufacturerWarrantyEnd", "When the maker's warranty ends.")
            .nullable()
            .example("2034-10-11T00:00:00Z"),
        Field::timestamp("serviceProviderWarrantyStart", "When the warranty of your company begins.").nullable(),
        Field::timestamp("serviceProviderWarrantyEnd", "When the warranty of your company ends.").nullable(),
        Field::objects("tags", "Its tags.", &EQUIPMENT_TAG).nullable().example("null"),
        Field::text("actualReplacementDate", "The day it was replaced.").nullable(),
        Field::integer("predictedReplacementMonths", "How many months it should last.").nullable().example("180"),
        Field::text("predictedReplacementDate", "The day it should be replaced.").nullable().example("2039-10-11"),
        Field::objects("customFields", "Its custom fields.", &EQUIPMENT_CUSTOM_FIELD).nullable(),
        Field::value::<EquipmentAttachment>("attachments", "Pictures, videos and documents of it.")
            .list()
            .nullable()
            .example("null"),
    ],
};

static EQUIPMENT_TYPE: Record = Record {
    help: "The type of a piece of equipment.",
    fields: &[
        Field::id("id", "The number of the type.").example("1088"),
        Field::text("name", "What people call it.").nullable().example("Furnace"),
    ],
};

static EQUIPMENT_TAG: Record = Record {
    help: "A tag of a piece of equipment.",
    fields: &[
        Field::id("id", "The number of the tag on this piece."),
        Field::id("ownerId", "The piece that it hangs on."),
        Field::id("typeId", "Which tag it is."),
        Field::text("typeName", "What people call it.").nullable(),
        Field::text("memo", "Notes.").nullable(),
        Field::text("color", "Its colour, such as `#ff8800`.").nullable(),
        Field::text("textColor", "The colour of its text.").nullable(),
        Field::text("code", "Its short code.").nullable(),
    ],
};

static EQUIPMENT_CUSTOM_FIELD: Record = Record {
    help: "A custom field of a piece of equipment.",
    fields: &[
        Field::id("id", "The number of the value.").example("1090"),
        Field::id("typeId", "Which custom field: its number in the settings.").example("1088"),
        Field::text("name", "What people call the field.").nullable().example("Fuel"),
        Field::text("value", "The value, as text whatever the field's type.").nullable().example("Gas"),
    ],
};

static INSTALLED_EQUIPMENT_ATTACHMENT: Record = Record {
    help: "Where an uploaded file is kept.",
    fields: &[Field::text("path", "The path to name in an equipment's attachments, and to download the file by.")
        .example("InstalledEquipment/Images/0b7c2f66-3f0c-4b4e-9a51-6a2b7f6f2a10.jpg")],
};

struct GetInstalledEquipment;

impl Action for GetInstalledEquipment {
    fn about(&self) -> About {
        About::read("getInstalledEquipment", "Get Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Reads one piece of equipment by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INSTALLED_EQUIPMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.get("{installedEquipmentId}").query(inputs)
    }
}

register!(action GetInstalledEquipment);

struct ListInstalledEquipment;

impl Action for ListInstalledEquipment {
    fn about(&self) -> About {
        About::read("listInstalledEquipment", "List Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Lists the equipment that is in use, one page or all of it.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
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
            .help("Records a piece of equipment at a location and answers the new record.")
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
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.create().body(inputs)
    }
}

register!(action CreateInstalledEquipment);

struct UpdateInstalledEquipment;

impl Action for UpdateInstalledEquipment {
    fn about(&self) -> About {
        About::update("updateInstalledEquipment", "Update Installed Equipment", INSTALLED_EQUIPMENT.resource)
            .help("Changes the given fields of a piece of equipment and answers the changed record. Lists are replaced as a whole.")
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
                CUSTOM_FIELDS,
                ATTACHMENTS,
                TAG_TYPE_IDS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        INSTALLED_EQUIPMENT.patch("{installedEquipmentId}").body(inputs)
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
        .help("Downloads the file at a path, and answers its bytes in base64 with its media type and, where it has one, its name.")
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
        .help("Uploads a file and answers the path under which it is kept. To show it with a piece of equipment, name that path among the equipment's attachments.")
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
            .help("Offers the equipment that is in use, by name.")
    }

    fn choices(&self) -> Choices {
        INSTALLED_EQUIPMENT.choices("{name} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectInstalledEquipment);
