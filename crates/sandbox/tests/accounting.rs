//! Invoices and payments.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ABOVE_DOUBLE, DOCUMENTED, client, plain};

fn number(text: &str) -> Value {
    serde_json::from_str(text).expect("a number")
}

#[tokio::test]
async fn adjustment_returns_a_bare_number() {
    let client = plain().await;
    let body = json!({
        "adjustmentToId": DOCUMENTED, "subtotal": number("100.00"), "tax": number("8.25"), "number": "ADJ-1",
        "typeId": 0, "royaltyStatus": "Pending", "invoicedOn": "2021-01-01T00:00:00Z",
    });
    let id = client.post("accounting", "/invoices", &body).await.as_i64().expect("a bare id");
    let list = client.get("accounting", &format!("/invoices?adjustmentToId={DOCUMENTED}")).await;
    let invoice = &list["data"][0];
    assert_eq!(invoice["id"], id);
    assert_eq!((&invoice["subTotal"], &invoice["total"]), (&json!("100.00"), &json!("108.25")));
    assert_eq!((&invoice["referenceNumber"], &invoice["royalty"]["status"]), (&json!("ADJ-1"), &json!("Pending")));
    client.refused(Method::POST, "accounting", "/invoices", &json!({}), 400).await;
    let error = client.refused(Method::POST, "accounting", "/invoices", &json!({"adjustmentToId": 5}), 400).await;
    assert!(error["errors"]["adjustmentToId"].is_array());
}

#[tokio::test]
async fn updates_of_invoices_return_nothing_and_last() {
    let client = plain().await;
    let path = format!("/invoices/{DOCUMENTED}");
    let body = json!({"reviewStatus": "OnHold", "assignedToId": 1088, "items": [
        {"skuId": DOCUMENTED, "description": "Capacitor", "quantity": 2, "unitPrice": number("10.50")},
        {"skuName": "Labour", "description": "Hour", "quantity": number("1.5"), "unitPrice": 80},
    ]});
    assert_eq!(client.patch("accounting", &path, &body).await, Value::Null);
    let invoice = client.sandbox.record("invoices", DOCUMENTED).expect("the invoice");
    assert_eq!((&invoice["reviewStatus"], &invoice["assignedTo"]["id"]), (&json!("OnHold"), &json!(1088)));
    assert_eq!(invoice["items"].as_array().map(Vec::len), Some(2));
    assert_eq!((&invoice["items"][0]["total"], &invoice["items"][1]["total"]), (&json!("21.00"), &json!("120.00")));
    assert_eq!(invoice["subTotal"], "141.00");
    assert_ne!(invoice["items"][0]["id"], invoice["items"][1]["id"]);
    let error = client.refused(Method::PATCH, "accounting", &path, &json!({"items": [{"quantity": "2"}]}), 400).await;
    assert!(error["errors"]["items[0].description"].is_array() && error["errors"]["items[0].quantity"].is_array());
}

#[tokio::test]
async fn items_are_added_changed_and_deleted() {
    let client = plain().await;
    let path = format!("/invoices/{DOCUMENTED}/items");
    let items = || client.sandbox.record("invoices", DOCUMENTED).expect("the invoice")["items"].clone();
    let body = json!({"id": DOCUMENTED, "description": "A test SKU", "quantity": 2, "unitPrice": number("2.0")});
    assert_eq!(client.patch("accounting", &path, &body).await, Value::Null);
    assert_eq!((&items()[0]["price"], &items()[0]["total"]), (&json!("2.0"), &json!("4.00")));
    let body = json!({"skuId": DOCUMENTED, "description": "new", "quantity": 1});
    client.patch("accounting", &path, &body).await;
    assert_eq!(items().as_array().map(Vec::len), Some(2));
    let item = format!("{path}/{DOCUMENTED}");
    let reply = client.request(Method::DELETE, "accounting", &item).send().await.expect("a response");
    assert_eq!(reply.status(), 200);
    assert_eq!(items().as_array().map(Vec::len), Some(1));
    client.refused(Method::DELETE, "accounting", &item, &json!({}), 404).await;
    client
        .refused(Method::PATCH, "accounting", &path, &json!({"skuId": 5, "description": "x", "quantity": 1}), 400)
        .await;
}

