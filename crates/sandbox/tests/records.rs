//! Customers, locations, contacts, bookings, projects, appointments, technicians, equipment.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{ABOVE_DOUBLE, DOCUMENTED, client, plain};

fn address() -> Value {
    json!({"street": "1 Elm St", "unit": "2", "city": "Austin", "state": "TX", "zip": "78704", "country": "USA"})
}

#[tokio::test]
async fn customer_comes_with_locations_and_contacts() {
    let client = plain().await;
    let customer = client
        .post(
            "crm",
            "/customers",
            &json!({
                "name": "Ada Lovelace", "type": "Residential", "address": address(), "tagTypeIds": [123],
                "contacts": [{"type": "Email", "value": "ada@example.com"}],
                "locations": [{
                    "name": "Home", "address": address(), "contacts": [{"type": "Phone", "value": "5125550100"}],
                }],
            }),
        )
        .await;
    let id = customer["id"].as_i64().expect("an id");
    assert_eq!(customer["contacts"][0]["value"], "ada@example.com");
    assert_eq!(customer["locations"][0]["contacts"][0]["value"], "5125550100");
    let location = customer["locations"][0]["id"].as_i64().expect("an id");
    assert_eq!(client.get("crm", &format!("/locations/{location}")).await["customerId"], id);
    assert_eq!(client.ids("crm", &format!("/locations?customerId={id}")).await, [location]);
    let contacts = client.get("crm", &format!("/customers/{id}/contacts")).await;
    assert_eq!(contacts["data"][0]["value"], "ada@example.com");
    assert_eq!(client.ids("crm", "/customers?name=lovelace").await, [id]);
    let job = json!({"customerId": id, "locationId": DOCUMENTED});
    let mut new_job = crate::jobs::new_job();
    new_job.as_object_mut().expect("an object").extend(job.as_object().expect("an object").clone());
    let error = client.refused(Method::POST, "jpm", "/jobs", &new_job, 400).await;
    assert_eq!(error["errors"]["locationId"][0], "The location does not belong to the customer.");
}

#[tokio::test]
async fn nested_faults_of_a_customer_are_named_by_path() {
    let client = plain().await;
    let body = json!({
        "name": "A", "address": {"street": "1 Elm St"}, "locations": [{"name": "B", "address": address(),
        "contacts": [{"type": {}, "value": "x"}], "tagTypeIds": [0]}],
    });
    let error = client.refused(Method::POST, "crm", "/customers", &body, 400).await;
    let errors = error["errors"].as_object().expect("errors");
    for path in ["address.city", "address.zip", "locations[0].contacts[0].type"] {
        assert!(errors.contains_key(path), "{path} in {error}");
    }
    assert_eq!(client.sandbox.count("customers"), 200);
}

#[tokio::test]
async fn patch_is_partial_and_replaces_lists_whole() {
    let client = plain().await;
    let path = format!("/customers/{DOCUMENTED}");
    let before = client.get("crm", &path).await;
    client.patch("crm", &path, &json!({"tagTypeIds": [123, 124]})).await;
    let after = client.patch("crm", &path, &json!({"tagTypeIds": [125], "doNotMail": true})).await;
    assert_eq!(after["tagTypeIds"], json!([125]));
    assert_eq!(after["doNotMail"], true);
    assert_eq!(after["name"], before["name"]);
    let error = client.refused(Method::PATCH, "crm", &path, &json!({"name": null, "active": "true"}), 400).await;
    assert!(error["errors"]["name"].is_array() && error["errors"]["active"].is_array());
    // The description of this update requires coordinates in an address.
    let error = client.refused(Method::PATCH, "crm", &path, &json!({"address": address()}), 400).await;
    assert!(error["errors"]["address.latitude"].is_array());
    client.patch("crm", &path, &json!({"active": false})).await;
    assert!(!client.ids("crm", "/customers?pageSize=5000").await.contains(&DOCUMENTED));
    client.refused(Method::PATCH, "crm", "/customers/5", &json!({}), 404).await;
}

