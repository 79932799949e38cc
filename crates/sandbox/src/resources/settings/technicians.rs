//! Technicians: create, get, list, update.

use serde::Serialize;

use super::business_units::BUSINESS_UNITS;
use super::user_roles::USER_ROLES;
use crate::data::words::Place;
use crate::resources::prelude::*;
use crate::resources::shared::OPEN_CUSTOM_FIELD;

pub(crate) static TECHNICIANS: Table = Table::new("technicians", "Technician", 13, FIELDS)
    .first_ids(&[DOCUMENTED, 1088, ABOVE_DOUBLE])
    .size(Size::UpTo(60))
    .one_inactive_in(10);

submit!(Resource::new(
    &TECHNICIANS,
    &[
        Endpoint::list_of("/settings/v2/tenant/{tenant}/technicians", LIST.unsorted()),
        Endpoint::get("/settings/v2/tenant/{tenant}/technicians/{id}"),
        Endpoint::create("/settings/v2/tenant/{tenant}/technicians", create),
        Endpoint::update_with("/settings/v2/tenant/{tenant}/technicians/{id}", update),
    ]
));

static FIELDS: &[Field] = &[
    ID,
    id("userId").initially_of(|new| (new.id + 1).into()).filter_by("userIds", Test::AnyId(50)),
    text("name").required().updatable().filter_contains().seed(&|s| s.own(name)),
    id("roleId")
        .required()
        .updatable()
        .exists(&USER_ROLES)
        .stored_as("roleIds")
        .convert(|_, role| json!([role]))
        .seed(&|_| [USER_ROLES.id(0)]),
    id("businessUnitId").resettable().exists(&BUSINESS_UNITS),
    id("mainZoneId"),
    ids("zoneIds"),
    CREATED_ON,
    MODIFIED_ON,
    text("email").editable().seed(&|s| email(s)),
    text("phoneNumber").editable().seed(&|s| words::phone(&mut s.rng)),
    text("login").editable().stored_as("loginName").seed(&|s| format!("tech{}", s.slot)),
    object("home", HOME).editable().convert(home).seed(&|s| Home::new(words::place(&mut s.rng))),
    decimal("dailyGoal").resettable().initially("0").seed(&|_| Money(150_000)),
    flag("isManagedTech").seed(&|s| license(s) != "NonManagedTech"),
    choice("licenseType", LICENSES).required().updatable().seed(&|s| license(s)),
    custom_fields(&OPEN_CUSTOM_FIELD),
    ACTIVE,
    text("aadUserId").editable(),
    decimal("burdenRate").resettable().initially("0").seed(&|_| Money(560)),
    text("team").editable().seed(&|s| s.pick(&["North", "South", "Install"])),
    choice("jobFilter", JOB_FILTERS).resettable(),
    list("permissions", &Kind::Text),
    flag("accountLocked").updatable(),
    decimal("commissionRate").initially("5.00"),
    decimal("currentValue"),
    text("firstName").seed(&|s| s.own(names).0),
    text("lastName").seed(&|s| s.own(names).1),
    decimal("hourlyRate").initially("28.00").seed(&|s| Money(2800 + s.rng.below_i64(20) * 100)),
    id("jobId"),
    text("mobilePhone"),
    id("outboundCallerId"),
    text("payrollId").seed(&|s| format!("P{:05}", 1000 + s.slot)),
    id("payrollProfileId"),
    // The API spells it so.
    id("appoitmentId"),
    moment("shiftStart"),
    moment("shiftEnd"),
    decimal("soldByRate").initially("3.00"),
    moment("startDate").seed(&|s| s.keys.created.start_of_day()),
    text("status").initially("Idle"),
    list("skills", &Kind::Text),
    list("positions", &Kind::Choice(POSITIONS)).required().updatable().seed(&|s| [s.pick(&POSITIONS[..5])]),
    text("location"),
    text("bio").editable(),
    text("memo").editable(),
    text("password").optional().body_only(),
    choice("accountCreationMethod", ACCOUNTS).required().body_only(),
    choice("jobHistoryDateFilter", HISTORY_FILTERS).resettable().body_only(),
];

const HOME: &[Field] = &[
    text("unit").optional(),
    text("street").required(),
    text("city").required(),
    text("state").optional(),
    text("country").optional(),
    text("zip").optional(),
    decimal("latitude").optional(),
    decimal("longitude").optional(),
];

const ACCOUNTS: &[&str] = &["CreateLater", "SendInvite", "AssignLoginAndPassword"];
const LICENSES: &[&str] = &["NonManagedTech", "ManagedTech", "ManagedInstaller"];
const HISTORY_FILTERS: &[&str] = &["AllJobs", "LastThreeDays", "LastSevenDays", "LastMonth"];
const POSITIONS: &[&str] = &[
    "Installer",
    "Service",
    "Sales",
    "Maintenance",
    "Helper",
    "InstallProductionManager",
    "ServiceManager",
    "SalesManager",
    "PartRunner",
    "DummyTech",
];
const JOB_FILTERS: &[&str] = &[
    "AllScheduledDispatchedWorking",
    "NextScheduledDispatchedWorking",
    "DispatchedWorking",
    "NextScheduledDispatchedWorkingToday",
    "AllScheduledDispatchedWorkingToday",
    "AllScheduledDispatchedWorkingFiveDays",
    "NextScheduledDispatchedWorkingTodayTomorrow",
    "AllScheduledDispatchedWorkingTodayTomorrow",
    "Next2ScheduledDispatchedWorkingToday",
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let assigns = text_of(&call.body, "accountCreationMethod") == Some("AssignLoginAndPassword");
    let has_account = text_of(&call.body, "login").is_some() && text_of(&call.body, "password").is_some();
    let message = "AssignLoginAndPassword needs a login and a password.";
    call.check().require(!assigns || has_account, "login", message).done()?;
    let record = call.create(set_parts)?;
    Ok(Reply::Json(json!({"id": record["id"]})))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let record = call.update(set_parts)?;
    Ok(Reply::Json(json!({"id": record["id"]})))
}

/// What follows from other fields.
fn set_parts(call: &Call<'_>, record: &mut Object) {
    if let Some(name) = text_of(&call.body, "name") {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        set(record, "firstName", first);
        set(record, "lastName", last);
    }
    if let Some(license) = text_of(&call.body, "licenseType") {
        set(record, "isManagedTech", license != "NonManagedTech");
    }
}

/// A home address with all the fields that responses have.
fn home(_: &Field, given: &Value) -> Value {
    json!({
        "street": given["street"], "unit": given["unit"], "country": given["country"], "city": given["city"],
        "state": given["state"], "zip": given["zip"], "streetAddress": given["street"],
        "latitude": given["latitude"], "longitude": given["longitude"],
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Home {
    street_address: String,
    #[serde(flatten)]
    place: Place,
}

impl Home {
    fn new(place: Place) -> Self {
        Self { street_address: place.address.street.clone(), place }
    }
}

pub(crate) fn name(data: &SeedData, slot: u32) -> String {
    let (first, last) = names(data, slot);
    format!("{first} {last}")
}

fn names(data: &SeedData, slot: u32) -> (&'static str, &'static str) {
    words::names(&mut data.rng(&TECHNICIANS, slot, "name"))
}

fn email(s: &Seed<'_>) -> String {
    let (first, last) = s.own(names);
    words::email(first, last, s.slot)
}

fn license(s: &Seed<'_>) -> &'static str {
    s.data.rng(&TECHNICIANS, s.slot, "license").pick(LICENSES)
}