#[tokio::test]
async fn custom_fields_are_set_for_several_records_or_none() {
    let client = plain().await;
    for resource in ["invoices", "payments"] {
        let path = format!("/{resource}/custom-fields");
        let set = |id: i64, value: &str| json!({"objectId": id, "customFields": [{"name": "Region", "value": value}]});
        let body = json!({"operations": [set(DOCUMENTED, "North"), set(ABOVE_DOUBLE, "South")]});
        assert_eq!(client.patch("accounting", &path, &body).await, Value::Null);
        let list = format!("/{resource}?activeState=All&customField.Fields[Region]=North");
        assert_eq!(client.ids("accounting", &list).await, [DOCUMENTED]);
        let body = json!({"operations": [set(DOCUMENTED, "West"), set(5, "East")]});
        let error = client.refused(Method::PATCH, "accounting", &path, &body, 400).await;
        assert!(error["errors"]["operations[1].objectId"].is_array());
        assert_eq!(client.ids("accounting", &list).await, [DOCUMENTED]);
    }
}

#[tokio::test]
async fn payments_are_split_over_invoices() {
    let client = plain().await;
    let splits = json!([{"invoiceId": DOCUMENTED, "amount": number("25.50")}]);
    let body = json!({"typeId": 0, "amount": number("30.00"), "splits": splits, "memo": "cash", "status": "Posted"});
    let made = client.post("accounting", "/payments", &body).await;
    assert_eq!(made["splits"][0]["amount"].to_string(), "25.50");
    let id = made["id"].as_i64().expect("an id");
    let found =
        client.get("accounting", &format!("/payments?appliedToInvoiceIds={DOCUMENTED}&sort=-Id&ids={id}")).await;
    let payment = &found["data"][0];
    assert_eq!((&payment["total"], &payment["unappliedAmount"]), (&json!("30.00"), &json!("4.50")));
    let update = json!({"typeId": 1088, "splits": [], "checkNumber": "77"});
    let changed = client.patch("accounting", &format!("/payments/{id}"), &update).await;
    assert_eq!((&changed["typeId"], &changed["checkNumber"]), (&json!(1088), &json!("77")));
    let error =
        client.refused(Method::PATCH, "accounting", &format!("/payments/{id}"), &json!({"memo": "x"}), 400).await;
    assert!(error["errors"]["splits"].is_array() && error["errors"]["typeId"].is_array());
}

#[tokio::test]
async fn creating_payments_can_be_gone() {
    let client = client(|builder| builder.without_create_payment(true)).await;
    let body = json!({"typeId": 0, "splits": []});
    client.refused(Method::POST, "accounting", "/payments", &body, 404).await;
    client.get("accounting", "/payments").await;
    client.patch("accounting", &format!("/payments/{DOCUMENTED}"), &body).await;
}

#[tokio::test]
async fn invoices_filter_by_amount_status_and_date() {
    let client = plain().await;
    let all = client.get("accounting", "/invoices?pageSize=500&activeState=All").await;
    let records = all["data"].as_array().expect("a list").clone();
    let number =
        |record: &Value, field: &str| record[field].as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or(-1.0);
    for (filter, fits) in [
        ("totalGreater=1000", (&|record: &Value| number(record, "total") >= 1000.0) as &dyn Fn(&Value) -> bool),
        ("totalLess=1000", &|record| number(record, "total") <= 1000.0),
        ("balanceFilter.Balance=0&balanceFilter.Comparer=Equals", &|record| number(record, "balance") == 0.0),
        ("balanceFilter.Balance=0&balanceFilter.Comparer=Greater", &|record| number(record, "balance") > 0.0),
        ("statuses=Pending&statuses=Posted", &|record| record["syncStatus"] != "Exported"),
        ("reviewStatuses=OnHold", &|record| record["reviewStatus"] == "OnHold"),
        ("invoicedOnOrAfter=2025-06-01T00:00:00Z", &|record| record["invoiceDate"].as_str() >= Some("2025-06-01")),
        ("invoicedOnBefore=2025-06-01T00:00:00Z", &|record| record["invoiceDate"].as_str() < Some("2025-06-01")),
    ] {
        let wanted: Vec<i64> =
            records.iter().filter(|record| fits(record)).filter_map(|record| record["id"].as_i64()).collect();
        assert!(!wanted.is_empty() && wanted.len() < records.len(), "{filter} selects");
        let found = client.ids("accounting", &format!("/invoices?pageSize=500&activeState=All&{filter}")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    client.get_refused("accounting", "/invoices?balanceFilter.Balance=0&balanceFilter.Comparer=x", 400).await;
    client.get_refused("accounting", "/invoices?statuses=Open", 400).await;
}
