//! Business units: list.

use serde::Serialize;

use crate::data::words::Place;
use crate::resources::prelude::*;

pub(crate) static BUSINESS_UNITS: Table =
    Table::new("business-units", "Business unit", 3, FIELDS).size(Size::UpTo(12)).one_inactive_in(6);

submit!(Resource::new(
    &BUSINESS_UNITS,
    &[Endpoint::list_of("/settings/v2/tenant/{tenant}/business-units", LIST.unsorted())]
));

const NAMES: &str = "HVAC Service, HVAC Install, Plumbing Service, Plumbing Install, Drains, Electrical Service, \
    Maintenance, Commercial HVAC, Commercial Plumbing, New Construction, Water Treatment, Warranty";

static FIELDS: &[Field] = &[
    ID,
    ACTIVE,
    text("name").filter_contains().seed(&|s| name(s.slot)),
    text("officialName").seed(&|s| format!("Comfort Co. {}", name(s.slot))),
    text("email").initially("office@example.com"),
    text("currency").initially("USD"),
    text("phoneNumber").seed(&|s| words::phone(&mut s.rng)),
    text("invoiceHeader"),
    text("invoiceMessage").initially("Thank you!"),
    decimal("defaultTaxRate").initially("0.0825"),
    text("authorizationParagraph"),
    text("acknowledgementParagraph"),
    object("address", &[]).seed(&|s| Address {
        place: words::place(&mut s.rng),
        is_manual_coordinates: false,
        is_military: false,
    }),
    text("materialSku"),
    text("quickbooksClass"),
    text("accountCode").seed(&|s| format!("{:03}", 100 + s.slot)),
    text("franchiseId"),
    text("conceptCode"),
    text("corporateContractNumber"),
    object("trade", &[]).seed(&|s| trade(s.slot)),
    object("division", &[]).initially(r#"{"id":1,"name":"Residential"}"#),
    ids("tagTypeIds"),
    object("tenant", TENANT).seed_parts(),
    CREATED_ON,
    MODIFIED_ON,
    list("externalData", &Kind::Object(&[])).filter_by("externalDataApplicationGuid", Test::OtherGuid),
];

const TENANT: &[Field] = &[
    id("id").initially("1097"),
    text("name").initially("Comfort Co."),
    text("accountCode"),
    text("franchiseId"),
    text("conceptCode"),
    moment("modifiedOn").seed(&|s| s.keys.created),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[serde(flatten)]
    place: Place,
    is_manual_coordinates: bool,
    is_military: bool,
}

pub(crate) fn name(slot: u32) -> String {
    words::nth(NAMES, slot, "Branch")
}

fn trade(slot: u32) -> Named<&'static str> {
    let plumbing = ["Plumbing", "Drain", "Water"].iter().any(|word| name(slot).contains(word));
    if plumbing { Named { id: 2, name: "Plumbing" } } else { Named { id: 1, name: "HVAC" } }
}
