//! The plainest way to fetch all jobs: one page after the other, with the same HTTP client, written out as they come.
//! It checks nothing and joins nothing; `examples/compare-fetch-all` measures `pipefit run` against it.

use std::io::Write;

use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What `pipefit sandbox` prints.
    let served: Value = serde_json::from_reader(std::io::stdin())?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = &served["connection"]["fields"];
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let client = reqwest::Client::builder().use_preconfigured_tls(tls).no_proxy().build()?;
    let form = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", text(&fields["clientId"])),
        ("client_secret", text(&fields["clientSecret"])),
    ];
    let token = client.post(text(&served["tokenUrl"])).form(&form).send().await?.bytes().await?;
    let token = text(&serde_json::from_slice::<Value>(&token)?["access_token"]);
    let jobs =
        format!("{}/jpm/v2/tenant/{}/jobs?sort=%2BId&pageSize=5000", text(&served["apiUrl"]), text(&fields["tenant"]));
    let mut out = std::io::stdout().lock();
    for page in 1.. {
        let request = client.get(format!("{jobs}&page={page}")).bearer_auth(&token);
        let body = request.header("ST-App-Key", text(&fields["applicationKey"])).send().await?.bytes().await?;
        out.write_all(&body)?;
        // The members before the records say whether there are more.
        if !body[..body.len().min(200)].windows(14).any(|part| part == br#""hasMore":true"#) {
            break;
        }
    }
    Ok(())
}
