//! What all lists have in common: pages, order, filters, ignored parameters.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{ABOVE_DOUBLE, DOCUMENTED, client, ids, plain};

/// Every list endpoint, with the name of its resource and whether it can be sorted.
const LISTS: &[(&str, &str, &str, bool)] = &[
    ("jpm", "/jobs", "jobs", true),
    ("jpm", "/appointments", "appointments", true),
    ("jpm", "/projects", "projects", true),
    ("jpm", "/job-cancel-reasons", "job-cancel-reasons", true),
    ("crm", "/customers", "customers", true),
    ("crm", "/locations", "locations", true),
    ("crm", "/bookings", "bookings", true),
    ("accounting", "/invoices", "invoices", true),
    ("accounting", "/payments", "payments", true),
    ("dispatch", "/appointment-assignments", "appointment-assignments", true),
    ("equipmentsystems", "/installed-equipment", "installed-equipment", true),
    ("settings", "/business-units", "business-units", false),
    ("settings", "/technicians", "technicians", false),
    ("settings", "/user-roles", "user-roles", false),
];

fn everything(path: &str) -> String {
    match path {
        "/invoices" | "/payments" => format!("{path}?activeState=All"),
        _ => format!("{path}?active=Any"),
    }
}

#[tokio::test]
async fn pages_together_are_the_whole() {
    let client = plain().await;
    for (service, path, resource, _) in LISTS {
        let count = client.sandbox.count(resource);
        let (mut seen, mut page) = (Vec::new(), 1);
        loop {
            let list = client.get(service, &format!("{}&page={page}&pageSize=7", everything(path))).await;
            assert_eq!((&list["page"], &list["pageSize"]), (&json!(page), &json!(7)), "{path}");
            assert_eq!(list["totalCount"], Value::Null, "{path}");
            seen.extend(ids(&list));
            if list["hasMore"] == false {
                break;
            }
            page += 1;
        }
        assert_eq!(seen, client.sandbox.ids(resource), "{path}");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), count, "{path}");
        let past = client.get(service, &format!("{}&page={}&pageSize=7", everything(path), page + 1)).await;
        assert_eq!((&past["data"], &past["hasMore"]), (&json!([]), &json!(false)), "{path}");
    }
}

