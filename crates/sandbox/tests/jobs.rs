//! Jobs and the reasons for cancelling them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ABOVE_DOUBLE, DOCUMENTED, plain};

pub(crate) fn new_job() -> Value {
    json!({
        "customerId": DOCUMENTED, "locationId": DOCUMENTED, "businessUnitId": DOCUMENTED, "jobTypeId": DOCUMENTED,
        "priority": "High", "campaignId": DOCUMENTED, "summary": "No heat",
        "appointments": [{
            "start": "2026-12-01T15:00:00Z", "end": "2026-12-01T17:00:00Z", "technicianIds": [DOCUMENTED],
        }],
    })
}

#[tokio::test]
async fn created_job_has_its_appointment_assignment_and_invoice() {
    let client = plain().await;
    let job = client.post("jpm", "/jobs", &new_job()).await;
    let id = job["id"].as_i64().expect("an id");
    assert_eq!(client.get("jpm", &format!("/jobs/{id}")).await, job);
    assert_eq!(job["jobStatus"], "Scheduled");
    assert_eq!(job["appointmentCount"], 1);

    let appointments = client.get("jpm", &format!("/appointments?jobId={id}")).await;
    assert_eq!(appointments["data"][0]["id"], job["firstAppointmentId"]);
    assert_eq!(appointments["data"][0]["start"], "2026-12-01T15:00:00Z");
    let assignments = client.get("dispatch", &format!("/appointment-assignments?jobId={id}")).await;
    assert_eq!(assignments["data"][0]["technicianId"], DOCUMENTED);
    let invoices = client.get("accounting", &format!("/invoices?jobId={id}")).await;
    assert_eq!(invoices["data"][0]["id"], job["invoiceId"]);
    let operations: Vec<_> = client.sandbox.writes();
    assert_eq!(operations, [("/jpm/v2/tenant/{tenant}/jobs", id)]);
}

#[tokio::test]
async fn body_of_a_new_job_is_checked() {
    let client = plain().await;
    let error = client.refused(Method::POST, "jpm", "/jobs", &json!({"priority": 3}), 400).await;
    let fields: Vec<&String> = error["errors"].as_object().expect("errors").keys().collect();
    assert_eq!(
        fields,
        ["appointments", "businessUnitId", "campaignId", "customerId", "jobTypeId", "locationId", "priority"]
    );
    let mut job = new_job();
    job["customerId"] = 5.into();
    let error = client.refused(Method::POST, "jpm", "/jobs", &job, 400).await;
    assert_eq!(error["errors"]["customerId"][0], "Customer with id 5 does not exist.");
    let mut job = new_job();
    job["appointments"][0]["start"] = "tomorrow".into();
    let error = client.refused(Method::POST, "jpm", "/jobs", &job, 400).await;
    assert!(error["errors"]["appointments[0].start"].is_array(), "{error}");
    assert_eq!(client.sandbox.count("jobs"), 200);
    assert!(client.sandbox.writes().is_empty());
}

#[tokio::test]
async fn update_changes_what_it_names_and_moves_the_time() {
    let client = plain().await;
    let before = client.get("jpm", &format!("/jobs/{DOCUMENTED}")).await;
    let patch = json!({"summary": "Changed", "tagTypeIds": [123], "customFields": [{"typeId": 1088, "value": "9"}]});
    let after = client.patch("jpm", &format!("/jobs/{DOCUMENTED}"), &patch).await;
    assert_eq!(after["summary"], "Changed");
    assert_eq!(after["tagTypeIds"], json!([123]));
    assert_eq!(after["customFields"], json!([{"typeId": 1088, "name": "Gate Code", "value": "9"}]));
    assert_ne!(after["modifiedOn"], before["modifiedOn"]);
    assert_eq!(after["createdOn"], before["createdOn"]);
    assert_eq!(after["customerId"], before["customerId"]);
    assert_eq!(client.get("jpm", &format!("/jobs/{DOCUMENTED}")).await, after);
}

