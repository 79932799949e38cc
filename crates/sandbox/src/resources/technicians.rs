//! Technicians: create, get, list, update.

use serde_json::{Value, json};

use super::shared::OPEN_CUSTOM_FIELD;
use crate::call::{Call, Reply, named_custom_fields};
use crate::filters::{ACTIVE, CREATED, Filter, IDS, MODIFIED, Test, by};
use crate::json::{Json, Money, Object, id_of, text_of};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::references::CUSTOM_FIELDS;
use crate::route::Endpoint;
use crate::schema::{Field, Kind, choice, decimal, flag, id, list, object, text};
use crate::words::{self, Address};
use crate::world::{ABOVE_DOUBLE, DOCUMENTED, Size, Spec, Table, World};

const LICENSES: &[&str] = &["NonManagedTech", "ManagedTech", "ManagedInstaller"];
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
const HISTORY_FILTERS: &[&str] = &["AllJobs", "LastThreeDays", "LastSevenDays", "LastMonth"];
const ACCOUNTS: &[&str] = &["CreateLater", "SendInvite", "AssignLoginAndPassword"];

pub(crate) static TABLE: Spec = Spec {
    table: Table::Technicians,
    name: "technicians",
    noun: "Technician",
    ids: &[DOCUMENTED, 1088, ABOVE_DOUBLE],
    size: Size::UpTo(60),
    inactive: 10,
    render,
};

const FILTERS: &[Filter] = &[IDS, by("userIds", Test::AnyId("userId", 50)), by("name", Test::Contains("name")), ACTIVE];

const HOME: &[Field] = &[
    text("unit").nullable(),
    text("street").required(),
    text("city").required(),
    text("state").nullable(),
    text("country").nullable(),
    text("zip").nullable(),
    decimal("latitude").nullable(),
    decimal("longitude").nullable(),
];

const CREATE: &[Field] = &[
    text("name").required(),
    text("phoneNumber").nullable(),
    text("email").nullable(),
    text("login").nullable(),
    text("password").nullable(),
    choice("accountCreationMethod", ACCOUNTS).required(),
    id("businessUnitId").nullable(),
    id("roleId").required(),
    list("positions", &Kind::Choice(POSITIONS)).required(),
    text("aadUserId").nullable(),
    choice("licenseType", LICENSES).required(),
    text("team").nullable(),
    decimal("dailyGoal").nullable(),
    decimal("burdenRate").nullable(),
    text("bio").nullable(),
    text("memo").nullable(),
    choice("jobFilter", JOB_FILTERS).nullable(),
    choice("jobHistoryDateFilter", HISTORY_FILTERS).nullable(),
    object("home", HOME).nullable(),
    list("customFields", &OPEN_CUSTOM_FIELD).nullable(),
];

const UPDATE: &[Field] = &[
    text("name"),
    text("phoneNumber"),
    text("email"),
    text("login"),
    id("businessUnitId").nullable(),
    id("roleId"),
    list("positions", &Kind::Choice(POSITIONS)),
    text("aadUserId"),
    choice("licenseType", LICENSES),
    text("team"),
    decimal("dailyGoal").nullable(),
    decimal("burdenRate").nullable(),
    text("bio"),
    text("memo"),
    choice("jobFilter", JOB_FILTERS).nullable(),
    choice("jobHistoryDateFilter", HISTORY_FILTERS).nullable(),
    object("home", HOME),
    list("customFields", &OPEN_CUSTOM_FIELD),
    flag("accountLocked"),
];

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::list(
        "/settings/v2/tenant/{tenant}/technicians",
        Listing::of(Table::Technicians).filters(&[FILTERS, CREATED, MODIFIED]),
    ),
    Endpoint::get("/settings/v2/tenant/{tenant}/technicians/{id}", Table::Technicians),
    Endpoint::post("/settings/v2/tenant/{tenant}/technicians", CREATE, create),
    Endpoint::patch("/settings/v2/tenant/{tenant}/technicians/{id}", UPDATE, update),
];

fn create(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let assigns = text_of(&call.body, "accountCreationMethod") == Some("AssignLoginAndPassword");
    let has_account = text_of(&call.body, "login").is_some() && text_of(&call.body, "password").is_some();
    call.checks()
        .exists("businessUnitId", Table::BusinessUnits)
        .exists("roleId", Table::UserRoles)
        .custom_fields(CUSTOM_FIELDS)
        .require(!assigns || has_account, "login", "AssignLoginAndPassword needs a login and a password.")
        .done()?;
    let id = call.store.new_id(Table::Technicians);
    // Everything that the body does not say is as it is with a technician who has not worked yet.
    let mut record = call.store.model(Table::Technicians);
    let blank = json!({
        "id": id, "userId": id + 1, "businessUnitId": null, "mainZoneId": null, "zoneIds": [],
        "createdOn": call.now_text(), "modifiedOn": call.now_text(), "email": null, "phoneNumber": null,
        "loginName": null, "home": null, "dailyGoal": 0, "customFields": [], "active": true, "aadUserId": null,
        "burdenRate": 0, "team": null, "jobFilter": null, "accountLocked": false, "currentValue": null,
        "mobilePhone": null, "payrollId": null, "startDate": null, "status": "Idle", "skills": [], "location": null,
        "bio": null, "memo": null,
    });
    if let Value::Object(blank) = blank {
        record.extend(blank);
    }
    apply(call, &mut record);
    call.insert(Table::Technicians, record.into());
    Ok(Reply::Json(json!({ "id": id })))
}

