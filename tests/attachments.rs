//! Files: every byte there and back, and no credentials beyond the API.

use pipefit::component::File;
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, response, runtime_at, serve};

const CREATE: &str = "createInstalledEquipmentAttachment";
const LIST: &str = "listInstalledEquipmentAttachments";

fn file(data: &[u8]) -> Value {
    File { name: None, content_type: Some("image/png".to_owned()), data: data.to_vec().into() }.to_value()
}

async fn upload(bench: &Bench, data: &[u8], name: &str) -> Value {
    let reply = bench.action(CREATE, json!({"file": file(data), "fileName": name})).await.unwrap();
    reply["data"]["path"].clone()
}

#[tokio::test]
async fn every_byte_is_there_and_back() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let large: Vec<u8> = (0..5_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for sandbox in [Sandbox::builder(), Sandbox::builder().redirect_downloads(false)] {
        let bench = Bench::around(sandbox.start().await.unwrap());
        for data in [&all[..], &[], b"--\r\n\r\n--boundary--\r\n", &large] {
            let path = upload(&bench, data, "plate 1.png").await;
            let reply = bench.action(LIST, json!({"path": path})).await.unwrap();
            assert!(File::from_value(&reply["data"]).unwrap().data == data, "{} bytes differ", data.len());
            assert_eq!(
                (&reply["data"]["contentType"], &reply["data"]["fileName"]),
                (&json!("image/png"), &json!("plate 1.png"))
            );
        }
    }
}

#[tokio::test]
async fn the_file_name_of_the_input_wins() {
    let bench = Bench::start().await;
    let mut given = file(b"x");
    given["fileName"] = json!("inside.txt");
    bench.action(CREATE, json!({"file": given, "fileName": "outside.txt"})).await.unwrap();
    let body = String::from_utf8(bench.seen()[0].body.to_vec()).unwrap();
    assert!(body.contains(r#"name="file"; filename="outside.txt""#) && !body.contains("inside"), "{body}");
}

#[tokio::test]
async fn the_link_is_followed_without_credentials() {
    let bench = Bench::start().await;
    bench.action(LIST, json!({"path": "department"})).await.unwrap();
    let seen = bench.sandbox.requests();
    let (api, storage) = (&seen[1], &seen[2]);
    assert!(api.header("authorization").is_some() && api.header("st-app-key").is_some());
    assert!(storage.path.starts_with("/storage/") && seen.len() == 3);
    let sent: Vec<_> = storage.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(sent, ["accept", "user-agent", "host"]);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let bench = Bench::start().await;
    let error = bench.action(LIST, json!({"path": "nowhere"})).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::NotFound, Some(404)));
    assert!(error.message().contains("no attachment at nowhere"), "{error}");
}

#[tokio::test]
async fn a_link_that_is_refused_is_asked_for_anew() {
    let bench = Bench::start().await;
    bench.sandbox.add_fault(Fault::status(403).path("/storage/**").once());
    bench.action(LIST, json!({"path": "department"})).await.unwrap();
    assert_eq!(bench.seen().len(), 2);
    bench.sandbox.add_fault(Fault::status(403).path("/storage/**"));
    let error = bench.action(LIST, json!({"path": "department"})).await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::Unavailable, Some(403)));
    assert!(!error.message().contains("sig"), "{error}");
}

