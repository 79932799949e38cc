//! Projects, appointments, assignments and installed equipment.

use pipefit::{Code, Invocation};
use serde_json::json;

use crate::support::{Bench, parsed, sample};

const ID: &str = "10978752986";

#[tokio::test]
async fn a_project_is_opened_and_given_jobs() {
    let bench = Bench::start().await;
    let opened = bench.action("createProject", sample("createProject").all).await.unwrap();
    let id = opened["data"]["id"].clone();
    bench.action("updateProject", json!({"projectId": id, "jobsIds": [ID]})).await.unwrap();
    assert_eq!(bench.body(), json!({"jobIds": [10_978_752_986_i64]}));
    let read = bench.action("getProject", json!({"projectId": id})).await.unwrap();
    assert_eq!(read["data"]["jobIds"], json!([10_978_752_986_i64]));
    assert_eq!(read["data"]["name"], "Boiler replacement");
    let error = bench.action("updateProject", json!({"projectId": "5", "name": "x"})).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[tokio::test]
async fn a_visit_is_added_staffed_and_removed() {
    let bench = Bench::start().await;
    let visit = json!({
        "jobId": ID, "start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z", "technicianId": "1088",
    });
    let added = bench.action("createAppointment", visit).await.unwrap();
    assert_eq!(bench.body()["technicianIds"], json!([1088]));
    let id = added["data"]["id"].clone();
    let assigned = |bench: &Bench| {
        let key = id.as_i64().unwrap();
        let all = bench.sandbox.ids("appointmentAssignments").into_iter();
        let all = all.filter_map(|id| bench.sandbox.record("appointmentAssignments", id));
        all.filter(|record| record["appointmentId"] == key && record["active"] == true).count()
    };
    assert_eq!(assigned(&bench), 1);
    let answered =
        bench.action("unassignTechnicians", json!({"jobAppointmentId": id, "technicianIds": ["1088"]})).await;
    assert_eq!(answered.unwrap()["data"]["id"], id);
    assert_eq!(assigned(&bench), 0);
    bench.action("assignTechnicians", json!({"jobAppointmentId": id, "technicianIds": ["1088"]})).await.unwrap();
    assert_eq!(assigned(&bench), 1);
    assert_eq!(bench.action("deleteAppointment", json!({"appointmentId": id})).await.unwrap(), json!({"data": {}}));
    let error = bench.action("getAppointment", json!({"appointmentId": id})).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    let wrong = json!({"jobId": ID, "start": "3 February", "end": "2026-02-30T11:00:00Z"});
    let error = bench.action("createAppointment", wrong).await.unwrap_err();
    assert_eq!(error.issues().len(), 2, "{error}");
}

#[tokio::test]
async fn equipment_is_recorded_and_changed() {
    let bench = Bench::start().await;
    let given = sample("createInstalledEquipment").all;
    let added = bench.action("createInstalledEquipment", given).await.unwrap();
    let id = added["data"]["id"].clone();
    bench.action("updateInstalledEquipment", json!({"installedEquipmentId": id, "cost": "0.10"})).await.unwrap();
    assert_eq!(bench.seen().last().unwrap().body[..], *br#"{"cost":0.10}"#);
    let read = bench.action("getInstalledEquipment", json!({"installedEquipmentId": id})).await.unwrap();
    assert_eq!(read["data"]["manufacturer"], "Test Manufacturer");
    let wrong = json!({"locationId": ID, "attachments": [{"type": "Hologram", "url": "x"}]});
    let error = bench.action("createInstalledEquipment", wrong).await.unwrap_err();
    assert_eq!(error.issues()[0].input, "attachments[0].type");
    assert!(error.message().contains("VideoLink"), "{error}");
}

#[tokio::test]
async fn picklists_read_as_documented() {
    let bench = Bench::start().await;
    for source in ["selectProject", "selectAppointment", "selectInstalledEquipment"] {
        let list = parsed(bench.runtime.invoke(Invocation::data_source(source, json!({}))).await.unwrap());
        let entries = list["result"].as_array().unwrap();
        let keys: Vec<i64> = entries.iter().map(|entry| entry["key"].as_str().unwrap().parse().unwrap()).collect();
        assert!(keys.is_sorted() && keys.len() > 2, "{source}");
        assert!(entries[0]["label"].as_str().unwrap().ends_with(&format!(" (ID: {})", keys[0])), "{source}: {list}");
    }
}