#[tokio::test]
async fn locations_are_created_and_updated() {
    let client = plain().await;
    let body = json!({"name": "Cabin", "address": address(), "customerId": DOCUMENTED});
    let made = client.post("crm", "/locations", &body).await;
    let path = format!("/locations/{}", made["id"]);
    let changed = client.patch("crm", &path, &json!({"taxZoneId": 1088, "address": address()})).await;
    assert_eq!((&changed["taxZoneId"], &changed["name"]), (&json!(1088), &json!("Cabin")));
    client
        .refused(Method::POST, "crm", "/locations", &json!({"name": "x", "address": address(), "customerId": 5}), 400)
        .await;
}

#[tokio::test]
async fn contacts_live_below_their_customer() {
    let client = plain().await;
    let below = format!("/customers/{DOCUMENTED}/contacts");
    assert_eq!(client.ids("crm", &below).await, [DOCUMENTED, ABOVE_DOUBLE]);
    let made = client.post("crm", &below, &json!({"type": "Phone", "value": "5125550123", "memo": "mornings"})).await;
    let own = format!("{below}/{}", made["id"]);
    let changed = client.patch("crm", &own, &json!({"value": "5125550199"})).await;
    assert_eq!((&changed["value"], &changed["memo"]), (&json!("5125550199"), &json!("mornings")));
    assert_eq!(changed["phoneSettings"]["phoneNumber"], "5125550199");
    assert!(changed.get("customerId").is_none());
    assert_eq!(client.ids("crm", "/customers?phone=512-555-0199").await, [DOCUMENTED]);
    client
        .refused(Method::PATCH, "crm", &format!("/customers/{ABOVE_DOUBLE}/contacts/{}", made["id"]), &json!({}), 404)
        .await;
    let reply = client.request(Method::DELETE, "crm", &own).send().await.expect("a response");
    assert_eq!((reply.status().as_u16(), reply.text().await.expect("a body")), (200, String::new()));
    client.refused(Method::DELETE, "crm", &own, &json!({}), 404).await;
    assert_eq!(client.ids("crm", &below).await.len(), 2);
    client.get_refused("crm", "/customers/5/contacts", 404).await;
    let error = client.refused(Method::POST, "crm", &below, &json!({"type": "Email", "value": "no mail"}), 400).await;
    assert!(error["errors"]["value"].is_array());
}

#[tokio::test]
async fn contacts_across_customers_need_a_filter() {
    let client = plain().await;
    client.get_refused("crm", "/customers/contacts", 400).await;
    let all = client.get("crm", "/customers/contacts?modifiedOnOrAfter=2000-01-01T00:00:00Z&includeTotal=true").await;
    assert_eq!(all["totalCount"], 400);
    assert_eq!(all["data"][0]["customerId"], DOCUMENTED);
    let own = client.ids("crm", &format!("/customers/contacts?customerIds={DOCUMENTED}")).await;
    assert_eq!(own, [DOCUMENTED, ABOVE_DOUBLE]);
}

#[tokio::test]
async fn bookings_belong_to_their_provider() {
    let client = plain().await;
    let below = format!("/booking-provider/{DOCUMENTED}/bookings");
    let body = json!({
        "source": "Web", "name": "Ada", "summary": "No heat", "isFirstTimeClient": false, "externalId": "x-1",
        "businessUnitId": DOCUMENTED, "start": "2026-12-01T15:00:00Z",
    });
    let made = client.post("crm", &below, &body).await;
    assert_eq!(made["bookingProviderId"], DOCUMENTED);
    assert_eq!(made["status"], "New");
    let id = made["id"].as_i64().expect("an id");
    assert_eq!(client.ids("crm", "/bookings?externalId=x-1").await, [id]);
    let changed = client.patch("crm", &format!("{below}/{id}"), &json!({"priority": "Urgent"})).await;
    assert_eq!(changed["priority"], "Urgent");
    assert_eq!(client.get("crm", &format!("/bookings/{id}")).await, changed);
    assert_eq!(client.get("crm", &format!("{below}/{id}")).await, changed);
    client.get_refused("crm", "/booking-provider/5/bookings", 404).await;
    client.get_refused("crm", &format!("/booking-provider/10978752990/bookings/{id}"), 404).await;
    let providers = client.get("crm", &format!("{below}?pageSize=500")).await;
    let theirs = providers["data"].as_array().expect("a list");
    assert!(theirs.len() < 201 && theirs.iter().all(|booking| booking["bookingProviderId"] == DOCUMENTED));
    let error = client.refused(Method::POST, "crm", &below, &json!({"customerType": "Other"}), 400).await;
    assert!(error["errors"]["isFirstTimeClient"].is_array() && error["errors"]["summary"].is_array());
}

