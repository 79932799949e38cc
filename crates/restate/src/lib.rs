//! Runs Pipefit's units on [Restate](https://restate.dev), an engine that carries work through the loss of machines.
//!
//! A [`Worker`] serves the units of a runtime as Restate services; Restate calls it, and calls another worker when it
//! is lost. A [`Client`] hands invocations in. All workers share one rate limit for each account and one token for each
//! connection.
//!
//! What is journalled: requests, which name their connection, and replies. Credentials never are; tokens only encrypted
//! with the operator's [`TokenKey`].

mod client;
mod gate;
mod http;
mod ingress;
mod outbox;
mod outcome;
mod register;
mod seal;
mod services;
mod sink;
mod slow_start;
mod tokens;
mod worker;

pub use client::{Client, Handed};
pub use register::register;
pub use seal::TokenKey;
pub use services::trigger::{Failure, Start, Status};
pub use sink::{HttpSink, Origins, ServiceSink, Sink};
pub use worker::{Builder, Worker};