#[tokio::test]
async fn total_is_counted_on_demand_and_sizes_have_limits() {
    let client = plain().await;
    let list = client.get("jpm", "/jobs?includeTotal=true").await;
    assert_eq!(list["totalCount"], 200);
    assert_eq!((&list["page"], &list["pageSize"]), (&json!(1), &json!(50)));
    assert_eq!(json!(ids(&list).len()), list["pageSize"]);
    for (parameter, field) in [
        ("pageSize=5001", "pageSize"),
        ("pageSize=0", "pageSize"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("includeTotal=maybe", "includeTotal"),
    ] {
        let error = client.get_refused("jpm", &format!("/jobs?{parameter}"), 400).await;
        assert!(error["errors"][field].is_array(), "{parameter}: {error}");
    }
}

#[tokio::test]
async fn order_is_as_asked() {
    let client = plain().await;
    for (service, path, _, sorted) in LISTS.iter().filter(|list| list.3) {
        for (field, key) in [("Id", "id"), ("ModifiedOn", "modifiedOn"), ("CreatedOn", "createdOn")] {
            let value = |record: &Value| match record[key].as_i64() {
                Some(id) => format!("{id:020}"),
                // Times without a fraction would sort behind those with one.
                None => record[key].as_str().expect("a time").trim_end_matches('Z').to_owned(),
            };
            let up = client.get(service, &format!("{}&pageSize=500&sort=%2B{field}", everything(path))).await;
            let values: Vec<String> = up["data"].as_array().expect("a list").iter().map(value).collect();
            assert!(values.is_sorted(), "{path} {field} {sorted}");
            let down = client.get(service, &format!("{}&pageSize=500&sort=-{field}", everything(path))).await;
            let values: Vec<String> = down["data"].as_array().expect("a list").iter().map(value).collect();
            assert!(values.is_sorted_by(|one, next| one >= next), "{path} {field}");
        }
    }
    let jobs = client.get("jpm", "/jobs?pageSize=500&sort=-Priority").await;
    let ranks: Vec<&Value> = jobs["data"].as_array().expect("a list").iter().map(|job| &job["priority"]).collect();
    assert_eq!((ranks[0], ranks[199]), (&json!("Urgent"), &json!("Low")));
    let times = client.get("jpm", "/jobs?pageSize=500").await;
    let times: Vec<&str> =
        times["data"].as_array().expect("a list").iter().filter_map(|job| job["modifiedOn"].as_str()).collect();
    assert!(!times.is_sorted(), "unsorted lists are not sorted by accident");
}

#[tokio::test]
async fn what_the_api_ignores_is_ignored_and_noted() {
    let client = plain().await;
    for (query, ignored) in [
        ("status=Completed", vec!["status"]),
        ("sort=+Id", vec!["sort"]),
        ("sort=Id", vec!["sort"]),
        ("sort=%2BFieldName", vec!["sort"]),
        ("sort=%2Bid&JobStatus=Completed", vec![]),
        ("key1=value1&page=1", vec!["key1"]),
    ] {
        client.get("jpm", &format!("/jobs?{query}")).await;
        assert_eq!(client.sandbox.requests().last().expect("a request").ignored, ignored, "{query}");
    }
    let first = client.ids("settings", "/technicians?sort=-Id").await;
    assert_eq!(first[0], DOCUMENTED);
    assert_eq!(client.sandbox.requests().last().expect("a request").ignored, ["sort"]);
}

#[tokio::test]
async fn strict_sandbox_refuses_what_the_api_ignores() {
    let client = client(|builder| builder.strict(true)).await;
    let error = client.get_refused("jpm", "/jobs?status=Completed", 400).await;
    assert!(error["errors"]["status"].is_array());
    let patch = json!({"sumary": "x"});
    let error = client.refused(reqwest::Method::PATCH, "jpm", &format!("/jobs/{DOCUMENTED}"), &patch, 400).await;
    assert!(error["errors"]["sumary"].is_array());
    client.get("jpm", "/jobs?page=1&jobStatus=Completed").await;
}

#[tokio::test]
async fn ids_select_and_are_at_most_fifty() {
    let client = plain().await;
    let found = client.ids("jpm", &format!("/jobs?ids={ABOVE_DOUBLE},{DOCUMENTED},5")).await;
    assert_eq!(found, [DOCUMENTED, ABOVE_DOUBLE]);
    client.get_refused("jpm", "/jobs?ids=a", 400).await;
    let many: Vec<String> = (1..=51).map(|id| id.to_string()).collect();
    client.get_refused("jpm", &format!("/jobs?ids={}", many.join(",")), 400).await;
    assert_eq!(client.ids("crm", &format!("/customers?ids={}", many.join(","))).await, [0_i64; 0]);
}

#[tokio::test]
async fn only_active_records_unless_asked() {
    let client = plain().await;
    for (service, path, resource, _) in LISTS {
        if ["jobs", "projects", "bookings", "job-cancel-reasons"].contains(resource) {
            continue;
        }
        let (name, yes, no) = match *resource {
            "invoices" | "payments" => ("activeState", "ActiveOnly", "InactiveOnly"),
            _ => ("active", "True", "False"),
        };
        let default = client.ids(service, &format!("{path}?pageSize=5000")).await;
        let active = client.ids(service, &format!("{path}?pageSize=5000&{name}={yes}")).await;
        let inactive = client.ids(service, &format!("{path}?pageSize=5000&{name}={no}")).await;
        assert_eq!(default, active, "{path}");
        assert_eq!(active.len() + inactive.len(), client.sandbox.count(resource), "{path}");
        client.get_refused(service, &format!("{path}?{name}=perhaps"), 400).await;
    }
}

#[tokio::test]
async fn date_filters_are_half_open() {
    let client = plain().await;
    for (service, path, _, _) in LISTS {
        let list = client.get(service, &format!("{}&pageSize=500", everything(path))).await;
        let records = list["data"].as_array().expect("a list");
        for field in ["createdOn", "modifiedOn"] {
            let Some(middle) = records[records.len() / 2][field].as_str() else { continue };
            let side =
                |name: &str| format!("{}&pageSize=500&{}{name}={middle}", everything(path), &field[..field.len() - 2]);
            let before = client.ids(service, &side("Before")).await;
            let after = client.ids(service, &side("OnOrAfter")).await;
            let middle_id = records[records.len() / 2]["id"].as_i64().expect("an id");
            assert!(after.contains(&middle_id) && !before.contains(&middle_id), "{path} {field}");
            assert_eq!(before.len() + after.len(), records.len(), "{path} {field}");
        }
        client.get_refused(service, &format!("{path}?createdBefore=yesterday"), 400).await;
    }
}

#[tokio::test]
async fn same_seed_gives_the_same_data() {
    let (one, same) = (plain().await, plain().await);
    let other = client(|builder| builder.seed(5)).await;
    for (service, path, _, _) in LISTS {
        let first = one.get(service, path).await;
        assert_eq!(first, same.get(service, path).await, "{path}");
        assert_ne!(first, other.get(service, path).await, "{path}");
    }
}

#[tokio::test]
async fn decimals_keep_their_digits() {
    let client = plain().await;
    let reply = client.request(reqwest::Method::GET, "jpm", "/jobs?jobStatus=Completed&pageSize=1").send().await;
    let text = reply.expect("a response").text().await.expect("a body");
    let total = text.split("\"total\":").nth(1).and_then(|rest| rest.split(',').next()).expect("a total");
    assert_eq!(total.split_once('.').map(|(_, decimals)| decimals.len()), Some(2), "{total}");
    let body = json!({"creditLimit": serde_json::from_str::<Value>("100.00").expect("a number")});
    let path = format!("/customers/{DOCUMENTED}");
    let reply = client.send(reqwest::Method::PATCH, "crm", &path, &body).await;
    assert!(reply.text().await.expect("a body").contains("\"creditLimit\":100.00,"));
}

#[tokio::test]
async fn large_sets_take_little_and_serve_the_last_page() {
    let client = client(|builder| builder.records(1_000_000)).await;
    let list = client.get("jpm", "/jobs?pageSize=3&page=333334&includeTotal=true").await;
    assert_eq!(list["totalCount"], 1_000_000);
    assert_eq!((ids(&list).len(), &list["hasMore"]), (1, &json!(false)));
    let id = ids(&list)[0];
    assert_eq!(client.get("jpm", &format!("/jobs/{id}")).await["id"], id);
}

#[tokio::test]
async fn size_of_one_resource_can_differ() {
    let client = client(|builder| builder.records(5).records_of("technicians", 120)).await;
    assert_eq!(client.sandbox.count("technicians"), 120);
    assert_eq!(client.sandbox.count("jobs"), 5);
    assert_eq!(client.sandbox.count("user-roles"), 5);
    let empty = crate::support::client(|builder| builder.records(0)).await;
    for (service, path, _, _) in LISTS {
        assert_eq!(empty.get(service, path).await["data"], json!([]), "{path}");
    }
}