#[tokio::test]
async fn projects_bundle_jobs() {
    let client = plain().await;
    let body = json!({"locationId": DOCUMENTED, "name": "Repipe", "statusId": 1088, "projectManagerIds": [1088]});
    let made = client.post("jpm", "/projects", &body).await;
    assert_eq!((&made["status"], &made["customerId"]), (&json!("In Progress"), &json!(DOCUMENTED)));
    let id = made["id"].as_i64().expect("an id");
    let changed =
        client.patch("jpm", &format!("/projects/{id}"), &json!({"jobIds": [1088], "subStatusId": 1088})).await;
    assert_eq!((&changed["jobIds"], &changed["subStatus"]), (&json!([1088]), &json!("Waiting for Parts")));
    assert_eq!(client.get("jpm", "/jobs/1088").await["projectId"], id);
    assert_eq!(client.ids("jpm", "/projects?jobId=1088&sort=-Id").await[0], id);
    assert!(client.ids("jpm", "/projects?status=None").await.is_empty());
    client.refused(Method::PATCH, "jpm", &format!("/projects/{id}"), &json!({"statusId": 5}), 400).await;
}

#[tokio::test]
async fn appointments_come_and_go() {
    let client = plain().await;
    let body = json!({
        "jobId": DOCUMENTED, "start": "2026-12-02T15:00:00Z", "end": "2026-12-02T17:00:00Z", "technicianIds": [1088],
    });
    let made = client.post("jpm", "/appointments", &body).await;
    let id = made["id"].as_i64().expect("an id");
    assert_eq!(made["appointmentNumber"], format!("{DOCUMENTED}-2"));
    let job = client.get("jpm", &format!("/jobs/{DOCUMENTED}")).await;
    assert_eq!((&job["appointmentCount"], &job["lastAppointmentId"]), (&json!(2), &json!(id)));
    assert_eq!(client.ids("jpm", "/appointments?technicianId=1088&sort=-CreatedOn").await[0], id);
    let reply = client.request(Method::DELETE, "jpm", &format!("/appointments/{id}")).send().await.expect("a response");
    assert_eq!(reply.status(), 200);
    client.get_refused("jpm", &format!("/appointments/{id}"), 404).await;
    assert_eq!(client.get("jpm", &format!("/jobs/{DOCUMENTED}")).await["appointmentCount"], 1);
    let reversed = json!({"jobId": DOCUMENTED, "start": "2026-12-02T15:00:00Z", "end": "2026-12-01T15:00:00Z"});
    client.refused(Method::POST, "jpm", "/appointments", &reversed, 400).await;
}

#[tokio::test]
async fn technicians_are_assigned_once() {
    let client = plain().await;
    let body = json!({"jobAppointmentId": 1_234_567_890, "technicianIds": [1088]});
    let active = async || {
        let list = client.get("dispatch", "/appointment-assignments?appointmentIds=1234567890").await;
        let records = list["data"].as_array().expect("a list").clone();
        records.iter().filter(|record| record["technicianId"] == 1088).count()
    };
    let before = active().await;
    let shown = client.post("dispatch", "/appointment-assignments/assign-technicians", &body).await;
    assert_eq!(shown["id"], 1_234_567_890);
    assert!(shown.get("customerId").is_none());
    client.post("dispatch", "/appointment-assignments/assign-technicians", &body).await;
    assert_eq!(active().await, 1.max(before));
    client.post("dispatch", "/appointment-assignments/unassign-technicians", &body).await;
    assert_eq!(active().await, 0);
    let wrong = json!({"jobAppointmentId": 5, "technicianIds": [6]});
    let error =
        client.refused(Method::POST, "dispatch", "/appointment-assignments/assign-technicians", &wrong, 400).await;
    assert!(error["errors"]["jobAppointmentId"].is_array() && error["errors"]["technicianIds[0]"].is_array());
}

