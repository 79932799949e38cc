//! Technicians: who does the work.

use pipefit_component::prelude::*;

use crate::apis::SETTINGS;
use crate::inputs::{BUSINESS_UNIT_ID, CUSTOM_FIELDS, LIST, TECHNICIAN_ID};
use crate::shapes::NamedCustomField;
use crate::shapes::named::Named;
use crate::shapes::technicians::Home;

const TECHNICIANS: Resource = Resource { key: "technicians", label: "Technicians" };

/// How a technician gets to sign in.
const ACCOUNT_CREATION_METHODS: &[Choice] =
    &[EMPTY, plain("CreateLater"), plain("SendInvite"), plain("AssignLoginAndPassword")];

/// Which jobs the mobile app shows.
const JOB_FILTERS: &[Choice] = &[
    EMPTY,
    plain("AllScheduledDispatchedWorking"),
    plain("NextScheduledDispatchedWorking"),
    plain("DispatchedWorking"),
    plain("NextScheduledDispatchedWorkingToday"),
    plain("AllScheduledDispatchedWorkingToday"),
    plain("AllScheduledDispatchedWorkingFiveDays"),
    plain("NextScheduledDispatchedWorkingTodayTomorrow"),
    plain("AllScheduledDispatchedWorkingTodayTomorrow"),
    plain("Next2ScheduledDispatchedWorkingToday"),
];

/// How far back the mobile app shows past jobs.
const JOB_HISTORY_DATE_FILTERS: &[Choice] =
    &[EMPTY, plain("AllJobs"), plain("LastThreeDays"), plain("LastSevenDays"), plain("LastMonth")];

/// The licences of the mobile app.
const LICENSE_TYPES: &[Choice] = &[EMPTY, plain("NonManagedTech"), plain("ManagedTech"), plain("ManagedInstaller")];

/// What a technician does.
const POSITION_NAMES: &[Choice] = &[
    EMPTY,
    plain("Installer"),
    plain("Service"),
    plain("Sales"),
    plain("Maintenance"),
    plain("Helper"),
    plain("InstallProductionManager"),
    plain("ServiceManager"),
    plain("SalesManager"),
    plain("PartRunner"),
    plain("DummyTech"),
];

const AAD_USER_ID: Input = Input::text("aadUserId", "Azure Active Directory User Id")
    .example("6B29FC40-CA47-1067-B31D-00DD010662DA")
    .help("The number of the user in the Azure directory, a GUID.")
    .omitted("Left out: none on create, unchanged on update.");
const ACCOUNT_CREATION_METHOD: Input = Input::text("accountCreationMethod", "Account Creation Method")
    .choices(ACCOUNT_CREATION_METHODS)
    .default("")
    .help("How the technician gets to sign in: later, by an invitation to the address for mail, or with the login and password given here.");
const BIO: Input = Input::text("bio", "Biography")
    .example("Biography")
    .help("A few words for customers; may hold HTML.")
    .omitted("Left out: none on create, unchanged on update.");
const BURDEN_RATE: Input = Input::decimal("burdenRate", "Burden Rate")
    .example("5.6")
    .help("What an hour costs beyond the wage, in the currency of the account, such as `14.50`.")
    .omitted("Left out: none on create, unchanged on update.");
const DAILY_GOAL: Input = Input::decimal("dailyGoal", "Daily Goal")
    .example("5.6")
    .help("The sales to reach in a day, in the currency of the account, such as `1200`.")
    .omitted("Left out: none on create, unchanged on update.");
const EMAIL: Input = Input::text("email", "Email")
    .example("test@technician.us")
    .help("The address for mail; an invitation is sent there.")
    .omitted("Left out: none on create, unchanged on update. An invitation needs one.");
