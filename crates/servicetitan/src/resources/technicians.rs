//! Technicians: who does the work.

use pipefit_component::prelude::*;

use crate::inputs::{ADDRESS_TEMPLATE, BUSINESS_UNIT_ID, CUSTOM_FIELDS, LIST, TECHNICIAN_ID};
use crate::records::{NAMED, NAMED_CUSTOM_FIELD};
use crate::service::SETTINGS;
use crate::values::technicians::Home;

pub(crate) static TECHNICIANS: ListEndpoint = SETTINGS
    .list("/technicians")
    .resource("technicians", "Technicians")
    .record(&TECHNICIAN)
    .search("name")
    .ids("ids")
    .including_inactive("active", "Any")
    .sorted_locally();

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
const ACCOUNT_CREATION_METHOD: Input =
    Input::text("accountCreationMethod", "Account Creation Method").choices(ACCOUNT_CREATION_METHODS).default("").help(
        "How the technician gets to sign in: later, by an invitation to the address for mail, or with the login and \
         password given here.",
    );
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
    .template(ADDRESS_TEMPLATE)
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

static TECHNICIAN: Record = Record {
    help: "A technician, as the API answers it.",
    fields: &[
        Field::id("id", "The number of the record.").example("1088"),
        Field::id("userId", "The number of the user.").example("1088"),
        Field::text("name", "What the technician is called.").example("Sam Rivera"),
        Field::id("roleIds", "The roles of the user.").list().nullable().example("[7]"),
        Field::id("businessUnitId", "The business unit of the technician.").nullable(),
        Field::id("mainZoneId", "The zone where most of the work is.").nullable(),
        Field::id("zoneIds", "All zones of the technician.").list().nullable().example("null"),
        Field::timestamp("createdOn", "When the record was added."),
        Field::timestamp("modifiedOn", "When the record was last changed."),
        Field::text("email", "The address for mail.").nullable().example("sam@hill-heating.example"),
        Field::text("phoneNumber", "The number of the phone.").nullable().example("8185550107"),
        Field::text("loginName", "The name to sign in with.").nullable().example("sam"),
        Field::object("home", "Where the technician lives.", &TECHNICIAN_HOME).nullable(),
        Field::decimal("dailyGoal", "The sales to reach in a day, in the currency of the account.").example("1200"),
        Field::flag("isManagedTech", "Whether the technician works with the mobile app.").example("true"),
        Field::text("licenseType", "`NonManagedTech`, `ManagedTech` or `ManagedInstaller`.")
            .nullable()
            .example("ManagedTech"),
        Field::objects("customFields", "Custom fields.", &NAMED_CUSTOM_FIELD).nullable().example("[]"),
        Field::flag("active", "Whether the record is in use.").example("true"),
        Field::text("aadUserId", "The user in the Azure directory.").nullable(),
        Field::decimal("burdenRate", "What an hour costs beyond the wage, in the currency of the account.")
            .example("14.5"),
        Field::text("team", "The team.").nullable().example("North"),
        Field::text("jobFilter", "Which jobs the mobile app shows.").nullable(),
        Field::objects("permissions", "What the technician may do.", &PERMISSION).nullable().example("[]"),
        Field::flag("accountLocked", "Whether signing in is barred.").nullable(),
        Field::decimal("commissionRate", "The commission."),
        Field::decimal("currentValue", "What was sold so far.").nullable(),
        Field::text("firstName", "The first name.").nullable(),
        Field::text("lastName", "The last name.").nullable(),
        Field::decimal("hourlyRate", "The wage of an hour, in the currency of the account.").example("38.0"),
        Field::id("jobId", "The job that is under way.").nullable(),
        Field::text("mobilePhone", "The number of the mobile phone.").nullable(),
        Field::text("outboundCallerId", "The number that customers see on a call.").nullable(),
        Field::text("payrollId", "The number in the payroll.").nullable(),
        Field::id("payrollProfileId", "The profile in the payroll.").nullable(),
        Field::id("appoitmentId", "The visit that is under way; the service spells it so.").nullable(),
        Field::text("shiftStart", "When the day begins.").nullable(),
        Field::text("shiftEnd", "When the day ends.").nullable(),
        Field::decimal("soldByRate", "The commission on what was sold."),
        Field::timestamp("startDate", "When the technician joined the company.").nullable(),
        Field::text("status", "Idle, Dispatched, Working or Meal.").example("Idle"),
        Field::objects("skills", "What the technician can do.", &NAMED)
            .nullable()
            .example(r#"[{"id": 1088, "name": "Boilers"}]"#),
        Field::text("positions", "The positions, such as Installer or Sales.")
            .list()
            .nullable()
            .example(r#"["Service"]"#),
        Field::object("location", "Where the technician was last seen.", &LAST_SEEN).nullable().example("null"),
        Field::text("bio", "A few words for customers; may hold HTML.").nullable(),
        Field::text("memo", "Notes; may hold HTML.").nullable(),
    ],
};

static TECHNICIAN_HOME: Record = Record {
    help: "Where a technician lives, as the API answers it.",
    fields: &[
        Field::text("street", "The street with the house number.").nullable().example("4 Mill Lane"),
        Field::text("unit", "The apartment, suite or floor.").nullable(),
        Field::text("country", "The country.").nullable().example("USA"),
        Field::text("city", "The city.").nullable().example("Glendale"),
        Field::text("state", "The state or province.").nullable().example("CA"),
        Field::text("zip", "The postal code.").nullable().example("91203"),
        Field::text("streetAddress", "The street once more.").nullable().example("4 Mill Lane"),
        Field::decimal("latitude", "Degrees north of the equator.").nullable().example("34.15"),
        Field::decimal("longitude", "Degrees east of Greenwich.").nullable().example("-118.26"),
    ],
};

static PERMISSION: Record = Record {
    help: "Something that a technician may do.",
    fields: &[
        Field::integer("id", "The number of the permission."),
        Field::text("value", "How far it goes.").nullable(),
    ],
};

static LAST_SEEN: Record = Record {
    help: "Where a technician was last seen.",
    fields: &[
        Field::decimal("latitude", "Degrees north of the equator.").nullable(),
        Field::decimal("longitude", "Degrees east of Greenwich.").nullable(),
        Field::timestamp("coordinatesUpdatedOn", "When that was.").nullable(),
    ],
};

static TECHNICIAN_NUMBER: Record = Record {
    help: "The number of a technician who was added or changed: all that the API answers.",
    fields: &[Field::id("id", "The number of the record.").example("1088")],
};

struct GetTechnician;

impl Action for GetTechnician {
    fn about(&self) -> About {
        About::read("getTechnician", "Get Technician", TECHNICIANS.resource).help("Reads one technician by number.")
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
            .help("Lists the technicians who are in use, one page or all of them.")
    }

    fn inputs(&self) -> &'static [Input] {
        LIST
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
        TECHNICIANS.create().returns(Output::Record(&TECHNICIAN_NUMBER)).body(inputs)
    }
}

register!(action CreateTechnician);

struct UpdateTechnician;

impl Action for UpdateTechnician {
    fn about(&self) -> About {
        About::update("updateTechnician", "Update Technician", TECHNICIANS.resource)
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
        TECHNICIANS.patch("{technicianId}").returns(Output::Record(&TECHNICIAN_NUMBER)).body(inputs)
    }
}

register!(action UpdateTechnician);

struct SelectTechnician;

impl DataSource for SelectTechnician {
    fn about(&self) -> About {
        About::read("selectTechnician", "Select Technician", TECHNICIANS.resource)
            .help("Offers the technicians who are in use, by name.")
    }

    fn choices(&self) -> Choices {
        TECHNICIANS.choices("{name} (ID: {id})").sorted_by("id")
    }
}

register!(source SelectTechnician);
