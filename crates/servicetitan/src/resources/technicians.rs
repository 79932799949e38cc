//! Technicians: the people who do the work.

use pipefit_component::prelude::*;

use crate::filters;
use crate::inputs::{
    self, ADDITIONAL_FIELDS, ADDRESS_TEMPLATE, CUSTOM_FIELDS, CUSTOM_FIELDS_UPDATE, TECHNICIAN_ID, list_inputs,
};
use crate::records::{NAMED, NAMED_CUSTOM_FIELD};
use crate::service::SETTINGS;
use crate::values::technicians::{Home, TechnicianFields};

pub(crate) static TECHNICIANS: ListEndpoint = SETTINGS
    .list("/technicians")
    .scope("tn.stt.technicians")
    .resource("technicians", "Technicians")
    .record(&TECHNICIAN)
    .columns(&["id", "name", "status", "team", "phoneNumber", "email", "active", "businessUnitId"])
    .filters(&[
        filters::IDS,
        Filter::text("userIds").joined(),
        Filter::text("name"),
        filters::ACTIVE,
        filters::CREATED_BEFORE,
        filters::CREATED_ON_OR_AFTER,
        filters::MODIFIED_BEFORE,
        filters::MODIFIED_ON_OR_AFTER,
    ])
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally()
    .readable();

/// How the user account of a technician is set up.
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

/// The licenses for the mobile app.
const LICENSE_TYPES: &[Choice] = &[EMPTY, plain("NonManagedTech"), plain("ManagedTech"), plain("ManagedInstaller")];

/// The positions of technicians.
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
    .help("The id of the user in Azure Active Directory, a GUID.");
const ACCOUNT_CREATION_METHOD: Input =
    Input::text("accountCreationMethod", "Account Creation Method").choices(ACCOUNT_CREATION_METHODS).default("").help(
        "How the technician's user account is set up: later, by an invitation to the email address, or with the \
         login and password given here.",
    );
const BIO: Input =
    Input::text("bio", "Biography").example("Biography").help("A short biography for customers. May contain HTML.");
const BURDEN_RATE: Input = Input::decimal("burdenRate", "Burden Rate")
    .example("5.6")
    .help("The hourly cost beyond the wage, in the currency of the account, such as `14.50`.");
const BUSINESS_UNIT_ID: Input =
    inputs::BUSINESS_UNIT_ID.help("The id of the business unit that the technician belongs to.");
const DAILY_GOAL: Input = Input::decimal("dailyGoal", "Daily Goal")
    .example("5.6")
    .help("The daily sales goal, in the currency of the account, such as `1200`.");
const EMAIL: Input = Input::text("email", "Email")
    .example("test@technician.us")
    .help("The email address, which invitations are sent to.")
    .omitted_on_create("None when left out; an invitation needs one.");
const HOME: Input = Input::code("home", "Address")
    .shape::<Home>()
    .template(ADDRESS_TEMPLATE)
    .help("The home address of the technician, where the first drive of the day begins.");
const JOB_FILTER: Input = Input::text("jobFilter", "Job Filter")
    .choices(JOB_FILTERS)
    .default("")
    .help("Which jobs the mobile app shows.")
    .omitted_on_create("The account settings apply when left out.");
const JOB_HISTORY_DATE_FILTER: Input = Input::text("jobHistoryDateFilter", "Job History Date Filter")
    .choices(JOB_HISTORY_DATE_FILTERS)
    .default("")
    .help("How far back the mobile app shows past jobs.")
    .omitted_on_create("The account settings apply when left out.");
const LICENSE_TYPE: Input = Input::text("licenseType", "License Type").choices(LICENSE_TYPES).default("").help(
    "The license for the mobile app: none (`NonManagedTech`), technician (`ManagedTech`) or installer \
         (`ManagedInstaller`).",
);
const LOGIN: Input = Input::text("login", "Login Username")
    .example("technician_us")
    .help("The login name.")
    .omitted_on_create("None when left out; `AssignLoginAndPassword` needs one.");
const MEMO: Input = Input::text("memo", "Memo")
    .example("Payment for services rendered.")
    .help("Notes for the office. May contain HTML.");
const NAME: Input = Input::text("name", "Name").example("Test Source").help("The first and last name.");
const PASSWORD: Input = Input::text("password", "Password")
    .example("@an1pwd123")
    .secret()
    .help("The first password, which is never shown.")
    .omitted_on_create("None when left out; `AssignLoginAndPassword` needs one.");
