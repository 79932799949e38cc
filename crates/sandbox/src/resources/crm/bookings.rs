//! Bookings, below their provider and across providers: create, get, list, update.

use super::contacts;
use crate::resources::jpm::jobs::JOBS;
use crate::resources::prelude::*;
use crate::resources::settings::business_units::BUSINESS_UNITS;
use crate::resources::shared::{CUSTOMER_TYPES, PRIORITIES, complete};

pub(crate) static BOOKINGS: Table = Table::new("bookings", "Booking", 2, FIELDS);

submit!(Resource::new(
    &BOOKINGS,
    &[
        Endpoint::list("/crm/v2/tenant/{tenant}/bookings"),
        Endpoint::get("/crm/v2/tenant/{tenant}/bookings/{id}"),
        Endpoint::list_of("/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings", LIST.below(PROVIDER)),
        Endpoint::get_below(
            "/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings/{id}",
            "bookingProviderId"
        ),
        Endpoint::create("/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings", create),
        Endpoint::update_with("/crm/v2/tenant/{tenant}/booking-provider/{booking_provider}/bookings/{id}", update),
    ]
));

const PROVIDER: Parent = Parent { field: "bookingProviderId", check: |_, id| check_provider(id), seeded: None };

/// The first booking is new, so that it can be updated.
static FIELDS: &[Field] = &[
    ID,
    text("source").required().updatable().seed(&|s| s.own(provider).1),
    CREATED_ON,
    text("name").required().updatable().seed(&|s| words::person(&mut s.rng)),
    object("address", ADDRESS.split_at(6).0).editable().convert(complete).seed(&|s| words::address(&mut s.rng)),
    suggested("customerType", CUSTOMER_TYPES).editable(),
    moment("start").editable().initially_of(now).seed(&|s| start(s)),
    id("campaignId").editable().known(CAMPAIGNS),
    id("businessUnitId").editable().exists(&BUSINESS_UNITS).seed(&|_| BUSINESS_UNITS.id(0)),
    flag("isFirstTimeClient").required().updatable().seed(&|s| s.one_in(3)),
    list("uploadedImages", &Kind::Text).editable(),
    flag("isSendConfirmationEmail").optional().initially("null").seed(&|_| true),
    text("status").initially("New").seed(&|s| s.own(status)),
    id("dismissingReasonId"),
    id("jobId").seed(&|s| (s.own(status) == "Converted").then(|| s.any(&JOBS))),
    text("externalId").required().updatable().filter().seed(&|s| format!("WEB-{}", 10_000 + s.slot)),
    choice("priority", PRIORITIES).editable(),
    id("jobTypeId").editable().known(JOB_TYPES),
    id("bookingProviderId").seed(&|s| s.own(provider).0),
    MODIFIED_ON,
    text("summary").required().updatable().seed(&|s| s.pick(words::SUMMARIES)),
    list("contacts", &contacts::KIND).optional().body_only(),
];

fn check_provider(id: i64) -> Result<(), Problem> {
    if BOOKING_PROVIDERS.has(id) { Ok(()) } else { Err(Problem::not_found(BOOKING_PROVIDERS.noun, id)) }
}

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check_provider(call.id())?;
    Ok(call.create(|call, record| set(record, "bookingProviderId", call.id()))?.into())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    check_provider(call.parent_id())?;
    let record = call.subject()?;
    if id_of(&record, "bookingProviderId") != Some(call.parent_id()) {
        return Err(Problem::not_found(BOOKINGS.noun, call.id()));
    }
    call.check().done()?;
    if matches!(text_of(&record, "status"), Some("Converted" | "Dismissed")) {
        return Err(Problem::conflict("A booking that is converted or dismissed cannot be updated."));
    }
    Ok(call.update(|_, _| {})?.into())
}

fn provider(data: &SeedData, slot: u32) -> (i64, &'static str) {
    let providers = BOOKING_PROVIDERS.entries;
    if slot == 0 { providers[0] } else { data.rng(&BOOKINGS, slot, "provider").pick(providers) }
}

fn status(data: &SeedData, slot: u32) -> &'static str {
    let statuses = &["New", "Accepted", "Converted", "Dismissed"];
    if slot == 0 { "New" } else { data.rng(&BOOKINGS, slot, "status").pick(statuses) }
}

fn start(s: &mut Seed<'_>) -> Timestamp {
    s.keys.created.start_of_day().plus_days(1).plus_seconds(3600 * (14 + s.rng.below_i64(8)))
}
