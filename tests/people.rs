//! Bookings, technicians, user roles and business units.

use pipefit::{Code, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, parsed, sample};

const ID: &str = "10978752986";

#[tokio::test]
async fn a_booking_is_handed_in_read_changed_and_listed() {
    let bench = Bench::start().await;
    let created = bench.action("createBookingByProvider", sample("createBookingByProvider").all).await.unwrap();
    let id = created["data"]["id"].clone();
    let change = json!({"bookingProvider": ID, "bookingId": id, "summary": "No heat.", "isFirstTimeClient": "False"});
    bench.action("updateBooking", change).await.unwrap();
    assert_eq!(bench.body(), json!({"summary": "No heat.", "isFirstTimeClient": false}));
    for (action, inputs) in [
        ("getBookingByProvider", json!({"bookingProvider": ID, "bookingId": id})),
        ("getBookingByTenant", json!({"bookingId": id})),
    ] {
        let read = bench.action(action, inputs).await.unwrap();
        assert_eq!(
            (&read["data"]["summary"], &read["data"]["name"]),
            (&json!("No heat."), &json!("Jo Hill")),
            "{action}"
        );
    }
    let list = bench.action("listBookingByProvider", json!({"bookingProvider": ID, "fetchAll": true})).await.unwrap();
    assert!(list["data"]["data"].as_array().unwrap().iter().any(|booking| booking["id"] == id));
    let error =
        bench.action("getBookingByProvider", json!({"bookingProvider": "5", "bookingId": id})).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[tokio::test]
async fn an_address_to_change_is_whole() {
    let bench = Bench::start().await;
    let given =
        json!({"bookingProvider": ID, "bookingId": ID, "address": {"street": "12 Hill Road", "city": "Glendale"}});
    let error = bench.action("updateBooking", given).await.unwrap_err();
    let mut missing: Vec<_> = error.issues().iter().map(|issue| issue.input.as_str()).collect();
    missing.sort_unstable();
    assert_eq!(missing, ["address.country", "address.state", "address.zip"]);
    assert!(bench.sandbox.requests().is_empty());
    let mut whole = sample("updateBooking").all;
    whole["address"].as_object_mut().unwrap().remove("unit");
    let shown = bench.runtime.invoke(Invocation::action("updateBooking", whole).dry_run(true)).await.unwrap();
    assert!(shown.to_json().contains(r#""unit":"""#), "{}", shown.to_json());
}

#[tokio::test]
async fn a_technician_is_added_and_changed_and_the_password_is_never_shown() {
    let bench = Bench::start().await;
    let added = bench.action("createTechnician", sample("createTechnician").all).await.unwrap();
    let id = added["data"]["id"].clone();
    assert_eq!(bench.body()["password"], "canary-password");
    bench.action("updateTechnician", json!({"technicianId": id, "team": "South", "dailyGoal": "0"})).await.unwrap();
    assert_eq!(bench.body(), json!({"team": "South", "dailyGoal": 0}));
    let read = bench.action("getTechnician", json!({"technicianId": id})).await.unwrap();
    assert_eq!((&read["data"]["team"], &read["data"]["name"]), (&json!("South"), &json!("Sam Rivera")));
    let shown =
        bench.runtime.invoke(Invocation::action("createTechnician", sample("createTechnician").all).dry_run(true));
    assert!(!shown.await.unwrap().to_json().contains("canary-password"));
    let error = bench.action("updateTechnician", json!({"technicianId": id, "positions": ["Cook"]})).await.unwrap_err();
    assert!(error.message().contains("Installer"), "{error}");
}

#[tokio::test]
async fn lists_that_the_service_does_not_sort_are_sorted_here() {
    let bench = Bench::start().await;
    let names = |list: &Value| -> Vec<String> {
        let records = list["data"]["data"].as_array().unwrap().iter();
        records.map(|record| record["name"].as_str().unwrap().to_lowercase()).collect()
    };
    for action in ["listTechnicians", "listUserRoles", "listBusinessUnits"] {
        let up = bench.action(action, json!({"fetchAll": true, "sort": "+Name"})).await.unwrap();
        assert!(names(&up).is_sorted() && names(&up).len() > 2, "{action}");
        let down = bench.action(action, json!({"fetchAll": true, "sort": "-name"})).await.unwrap();
        assert!(names(&down).is_sorted_by(|one, next| one >= next), "{action}");
        let page = json!({"page": 2, "pageSize": 2, "sort": "Name", "includeTotal": true});
        let page = bench.action(action, page).await.unwrap();
        assert_eq!(names(&page), names(&up)[2..names(&up).len().min(4)], "{action}");
        assert_eq!(page["data"]["totalCount"], names(&up).len(), "{action}");
        assert!(bench.seen().iter().all(|request| request.ignored.is_empty()), "{action}");
        let error = bench.action(action, json!({"sort": "+Nmae"})).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "sort"), "{action}");
    }
}

#[tokio::test]
async fn a_saved_choice_keeps_its_label_when_the_record_is_no_longer_in_use() {
    let bench = Bench::start().await;
    for (source, resource) in [
        ("selectTechnician", "technicians"),
        ("selectUserRole", "userRoles"),
        ("selectBusinessUnit", "businessUnits"),
        ("selectCustomers", "customers"),
        ("selectLocation", "locations"),
        ("selectInstalledEquipment", "installedEquipment"),
        ("selectInvoice", "invoices"),
        ("selectPayment", "payments"),
    ] {
        let id = bench.sandbox.ids(resource)[0];
        assert!(bench.sandbox.update(resource, id, json!({"active": false})), "{resource}");
        let key = json!({"value": id.to_string()});
        let found = parsed(bench.runtime.invoke(Invocation::data_source(source, key)).await.unwrap());
        assert_eq!(found["result"][0]["key"], id.to_string(), "{source}");
        assert!(bench.seen().iter().all(|request| request.ignored.is_empty()), "{source}");
    }
}

#[tokio::test]
async fn picklists_read_as_documented() {
    let bench = Bench::start().await;
    for source in ["selectBooking", "selectTechnician", "selectUserRole", "selectBusinessUnit"] {
        let list = parsed(bench.runtime.invoke(Invocation::data_source(source, json!({}))).await.unwrap());
        let entry = &list["result"][0];
        let (key, label) = (entry["key"].as_str().unwrap(), entry["label"].as_str().unwrap());
        assert!(label.ends_with(&format!(" (ID: {key})")), "{source}: {label}");
        let one = json!({"value": key});
        let one = parsed(bench.runtime.invoke(Invocation::data_source(source, one)).await.unwrap());
        assert_eq!(one["result"], json!([entry]), "{source}");
    }
}
