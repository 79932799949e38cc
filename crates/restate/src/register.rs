//! Registration: tells Restate where workers are.

use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::http::{self, Http};
use crate::ingress::{cause, told};

/// How long all tries and one try may take.
const PATIENCE: Duration = Duration::from_secs(30);
const ONE_TRY: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Registers a deployment: the worker at this address, or the balancer before several, with Restate's admin interface,
/// such as `http://127.0.0.1:9070`. One that is registered already is left as it is.
pub async fn register(admin: &str, deployment: &str) -> Result<()> {
    let admin = http::base_url("the address of Restate's admin interface", admin)?;
    let url = http::below(&admin, "deployments")?;
    let deployment = http::base_url("the address of the deployment", deployment)?;
    let client = Http::of_others()?.client(&url)?;
    let body = json!({"uri": deployment.as_str()}).to_string();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let tried = async {
            let request = client.post(url.clone()).header("content-type", "application/json").body(body.clone());
            let response = request.send().await.map_err(|error| unavailable(&cause(&error)))?;
            let status = response.status().as_u16();
            let answer = http::body(response, LARGEST_ANSWER).await?;
            Ok((status, answer))
        };
        let error = match timeout(ONE_TRY, tried).await.unwrap_or_else(|_| Err(unavailable("no answer in time"))) {
            Ok((200..300 | 409, _)) => return Ok(()),
            // It could not reach the worker, or not agree with the other nodes, yet.
            Ok((status @ (408 | 429 | 500..), answer)) => unavailable(&told(status, &answer)),
            Ok((status, answer)) => return Err(Error::new(Code::InvalidRequest, told(status, &answer))),
            Err(error) => error,
        };
        if Instant::now() >= deadline {
            return Err(error);
        }
        sleep(Duration::from_millis(200)).await;
    }
}

fn unavailable(why: &str) -> Error {
    Error::new(Code::Unavailable, format!("the worker cannot be registered: {why}"))
}
