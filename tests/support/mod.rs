//! What the tests share: a sandbox with a runtime that talks to it, requests as they were seen, samples.

use pipefit::sandbox::{RecordedRequest, Sandbox};
use pipefit::{Answer, Error, Invocation, Runtime};
use serde_json::{Value, json};

/// A sandbox, and a runtime that acts as its account.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::around(Sandbox::builder().rate_limit(None).start().await.unwrap())
    }

    pub(crate) fn around(sandbox: Sandbox) -> Self {
        let runtime = pipefit::sandbox_runtime(&sandbox).build().unwrap();
        Self { sandbox, runtime }
    }

    pub(crate) async fn action(&self, key: &str, inputs: Value) -> Result<Value, Error> {
        self.runtime.invoke(Invocation::action(key, inputs)).await.map(parsed)
    }

    /// What the API saw, tokens aside.
    pub(crate) fn seen(&self) -> Vec<RecordedRequest> {
        self.sandbox.requests().into_iter().filter(|request| request.path != "/connect/token").collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map`")]
pub(crate) fn parsed(answer: Answer) -> Value {
    serde_json::from_str(&answer.to_json()).unwrap()
}

/// JSON text to look at. Not insta's own, which does not know numbers that keep their digits.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// A connection to the integration environment with credentials that nobody has.
pub(crate) fn connection() -> Value {
    json!({
        "key": "serviceTitanConnection",
        "fields": {
            "tenant": "1097",
            "applicationKey": "canary-application-key",
            "clientId": "canary-client",
            "clientSecret": "canary-client-secret",
            "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        },
    })
}

/// An action with only its required inputs, and with all of them.
pub(crate) struct Sample {
    pub(crate) action: &'static str,
    pub(crate) required: Value,
    pub(crate) all: Value,
}

/// A sample of every action; a test sees to it that none is missing.
pub(crate) fn samples() -> Vec<Sample> {
    let id = "10978752986";
    let list = json!({
        "fetchAll": false, "page": "1", "pageSize": "50", "includeTotal": "TRUE", "sort": "-ModifiedOn",
        "customQueryParams": [{"key": "createdOnOrAfter", "value": "2020-01-01T00:00:00Z"}], "debugRequest": false,
    });
    let job = json!({
        "customerId": id, "locationId": id, "businessUnitId": id, "jobTypeId": id, "priority": "normal",
        "campaignId": id, "appointments": [{"start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z"}],
    });
    let details = json!({
        "jobGeneratedLeadSource": {"jobId": 10_978_752_986_i64, "employeeId": 1088}, "summary": "No heat.",
        "customFields": [{"typeId": 1088, "value": "4411"}], "tagTypeIds": ["123"],
        "externalData": {
            "applicationGuid": "6B29FC40-CA47-1067-B31D-00DD010662DA", "externalData": [{"key": "k", "value": "v"}],
        },
        "customerPo": "PO-4711", "debugRequest": false,
    });
    vec![
        Sample {
            action: "cancelJob",
            required: json!({"jobId": id, "reasonId": "1088", "memo": "Moved away."}),
            all: json!({"jobId": id, "reasonId": "1088", "memo": "Moved away.", "debugRequest": "false"}),
        },
        Sample {
            action: "createJob",
            required: job.clone(),
            all: merged(&[
                &job,
                &details,
                &json!({"projectId": id, "invoiceSignatureIsRequired": "false", "appointments": [{
                    "start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z", "technicianIds": [1088],
                    "arrivalWindowStart": "2026-02-03T09:00:00Z", "arrivalWindowEnd": "2026-02-03T10:00:00Z",
                }]}),
            ]),
        },
        Sample {
            action: "getJob",
            required: json!({"jobId": id}),
            all: json!({
                "jobId": id, "externalDataApplicationGuid": "6B29FC40-CA47-1067-B31D-00DD010662DA", "debugRequest": false,
            }),
        },
        Sample { action: "listJobCancelReasons", required: json!({}), all: list.clone() },
        Sample { action: "listJobs", required: json!({}), all: list },
        Sample {
            action: "updateJob",
            required: json!({"jobId": id}),
            all: merged(&[
                &json!({
                    "jobId": id, "customerId": id, "locationId": id, "businessUnitId": id, "jobTypeId": id,
                    "priority": "High", "campaignId": id, "shouldUpdateInvoiceItems": true,
                }),
                &details,
            ]),
        },
    ]
}

/// One object with the members of all; later ones win.
pub(crate) fn merged(objects: &[&Value]) -> Value {
    objects.iter().filter_map(|object| object.as_object().cloned()).flatten().collect()
}