#[tokio::test]
async fn technicians_return_their_id() {
    let client = plain().await;
    let body = json!({
        "name": "Grace Hopper", "accountCreationMethod": "CreateLater", "roleId": 7, "positions": ["Service"],
        "licenseType": "ManagedTech", "dailyGoal": 5.6,
    });
    let made = client.post("settings", "/technicians", &body).await;
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(1));
    let path = format!("/technicians/{}", made["id"]);
    let shown = client.get("settings", &path).await;
    assert_eq!((&shown["name"], &shown["lastName"]), (&json!("Grace Hopper"), &json!("Hopper")));
    assert_eq!(shown["dailyGoal"].to_string(), "5.6");
    assert_eq!(client.patch("settings", &path, &json!({"team": "North"})).await, made);
    assert_eq!(client.get("settings", &path).await["team"], "North");
    assert_eq!(client.ids("settings", "/technicians?name=hopper").await, [made["id"].as_i64().expect("an id")]);
    let error = client.refused(Method::POST, "settings", "/technicians", &json!({"positions": ["Boss"]}), 400).await;
    assert!(error["errors"]["positions[0]"].is_array() && error["errors"]["licenseType"].is_array());
}

#[tokio::test]
async fn equipment_shows_more_alone_than_in_lists() {
    let client = plain().await;
    let body = json!({
        "locationId": DOCUMENTED, "name": "Furnace", "tagTypeIds": [123], "actualReplacementDate": "2026-01-31",
        "cost": 100.5, "customFields": [{"typeId": 1088, "value": "x"}],
        "attachments": [{"type": "Image", "url": "Images/a.png"}],
    });
    let made = client.post("equipmentsystems", "/installed-equipment", &body).await;
    assert_eq!(made["tags"][0]["typeName"], "VIP");
    assert_eq!(made["customerId"], DOCUMENTED);
    assert_eq!(made["attachments"][0]["alias"], Value::Null);
    let path = format!("/installed-equipment/{}", made["id"]);
    assert_eq!(client.get("equipmentsystems", &path).await, made);
    let changed = client.patch("equipmentsystems", &path, &json!({"cost": null, "memo": "m"})).await;
    assert_eq!((&changed["cost"], &changed["memo"]), (&json!(0), &json!("m")));
    let list = client.get("equipmentsystems", &format!("/installed-equipment?ids={}", made["id"])).await;
    assert!(list["data"][0].get("customFields").is_none());
    client.get("equipmentsystems", "/installed-equipment/1234567890").await;
}

#[tokio::test]
async fn attachments_keep_their_bytes() {
    let client = plain().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).chain(*b"\r\n--not the end\r\n\r\n").collect();
    let part = Part::bytes(bytes.clone()).file_name("plan.pdf").mime_str("application/pdf").expect("a type");
    let path = "/installed-equipment/attachments";
    let request = client.request(Method::POST, "equipmentsystems", path).multipart(Form::new().part("file", part));
    let reply: Value = request.send().await.expect("a response").json().await.expect("JSON");
    let stored = reply["path"].as_str().expect("a path");
    assert!(
        stored.starts_with("InstalledEquipment/Documents/") && stored.rsplit('.').next() == Some("pdf"),
        "{stored}"
    );
    let get = client.request(Method::GET, "equipmentsystems", &format!("{path}?path={stored}"));
    let file = get.send().await.expect("a response");
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert_eq!(file.headers()["content-disposition"], "attachment; filename=\"plan.pdf\"");
    assert_eq!(file.bytes().await.expect("a body"), bytes);
    client.get_refused("equipmentsystems", &format!("{path}?path=no"), 404).await;
    client.get_refused("equipmentsystems", path, 400).await;
    let example = client.request(Method::GET, "equipmentsystems", &format!("{path}?path=department"));
    assert_eq!(example.send().await.expect("a response").status(), 200);
    let form = Form::new().text("other", "x");
    let wrong = client.request(Method::POST, "equipmentsystems", path).multipart(form).send().await;
    crate::support::refusal(wrong.expect("a response"), 400).await;
    client.refused(Method::POST, "equipmentsystems", path, &json!({}), 415).await;
}