#[tokio::test]
async fn cancelled_job_is_closed() {
    let client = plain().await;
    let (path, body) = (format!("/jobs/{DOCUMENTED}/cancel"), json!({"reasonId": 1088, "memo": "called off"}));
    let reply = client.send(Method::PUT, "jpm", &path, &body).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.text().await.expect("a body"), "");
    let job = client.sandbox.record("jobs", DOCUMENTED).expect("the job");
    assert_eq!(job["jobStatus"], "Canceled");
    assert_eq!(client.sandbox.record("appointments", DOCUMENTED).expect("its appointment")["status"], "Canceled");
    client.refused(Method::PUT, "jpm", &path, &body, 400).await;
    let error = client.refused(Method::PUT, "jpm", &path, &json!({"reasonId": 5, "memo": ""}), 400).await;
    assert!(error["errors"]["reasonId"].is_array());
    client.refused(Method::PUT, "jpm", "/jobs/5/cancel", &body, 404).await;
}

#[tokio::test]
async fn external_data_shows_to_its_application_only() {
    let client = plain().await;
    let guid = "0F8FAD5B-D9CB-469F-A165-70867728950E";
    let patch = json!({"externalData": {"applicationGuid": guid, "externalData": [{"key": "erp", "value": "77"}]}});
    let job = client.patch("jpm", &format!("/jobs/{DOCUMENTED}"), &patch).await;
    assert_eq!(job["externalData"], json!([{"key": "erp", "value": "77"}]));
    let plain = client.get("jpm", &format!("/jobs/{DOCUMENTED}")).await;
    assert_eq!(plain["externalData"], json!([]));
    let own = client.get("jpm", &format!("/jobs/{DOCUMENTED}?externalDataApplicationGuid={guid}")).await;
    assert_eq!(own["externalData"], json!([{"key": "erp", "value": "77"}]));
    let merge = json!({"externalData": {
        "patchMode": "Merge", "applicationGuid": guid, "externalData": [{"key": "crm", "value": "1"}],
    }});
    let job = client.patch("jpm", &format!("/jobs/{DOCUMENTED}"), &merge).await;
    assert_eq!(job["externalData"].as_array().map(Vec::len), Some(2));
    let lookup = format!("/jobs?externalDataApplicationGuid={guid}&externalDataKey=erp&externalDataValues=77,78");
    assert_eq!(client.ids("jpm", &lookup).await, [DOCUMENTED]);
    client.get_refused("jpm", &format!("/jobs/{DOCUMENTED}?externalDataApplicationGuid=x"), 400).await;
}

#[tokio::test]
async fn lists_filter_by_what_jobs_refer_to() {
    let client = plain().await;
    let job = client.get("jpm", &format!("/jobs/{ABOVE_DOUBLE}")).await;
    for (filter, field) in [
        ("customerId", "customerId"),
        ("locationId", "locationId"),
        ("invoiceId", "invoiceId"),
        ("jobTypeId", "jobTypeId"),
        ("number", "jobNumber"),
        ("jobStatus", "jobStatus"),
        ("priority", "priority"),
    ] {
        let value = job[field].to_string();
        let list = client.get("jpm", &format!("/jobs?pageSize=500&{filter}={}", value.trim_matches('"'))).await;
        let records = list["data"].as_array().expect("a list");
        assert!(records.iter().any(|record| record["id"] == ABOVE_DOUBLE), "{filter}");
        assert!(records.iter().all(|record| record[field] == job[field]), "{filter}");
        assert!(records.len() < 200, "{filter} selects");
    }
    let assigned = client.ids("jpm", &format!("/jobs?technicianId={DOCUMENTED}&pageSize=500")).await;
    assert!(assigned.contains(&DOCUMENTED) && assigned.len() < 100);
    let done = client.get("jpm", "/jobs?appointmentStatus=Done&pageSize=500").await;
    assert!(done["data"].as_array().expect("a list").iter().all(|job| job["jobStatus"] == "Completed"));
}

#[tokio::test]
async fn cancel_reasons_show_inactive_ones_unless_asked() {
    let client = plain().await;
    let all = client.get("jpm", "/job-cancel-reasons").await;
    let count = client.sandbox.count("job-cancel-reasons");
    assert_eq!(all["data"].as_array().map(Vec::len), Some(count));
    assert_eq!(all["data"][0]["id"], 1088);
    let active = client.ids("jpm", "/job-cancel-reasons?active=True").await;
    let inactive = client.ids("jpm", "/job-cancel-reasons?active=False").await;
    assert!(!inactive.is_empty());
    assert_eq!(active.len() + inactive.len(), count);
}
