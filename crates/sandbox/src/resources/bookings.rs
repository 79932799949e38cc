//! Bookings, below their provider and across providers: create, get, list, update.

use serde_json::{Value, json};

use super::shared::{ADDRESS, CONTACT, CUSTOMER_TYPES, PRIORITIES};
use crate::call::{Call, Reply};
use crate::filters::{CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, id_of, text_of};
use crate::listing::{Listing, Parent, SORTS};
use crate::problem::Problem;
use crate::references::{BOOKING_PROVIDERS, CAMPAIGNS, JOB_TYPES};
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, flag, id, list, moment, object, text};
use crate::words::{self, Address};
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

pub(crate) static TABLE: Spec = Spec {
    table: Table::Bookings,
    name: "bookings",
    noun: "Booking",
    ids: &[DOCUMENTED, ABOVE_DOUBLE],
    size: Size::Main,
    inactive: 0,
    render,
};

const FILTERS: &[Filter] = &[IDS, by("externalId", Test::Text("externalId"))];

const PROVIDER: Parent = Parent { field: "bookingProviderId", check: |_, id| known_provider(id), seeded: None };

/// On update the unit has to be there.
const WHOLE_ADDRESS: &[Field] = &[
    text("street").required(),
    text("unit").required(),
    text("city").required(),
    text("state").required(),
    text("zip").required(),
    text("country").required(),
];

const CREATE: &[Field] = &[
    text("source").required(),
    text("name").required(),
    object("address", ADDRESS.split_at(6).0).nullable(),
    list("contacts", &CONTACT).nullable(),
    text("customerType").nullable(),
    moment("start").nullable(),
    text("summary").required(),
    id("campaignId").nullable(),
    id("businessUnitId").nullable(),
    id("jobTypeId").nullable(),
    choice("priority", PRIORITIES).nullable(),
    flag("isFirstTimeClient").required(),
    list("uploadedImages", &Kind::Text).nullable(),
    flag("isSendConfirmationEmail").nullable(),
    text("externalId").required(),
];

const UPDATE: &[Field] = &[
    text("source"),
    text("name"),
    object("address", WHOLE_ADDRESS),
    choice("customerType", CUSTOMER_TYPES),
    moment("start"),
    text("summary"),
    id("campaignId"),
    id("businessUnitId"),
    id("jobTypeId"),
    choice("priority", PRIORITIES),
    flag("isFirstTimeClient"),
    list("uploadedImages", &Kind::Text),
    text("externalId"),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/bookings",
        Listing::of(Table::Bookings).filters(&[FILTERS, CREATED, MODIFIED]).sorts(SORTS),
    ),
    Endpoint::get("/crm/v2/tenant/{tenant}/bookings/{id}", Table::Bookings),
    Endpoint::list(
        "/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings",
        Listing::of(Table::Bookings).filters(&[FILTERS, CREATED, MODIFIED]).sorts(SORTS).below(PROVIDER),
    ),
    Endpoint::get_below(
        "/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings/{id}",
        Table::Bookings,
        "bookingProviderId",
    ),
    Endpoint::post("/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings", CREATE, create),
    Endpoint::patch("/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings/{id}", UPDATE, update),
];

fn known_provider(id: i64) -> Result<(), Problem> {
    if BOOKING_PROVIDERS.has(id) { Ok(()) } else { Err(Problem::not_found(BOOKING_PROVIDERS.noun, id)) }
}

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let provider = call.id();
    known_provider(provider)?;
    let kind = text_of(&call.body, "customerType").is_none_or(|kind| CUSTOMER_TYPES.contains(&kind));
    check(call, kind)?;
    let id = call.store.new_id(Table::Bookings);
    let record = json!({
        "id": id,
        "source": call.given("source"),
        "createdOn": call.now_text(),
        "name": call.given("name"),
        "address": address(&call.given("address")),
        "customerType": call.given("customerType"),
        // The reply always has a start; without one the booking stands for now.
        "start": call.given_or("start", call.now.text()),
        "campaignId": call.given("campaignId"),
        "businessUnitId": call.given("businessUnitId"),
        "isFirstTimeClient": call.given("isFirstTimeClient"),
        "uploadedImages": call.given_or("uploadedImages", json!([])),
        "isSendConfirmationEmail": call.given("isSendConfirmationEmail"),
        "status": "New",
        "dismissingReasonId": null,
        "jobId": null,
        "externalId": call.given("externalId"),
        "priority": call.given("priority"),
        "jobTypeId": call.given("jobTypeId"),
        "bookingProviderId": provider,
        "modifiedOn": call.now_text(),
        "summary": call.given("summary"),
    });
    Ok(Reply::Json(call.insert(Table::Bookings, record).into()))
}

