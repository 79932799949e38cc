//! Customers, how they are reached and where they are worked for: what is written can be read back.

use std::time::{Duration, SystemTime};

use pipefit::{Code, Error, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, merged, parsed, sample};

const CUSTOMER: i64 = 10_978_752_986;

async fn entries(bench: &Bench, source: &str, inputs: Value) -> Vec<Value> {
    let answer = bench.runtime.invoke(Invocation::data_source(source, inputs)).await.unwrap();
    parsed(answer)["result"].as_array().unwrap().clone()
}

/// The fields of a record that are not as they were.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let fields = after.as_object().unwrap().iter();
    fields.filter(|(key, value)| before[key.as_str()] != **value).map(|(key, _)| key.clone()).collect()
}

/// What is wrong with the inputs of an action, by path.
fn paths(error: &Error) -> Vec<&str> {
    assert_eq!(error.code(), Code::InvalidInput, "{error}");
    error.issues().iter().map(|issue| issue.input.as_str()).collect()
}

#[tokio::test]
async fn a_new_customer_is_there_with_its_locations_and_contacts() {
    let bench = Bench::start().await;
    let given = sample("createCustomer").all;
    let made = bench.action("createCustomer", given.clone()).await.unwrap()["data"].clone();
    let read = bench.action("getCustomer", json!({"customerId": made["id"]})).await.unwrap()["data"].clone();
    assert_eq!((&read["name"], &read["address"]), (&given["name"], &given["address"]));
    assert_eq!((&read["type"], &read["doNotMail"]), (&json!("Residential"), &json!(true)));
    let place = &made["locations"][0];
    let location = bench.action("getLocation", json!({"locationId": place["id"]})).await.unwrap()["data"].clone();
    assert_eq!((&location["customerId"], &location["name"]), (&made["id"], &given["locations"][0]["name"]));
    assert_eq!(place["contacts"][0]["value"], given["locations"][0]["contacts"][0]["value"]);
    let contacts = bench.action("listCustomersContact", json!({"customerId": made["id"]})).await.unwrap();
    let values: Vec<_> = contacts["data"]["data"].as_array().unwrap().iter().map(|contact| &contact["value"]).collect();
    assert_eq!(values, ["5551234567", "ana@example.com"]);
}

