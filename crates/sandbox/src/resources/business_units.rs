//! Business units: list.

use crate::filters::{ACTIVE, CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, Raw};
use crate::listing::Listing;
use crate::route::Endpoint;
use crate::words::{Address, phone};
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

const NAMES: &[&str] = &[
    "HVAC Service",
    "HVAC Install",
    "Plumbing Service",
    "Plumbing Install",
    "Drains",
    "Electrical Service",
    "Maintenance",
    "Commercial HVAC",
    "Commercial Plumbing",
    "New Construction",
    "Water Treatment",
    "Warranty",
];

pub(crate) static TABLE: Spec = Spec {
    table: Table::BusinessUnits,
    name: "business-units",
    noun: "Business unit",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::UpTo(12),
    inactive: 6,
    render,
};

const FILTERS: &[Filter] =
    &[IDS, ACTIVE, by("name", Test::Contains("name")), by("externalDataApplicationGuid", Test::OtherGuid)];

pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint::list(
    "/settings/v2/tenant/{tenant}/business-units",
    Listing::of(Table::BusinessUnits).filters(&[FILTERS, CREATED, MODIFIED]),
)];

/// Name of a seeded business unit.
pub(crate) fn seeded_name(slot: u32) -> String {
    NAMES.get(slot as usize).map_or_else(|| format!("Branch {}", slot + 1), |name| (*name).to_owned())
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::BusinessUnits, slot);
    let mut dice = world.dice(Table::BusinessUnits, slot);
    let name = seeded_name(slot);
    let plumbing = name.contains("Plumbing") || name.contains("Drain") || name.contains("Water");
    json.put("id", keys.id).put("active", keys.active).put("name", name.as_str());
    json.put("officialName", format!("Comfort Co. {name}")).put("email", "office@example.com").put("currency", "USD");
    json.put("phoneNumber", phone(&mut dice)).nulls(&["invoiceHeader"]).put("invoiceMessage", "Thank you!");
    json.put("defaultTaxRate", Raw("0.0825")).nulls(&["authorizationParagraph", "acknowledgementParagraph"]);
    json.nested("address", |json| {
        Address::new(&mut dice).write_placed(json);
        json.put("isManualCoordinates", false).put("isMilitary", false);
    });
    json.nulls(&["materialSku", "quickbooksClass"]).put("accountCode", format!("{:03}", 100 + slot));
    json.nulls(&["franchiseId", "conceptCode", "corporateContractNumber"]);
    json.nested("trade", |json| {
        let (id, name) = if plumbing { (2_i64, "Plumbing") } else { (1, "HVAC") };
        json.put("id", id).put("name", name);
    });
    json.nested("division", |json| {
        json.put("id", 1_i64).put("name", "Residential");
    });
    json.put("tagTypeIds", &[] as &[i64]);
    json.nested("tenant", |json| {
        json.put("id", 1097_i64).put("name", "Comfort Co.").nulls(&["accountCode", "franchiseId", "conceptCode"]);
        json.put("modifiedOn", keys.created);
    });
    json.put("createdOn", keys.created).put("modifiedOn", keys.modified).put("externalData", &[] as &[i64]);
}