fn address(given: &Value) -> Value {
    if given.is_null() {
        return Value::Null;
    }
    json!({
        "street": given["street"], "unit": given["unit"], "city": given["city"], "state": given["state"],
        "zip": given["zip"], "country": given["country"],
    })
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let provider = call.ids.first().copied().unwrap_or_default();
    known_provider(provider)?;
    let id = call.id();
    let mut record = call.store.find(Table::Bookings, id)?;
    if id_of(&record, "bookingProviderId") != Some(provider) {
        return Err(Problem::not_found(TABLE.noun, id));
    }
    check(call, true)?;
    if matches!(text_of(&record, "status"), Some("Converted" | "Dismissed")) {
        return Err(Problem::conflict("A booking that is converted or dismissed cannot be updated."));
    }
    call.copy(
        &mut record,
        &[
            "source",
            "name",
            "customerType",
            "start",
            "summary",
            "campaignId",
            "businessUnitId",
            "jobTypeId",
            "priority",
            "isFirstTimeClient",
            "uploadedImages",
            "externalId",
        ],
    );
    if let Some(given) = call.body.get("address") {
        record.insert("address".to_owned(), address(given));
    }
    Ok(Reply::Json(call.put(Table::Bookings, id, record).into()))
}

fn check(call: &Call<'_>, known_type: bool) -> Result<(), Problem> {
    call.checks()
        .exists("businessUnitId", Table::BusinessUnits)
        .known("campaignId", CAMPAIGNS)
        .known("jobTypeId", JOB_TYPES)
        .require(known_type, "customerType", "The customerType must be Residential or Commercial.")
        .done()
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Bookings, slot);
    let mut dice = world.dice(Table::Bookings, slot);
    // The documented booking is new, so that it can be updated.
    let status = if slot == 0 { "New" } else { dice.pick(&["New", "Accepted", "Converted", "Dismissed"]) };
    let provider = if slot == 0 { 0 } else { dice.below(2) as usize };
    let job = (status == "Converted").then(|| dice.below(world.count(Table::Jobs).max(1)));
    json.put("id", keys.id).put("source", BOOKING_PROVIDERS.entries[provider].1).put("createdOn", keys.created);
    json.put("name", words::person(&mut dice));
    json.nested("address", |json| Address::new(&mut dice).write(json));
    json.put("customerType", dice.pick(CUSTOMER_TYPES));
    json.put("start", keys.created.start_of_day().plus_seconds(86_400 + 3600 * (14 + dice.below_i64(8))));
    json.put("campaignId", dice.pick(CAMPAIGNS.entries).0).put("businessUnitId", world.id(Table::BusinessUnits, 0));
    json.put("isFirstTimeClient", dice.one_in(3)).put("uploadedImages", &[] as &[i64]);
    json.put("isSendConfirmationEmail", true).put("status", status).null("dismissingReasonId");
    json.put("jobId", job.map(|job| world.id(Table::Jobs, job))).put("externalId", format!("WEB-{}", 10_000 + slot));
    json.put("priority", dice.pick(PRIORITIES)).put("jobTypeId", dice.pick(JOB_TYPES.entries).0);
    json.put("bookingProviderId", BOOKING_PROVIDERS.entries[provider].0).put("modifiedOn", keys.modified);
    json.put("summary", dice.pick(words::SUMMARIES));
}