const PHONE_NUMBER: Input = Input::text("phoneNumber", "Phone Number").example("1234567890").help("The phone number.");
const POSITIONS: Input = Input::text("positions", "Positions")
    .values()
    .choices(POSITION_NAMES)
    .help("The complete list of positions, such as `Installer` or `Sales`.");
const ROLE_ID: Input = Input::id("roleId", "Role ID")
    .example("7")
    .source("selectUserRole")
    .help("The id of the user role, which determines what the technician may do.");
const TEAM: Input = Input::text("team", "Team").example("Test Team").help("The name of the team.");

static TECHNICIAN: Record = Record {
    help: "A technician.",
    fields: &[
        Field::id("id", "The id of the technician.").example("1088"),
        Field::id("userId", "The id of the technician's user.").example("1088"),
        Field::text("name", "The name of the technician.").example("Sam Rivera"),
        Field::id("roleIds", "The ids of the user's roles.").list().nullable().example("[7]"),
        Field::id("businessUnitId", "The id of the technician's business unit.").nullable(),
        Field::id("mainZoneId", "The id of the zone where most of the technician's work is.").nullable(),
        Field::id("zoneIds", "The ids of all zones of the technician.").list().nullable().example("null"),
        Field::timestamp("createdOn", "When the technician was created."),
        Field::timestamp("modifiedOn", "When the technician was last modified."),
        Field::text("email", "The email address.").nullable().example("sam@hill-heating.example"),
        Field::text("phoneNumber", "The phone number.").nullable().example("8185550107"),
        Field::text("loginName", "The login name.").nullable().example("sam"),
        Field::object("home", "The home address of the technician.", &TECHNICIAN_HOME).nullable(),
        Field::decimal("dailyGoal", "The daily sales goal, in the currency of the account.").example("1200"),
        Field::flag("isManagedTech", "Whether the technician works with the mobile app.").example("true"),
        Field::text(
            "licenseType",
            "The license for the mobile app: `NonManagedTech`, `ManagedTech` or `ManagedInstaller`.",
        )
        .nullable()
        .example("ManagedTech"),
        Field::objects("customFields", "The values of the technician's custom fields.", &NAMED_CUSTOM_FIELD)
            .nullable()
            .example("[]"),
        Field::flag("active", "Whether the technician is active.").example("true"),
        Field::text("aadUserId", "The id of the user in Azure Active Directory.").nullable(),
        Field::decimal("burdenRate", "The hourly cost beyond the wage, in the currency of the account.")
            .example("14.5"),
        Field::text("team", "The name of the team.").nullable().example("North"),
        Field::text("jobFilter", "Which jobs the mobile app shows.").nullable(),
        Field::objects("permissions", "The permissions of the technician.", &PERMISSION).nullable().example("[]"),
        Field::flag("accountLocked", "Whether the user account is locked.").nullable(),
        Field::decimal("commissionRate", "The commission rate."),
        Field::decimal("currentValue", "The amount sold so far.").nullable(),
        Field::text("firstName", "The first name.").nullable(),
        Field::text("lastName", "The last name.").nullable(),
        Field::decimal("hourlyRate", "The hourly wage, in the currency of the account.").example("38.0"),
        Field::id("jobId", "The id of the job in progress.").nullable(),
        Field::text("mobilePhone", "The mobile phone number.").nullable(),
        Field::text("outboundCallerId", "The phone number that customers see when called.").nullable(),
        Field::text("payrollId", "The id of the technician in payroll.").nullable(),
        Field::id("payrollProfileId", "The id of the payroll profile.").nullable(),
        Field::id("appoitmentId", "The id of the appointment in progress; the service spells the field this way.")
            .nullable(),
        Field::text("shiftStart", "When the shift starts.").nullable(),
        Field::text("shiftEnd", "When the shift ends.").nullable(),
        Field::decimal("soldByRate", "The commission rate on sales."),
        Field::timestamp("startDate", "When the technician joined the company.").nullable(),
        Field::text("status", "The status: Idle, Dispatched, Working or Meal.").example("Idle"),
        Field::objects("skills", "The skills of the technician.", &NAMED)
            .nullable()
            .example(r#"[{"id": 1088, "name": "Boilers"}]"#),
        Field::text("positions", "The positions, such as Installer or Sales.")
            .list()
            .nullable()
            .example(r#"["Service"]"#),
        Field::object("location", "The last known position of the technician.", &LAST_KNOWN_POSITION)
            .nullable()
            .example("null"),
        Field::text("bio", "A short biography for customers. May contain HTML.").nullable(),
        Field::text("memo", "Notes on the technician. May contain HTML.").nullable(),
    ],
};

static TECHNICIAN_HOME: Record = Record {
    help: "The home address of a technician.",
    fields: &[
        Field::text("street", "The street and house number.").nullable().example("4 Mill Lane"),
        Field::text("unit", "The apartment, suite or floor.").nullable(),
        Field::text("country", "The country.").nullable().example("USA"),
        Field::text("city", "The city.").nullable().example("Glendale"),
        Field::text("state", "The state or province.").nullable().example("CA"),
        Field::text("zip", "The postal code.").nullable().example("91203"),
        Field::text("streetAddress", "The street and house number again.").nullable().example("4 Mill Lane"),
        Field::decimal("latitude", "The latitude in degrees, positive north of the equator.")
            .nullable()
            .example("34.15"),
        Field::decimal("longitude", "The longitude in degrees, positive east of Greenwich.")
            .nullable()
            .example("-118.26"),
    ],
};

static PERMISSION: Record = Record {
    help: "A permission of a technician.",
    fields: &[
        Field::integer("id", "The id of the permission."),
        Field::text("value", "The level of the permission.").nullable(),
    ],
};

static LAST_KNOWN_POSITION: Record = Record {
    help: "The last known position of a technician.",
    fields: &[
        Field::decimal("latitude", "The latitude in degrees, positive north of the equator.").nullable(),
        Field::decimal("longitude", "The longitude in degrees, positive east of Greenwich.").nullable(),
        Field::timestamp("coordinatesUpdatedOn", "When the position was last updated.").nullable(),
    ],
};

static WRITTEN_TECHNICIAN: Record = Record {
    help: "The id of a new or changed technician. The API returns nothing else.",
    fields: &[Field::id("id", "The id of the technician.").example("1088")],
};

struct GetTechnician;

impl Action for GetTechnician {
    fn about(&self) -> About {
        About::read("getTechnician", "Get Technician", TECHNICIANS.resource).help("Returns a technician by id.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &[CONNECTION, TECHNICIAN_ID.required(), DEBUG_REQUEST] }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        TECHNICIANS.get("{technicianId}").query(inputs)
    }
}

register!(action GetTechnician);

struct ListTechnicians;

impl Action for ListTechnicians {
    fn about(&self) -> About {
        About::read("listTechnicians", "List Technicians", TECHNICIANS.resource)
            .help("Returns one page of active technicians, or all of them with Fetch All.")
    }

    fn inputs(&self) -> &'static [Input] {
        const { &list_inputs(&TECHNICIANS) }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        TECHNICIANS.list().query(inputs)
    }
}

register!(action ListTechnicians);

struct CreateTechnician;

impl Action for CreateTechnician {
    fn about(&self) -> About {
        About::create("createTechnician", "Create Technician", TECHNICIANS.resource)
            .help("Creates a technician with a user account. Returns the id of the new technician.")
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
                ADDITIONAL_FIELDS,
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        TECHNICIANS.create().returns(Output::Record(&WRITTEN_TECHNICIAN)).body(inputs)
    }
}

register!(action CreateTechnician);

struct UpdateTechnician;

impl Action for UpdateTechnician {
    fn about(&self) -> About {
        About::update("updateTechnician", "Update Technician", TECHNICIANS.resource).help(
            "Changes the given fields of a technician. Lists are replaced as a whole. Returns the id of the \
                 technician.",
        )
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
                CUSTOM_FIELDS_UPDATE,
                DEBUG_REQUEST,
                ADDITIONAL_FIELDS.shape::<TechnicianFields>(),
            ]
        }
    }

    fn request(&self, inputs: Inputs) -> Result<Request> {
        TECHNICIANS.patch("{technicianId}").returns(Output::Record(&WRITTEN_TECHNICIAN)).body(inputs)
    }
}

register!(action UpdateTechnician);

struct SelectTechnician;

impl DataSource for SelectTechnician {
    fn about(&self) -> About {
        About::read("selectTechnician", "Select Technician", TECHNICIANS.resource)
            .help("Offers active technicians by name.")
    }

    fn choices(&self) -> Choices {
        TECHNICIANS.choices("{name} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectTechnician);