#[tokio::test]
async fn what_is_no_file_is_refused_before_any_request() {
    let bench = Bench::start().await;
    let wrong = [
        (json!("photo.png"), "file"),
        (json!({"contentType": "image/png"}), "file.data"),
        (json!({"data": "not base64!", "contentType": "image/png"}), "file.data"),
        (json!({"data": "Q", "contentType": "image/png"}), "file.data"),
        (json!({"data": "QQ==", "contentType": "image"}), "file.contentType"),
        (json!({"path": "/etc/passwd"}), "file.data"),
    ];
    for (file, at) in wrong {
        let error = bench.action(CREATE, json!({"file": file, "fileName": "a.png"})).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput, "{file}");
        assert!(error.issues().iter().any(|issue| issue.input == at), "{file}: {error}");
        assert!(!error.message().contains("pattern"), "{error}");
    }
    let error = bench.action(CREATE, json!({"file": file(b"x"), "fileName": "a\r\nX: y"})).await.unwrap_err();
    assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "fileName"));
    assert!(bench.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_dry_run_describes_the_parts() {
    let bench = Bench::start().await;
    let inputs = json!({"file": file(&[0; 1000]), "fileName": "plate.png"});
    let shown = bench.runtime.invoke(Invocation::action(CREATE, inputs).dry_run(true)).await.unwrap();
    let shown: Value = serde_json::from_str(&shown.to_json()).unwrap();
    let part = json!({"name": "file", "fileName": "plate.png", "contentType": "image/png", "size": 1000});
    assert_eq!(shown["data"]["body"], json!([part]));
    assert_eq!(shown["data"]["headers"]["content-type"], "multipart/form-data");
}

fn redirect(to: &str) -> Vec<u8> {
    response("302 Found", &[("location", to)], "")
}

#[tokio::test]
async fn only_https_and_loopback_links_are_followed_and_only_a_few() {
    for link in
        ["http://storage.example/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://user:pw@127.0.0.1/x", "http://"]
    {
        let (url, seen) = serve(move |_| redirect(link));
        let error = runtime_at(&url).invoke(Invocation::action(LIST, json!({"path": "x"}))).await.unwrap_err();
        assert_eq!((error.code(), seen.lock().unwrap().len()), (Code::BadReply, 1), "{link}: {error}");
    }
    let (url, seen) = serve(|received| redirect(&format!("{}/hop/{}", received.url, received.number)));
    let error = runtime_at(&url).invoke(Invocation::action(LIST, json!({"path": "x"}))).await.unwrap_err();
    assert_eq!((error.code(), seen.lock().unwrap().len()), (Code::BadReply, 6));
    let seen = seen.lock().unwrap();
    assert!(seen[0].contains("Bearer canary-token") && seen[0].contains("canary-application-key"));
    assert!(seen[1..].iter().all(|request| !request.contains("canary")), "{seen:?}");
}

#[tokio::test]
async fn a_link_relative_to_the_api_gets_no_credentials_either() {
    let (url, seen) = serve(|received| match received.number {
        1 => redirect("/files/plan.pdf?sig=1"),
        _ => response("200 OK", &[], "OK"),
    });
    let answer = runtime_at(&url).invoke(Invocation::action(LIST, json!({"path": "x"}))).await.unwrap();
    assert_eq!(answer.to_json(), r#"{"data":{"data":"T0s=","contentType":"application/octet-stream"}}"#);
    let seen = seen.lock().unwrap();
    assert!(seen[1].starts_with("GET /files/plan.pdf?sig=1 ") && !seen[1].contains("canary"), "{seen:?}");
}

#[tokio::test]
async fn nothing_but_a_download_follows_a_link() {
    let raw = |method: &str, response_type: &str| {
        let inputs = json!({"urlType": "jpm", "url": "/jobs", "method": method, "responseType": response_type});
        Invocation::action("rawRequest", inputs)
    };
    let job = Invocation::action("getJob", json!({"jobId": "1"}));
    for invocation in [job, raw("GET", "json"), raw("POST", "arraybuffer"), raw("HEAD", "text")] {
        let (url, seen) = serve(|received| redirect(&format!("{}/elsewhere", received.url)));
        let error = runtime_at(&url).invoke(invocation.clone()).await.unwrap_err();
        let write = invocation.inputs.get("method").is_some_and(|method| method == "POST");
        let code = if write { Code::OutcomeUnknown } else { Code::BadReply };
        assert_eq!((error.code(), seen.lock().unwrap().len()), (code, 1), "{invocation:?}: {error}");
    }
}