const HOME: Input = Input::code("home", "Address")
    .shape::<Home>()
    .template(r#"{"street": "string", "unit": "string", "city": "string", "state": "string", "zip": "string", "country": "string"}"#)
    .help("Where the technician lives: the first drive of a day begins there.")
    .omitted("Left out: none on create, unchanged on update.");
const JOB_FILTER: Input = Input::text("jobFilter", "Job Filter")
    .choices(JOB_FILTERS)
    .default("")
    .help("Which jobs the mobile app shows.")
    .omitted("As the settings of the account say on create, and unchanged on update, when left out.");
const JOB_HISTORY_DATE_FILTER: Input = Input::text("jobHistoryDateFilter", "Job History Date Filter")
    .choices(JOB_HISTORY_DATE_FILTERS)
    .default("")
    .help("How far back the mobile app shows past jobs.")
    .omitted("As the settings of the account say on create, and unchanged on update, when left out.");
const LICENSE_TYPE: Input = Input::text("licenseType", "License Type")
    .choices(LICENSE_TYPES)
    .default("")
    .help("The licence of the mobile app: none, that of a technician, or that of an installer.")
    .omitted("Unchanged when left out.");
const LOGIN: Input = Input::text("login", "Login Username")
    .example("technician_us")
    .help("The name to sign in with.")
    .omitted("Left out: none on create, unchanged on update. `AssignLoginAndPassword` needs one.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("Notes for the office; may hold HTML.")
    .omitted("Left out: none on create, unchanged on update.");
const NAME: Input =
    Input::text("name", "Name").example("Test Source").help("First and last name.").omitted("Unchanged when left out.");
const PASSWORD: Input = Input::text("password", "Password")
    .example("@an1pwd123")
    .secret()
    .help("The first password, which is never shown.")
    .omitted("None when left out. `AssignLoginAndPassword` needs one.");
const PHONE_NUMBER: Input = Input::text("phoneNumber", "Phone Number")
    .example("1234567890")
    .help("The number of the phone.")
    .omitted("Left out: none on create, unchanged on update.");
const POSITIONS: Input = Input::text("positions", "Positions")
    .values()
    .choices(POSITION_NAMES)
    .help("The complete list of positions, such as `Installer` or `Sales`.")
    .omitted("Unchanged when left out.");
const ROLE_ID: Input = Input::id("roleId", "Role ID")
    .example("7")
    .source("selectUserRole")
    .help("The role, which decides what the technician may do.")
    .omitted("Unchanged when left out.");
const TEAM: Input = Input::text("team", "Team")
    .example("Test Team")
    .help("The team, by name.")
    .omitted("Left out: none on create, unchanged on update.");

/// A technician, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Technician {
    /// The number of the record.
    id: Id,
    /// The number of the user.
    user_id: Id,
    /// What the technician is called.
    name: String,
    /// The roles of the user.
    role_ids: Option<Vec<Id>>,
    /// The business unit of the technician.
    business_unit_id: Option<Id>,
    /// The zone where most of the work is.
    main_zone_id: Option<Id>,
    /// All zones of the technician.
    zone_ids: Option<Vec<Id>>,
    /// When the record was added.
    created_on: Timestamp,
    /// When the record was last changed.
    modified_on: Timestamp,
    /// The address for mail.
    email: Option<String>,
    /// The number of the phone.
    phone_number: Option<String>,
    /// The name to sign in with.
    login_name: Option<String>,
    /// Where the technician lives.
    home: Option<TechnicianHome>,
    /// The sales to reach in a day, in the currency of the account.
    daily_goal: Decimal,
    /// Whether the technician works with the mobile app.
    is_managed_tech: bool,
    /// `NonManagedTech`, `ManagedTech` or `ManagedInstaller`.
    license_type: Option<String>,
    /// Custom fields.
    custom_fields: Option<Vec<NamedCustomField>>,
    /// Whether the record is in use.
    active: bool,
    /// The user in the Azure directory.
    aad_user_id: Option<String>,
    /// What an hour costs beyond the wage, in the currency of the account.
    burden_rate: Decimal,
    /// The team.
    team: Option<String>,
    /// Which jobs the mobile app shows.
    job_filter: Option<String>,
    /// What the technician may do.
    permissions: Option<Vec<Permission>>,
    /// Whether signing in is barred.
    account_locked: Option<bool>,
    /// The commission.
    commission_rate: Decimal,
    /// What was sold so far.
    current_value: Option<Decimal>,
    /// The first name.
    first_name: Option<String>,
    /// The last name.
    last_name: Option<String>,
    /// The wage of an hour, in the currency of the account.
    hourly_rate: Decimal,
    /// The job that is under way.
    job_id: Option<Id>,
    /// The number of the mobile phone.
    mobile_phone: Option<String>,
    /// The number that customers see on a call.
    outbound_caller_id: Option<String>,
    /// The number in the payroll.
    payroll_id: Option<String>,
    /// The profile in the payroll.
    payroll_profile_id: Option<Id>,
    /// The visit that is under way; the service spells it so.
    appoitment_id: Option<Id>,
    /// When the day begins.
    shift_start: Option<String>,
    /// When the day ends.
    shift_end: Option<String>,
    /// The commission on what was sold.
    sold_by_rate: Decimal,
    /// When the technician joined the company.
    start_date: Option<Timestamp>,
    /// Idle, Dispatched, Working or Meal.
    status: String,
    /// What the technician can do.
    skills: Option<Vec<Named>>,
    /// The positions, such as Installer or Sales.
    positions: Option<Vec<String>>,
    /// Where the technician was last seen.
    location: Option<LastSeen>,
    /// A few words for customers; may hold HTML.
    bio: Option<String>,
    /// Notes; may hold HTML.
    memo: Option<String>,
}

impl Record for Technician {
    const EXAMPLE: &'static str = r#"{"id":1088,"userId":1088,"name":"Sam Rivera","roleIds":[7],"businessUnitId":null,"mainZoneId":null,"zoneIds":null,"createdOn":"2026-01-05T14:30:00Z","modifiedOn":"2026-01-05T14:30:00Z","email":"sam@hill-heating.example","phoneNumber":"8185550107","loginName":"sam","home":{"street":"4 Mill Lane","unit":null,"country":"USA","city":"Glendale","state":"CA","zip":"91203","streetAddress":"4 Mill Lane","latitude":34.15,"longitude":-118.26},"dailyGoal":1200,"isManagedTech":true,"licenseType":"ManagedTech","customFields":[],"active":true,"aadUserId":null,"burdenRate":14.5,"team":"North","jobFilter":null,"permissions":[],"accountLocked":null,"commissionRate":0,"currentValue":null,"firstName":null,"lastName":null,"hourlyRate":38.0,"jobId":null,"mobilePhone":null,"outboundCallerId":null,"payrollId":null,"payrollProfileId":null,"appoitmentId":null,"shiftStart":null,"shiftEnd":null,"soldByRate":0,"startDate":null,"status":"Idle","skills":[{"id":1088,"name":"Boilers"}],"positions":["Service"],"location":null,"bio":null,"memo":null}"#;
}

/// Where a technician lives, as the API answers it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct TechnicianHome {
    /// The street with the house number.
    street: Option<String>,
    /// The apartment, suite or floor.
    unit: Option<String>,
    /// The country.
    country: Option<String>,
    /// The city.
    city: Option<String>,
    /// The state or province.
    state: Option<String>,
    /// The postal code.
    zip: Option<String>,
    /// The street once more.
    street_address: Option<String>,
    /// Degrees north of the equator.
    latitude: Option<Decimal>,
    /// Degrees east of Greenwich.
    longitude: Option<Decimal>,
}