fn update(call: &mut Call<'_>) -> Result<Reply, Problem> {
    let id = call.id();
    let mut record = call.store.find(Table::Technicians, id)?;
    call.checks()
        .exists("businessUnitId", Table::BusinessUnits)
        .exists("roleId", Table::UserRoles)
        .custom_fields(CUSTOM_FIELDS)
        .done()?;
    apply(call, &mut record);
    call.put(Table::Technicians, id, record);
    Ok(Reply::Json(json!({ "id": id })))
}

fn apply(call: &Call<'_>, record: &mut Object) {
    call.copy(
        record,
        &[
            "name",
            "phoneNumber",
            "email",
            "businessUnitId",
            "positions",
            "aadUserId",
            "licenseType",
            "team",
            "bio",
            "memo",
            "jobFilter",
            "accountLocked",
        ],
    );
    let mut set = |key: &str, value: Value| {
        record.insert(key.to_owned(), value);
    };
    for amount in ["dailyGoal", "burdenRate"] {
        if call.body.contains_key(amount) {
            set(amount, call.given_or(amount, 0));
        }
    }
    if let Some(login) = call.body.get("login") {
        set("loginName", login.clone());
    }
    if let Some(role) = id_of(&call.body, "roleId") {
        set("roleIds", json!([role]));
    }
    if let Some(name) = text_of(&call.body, "name") {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        set("firstName", first.into());
        set("lastName", last.into());
    }
    if let Some(license) = text_of(&call.body, "licenseType") {
        set("isManagedTech", (license != "NonManagedTech").into());
    }
    if let Some(Value::Object(given)) = call.body.get("home") {
        set("home", home(given));
    }
    if let Some(fields) = call.body.get("customFields") {
        set("customFields", named_custom_fields(fields, CUSTOM_FIELDS));
    }
}

/// A home address with all the fields that replies have.
fn home(given: &Object) -> Value {
    let field = |key: &str| given.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "street": field("street"), "unit": field("unit"), "country": field("country"), "city": field("city"),
        "state": field("state"), "zip": field("zip"), "streetAddress": field("street"),
        "latitude": field("latitude"), "longitude": field("longitude"),
    })
}

/// Name of a seeded technician.
pub(crate) fn seeded_name(world: &World, slot: u32) -> String {
    words::person(&mut world.dice(Table::Technicians, slot))
}

fn render(world: &World, slot: u32, json: &mut Json<'_>) {
    let keys = world.keys(Table::Technicians, slot);
    let mut dice = world.dice(Table::Technicians, slot);
    let (first, last) = words::names(&mut dice);
    let unit = dice.below(world.count(Table::BusinessUnits).max(1));
    let home = Address::new(&mut dice);
    let license = dice.pick(LICENSES);
    json.put("id", keys.id).put("userId", keys.id + 1).put("name", format!("{first} {last}"));
    json.put("roleIds", &[world.id(Table::UserRoles, 0)][..]);
    json.put("businessUnitId", world.id(Table::BusinessUnits, unit)).null("mainZoneId");
    json.put("zoneIds", &[] as &[i64]).put("createdOn", keys.created).put("modifiedOn", keys.modified);
    json.put("email", words::email(first, last, slot)).put("phoneNumber", words::phone(&mut dice));
    json.put("loginName", format!("tech{slot}"));
    json.nested("home", |json| {
        home.write_placed(json);
        json.put("streetAddress", home.street());
    });
    json.put("dailyGoal", Money(150_000)).put("isManagedTech", license != "NonManagedTech").put("licenseType", license);
    json.put("customFields", &[] as &[i64]).put("active", keys.active).null("aadUserId");
    json.put("burdenRate", Money(560)).put("team", dice.pick(&["North", "South", "Install"]));
    json.put("jobFilter", dice.pick(JOB_FILTERS)).put("permissions", &[] as &[i64]).put("accountLocked", false);
    json.put("commissionRate", Money(500)).null("currentValue").put("firstName", first).put("lastName", last);
    json.put("hourlyRate", Money(2800 + dice.below_i64(20) * 100)).null("jobId");
    json.nulls(&["mobilePhone", "outboundCallerId"]).put("payrollId", format!("P{:05}", 1000 + slot));
    json.nulls(&["payrollProfileId", "appoitmentId", "shiftStart", "shiftEnd"]).put("soldByRate", Money(300));
    json.put("startDate", keys.created.start_of_day()).put("status", "Idle");
    json.put("skills", &[] as &[i64]).put("positions", &[dice.pick(&POSITIONS[..5])][..]);
    json.nulls(&["location", "bio", "memo"]);
}