#[tokio::test]
async fn a_new_location_is_there_below_its_customer() {
    let bench = Bench::start().await;
    let given = sample("createLocation").all;
    let made = bench.action("createLocation", given.clone()).await.unwrap()["data"].clone();
    assert_eq!(made["contacts"][0]["value"], given["contacts"][0]["value"]);
    let filter = json!({"customQueryParams": {"customerId": CUSTOMER.to_string(), "name": "Workshop"}});
    let found = bench.action("listLocations", filter).await.unwrap()["data"]["data"].clone();
    assert_eq!((&found[0]["id"], &found[0]["address"]), (&made["id"], &given["address"]));
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_update_changes_just_what_is_given() {
    let table = [
        ("customers", "updateCustomer", json!({"customerId": "10978752986"})),
        ("locations", "updateLocation", json!({"locationId": "10978752986"})),
        ("contacts", "updateCustomerContact", json!({"customerId": "10978752986", "customerContactId": "10978752986"})),
    ];
    for (table, action, ids) in table {
        for (key, value) in sample(action).all.as_object().unwrap() {
            // External data is kept apart from the record.
            if ids.get(key).is_some() || ["externalData", "debugRequest"].contains(&key.as_str()) {
                continue;
            }
            let bench = Bench::start().await;
            bench.sandbox.update(table, CUSTOMER, json!({key: null}));
            let before = bench.sandbox.record(table, CUSTOMER).unwrap();
            bench.sandbox.advance(Duration::from_secs(1));
            bench.action(action, merged(&[&ids, &json!({key: value})])).await.unwrap();
            let mut changed = changed(&before, &bench.sandbox.record(table, CUSTOMER).unwrap());
            changed.retain(|field| !["modifiedOn", "phoneSettings"].contains(&field.as_str()));
            let additional = value.as_object().filter(|_| key == "additionalFields");
            let expected: Vec<_> = match additional {
                Some(fields) => {
                    fields.iter().filter(|(name, value)| before[*name] != **value).map(|(name, _)| name).collect()
                }
                None => vec![key],
            };
            assert_eq!(changed.iter().collect::<Vec<_>>(), expected, "{action}");
        }
    }
}

#[tokio::test]
async fn flags_switch_both_ways() {
    let bench = Bench::start().await;
    for (table, action, id, field) in [
        ("customers", "updateCustomer", "customerId", "doNotService"),
        ("customers", "updateCustomer", "customerId", "active"),
        ("locations", "updateLocation", "locationId", "active"),
    ] {
        for flag in [true, false] {
            bench.action(action, json!({id: CUSTOMER, field: flag.to_string()})).await.unwrap();
            assert_eq!(bench.sandbox.record(table, CUSTOMER).unwrap()[field], flag, "{action} {field}");
        }
    }
}

#[tokio::test]
async fn a_deleted_contact_is_gone() {
    let bench = Bench::start().await;
    let contact = json!({"customerId": CUSTOMER, "customerContactId": CUSTOMER});
    let count = bench.sandbox.count("contacts");
    assert_eq!(bench.action("deletCustomersContact", contact.clone()).await.unwrap(), json!({"data": {}}));
    assert_eq!(bench.sandbox.count("contacts"), count - 1);
    for action in ["deletCustomersContact", "updateCustomerContact"] {
        let error = bench.action(action, contact.clone()).await.unwrap_err();
        assert_eq!((error.code(), error.status()), (Code::NotFound, Some(404)), "{action}");
    }
}

#[tokio::test]
async fn a_contact_is_found_below_its_own_customer_only() {
    let bench = Bench::start().await;
    let stranger = json!({"customerId": "9007199254740993", "customerContactId": CUSTOMER});
    for action in ["deletCustomersContact", "updateCustomerContact"] {
        let error = bench.action(action, stranger.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{action}");
    }
    assert!(bench.sandbox.record("contacts", CUSTOMER).is_some());
}

/// A customer with nine contacts, one added a minute after the other, the first at 2027-01-15T08:00:00Z.
async fn nine_contacts(bench: &Bench) -> i64 {
    bench.sandbox.set_now(SystemTime::UNIX_EPOCH + Duration::from_hours(500_000));
    let inputs = sample("createCustomer").required;
    let customer = bench.action("createCustomer", inputs).await.unwrap()["data"]["id"].as_i64().unwrap();
    for number in 0..9 {
        let inputs = json!({"customerId": customer, "type": "Phone", "value": format!("555000000{number}")});
        bench.action("createCustomerContact", inputs).await.unwrap();
        bench.sandbox.advance(Duration::from_mins(1));
    }
    bench.sandbox.forget_requests();
    customer
}

#[tokio::test]
async fn contacts_are_listed_below_their_customer_or_by_time() {
    let table = [
        (json!({}), 0..9),
        (json!({"modifiedBefore": "2027-01-15T08:03:00Z"}), 0..3),
        (json!({"modifiedOnOrAfter": "2027-01-15T08:03:00Z"}), 3..9),
        (json!({"modifiedOnOrAfter": "2027-01-15T08:01:00Z", "modifiedBefore": "2027-01-15T08:08:00Z"}), 1..8),
    ];
    for (times, numbers) in table {
        for all in [false, true] {
            let bench = Bench::start().await;
            let customer = nine_contacts(&bench).await;
            let size = if all { "2" } else { "50" };
            let inputs = merged(&[&json!({"customerId": customer, "fetchAll": all, "pageSize": size}), &times]);
            let list = bench.action("listCustomersContact", inputs).await.unwrap()["data"].clone();
            let values: Vec<_> = list["data"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
            let expected: Vec<_> = numbers.clone().map(|number| json!(format!("555000000{number}"))).collect();
            assert_eq!((values, &list["hasMore"]), (expected, &json!(false)), "{times} {all}");
            for request in bench.seen() {
                let below = format!("/crm/v2/tenant/1097/customers/{customer}/contacts");
                let narrowed = times.as_object().is_some_and(|times| !times.is_empty());
                let path = if narrowed { "/crm/v2/tenant/1097/customers/contacts" } else { &below };
                assert_eq!(request.path, path);
                let named = request.query.contains(&("customerIds".to_owned(), customer.to_string()));
                assert_eq!(named, narrowed, "{:?}", request.query);
                assert!(request.ignored.is_empty(), "{:?}", request.ignored);
            }
        }
    }
}

#[tokio::test]
async fn what_the_service_refuses_says_why() {
    let bench = Bench::start().await;
    let table = [
        ("createCustomer", json!({"locations": []}), Code::InvalidInput, "`locations` needs at least 1 entry"),
        ("createCustomer", json!({"tagTypeIds": ["7"]}), Code::Rejected, "tagTypeIds"),
        ("createLocation", json!({"customerId": "5"}), Code::Rejected, "customerId"),
        ("updateLocation", json!({"taxZoneId": "5"}), Code::Rejected, "taxZoneId"),
        ("createCustomerContact", json!({"type": "Email"}), Code::Rejected, "not a valid e-mail address"),
        ("createCustomerContact", json!({"customerId": "5"}), Code::NotFound, "Customer with id 5 was not found"),
        ("updateCustomer", json!({"customerId": "5"}), Code::NotFound, "Customer with id 5 was not found"),
        ("getLocation", json!({"locationId": "5"}), Code::NotFound, "Location with id 5 was not found"),
    ];
    for (action, wrong, code, why) in table {
        let error = bench.action(action, merged(&[&sample(action).all, &wrong])).await.unwrap_err();
        assert_eq!(error.code(), code, "{action} {wrong}: {error}");
        assert!(pipefit::runner::error_envelope(&error).contains(why), "{action} {wrong}: {error}");
    }
    assert_eq!(bench.sandbox.writes(), []);
}

#[tokio::test]
async fn mistakes_in_structured_inputs_are_named_by_their_path() {
    let bench = Bench::start().await;
    let address = json!({"street": "1 Elm", "city": "Glendale", "state": "CA", "zip": "91201", "country": "USA"});
    let table = [
        (
            "createCustomer",
            json!({"address": {"latitude": "north"}}),
            vec![
                "address.city",
                "address.country",
                "address.latitude",
                "address.state",
                "address.street",
                "address.zip",
            ],
        ),
        (
            "createCustomer",
            json!({"locations": [{"name": "A", "address": address}, {
                "address": merged(&[&address, &json!({"zip": [91201]})]),
                "contacts": [{"type": "Pager", "value": "1"}],
                "customFields": [{"typeId": 1088}],
                "tagTypeIds": ["x"],
                "externalData": {"applicationGuid": "x", "externalData": [{"key": "k"}]},
                "coordinatesSource": "Guess",
            }]}),
            vec![
                "locations[1].address.zip",
                "locations[1].contacts[0].type",
                "locations[1].coordinatesSource",
                "locations[1].customFields[0].value",
                "locations[1].externalData.applicationGuid",
                "locations[1].externalData.externalData[0].value",
                "locations[1].name",
                "locations[1].tagTypeIds[0]",
            ],
        ),
        ("createCustomer", json!({"contacts": [{"value": "5551234567"}]}), vec!["contacts[0].type"]),
        ("updateLocation", json!({"customFields": [{"typeId": 1088}]}), vec!["customFields[0].value"]),
    ];
    for (action, wrong, expected) in table {
        let error = bench.action(action, merged(&[&sample(action).all, &wrong])).await.unwrap_err();
        let mut paths = paths(&error);
        paths.sort_unstable();
        assert_eq!(paths, expected, "{action}: {error}");
    }
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn customers_and_locations_are_chosen_by_name() {
    for (source, table) in [("selectCustomers", "customers"), ("selectLocation", "locations")] {
        let bench = Bench::start().await;
        let id = "9007199254740993";
        let name = bench.sandbox.record(table, 9_007_199_254_740_993).unwrap()["name"].clone();
        let name = name.as_str().unwrap();
        let entry = json!({"key": id, "label": format!("{name} (ID: {id})")});
        assert_eq!(entries(&bench, source, json!({"value": id})).await, std::slice::from_ref(&entry));
        assert!(entries(&bench, source, json!({"search": name.to_uppercase()})).await.contains(&entry), "{source}");
        assert!(bench.seen()[1].query.contains(&("name".to_owned(), name.to_lowercase())), "{source}");
        let whole = entries(&bench, source, json!({})).await;
        assert!(whole.contains(&entry));
        let sorted = if source == "selectCustomers" {
            whole.is_sorted_by_key(|entry| name_of(entry).to_lowercase())
        } else {
            whole.is_sorted_by_key(|entry| entry["key"].as_str().unwrap().parse::<i64>().unwrap())
        };
        assert!(sorted, "{source}");
    }
}

fn name_of(entry: &Value) -> &str {
    entry["label"].as_str().unwrap().split(" (ID: ").next().unwrap()
}

#[tokio::test]
async fn contacts_are_chosen_for_one_customer() {
    let bench = Bench::start().await;
    let error = bench.runtime.invoke(Invocation::data_source("selectCustomerContact", json!({}))).await.unwrap_err();
    assert_eq!(paths(&error), ["customerId"]);
    assert!(bench.seen().is_empty());
    let customer = nine_contacts(&bench).await;
    let chosen = entries(&bench, "selectCustomerContact", json!({"customerId": customer})).await;
    let labels: Vec<_> = chosen.iter().map(|entry| entry["label"].as_str().unwrap()).collect();
    let expected: Vec<_> = (0..9).map(|number| format!("Phone: 555000000{number}")).collect();
    assert_eq!(labels, expected);
    let one = json!({"customerId": customer, "value": chosen[4]["key"]});
    assert_eq!(entries(&bench, "selectCustomerContact", one).await, chosen[4..5]);
}

#[tokio::test]
async fn external_data_is_merged_or_replaced() {
    let bench = Bench::start().await;
    for (action, id) in [("updateCustomer", "customerId"), ("updateLocation", "locationId")] {
        let mut keys = Vec::new();
        for (mode, key) in [("Replace", "first"), ("Merge", "second"), ("Replace", "third")] {
            let data = json!({
                "patchMode": mode,
                "applicationGuid": "6B29FC40-CA47-1067-B31D-00DD010662DA",
                "externalData": [{"key": key, "value": "1"}],
            });
            let answer = bench.action(action, json!({id: CUSTOMER, "externalData": data})).await.unwrap();
            let kept = answer["data"]["externalData"].as_array().unwrap().iter();
            keys.push(kept.map(|entry| entry["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
        }
        assert_eq!(keys, [vec!["first"], vec!["first", "second"], vec!["third"]], "{action}");
    }
}
