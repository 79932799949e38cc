//! Equipment that is installed at a location.

use pipefit_component::prelude::*;

use crate::apis::EQUIPMENT;
use crate::inputs::{LIST, LOCATION_ID, TAG_TYPE_IDS};
use crate::shapes::installed_equipment::{EquipmentAttachment, EquipmentCustomFieldValue, EquipmentStatus};

pub(crate) const INSTALLED_EQUIPMENT: Resource = Resource { key: "installedEquipment", label: "Installed Equipment" };

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

/// A piece of equipment, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct InstalledEquipment {
    /// The number of the record.
    id: Id,
    /// Whether it is in use.
    active: bool,
    /// The item of the pricebook that it is.
    equipment_id: Option<Id>,
    /// Where it is installed.
    location_id: Id,
    /// Whose it is.
    customer_id: Id,
    /// The line of the invoice that it was sold on.
    invoice_item_id: Option<Id>,
    /// What people call it.
    name: String,
    /// The type of equipment.
    r#type: Option<EquipmentType>,
    /// When it was installed.
    installed_on: Option<Timestamp>,
    /// When it was added.
    created_on: Timestamp,
    /// When it was last changed.
    modified_on: Timestamp,
    /// The maker's number of this piece.
    serial_number: String,
    /// The bar code on it.
    barcode_id: Option<String>,
    /// Notes.
    memo: String,
    /// Who made it.
    manufacturer: String,
    /// The maker's name of the model.
    model: String,
    /// What it cost, in the currency of the account.
    cost: Decimal,
    /// Whether it is in place or has been replaced.
    status: EquipmentStatus,
    /// When the maker's warranty begins.
    manufacturer_warranty_start: Option<Timestamp>,
    /// When the maker's warranty ends.
    manufacturer_warranty_end: Option<Timestamp>,
    /// When the warranty of your company begins.
    service_provider_warranty_start: Option<Timestamp>,
    /// When the warranty of your company ends.
    service_provider_warranty_end: Option<Timestamp>,
    /// Its tags.
    tags: Option<Vec<EquipmentTag>>,
    /// The day it was replaced.
    actual_replacement_date: Option<String>,
    /// How many months it should last.
    predicted_replacement_months: Option<i64>,
    /// The day it should be replaced.
    predicted_replacement_date: Option<String>,
    /// Its custom fields.
    custom_fields: Option<Vec<EquipmentCustomField>>,
    /// Pictures, videos and documents of it.
    attachments: Option<Vec<EquipmentAttachment>>,
}

impl Record for InstalledEquipment {
    const EXAMPLE: &'static str = r#"{"id":10978752986,"active":true,"equipmentId":null,"locationId":10978752986,"customerId":10978752986,"invoiceItemId":null,"name":"Furnace, basement","type":{"id":1088,"name":"Furnace"},"installedOn":"2024-10-11T09:00:00Z","createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-01-05T14:30:00Z","serialNumber":"SN-4711-08","barcodeId":null,"memo":"Filter size 16x25x1.","manufacturer":"Carrier","model":"59TP6","cost":1899.5,"status":"Installed","manufacturerWarrantyStart":"2024-10-11T00:00:00Z","manufacturerWarrantyEnd":"2034-10-11T00:00:00Z","serviceProviderWarrantyStart":null,"serviceProviderWarrantyEnd":null,"tags":null,"actualReplacementDate":null,"predictedReplacementMonths":180,"predictedReplacementDate":"2039-10-11","customFields":[{"id":1090,"typeId":1088,"name":"Fuel","value":"Gas"}],"attachments":null}"#;
}

/// The type of a piece of equipment.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct EquipmentType {
    /// The number of the type.
    id: Id,
    /// What people call it.
    name: Option<String>,
}

/// A tag of a piece of equipment.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct EquipmentTag {
    /// The number of the tag on this piece.
    id: Id,
    /// The piece that it hangs on.
    owner_id: Id,
    /// Which tag it is.
    type_id: Id,
    /// What people call it.
    type_name: Option<String>,
    /// Notes.
    memo: Option<String>,
    /// Its colour, such as `#ff8800`.
    color: Option<String>,
    /// The colour of its text.
    text_color: Option<String>,
    /// Its short code.
    code: Option<String>,
}

/// A custom field of a piece of equipment.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct EquipmentCustomField {
    /// The number of the value.
    id: Id,
    /// Which custom field: its number in the settings.
    type_id: Id,
    /// What people call the field.
    name: Option<String>,
    /// The value, as text whatever the field's type.
    value: Option<String>,
}

struct GetInstalledEquipment;

impl Action for GetInstalledEquipment {
    fn about(&self) -> About {
        About::read("getInstalledEquipment", "Get Installed Equipment", INSTALLED_EQUIPMENT)
            .help("Reads one piece of equipment by its number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, INSTALLED_EQUIPMENT_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        EQUIPMENT.get("/installed-equipment/{installedEquipmentId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<InstalledEquipment>()
    }
}

register!(action GetInstalledEquipment);

struct ListInstalledEquipment;

impl Action for ListInstalledEquipment {
    fn about(&self) -> About {
        About::read("listInstalledEquipment", "List Installed Equipment", INSTALLED_EQUIPMENT)
            .help("Lists the equipment that is in use, one page or all of it.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        EQUIPMENT.list("/installed-equipment").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<InstalledEquipment>()
    }
}

register!(action ListInstalledEquipment);

struct CreateInstalledEquipment;

impl Action for CreateInstalledEquipment {
    fn about(&self) -> About {
        About::create("createInstalledEquipment", "Create Installed Equipment", INSTALLED_EQUIPMENT)
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
        EQUIPMENT.post("/installed-equipment").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<InstalledEquipment>()
    }
}

register!(action CreateInstalledEquipment);

struct UpdateInstalledEquipment;

impl Action for UpdateInstalledEquipment {
    fn about(&self) -> About {
        About::update("updateInstalledEquipment", "Update Installed Equipment", INSTALLED_EQUIPMENT)
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
        EQUIPMENT.patch("/installed-equipment/{installedEquipmentId}").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<InstalledEquipment>()
    }
}

register!(action UpdateInstalledEquipment);

struct SelectInstalledEquipment;

impl Action for SelectInstalledEquipment {
    fn about(&self) -> About {
        About::read("selectInstalledEquipment", "Select Installed Equipment", INSTALLED_EQUIPMENT)
            .help("Offers the equipment that is in use, by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        EQUIPMENT.list("/installed-equipment").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<InstalledEquipment>()
    }
}

impl DataSource for SelectInstalledEquipment {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})").sorted_by("id").found_by("ids").even_unused("active", "Any")
    }
}

register!(source SelectInstalledEquipment);