/// Something that a technician may do.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct Permission {
    /// The number of the permission.
    id: i64,
    /// How far it goes.
    value: Option<String>,
}

/// Where a technician was last seen.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct LastSeen {
    /// Degrees north of the equator.
    latitude: Option<Decimal>,
    /// Degrees east of Greenwich.
    longitude: Option<Decimal>,
    /// When that was.
    coordinates_updated_on: Option<Timestamp>,
}

/// The number of a technician who was added or changed: all that the API answers.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the type describes replies; nothing is decoded into it")]
struct TechnicianNumber {
    /// The number of the record.
    id: Id,
}

impl Record for TechnicianNumber {
    const EXAMPLE: &'static str = r#"{"id":1088}"#;
}

struct GetTechnician;

impl Action for GetTechnician {
    fn about(&self) -> About {
        About::read("getTechnician", "Get Technician", TECHNICIANS).help("Reads one technician by number.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, TECHNICIAN_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.get("/technicians/{technicianId}").query(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<Technician>()
    }
}

register!(action GetTechnician);

struct ListTechnicians;

impl Action for ListTechnicians {
    fn about(&self) -> About {
        About::read("listTechnicians", "List Technicians", TECHNICIANS)
            .help("Lists the technicians who are in use, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/technicians").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Technician>()
    }
}

register!(action ListTechnicians);

struct CreateTechnician;

impl Action for CreateTechnician {
    fn about(&self) -> About {
        About::create("createTechnician", "Create Technician", TECHNICIANS)
            .help("Adds a technician, with an account to sign in with, and answers the number of the new record.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                NAME.required(),
                ACCOUNT_CREATION_METHOD.required(),
                ROLE_ID.required(),
                POSITIONS.required(),
                LICENSE_TYPE.required(),
                PHONE_NUMBER,
                EMAIL,
                LOGIN,
                PASSWORD,
                BUSINESS_UNIT_ID,
                AAD_USER_ID,
                TEAM,
                DAILY_GOAL,
                BURDEN_RATE,
                BIO,
                MEMO,
                JOB_FILTER,
                JOB_HISTORY_DATE_FILTER,
                HOME,
                CUSTOM_FIELDS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.post("/technicians").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<TechnicianNumber>()
    }
}

register!(action CreateTechnician);

struct UpdateTechnician;

impl Action for UpdateTechnician {
    fn about(&self) -> About {
        About::update("updateTechnician", "Update Technician", TECHNICIANS)
            .help("Changes the given fields of a technician and answers the number of the record. Lists are replaced as a whole.")
    }

