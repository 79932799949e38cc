//! What records refer to but no endpoint lists: job types, campaigns, tags and the like.

/// A fixed list of ids and names.
pub(crate) struct Known {
    pub(crate) noun: &'static str,
    pub(crate) entries: &'static [(i64, &'static str)],
}

impl Known {
    pub(crate) fn has(&self, id: i64) -> bool {
        self.name(id).is_some()
    }

    pub(crate) fn name(&self, id: i64) -> Option<&'static str> {
        self.entries.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
    }

    pub(crate) fn some_ids(&self) -> String {
        let ids: Vec<String> = self.entries.iter().take(4).map(|(id, _)| id.to_string()).collect();
        ids.join(", ")
    }
}

macro_rules! known {
    ($($(#[doc = $doc:literal])? $name:ident = $noun:literal: [$($id:literal $label:literal),* $(,)?];)*) => {
        $($(#[doc = $doc])? pub(crate) const $name: &Known = &Known { noun: $noun, entries: &[$(($id, $label)),*] };)*
    };
}

known! {
    /// Providers through which bookings arrive.
    BOOKING_PROVIDERS = "Booking provider": [10_978_752_986 "Website", 10_978_752_990 "Scheduling Partner"];
    CAMPAIGNS = "Campaign": [
        10_978_752_986 "Website", 10_978_753_010 "Spring Tune-Up Mailer", 10_978_753_017 "Radio 94.1",
        10_978_753_024 "Referral", 10_978_753_031 "Search Ads", 10_978_753_038 "Yard Sign",
    ];
    CUSTOM_FIELDS = "Custom field type": [
        1088 "Gate Code", 123 "Preferred Contact Time", 10_978_752_986 "Filter Size", 1090 "Warranty Number",
    ];
    /// Office staff: project managers, reviewers, sellers.
    EMPLOYEES = "Employee": [
        1088 "Dana Whitfield", 10_978_752_986 "Marcus Oyelaran", 1090 "Priya Raman", 1091 "Tom Becker",
    ];
    EQUIPMENT_TYPES = "Equipment type": [
        10_978_752_986 "Gas Furnace", 1088 "Heat Pump", 1089 "Air Conditioner", 1090 "Water Heater",
        1091 "Tankless Water Heater", 1092 "Boiler", 1093 "Sump Pump",
    ];
    INVOICE_TYPES = "Invoice type": [0 "Standard", 1088 "Credit", 1089 "Membership"];
    JOB_TYPES = "Job type": [
        10_978_752_986 "AC Repair", 10_978_753_050 "Furnace Tune-Up", 10_978_753_057 "Drain Cleaning",
        10_978_753_064 "Water Heater Install", 10_978_753_071 "Leak Repair", 10_978_753_078 "System Estimate",
    ];
    PAYMENT_TERMS = "Payment term": [1088 "Due Upon Receipt", 1089 "Net 15", 1090 "Net 30"];
    PAYMENT_TYPES = "Payment type": [0 "Cash", 1088 "Check", 1089 "Credit Card", 1090 "Bank Transfer"];
    PROJECT_STATUSES = "Project status": [1088 "In Progress", 1089 "On Hold", 1090 "Completed"];
    PROJECT_SUB_STATUSES = "Project sub-status": [1088 "Waiting for Parts", 1089 "Permit Requested"];
    PROJECT_TYPES = "Project type": [1088 "System Replacement", 1089 "Repipe"];
    SKUS = "SKU": [
        10_978_752_986 "Capacitor 45/5 MFD", 10_978_753_100 "Diagnostic Fee", 10_978_753_107 "Blower Motor",
        10_978_753_114 "Refrigerant R-410A, lb", 10_978_753_121 "Main Line Snake", 10_978_753_128 "50 gal Water Heater",
    ];
    TAG_TYPES = "Tag type": [
        123 "VIP", 1088 "Member", 124 "Dog on Site", 125 "Do Not Call", 10_978_752_986 "Financing",
    ];
    TAX_ZONES = "Tax zone": [1088 "Travis County", 1089 "Maricopa County", 1090 "Exempt"];
}
