//! Invoices and payments: money to the last digit, lines, and an endpoint that may be gone.

use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Invocation, UnitKind};
use serde_json::{Value, json};

use crate::support::{Bench, parsed};

const ID: &str = "10978752986";

fn body(bench: &Bench) -> String {
    String::from_utf8(bench.seen().last().unwrap().body.to_vec()).unwrap()
}

#[tokio::test]
async fn money_keeps_every_digit() {
    let bench = Bench::start().await;
    for amount in ["100.10", "0.1", "0", "12345678901234567.89", "-5.00"] {
        let given = json!({"invoiceId": ID, "subtotal": amount, "tax": "0.10"});
        let _ = bench.action("updateInvoice", given).await;
        assert_eq!(body(&bench), format!(r#"{{"subtotal":{amount},"tax":0.10}}"#));
    }
    let items = r#"[{"description":"Igniter","quantity":1.50,"unitPrice":100.10}]"#;
    bench.action("updateInvoice", json!({"invoiceId": ID, "items": items})).await.unwrap();
    assert_eq!(body(&bench), format!(r#"{{"items":{items}}}"#));
    for wrong in ["ten", "1,5", "--1", "0x10"] {
        let error = bench.action("updateInvoice", json!({"invoiceId": ID, "subtotal": wrong})).await.unwrap_err();
        assert_eq!(error.issues()[0].input, "subtotal", "{wrong}");
    }
}

#[tokio::test]
async fn lines_are_added_changed_and_taken_off() {
    let bench = Bench::start().await;
    let lines = async || {
        let list = bench.action("listInvoices", json!({"customQueryParams": {"ids": ID}})).await.unwrap();
        list["data"]["data"][0]["items"].as_array().unwrap().clone()
    };
    let before = lines().await.len();
    let line = json!({"invoiceId": ID, "description": "Igniter", "quantity": "1.5", "unitPrice": "41.20"});
    assert_eq!(bench.action("updateInvoiceItems", line).await.unwrap(), json!({"data": {}}));
    assert_eq!(lines().await.len(), before + 1);
    let change = json!({"invoiceId": ID, "id": ID, "description": "Changed", "quantity": 3});
    bench.action("updateInvoiceItems", change).await.unwrap();
    assert!(lines().await.iter().any(|line| line["description"] == "Changed"));
    bench.action("deleteInvoiceItem", json!({"invoiceId": ID, "itemId": ID})).await.unwrap();
    assert_eq!(lines().await.len(), before);
    let error = bench.action("deleteInvoiceItem", json!({"invoiceId": ID, "itemId": ID})).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[tokio::test]
async fn a_line_without_an_answer_is_not_sent_again() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::reset_after_commit().method("PATCH").path("/accounting/**"));
    let line = json!({"invoiceId": ID, "description": "Igniter", "quantity": 1});
    let error = bench.action("updateInvoiceItems", line).await.unwrap_err();
    assert_eq!((error.code(), bench.seen().len()), (Code::OutcomeUnknown, 1));
}

#[tokio::test]
async fn a_new_invoice_answers_its_bare_number() {
    let bench = Bench::start().await;
    let reply = bench.action("createInvoices", json!({"adjustmentToId": ID})).await.unwrap();
    let id = reply["data"].as_i64().unwrap();
    assert!(bench.sandbox.record("invoices", id).is_some());
}

#[tokio::test]
async fn custom_fields_of_many_records_are_set_or_none() {
    let bench = Bench::start().await;
    for action in ["updateInvoiceCustomFields", "updatePaymentCustomFields"] {
        let set = |id: i64| json!({"objectId": id, "customFields": [{"name": "Gate Code", "value": "4411"}]});
        let both = json!({"operations": [set(10_978_752_986), set(9_007_199_254_740_993)]});
        assert_eq!(bench.action(action, both).await.unwrap(), json!({"data": {}}));
        let error = bench.action(action, json!({"operations": [set(5)]})).await.unwrap_err();
        assert_eq!(error.code(), Code::Rejected, "{action}");
        let error = bench.action(action, json!({"operations": [{"customFields": []}]})).await.unwrap_err();
        assert_eq!(error.issues()[0].input, "operations[0].objectId", "{action}");
    }
}

#[tokio::test]
async fn a_payment_is_recorded_and_changed() {
    let bench = Bench::start().await;
    let payment =
        json!({"typeId": "1088", "splits": [{"invoiceId": 10_978_752_986_i64, "amount": 100.10}], "memo": "Check"});
    let created = bench.action("createPayment", payment).await.unwrap();
    let id = created["data"]["id"].clone();
    let change = json!({"paymentId": id, "typeId": "1088", "splits": created["data"]["splits"], "status": "posted"});
    let changed = bench.action("updatePayment", change).await.unwrap();
    assert_eq!((&changed["data"]["status"], &changed["data"]["memo"]), (&json!("Posted"), &json!("Check")));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_says_what_to_do() {
    let gone = Sandbox::builder().without_create_payment(true).start().await.unwrap();
    let benches = [Bench::around(gone), Bench::start().await, Bench::start().await];
    benches[1].sandbox.add_fault(Fault::status(405).method("POST").path("/accounting/**"));
    benches[2].sandbox.add_fault(Fault::status(410).method("POST").path("/accounting/**"));
    for bench in benches {
        let payment = json!({"typeId": "1088", "splits": [{"invoiceId": 10_978_752_986_i64, "amount": 1}]});
        let error = bench.action("createPayment", payment).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
        assert!(error.message().contains("no longer has the endpoint"), "{error}");
        assert!(error.message().contains("`updatePayment`"), "{error}");
    }
    let described = pipefit::runner::manifest::of_unit(
        pipefit::Catalog::registered().find(None, UnitKind::Action, "createPayment").unwrap(),
        &pipefit::Catalog::registered(),
    );
    assert!(described["deprecated"]["note"].is_string());
}

#[tokio::test]
async fn picklists_read_as_documented() {
    let bench = Bench::start().await;
    for (source, form) in [("selectInvoice", "#"), ("selectPayment", " - ")] {
        let list = parsed(bench.runtime.invoke(Invocation::data_source(source, json!({}))).await.unwrap());
        let keys: Vec<i64> = list["result"].as_array().unwrap().iter().map(key).collect();
        assert!(keys.is_sorted() && keys.len() > 3, "{source}");
        assert!(list["result"][0]["label"].as_str().unwrap().contains(form), "{list}");
    }
}

fn key(entry: &Value) -> i64 {
    entry["key"].as_str().unwrap().parse().unwrap()
}