    fn inputs(&self) -> &'static [Input] {
        const {
            &[
                CONNECTION,
                TECHNICIAN_ID.required(),
                NAME,
                PHONE_NUMBER,
                EMAIL,
                LOGIN,
                BUSINESS_UNIT_ID,
                ROLE_ID,
                POSITIONS,
                AAD_USER_ID,
                LICENSE_TYPE,
                TEAM,
                DAILY_GOAL,
                BURDEN_RATE,
                BIO,
                MEMO,
                JOB_FILTER,
                JOB_HISTORY_DATE_FILTER,
                HOME,
                CUSTOM_FIELDS,
                DEBUG_REQUEST,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.patch("/technicians/{technicianId}").body(inputs)
    }

    fn output(&self) -> Output {
        Output::record::<TechnicianNumber>()
    }
}

register!(action UpdateTechnician);

struct SelectTechnician;

impl Action for SelectTechnician {
    fn about(&self) -> About {
        About::read("selectTechnician", "Select Technician", TECHNICIANS)
            .help("Offers the technicians who are in use, by name.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        SETTINGS.list("/technicians").query(inputs)
    }

    fn output(&self) -> Output {
        Output::page::<Technician>()
    }
}

impl DataSource for SelectTechnician {
    fn picklist(&self) -> Picklist {
        Picklist::labelled("{name} (ID: {id})")
            .sorted_by("id")
            .searched_by("name")
            .found_by("ids")
            .even_unused("active", "Any")
    }
}

register!(source SelectTechnician);