#[tokio::test]
async fn downloads_lead_to_a_link_that_takes_no_token() {
    let client = plain().await;
    let path = "/installed-equipment/attachments?path=department";
    client.request(Method::GET, "equipmentsystems", path).send().await.expect("a response");
    let requests = client.sandbox.requests();
    let [.., redirected, stored] = &requests[..] else { panic!("two requests") };
    assert_eq!((redirected.status, stored.status), (Some(302), Some(200)));
    assert_eq!((stored.operation, stored.header("authorization")), (Some("/storage/{file}"), None));
    let link = format!("http://{}{}?sig=", stored.header("host").expect("a host"), stored.path);
    let signed = format!("{link}{}", stored.query[0].1);
    let with_token = client.http.get(&signed).bearer_auth(&client.token).send().await.expect("a response");
    crate::support::refusal(with_token, 400).await;
    crate::support::refusal(client.http.get(&link).send().await.expect("a response"), 403).await;

    let direct = crate::support::client(|builder| builder.redirect_downloads(false)).await;
    direct.request(Method::GET, "equipmentsystems", path).send().await.expect("a response");
    assert_eq!(direct.sandbox.requests()[1].status, Some(200));
}

#[tokio::test]
async fn bodies_have_to_be_json_objects() {
    let client = plain().await;
    let send = async |body: &'static str, kind: &str, status: u16| {
        let request = client.request(Method::PATCH, "jpm", &format!("/jobs/{DOCUMENTED}"));
        let reply = request.header("content-type", kind).body(body).send().await.expect("a response");
        crate::support::refusal(reply, status).await
    };
    send("{", "application/json", 400).await;
    send("[]", "application/json", 400).await;
    send("", "application/json", 400).await;
    send("{}", "text/plain", 415).await;
}

#[tokio::test]
async fn tests_drive_the_state() {
    use std::time::{Duration, UNIX_EPOCH};
    let noon = UNIX_EPOCH + Duration::from_hours(500_000);
    let client = client(|builder| builder.now(noon)).await;
    let id = client.sandbox.insert("jobs", json!({"summary": "inserted"}));
    let job = client.get("jpm", &format!("/jobs/{id}")).await;
    assert_eq!((&job["summary"], &job["createdOn"]), (&json!("inserted"), &json!("2027-01-15T08:00:00Z")));
    client.sandbox.advance(Duration::from_mins(1));
    assert!(client.sandbox.update("jobs", id, json!({"summary": "updated"})));
    let job = client.sandbox.record("jobs", id).expect("the job");
    assert_eq!((&job["summary"], &job["modifiedOn"]), (&json!("updated"), &json!("2027-01-15T08:01:00Z")));
    assert_eq!(client.ids("jpm", "/jobs?modifiedOnOrAfter=2027-01-15T08:01:00Z").await, [id]);
    client.sandbox.set_now(noon);
    assert!(client.sandbox.remove("jobs", id));
    assert!(!client.sandbox.remove("jobs", id));
    assert!(!client.sandbox.update("jobs", id, json!({})));
    client.get_refused("jpm", &format!("/jobs/{id}"), 404).await;
    assert!(client.sandbox.remove("jobs", DOCUMENTED));
    assert_eq!(client.sandbox.count("jobs"), 199);
    assert_eq!(client.sandbox.insert("jobs", json!({"id": DOCUMENTED})), DOCUMENTED);
    assert_eq!(client.sandbox.ids("jobs").last(), Some(&DOCUMENTED));
    assert_eq!(client.sandbox.count("Installed_Equipment"), 200);
}
