//! Customers: create with their locations and contacts, get, list, update.

use super::{contacts, locations};
use crate::data::words::Place;
use crate::resources::prelude::*;
use crate::resources::shared::{CUSTOM_FIELD, CUSTOMER_TYPES, complete};

pub(crate) static CUSTOMERS: Table = Table::new("customers", "Customer", 5, FIELDS).one_inactive_in(20);

submit!(Resource::new(
    &CUSTOMERS,
    &[
        Endpoint::list_of("/crm/v2/tenant/{tenant}/customers", LIST.filters(FILTERS)),
        Endpoint::get("/crm/v2/tenant/{tenant}/customers/{id}"),
        Endpoint::create("/crm/v2/tenant/{tenant}/customers", create),
        Endpoint::update("/crm/v2/tenant/{tenant}/customers/{id}"),
    ]
));

const FILTERS: &[Filter] =
    &[by("phone", Test::Joined(with_phone)), by("excludeAccountingChangesFromModifiedDateRange", Test::OtherFlag)];

static FIELDS: &[Field] = &[
    ID.filter_by("ids", Test::Ids(usize::MAX)),
    ACTIVE.updatable(),
    text("name").required().updatable().filter_contains().seed(&|s| s.own(name)),
    choice("type", CUSTOMER_TYPES).editable().initially("Residential").seed(&|s| s.own(kind)),
    object("address", WHOLE_ADDRESS).required().updatable().convert(complete).filter_parts().seed(&|s| s.own(home)),
    custom_fields(&CUSTOM_FIELD).seed(&|s| custom_field(s, 3, "16x25x1")),
    decimal("balance").initially("0").seed(&|s| Money(if s.one_in(4) { s.rng.below_i64(90_000) } else { 0 })),
    flag("taxExempt").editable(),
    TAGS,
    flag("doNotMail").editable().seed(&|s| s.one_in(12)),
    flag("doNotService").editable().seed(&|s| s.one_in(60)),
    flag("nationalAccount").editable(),
    CREATED_ON,
    CREATED_BY,
    MODIFIED_ON,
    id("mergedToId"),
    id("paymentTermId").editable().known(PAYMENT_TERMS).seed(&|s| commercial(s).then_some(1090)),
    decimal("creditLimit").editable().seed(&|s| commercial(s).then_some(Money(500_000))),
    decimal("creditLimitBalance").editable().seed(&|s| commercial(s).then_some(Money(500_000))),
    EXTERNAL_DATA,
    list("locations", &locations::OF_CUSTOMER).required().body_only(),
    list("contacts", &contacts::KIND).optional().body_only(),
];

/// On update the API requires every part of the address.
const WHOLE_ADDRESS: &[Field] = &[
    ADDRESS[0],
    ADDRESS[1],
    ADDRESS[2],
    ADDRESS[3],
    ADDRESS[4],
    ADDRESS[5],
    ADDRESS[6].required_on_update(),
    ADDRESS[7].required_on_update(),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let locations = items_of(&call.body, "locations").to_vec();
    call.check().require(!locations.is_empty(), "locations", "At least one location is required.").done()?;
    let mut record = call.create(|_, _| {})?;
    let id = id_of(&record, "id").unwrap_or_default();
    let contacts = contacts::add_all(call, id);
    let locations: Vec<Value> = locations.iter().map(|location| locations::add(call, id, location)).collect();
    set(&mut record, "locations", locations);
    set(&mut record, "contacts", contacts);
    Ok(record.into())
}

#[expect(clippy::unnecessary_wraps, reason = "filters share a signature")]
fn with_phone(store: &Store, value: &str) -> Ids {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let wanted = digits(value);
    let fits = |row: &Row<'_>| {
        !wanted.is_empty()
            && row.text("type").is_some_and(|kind| kind.ends_with("Phone"))
            && row.text("value").is_some_and(|own| digits(&own) == wanted)
    };
    Ok(store.ids_where(&contacts::CONTACTS, fits, "customerId"))
}

fn kind(data: &SeedData, slot: u32) -> &'static str {
    if data.rng(&CUSTOMERS, slot, "type").one_in(6) { "Commercial" } else { "Residential" }
}

fn commercial(s: &Seed<'_>) -> bool {
    s.own(kind) == "Commercial"
}

pub(crate) fn name(data: &SeedData, slot: u32) -> String {
    let mut rng = data.rng(&CUSTOMERS, slot, "name");
    if kind(data, slot) == "Commercial" { words::company(&mut rng).to_owned() } else { words::person(&mut rng) }
}

/// Where a seeded customer and its location are.
pub(crate) fn home(data: &SeedData, slot: u32) -> Place {
    words::place(&mut data.rng(&CUSTOMERS, slot, "address"))
}
